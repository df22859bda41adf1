//! Lockstep: release automation that a project owns.
//!
//! ```text
//! argv            → cli       what is asked
//! release.toml    → config    as written, spans kept
//! config          → resolve   no question left
//! trees           → survey    every manifest read, every site located
//! all of it       → model     every version solved
//! model + request → plan      pure: what is wrong, what would change
//! plan            → command   done: files spliced, commits and tags made, a report printed
//! ```

pub mod charts;
pub mod cli;
pub mod command;
pub mod config;
pub mod context;
pub mod error;
pub mod finding;
pub mod forge;
pub mod fsx;
pub mod glob;
pub mod images;
pub mod journal;
pub mod json;
pub mod ledger;
pub mod locate;
pub mod model;
pub mod moment;
pub mod plan;
pub mod reference;
pub mod release;
pub mod remotes;
pub mod report;
pub mod resolve;
pub mod rewrite;
pub mod run;
pub mod sha256;
pub mod step;
pub mod survey;
pub mod tag;
pub mod template;
pub mod tools;
pub mod ui;
pub mod version;
pub mod world;
