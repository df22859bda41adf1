//! What a commit's subject says: a merge, a pull request's number, a conventional prefix, a bump by a bot.

use crate::plan::history::Commit;

/// What a merge is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// A pull request, with its title and number.
    Request { title: String, number: String },
    /// A branch, merged by hand.
    Branch { title: String },
    /// The main line, taken over into a branch.
    Sync,
}

/// `fix(api)!: …`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conventional<'t> {
    pub kind: &'t str,
    pub scope: Option<&'t str>,
    pub text: &'t str,
    pub breaking: bool,
}

/// A bump of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dependency<'t> {
    pub name: &'t str,
    pub from: Option<&'t str>,
    pub to: Option<&'t str>,
}

const KINDS: [&str; 16] = [
    "feat", "feature", "fix", "bugfix", "hotfix", "perf", "docs", "doc", "style", "refactor", "test", "tests", "build",
    "ci", "chore", "revert",
];

/// Reads the words that git, GitHub, GitLab and Bitbucket write into merges.
pub(super) fn merge(commit: &Commit) -> Merge {
    let subject = commit.subject.as_str();
    let mut body = commit.message.lines().skip(1).map(str::trim).filter(|line| !line.is_empty());
    let title = body
        .next()
        .filter(|line| !line.starts_with(['*', '#', '<']) && !line.starts_with("Conflicts") && !line.contains("-by: "));
    let first = commit.message.lines().skip(1).map(str::trim).find(|line| !line.is_empty());
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let branch = rest.split(" from ").nth(1).unwrap_or(rest);
        return Merge::Request { title: first.unwrap_or(branch).to_owned(), number: format!("#{digits}") };
    }
    if let Some(at) = subject.find("(pull request #") {
        let digits: String = subject[at + 15..].chars().take_while(char::is_ascii_digit).collect();
        let title = first.unwrap_or_else(|| subject[..at].trim()).to_owned();
        return Merge::Request { title, number: format!("#{digits}") };
    }
    if let Some(line) = commit.message.lines().rev().find(|line| line.starts_with("See merge request ")) {
        let number = line.rsplit('!').next().unwrap_or_default();
        let title = first.filter(|first| *first != line).unwrap_or(subject);
        return Merge::Request { title: title.to_owned(), number: format!("!{number}") };
    }
    let (from, into) = subject.split_once(" into ").unwrap_or((subject, ""));
    let main = |text: &str| {
        let bare = text.trim_matches('\'').rsplit(['/', ' ']).next().unwrap_or_default().trim_matches('\'');
        matches!(bare, "main" | "master" | "trunk" | "dev" | "develop")
    };
    let pulled = subject.starts_with("Merge branch '") && subject.contains("' of ");
    let from_main = from.starts_with("Merge ") && main(from) || subject.starts_with("Merge remote-tracking branch");
    if pulled || from_main && !main(into) || subject.starts_with("Merge tag ") {
        return Merge::Sync;
    }
    Merge::Branch { title: title.unwrap_or(subject).to_owned() }
}

/// A subject without the numbers at its end, and these: `Fix it (#12)`.
pub(super) fn without_number(subject: &str) -> (&str, Vec<&str>) {
    let mut numbers = Vec::new();
    let mut rest = subject.trim();
    while let Some((before, number)) = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        let digits = number.strip_prefix(['#', '!']).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) || before.trim().is_empty() {
            break;
        }
        numbers.insert(0, number);
        rest = before.trim_end();
    }
    (rest, numbers)
}

/// The subject that a revert names: `Revert "Fix it"`.
pub(super) fn reverted_subject(subject: &str) -> Option<&str> {
    let bare = without_number(subject).0;
    if let Some(quoted) = bare.strip_prefix("Revert \"") {
        return quoted.strip_suffix('"');
    }
    bare.strip_prefix("revert: ")
}

/// Reads `type(scope)!: text`, for the types that are in use.
pub(super) fn conventional(subject: &str) -> Option<Conventional<'_>> {
    let (head, text) = subject.split_once(": ")?;
    let (head, breaking) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (kind, scope) = match head.split_once('(') {
        Some((kind, scope)) => (kind, Some(scope.strip_suffix(')')?)),
        None => (head, None),
    };
    let known = KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind));
    (known && !text.trim().is_empty()).then_some(Conventional { kind, scope, text: text.trim(), breaking })
}

/// Reads what dependabot, renovate, pyup and pre-commit.ci write.
pub(super) fn dependency(title: &str) -> Option<Dependency<'_>> {
    let (scope, text) = match conventional(title) {
        Some(one) => (one.scope.unwrap_or_default(), one.text),
        None => ("", title),
    };
    if text.starts_with("[pre-commit.ci]") {
        return Some(Dependency { name: "pre-commit", from: None, to: None });
    }
    let lower = text.get(..7).unwrap_or_default().to_lowercase();
    let rest = if lower.starts_with("bump ") {
        &text[5..]
    } else {
        text.strip_prefix(['U', 'u']).and_then(|rest| rest.strip_prefix("pdate "))?
    };
    let renovate = rest.strip_prefix("dependency ").or_else(|| rest.strip_prefix("module "));
    let bot = scope.starts_with("deps") || scope == "deps-dev" || renovate.is_some();
    let rest = renovate.unwrap_or(rest);
    let name = rest.split_whitespace().next()?;
    let after = |word: &str| {
        let mut words = rest.split_whitespace().skip_while(move |other| *other != word).skip(1);
        words.next().filter(|version| version.contains(|c: char| c.is_ascii_digit()))
    };
    let (from, to) = (after("from"), after("to"));
    (bot || from.is_some() && to.is_some()).then_some(Dependency { name, from, to })
}
