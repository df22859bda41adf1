//! The figures: a line for each case, one for each repository, and totals.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::Outcome;
use super::verdict::{Found, Verdict};

/// More places than this are not named.
const PLACES: usize = 4;

/// A case in one line, with what is not as it should be.
pub fn line(outcome: &Outcome) -> String {
    let mut text = format!("{:7} {:7} {}", outcome.one.verdict, outcome.all.verdict, outcome.name);
    let said = |found: &Found| found.why.iter().take(PLACES).cloned().collect::<Vec<_>>().join(" ");
    if !outcome.one.why.is_empty() {
        let _ = write!(text, "  one: {}", said(&outcome.one));
    }
    if !outcome.all.why.is_empty() && outcome.all != outcome.one {
        let _ = write!(text, "  all: {}", said(&outcome.all));
    }
    text
}

/// Are both exact?
pub fn is_exact(outcome: &Outcome) -> bool {
    [&outcome.one, &outcome.all].into_iter().all(|found| found.verdict == Verdict::Exact)
}

/// A case as data.
pub fn data(outcome: &Outcome) -> Value {
    let found = |found: &Found, asked: &[String]| json!({ "verdict": found.verdict.to_string(), "why": found.why, "asked": asked });
    json!({
        "id": outcome.name,
        "repository": outcome.repository,
        "one": found(&outcome.one, &outcome.asked[0]),
        "all": found(&outcome.all, &outcome.asked[1]),
        "seconds": outcome.cost.seconds,
        "mebibytes": outcome.cost.own,
        "mebibytes_with_git": outcome.cost.family,
    })
}

/// The summary: repositories, totals, time and memory.
pub fn summary(outcomes: &[Outcome]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        groups.entry(&outcome.repository).or_default().push(outcome);
    }
    let mut text = String::new();
    let width = groups.keys().map(|name| name.len()).max().unwrap_or_default();
    for (name, group) in &groups {
        let slowest = group.iter().map(|outcome| outcome.cost.seconds).fold(0.0, f64::max);
        let (one, all) = (share(group, one), share(group, all));
        let _ = writeln!(text, "{name:width$}  one {one}  all {all}  {slowest:.2} s");
    }
    let every: Vec<&Outcome> = outcomes.iter().collect();
    for (title, which) in [("told one number", one as Which), ("told all numbers", all)] {
        let counts = Verdict::ALL.map(|verdict| {
            let count = every.iter().filter(|outcome| which(outcome) == verdict).count();
            format!("{verdict} {count} ({:.1} %)", percent(count, every.len()))
        });
        let _ = writeln!(text, "{title}: {}, of {}", counts.join(", "), every.len());
    }
    for (title, unit, of) in [
        ("time of init", "s", (|outcome| outcome.cost.seconds) as fn(&Outcome) -> f64),
        ("memory of init", "MiB", |outcome| outcome.cost.own),
        ("memory with git", "MiB", |outcome| outcome.cost.family),
    ] {
        let mut values: Vec<f64> = outcomes.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at =
            |percent: usize| values.get(values.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
        let _ = writeln!(text, "{title}: median {:.2} {unit}, 95 % {:.2}, most {:.2}", at(50), at(95), at(100));
    }
    text
}

type Which = fn(&Outcome) -> Verdict;

fn one(outcome: &Outcome) -> Verdict {
    outcome.one.verdict
}

fn all(outcome: &Outcome) -> Verdict {
    outcome.all.verdict
}

/// `3/12`, and what the others are.
fn share(group: &[&Outcome], which: Which) -> String {
    let count = |verdict: Verdict| group.iter().filter(|outcome| which(outcome) == verdict).count();
    let others = Verdict::ALL.into_iter().skip(1).filter(|verdict| count(*verdict) > 0);
    let others: Vec<String> = others.map(|verdict| format!("{verdict} {}", count(verdict))).collect();
    let text = format!("{}/{}", count(Verdict::Exact), group.len());
    if others.is_empty() { text } else { format!("{text} ({})", others.join(", ")) }
}

fn percent(count: usize, of: usize) -> f64 {
    100.0 * count as f64 / of.max(1) as f64
}
