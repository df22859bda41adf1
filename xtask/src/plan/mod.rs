//! What a command would do, decided on the model alone: no file is read or written here, nothing is printed.

pub mod bump;
pub mod charts;
pub mod check;
pub mod images;
pub mod index;
pub mod init;
pub mod strays;
pub mod targets;
