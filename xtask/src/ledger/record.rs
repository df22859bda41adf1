//! What the ledger knows of one release, and the text that says it. Pure: text in, record out, and back.
//!
//! A record is TOML, one list element a line, so that `git log -p` of the ledger reads like a diary. Keys that are not
//! known are passed over, and are gone with the next change: what must outlive an older tool raises [`FORMAT`].

mod read;
mod write;

use crate::error::Failure;

pub use read::parse;
pub use write::render;

/// The form of the text. A higher one is refused: it may mean something that this tool would break.
pub const FORMAT: u64 = 1;

/// Somebody who releases, as git knows them. The e-mail address is what tells two people apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `Ada Lovelace`
    pub name: String,
    /// `ada@example.com`
    pub email: String,
}

impl Owner {
    /// The same person: the address decides, in whatever case it is typed.
    pub fn is(&self, other: &Self) -> bool {
        self.email.eq_ignore_ascii_case(&other.email)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody is at it.
    Open,
    /// All its steps were done.
    Done,
    /// Its owner gave it up.
    GivenUp,
}

impl State {
    const ALL: [(Self, &'static str); 3] = [(Self::Open, "open"), (Self::Done, "done"), (Self::GivenUp, "given up")];

    /// As it stands in the record: `open`, `done`, `given up`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

/// How a run came to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was the first.
    Claimed,
    /// The owner ran the same command again, here or on another machine.
    WentOn,
    /// Somebody else became the owner.
    TookOver,
    /// It was done, and its owner goes through it once more.
    OpenedAgain,
    /// The owner ended it undone.
    GaveUp,
}

impl How {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Claimed, "claimed"),
        (Self::WentOn, "went on"),
        (Self::TookOver, "took over"),
        (Self::OpenedAgain, "opened again"),
        (Self::GaveUp, "gave up"),
    ];

    /// As it stands in the record: `went on`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(how, _)| *how == self).map_or("", |(_, name)| name)
    }
}

/// A run that had the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts the attempts from 1. A run whose number is no longer the highest stops.
    pub epoch: u64,
    /// How it came to it.
    pub how: How,
    /// Who ran it.
    pub owner: Owner,
    /// On which machine.
    pub host: String,
    /// When, by that machine's clock: seconds since 1970. Shown, never compared.
    pub seconds: u64,
    /// Not the same for two attempts: two runs that push the same bytes would both be told that they have won.
    pub nonce: String,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The step's id: `acme/push`.
    pub step: String,
    /// In which attempt.
    pub epoch: u64,
    /// When, by that machine's clock. Shown, never compared.
    pub seconds: u64,
    /// What became of it, as a sentence.
    pub what: String,
}

/// One release, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// `release`, `hotfix`
    pub process: String,
    /// What was asked for, as typed: `minor`.
    pub request: String,
    /// Tracks that move and their new versions; the first one names the release.
    pub versions: Vec<(String, String)>,
    /// Where it stands.
    pub state: State,
    /// Who may go on with it.
    pub owner: Owner,
    /// On which machine the last attempt is or was.
    pub host: String,
    /// The highest attempt.
    pub epoch: u64,
    /// Whose name its commits and tags bear: whoever claimed it, also after somebody else took it over, because another
    /// name would make other objects.
    pub author: Owner,
    /// The date of its commits and tags: seconds since 1970.
    pub seconds: u64,
    /// The release's own mark, not the same for two claims.
    pub nonce: String,
    /// The plan that the last attempt carries out.
    pub digest: String,
    /// Every run that had it, the first one first.
    pub attempts: Vec<Attempt>,
    /// Ids of steps that were begun and have no receipt.
    pub started: Vec<String>,
    /// What was done; one for a step, the last.
    pub receipts: Vec<Receipt>,
}

impl Release {
    /// The version that names it.
    pub fn version(&self) -> &str {
        self.versions.first().map_or("", |(_, version)| version)
    }

    /// `release 1.27.0`
    pub fn title(&self) -> String {
        format!("{} {}", self.process, self.version())
    }

    /// Its file on the ledger's branch.
    pub fn path(&self) -> String {
        path(&self.process, self.version())
    }

    /// The run that has it.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The receipt of a step.
    pub fn receipt(&self, step: &str) -> Option<&Receipt> {
        self.receipts.iter().find(|receipt| receipt.step == step)
    }
}

/// The folder of the records on the ledger's branch.
pub const FOLDER: &str = "releases/";

/// The file of a release: `releases/release-1.27.0.toml`. Different releases have different files.
pub fn path(process: &str, version: &str) -> String {
    // The first `-` ends the process.
    format!("{FOLDER}{}-{}.toml", encoded(process, "._"), encoded(version, "._+-"))
}

fn encoded(text: &str, plain: &str) -> String {
    let byte = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || plain.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A record that can't be relied on: nothing is guessed.
pub(super) fn damaged(message: String) -> Failure {
    Failure::world(message).hint("the ledger is written by the tool only: `git log -p` of its branch shows who changed it, and `git revert` takes that back")
}

#[cfg(test)]
mod tests;
