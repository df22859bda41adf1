//! What to do, decided from facts alone: nothing here reads a disk, runs a program or prints.

pub mod init;
