//! The freeze: what came to the release branch after the cut, and may be there.
