//! The changelog's section of a release: written by a person in a file of the checkout, inserted on the branch.
