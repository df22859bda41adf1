//! The evidence of an entry, in one line of a comment.

use super::super::Site;
use super::super::draft::Seen;

/// What they say or how often they moved, how many of them, and who disagrees.
pub(super) fn comment(sites: &[&Site], files: usize) -> String {
    let (off, right): (Vec<&Site>, Vec<&Site>) = sites.iter().partition(|site| disagrees(site));
    let seen: Vec<&Seen> = right.iter().filter_map(|site| site.seen.as_ref()).collect();
    let mut text = match seen.is_empty() {
        true => stated(&right, &off, files),
        false => moved(&seen),
    };
    let mut named = Vec::new();
    for site in off {
        let name = if files > 1 { &site.path } else { &site.locator };
        if !named.contains(&name) {
            named.push(name);
            let sign = if text.is_empty() { "" } else { "; " };
            text.push_str(&format!("{sign}`{name}` disagrees: `{}`", site.value));
        }
    }
    text
}

/// Was it taken although it says another version than the rest?
pub(super) fn disagrees(site: &Site) -> bool {
    site.reason.starts_with("disagrees")
}

/// `1.105.0` in 3 of 4 files, the latest tag is `v1.105.0`.
fn stated(right: &[&Site], off: &[&Site], files: usize) -> String {
    let reason = right.first().map_or("", |site| &site.reason);
    if files < 2 || reason.is_empty() {
        return reason.to_owned();
    }
    let mut wrong: Vec<&str> = off.iter().map(|site| site.path.as_str()).collect();
    wrong.dedup();
    let (value, tag) = reason.split_once(',').map_or((reason, None), |(value, tag)| (value, Some(tag)));
    let of = if wrong.is_empty() { String::new() } else { format!("{} of ", files.saturating_sub(wrong.len())) };
    let tag = tag.map_or(String::new(), |tag| format!(",{tag}"));
    format!("{value} in {of}{files} files{tag}")
}

/// How often these places moved with their track; none where the history shows nothing.
pub(in crate::plan::init) fn moved_words(sites: &[&Site]) -> Option<String> {
    let seen: Vec<&Seen> = sites.iter().filter_map(|site| site.seen.as_ref()).collect();
    (!seen.is_empty()).then(|| moved(&seen))
}

/// How often they moved: all of them as often, or the one that did so least.
fn moved(seen: &[&Seen]) -> String {
    let rate = |seen: &&&Seen| (seen.moved * 1000 / seen.of.max(1), seen.of);
    let Some(worst) = seen.iter().min_by_key(rate) else { return String::new() };
    let missed = seen.iter().flat_map(|seen| &seen.missed).fold(Vec::new(), |mut all: Vec<String>, version| {
        if !all.contains(version) {
            all.push(version.clone());
        }
        all
    });
    let same = seen.iter().all(|other| (other.moved, other.of) == (worst.moved, worst.of));
    let words = Seen { missed, ..(**worst).clone() }.words();
    match same || worst.moved == worst.of {
        true => words,
        false => words.replacen("moved in ", "moved in at least ", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: &[(usize, usize, &[&str])], want: &str) {
        let owned = |missed: &[&str]| missed.iter().map(|version| (*version).to_owned()).collect();
        let seen: Vec<Seen> = seen
            .iter()
            .map(|(moved, of, missed)| Seen { moved: *moved, of: *of, missed: owned(missed), ..Seen::default() })
            .collect();
        assert_eq!(moved(&seen.iter().collect::<Vec<_>>()), want);
    }

    #[test]
    fn what_many_places_show_is_said_once() {
        check(&[(8, 8, &[]), (8, 8, &[])], "moved in the last 8 releases");
        check(&[(7, 8, &["1.5.0"]), (7, 8, &["1.5.0"])], "moved in 7 of the last 8 releases; missed 1.5.0");
        check(&[(8, 8, &[]), (7, 8, &["1.5.0"])], "moved in at least 7 of the last 8 releases; missed 1.5.0");
        check(&[(8, 8, &[]), (2, 2, &[])], "moved in the last 2 releases");
    }
}
