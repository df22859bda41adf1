//! Is a commit a release, and which of its numbers are the project's own? By its tags, its subject, its charts.

use std::collections::{BTreeMap, BTreeSet};

use super::patch::Paired;
use super::token::{Kind, tokens};

/// A number before and after.
pub type Moved = (String, String);

/// A commit, as `git log` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// When it was committed: seconds since 1970.
    pub seconds: i64,
    /// Its author's name.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// The numbers of tags, and when what they name was committed.
#[derive(Clone, Debug, Default)]
pub struct Tags(BTreeMap<String, Vec<i64>>);

const DAY: i64 = 24 * 60 * 60;
/// A tag is made this long after the commit that moved the numbers, at most.
const SOON: i64 = 10 * DAY;
/// A tag that is further away than this says nothing of the numbers of a commit.
const NEAR: i64 = 400 * DAY;

impl Tags {
    /// Notes a tag by its name.
    pub fn add(&mut self, name: &str, seconds: i64) {
        let found = tokens(name);
        let one = found.iter().rfind(|token| token.kind == Kind::Version);
        if let Some(token) = one.or_else(|| found.last().filter(|token| token.span.end == name.len())) {
            self.0.entry(name[token.span.clone()].to_owned()).or_default().push(seconds);
        }
    }

    /// Was there a tag of this number when the commit was made, or soon after?
    pub fn names(&self, number: &str, commit: &Commit) -> bool {
        let soon = |seconds: &i64| (-DAY..=SOON).contains(&(seconds - commit.seconds));
        self.0.get(number).is_some_and(|all| all.iter().any(soon))
    }
    /// Is this the number of a tag of these years, or one on the way to it or from it? Where there are no tags, it may be.
    fn knows(&self, (from, to): &Moved, commit: &Commit) -> bool {
        let core = |number: &str| number.split(|c: char| c != '.' && !c.is_ascii_digit()).next().map(str::to_owned);
        let of = |number: &str| {
            self.0.get(number).is_some_and(|all| all.iter().any(|at| (at - commit.seconds).abs() < NEAR))
        };
        let known = |number: &str| of(number) || core(number).is_some_and(|core| of(core.trim_end_matches('.')));
        self.0.is_empty() || known(from) || known(to)
    }
}

/// Commits of programs that move what a project depends on, unless a chart's own number moves with it.
fn is_upkeep(commit: &Commit) -> bool {
    let (author, subject) = (commit.author.to_lowercase(), commit.subject.to_lowercase());
    let bots = ["dependabot", "renovate", "pre-commit-ci", "pyup", "snyk", "greenkeeper", "depfu", "scala-steward"];
    let words = ["(deps", "update dependency", "bump actions/", "pin dependenc", "lock file maintenance"];
    let from_to = subject.contains("bump ") && subject.contains(" from ") && subject.contains(" to ");
    bots.iter().any(|bot| author.contains(bot)) || words.iter().any(|word| subject.contains(word)) || from_to
}

/// Words with which people call a release.
pub fn says_release(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    let words =
        ["release", "bump version", "version bump", "prepare", "new version", "bump to", "update version", "cut "];
    let lone = subject.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) && subject.len() < 20;
    lone || words.iter().any(|word| subject.contains(word)) || (subject.contains("bump") && subject.contains("version"))
}

/// A chart's own number, or the one of what it installs.
pub fn chart_key(line: &Paired) -> Option<&'static str> {
    if !line.path.ends_with("Chart.yaml") {
        return None;
    }
    [("version:", "version"), ("appVersion:", "appVersion")]
        .into_iter()
        .find_map(|(start, key)| line.mask.starts_with(start).then_some(key))
}

/// The dotted numbers that the lines moved.
pub fn pairs(lines: &[Paired]) -> BTreeSet<Moved> {
    let dotted = lines.iter().flat_map(Paired::moved).filter(|(.., kind)| *kind == Kind::Version);
    dotted.map(|(old, new, _)| (old.clone(), new.clone())).collect()
}

/// The project's own numbers among those that the commit moved; none where it is no release.
pub fn own_numbers(commit: &Commit, lines: &[Paired], tags: &Tags) -> BTreeSet<Moved> {
    let charts = lines.iter().filter(|line| chart_key(line) == Some("version")).count() > 0;
    let mut own = BTreeSet::new();
    for line in lines.iter().filter(|line| charts && chart_key(line).is_some()) {
        own.extend(line.moved().map(|(old, new, _)| (old.clone(), new.clone())));
    }
    if is_upkeep(commit) {
        return own;
    }
    let named: BTreeSet<&str> = tokens(&commit.subject).into_iter().map(|token| &commit.subject[token.span]).collect();
    let said = says_release(&commit.subject);
    let stating: Vec<Paired> = lines.iter().filter(|line| !only_names_others(&line.path)).cloned().collect();
    let all: Vec<Moved> = moved(&stating);
    let spoken =
        |pair: &Moved| said && named.contains(pair.1.as_str()) && (tags.knows(pair, commit) || is_wide(pair, lines));
    let tagged = |pair: &&Moved| tags.names(&pair.1, commit) || spoken(pair);
    own.extend(all.iter().filter(tagged).cloned());
    if own.is_empty() && said && named.iter().all(|number| !number.contains('.')) {
        let most = |pair: &&Moved| all.iter().filter(|other| other == pair).count();
        own.extend(
            all.iter().filter(|pair| pair.1.contains('.') && tags.knows(pair, commit)).max_by_key(most).cloned(),
        );
    }
    own
}

/// Does the number stand in many places that are no list of what a project depends on? Some projects install another.
fn is_wide(pair: &Moved, lines: &[Paired]) -> bool {
    let has = |line: &&Paired| {
        !names_dependencies(&line.path) && line.moved().any(|(old, new, _)| (old, new) == (&pair.0, &pair.1))
    };
    lines.iter().filter(has).count() >= 3
}

/// Every number that moved, as often as it did; lone ones only where the line speaks of a version.
fn moved(lines: &[Paired]) -> Vec<Moved> {
    let counts = |line: &Paired, kind: Kind| kind == Kind::Version || line.mask.to_lowercase().contains("version");
    let of = |line: &Paired| -> Vec<Moved> {
        let own = line.moved().filter(|(.., kind)| counts(line, *kind));
        own.map(|(old, new, _)| (old.clone(), new.clone())).collect()
    };
    lines.iter().flat_map(of).collect()
}

/// May this line be written by someone who knows the numbers only? Its lone numbers are parts of own ones, or the
/// count of a package's builds.
pub fn is_version_only(line: &Paired, own: &BTreeSet<Moved>) -> bool {
    let mask = line.mask.to_lowercase();
    let words = ["major", "minor", "patch", "micro", "revision", "version", "tweak"];
    let named = words.iter().any(|word| mask.contains(word));
    let part = |old: &str, new: &str| {
        own.iter()
            .any(|(from, to)| from == old && to == new || digits(from).zip(digits(to)).any(|two| two == (old, new)))
    };
    line.moved().all(|(old, new, kind)| {
        *kind == Kind::Version
            || (named && part(old, new))
            || mask.starts_with("release:")
            || own.contains(&(old.clone(), new.clone()))
    })
}

fn digits(version: &str) -> impl Iterator<Item = &str> {
    version.split(['.', '-', '+']).take_while(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Files that state no number of the project itself.
fn only_names_others(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lists =
        ["go.mod", "go.sum", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "tox.ini", ".pre-commit-config.yaml"];
    let folders = [".github/", ".devcontainer/", "vendor/", "node_modules/"];
    lists.contains(&name)
        || folders.iter().any(|folder| path.starts_with(folder))
        || (name.contains("requirements") && (name.ends_with(".txt") || name.ends_with(".in")))
}

/// Files whose numbers are mostly those of others.
pub fn names_dependencies(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let files = [
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "Cargo.lock",
        "Cargo.toml",
        "poetry.lock",
        "uv.lock",
        "go.mod",
        "go.sum",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "libs.versions.toml",
        "Pipfile.lock",
        ".pre-commit-config.yaml",
        "Gemfile.lock",
        "Directory.Packages.props",
        "composer.lock",
    ];
    files.contains(&name)
        || path.starts_with(".github/")
        || (name.contains("requirements") && name.ends_with(".txt"))
        || name.ends_with(".csproj")
}

#[cfg(test)]
mod tests {
    use super::super::patch::read_patch;
    use super::*;

    fn lines(path: &str, moves: &[(&str, &str)]) -> Vec<Paired> {
        let hunk = |(at, (old, new)): (usize, &(&str, &str))| format!("@@ -{0} +{0} @@\n-{old}\n+{new}\n", at * 3 + 1);
        let hunks: String = moves.iter().enumerate().map(hunk).collect();
        read_patch(&format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{hunks}")).paired
    }

    #[track_caller]
    fn check(author: &str, subject: &str, tag: &str, lines: &[Paired], want: &[&str]) {
        let mut tags = Tags::default();
        tags.add(tag, 100);
        let commit = Commit { author: author.into(), subject: subject.into(), seconds: 90, ..Commit::default() };
        let own = own_numbers(&commit, lines, &tags);
        assert_eq!(own.iter().map(|(_, to)| to.as_str()).collect::<Vec<_>>(), want, "{subject}");
    }

    #[test]
    fn a_tag_a_subject_or_a_chart_makes_a_release() {
        let plain = lines("a.py", &[("v = '1.2.3'", "v = '1.3.0'"), ("dep 4.0", "dep 4.1")]);
        check("Ada", "Work", "v1.3.0", &plain, &["1.3.0"]);
        check("Ada", "Release 1.3.0", "x", &plain, &["1.3.0"]);
        check("Ada", "Bump version of dep to 4.1", "v1.2.3", &plain, &[]);
        check("Ada", "Work", "x", &plain, &[]);
        check("renovate[bot]", "Update dependency dep to 4.1", "v4.1", &plain, &[]);
        let chart =
            lines("c/Chart.yaml", &[("version: 0.1.0", "version: 0.1.1"), ("appVersion: 1.2", "appVersion: 1.3")]);
        check("renovate[bot]", "Update dependency dep to 1.3", "x", &chart, &["0.1.1", "1.3"]);
    }

    #[test]
    fn lone_numbers_are_parts_of_own_ones() {
        let own = BTreeSet::from([("1.2.3".to_owned(), "1.3.0".to_owned())]);
        let only = |old: &str, new: &str| lines("a.h", &[(old, new)]).iter().all(|line| is_version_only(line, &own));
        assert!(only("#define VERSION_MINOR 2", "#define VERSION_MINOR 3"));
        assert!(only("version_info = (1, 2, 3)", "version_info = (1, 3, 0)"));
        assert!(only("Release: 4%{?dist}", "Release: 1%{?dist}"));
        assert!(!only("#define VERSION_MINOR 7", "#define VERSION_MINOR 8"));
        assert!(!only("timeout 2", "timeout 3"));
    }
}
