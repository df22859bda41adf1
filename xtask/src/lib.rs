//! Lockstep: release automation that a project owns.
//!
//! ```text
//! argv            → cli       what is asked
//! release.toml    → config    as written, spans kept
//! config + repos  → model     every manifest read, every site located, every version parsed
//! model + request → plan      pure: what is wrong, what would change
//! plan            → command   done: files spliced, commits and tags made, a report printed
//! ```

pub mod error;
pub mod fsx;
pub mod journal;
pub mod locate;
pub mod tools;
pub mod version;
pub mod world;
