//! The one splice.
