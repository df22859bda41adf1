//! End-to-end tests and measurements of Lockstep.

pub mod alone;
pub mod app;
pub mod binary;
pub mod faults;
pub mod history;
pub mod hosted;
pub mod layouts;
pub mod projects;
pub mod replay;
pub mod sandbox;
pub mod servers;
pub mod tour;
pub mod twin;
pub mod weekly;
