//! Every key of `release.toml`, once: what is read, refused, put into the schema and explained in the reference.

/// What a key's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string or a list of strings.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date, `2027-01-31`, as a string or as TOML's own.
    Date,
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Must it be there?
    pub required: bool,
    /// One sentence for the reference and for editors.
    pub about: &'static str,
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: false, about }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, about }
}

/// The names of [`crate::version::Scheme`].
pub const SCHEMES: &[&str] = &["semver", "chart", "calver", "pep440", "loose"];

/// `[project]`
pub static PROJECT: &[Key] = &[
    key("name", Kind::Text, "The project's name, for messages."),
    key("commit", Kind::Text, "Subject of the commit that `bump --commit` makes; a template."),
];

/// `[track.NAME]`
pub static TRACK: &[Key] = &[
    key("scheme", Kind::Word(SCHEMES), "The rules the version numbers keep; `semver` unless said."),
    key("bump", Kind::Text, "The level of a bump that names none; `patch` unless said."),
    key("with", Kind::Texts, "Tracks that this one follows: it moves whenever one of them does."),
    key("repo", Kind::Text, "The repository that is tagged; this one unless said."),
    key("branch", Kind::Text, "The branch from which `tag` tags; any unless said."),
    key(
        "tag",
        Kind::Text,
        "The tag's name: `{version}`, and for a family `{name}`; `v{version}` unless said; empty for a track without tags.",
    ),
    key("message", Kind::Text, "The tag's message; a template over `{version}` and `{name}`."),
];

/// `[repo.NAME]`
pub static REPO: &[Key] = &[
    key("path", Kind::Text, "Its checkout, from this repository's root; `../NAME` unless said."),
    key("url", Kind::Text, "Where it is cloned from, for the message when the checkout is missing."),
    key("branch", Kind::Text, "The branch from which its tracks are tagged, where they name none."),
    key("commit", Kind::Text, "Subject of the commit that `bump --commit` makes there; a template."),
];

/// `[[manifest]]`, besides one table for each format.
pub static MANIFEST: &[Key] = &[
    key("repo", Kind::Text, "The repository the paths are in; this one unless said."),
    required("path", Kind::Texts, "Files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family."),
    key("only", Kind::Texts, "Of these files, only those that match one of these patterns."),
    key("exclude", Kind::Texts, "Of these files, none that matches one of these patterns."),
];

/// The keys of an entry that is written as a table: `{ template = "…", count = 3 }`.
pub static ENTRY: &[&str] = &["template", "count", "on"];

/// `[[allow]]`
pub static ALLOW: &[Key] = &[
    key("repo", Kind::Text, "The repository the path is in; this one unless said."),
    required("path", Kind::Text, "The file that is meant to disagree; a pattern."),
    required("says", Kind::Text, "What stands there."),
    required("reason", Kind::Text, "Why that is right."),
    key("until", Kind::Date, "The day after which it is an error."),
];

/// The tables of the file.
pub static TABLES: &[(&str, &str)] = &[
    ("project", "The project."),
    ("track", "A version number that moves on its own."),
    ("repo", "Another repository that moves in lockstep."),
    ("manifest", "Files that state versions, and where in them."),
    ("allow", "A disagreement that is meant."),
];
