//! End-to-end tests and measurements of Lockstep.

pub mod faults;
pub mod replay;
