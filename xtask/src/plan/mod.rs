//! What a command would do, decided on the model alone: no file is read or written here, nothing is printed.

pub mod bump;
pub mod changelog;
pub mod charts;
pub mod check;
pub mod digest;
pub mod freeze;
pub mod history;
pub mod images;
pub mod index;
pub mod init;
pub mod notes;
pub mod own_copy;
pub mod past_releases;
pub mod rehearse;
pub mod strays;
pub mod targets;
