//! Places that state a piece of a track's number: `MINOR = 5`, `2022.5`, `11500`.

use std::ops::Range;

use super::place::{self, Strict};
use super::places::{Spot, Step};
use super::{spelling, token};
use crate::version::{Part, Version};

/// The pieces that a place may state, the plainest first.
const PARTS: [Part; 6] = [Part::Major, Part::Minor, Part::Patch, Part::Short, Part::Digits, Part::Release];

/// How many of the last releases are looked at.
const LAST: usize = 4;

/// The slot that says what the place has always stated; none where several would fit as well.
pub(super) fn find(spot: &Spot, releases: &[Step], current: &str, track: &str) -> Option<String> {
    let mut fitting = PARTS.into_iter().filter(|part| fits(spot, releases, current, *part));
    let slot = |part: Part| format!("{{{track}.{}}}", part.name());
    let Some(first) = fitting.next() else { return composed(spot, releases, current, track) };
    let word = spot.mask.to_lowercase();
    match fitting.next() {
        None => Some(slot(first)),
        Some(second) => [first, second].into_iter().chain(fitting).find(|part| word.contains(part.name())).map(slot),
    }
}

/// Several pieces in one number: `110104` of `11.1.4`.
fn composed(spot: &Spot, releases: &[Step], current: &str, track: &str) -> Option<String> {
    let after = |release: &Step| {
        let step = spot.steps.iter().find(|step| step.change >= release.change);
        step.map(|step| step.new.as_str()).or_else(|| spot.steps.last().map(|step| step.old.as_str()))
    };
    let along = releases.iter().any(|release| spot.steps.iter().any(|step| step.change == release.change));
    let mut pairs: Vec<(&str, &str)> = vec![(current, spot.value.as_str())];
    pairs.extend(releases.iter().take(LAST).filter_map(|release| Some((release.new.as_str(), after(release)?))));
    (along && pairs.len() > 2).then(|| spelling::slots(track, &pairs)).flatten()
}

/// `3, 7, 0` as one place, where the three numbers stand in a row.
pub(super) fn tuple(text: &str, span: &Range<usize>, current: &str, track: &str) -> Option<(String, Strict)> {
    let [major, minor, patch] = token::numbers(current)[..] else { return None };
    let line = place::line_of(text, span);
    let said = |between: &str| format!("{major}{between}{minor}{between}{patch}");
    let found = [", ", ",", " "].into_iter().find_map(|between| {
        let at = text[line.clone()].match_indices(&said(between)).map(|(at, _)| line.start + at).find(|at| {
            let end = at + said(between).len();
            let bounded = !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '.')
                && !text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '.');
            *at <= span.start && span.end <= end && bounded
        })?;
        Some((between, at))
    });
    let (between, at) = found?;
    let strict =
        place::pattern_of(text, &(at..at + said(between).len()), &format!("[0-9]+{between}[0-9]+{between}[0-9]+"))?;
    Some((format!("{{{track}.major}}{between}{{{track}.minor}}{between}{{{track}.patch}}"), strict))
}

fn fits(spot: &Spot, releases: &[Step], current: &str, part: Part) -> bool {
    let piece = |number: &str| Version::parse(number).ok()?.part(part);
    if piece(current).as_deref() != Some(spot.value.as_str()) {
        return false;
    }
    let since = spot.steps.last().map_or(0, |step| step.change);
    let known: Vec<&Step> = releases.iter().take_while(|release| release.change <= since).take(LAST).collect();
    let step = |release: &Step| spot.steps.iter().find(|step| step.change == release.change);
    let right = |release: &&Step| match step(release) {
        Some(step) => {
            piece(&release.new).as_ref() == Some(&step.new) && piece(&release.old).as_ref() == Some(&step.old)
        }
        None => piece(&release.new) == piece(&release.old),
    };
    known.iter().any(|release| step(release).is_some()) && known.iter().all(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        let step = |text: &str| {
            let [change, old, new] = text.split(':').collect::<Vec<_>>()[..] else { panic!("{text}") };
            Step { change: change.parse().unwrap(), old: old.to_owned(), new: new.to_owned() }
        };
        text.split_whitespace().map(step).collect()
    }

    #[track_caller]
    fn check(mask: &str, value: &str, place: &str, releases: &str, want: Option<&str>) {
        let (path, steps_of) = (String::new(), steps(place));
        let spot = Spot { path, value: value.to_owned(), mask: mask.to_owned(), steps: steps_of, ..Spot::default() };
        let releases = steps(releases);
        assert_eq!(find(&spot, &releases, &releases[0].new.clone(), "app").as_deref(), want);
    }

    #[test]
    fn a_piece_follows_its_number() {
        let releases = "0:2022.4.1:2022.5.0 1:2022.4.0:2022.4.1 2:2022.3.0:2022.4.0";
        check("SHORT: \0", "2022.5", "0:2022.4:2022.5 2:2022.3:2022.4", releases, Some("{app.short}"));
        check("B = \0", "5", "0:4:5 2:3:4", releases, Some("{app.minor}"));
        check("B = \0", "5", "0:4:5 1:3:4", releases, None);
        check("v\0", "11500", "0:11490:11500", "0:1.149.0:1.150.0", Some("{app.digits}"));
    }

    #[test]
    fn a_tuple_is_one_place() {
        let text = "static Version version( 3, 7, 0, \"\", 0 );\nx = 0\n";
        let at = text.find("0,").unwrap();
        let (said, (format, locator, hits)) = tuple(text, &(at..at + 1), "3.7.0", "app").unwrap();
        assert_eq!((said.as_str(), format), ("{app.major}, {app.minor}, {app.patch}", "regex"));
        assert_eq!(hits.iter().map(|hit| hit.value.as_str()).collect::<Vec<_>>(), ["3, 7, 0"], "{locator}");
    }

    #[test]
    fn of_two_readings_the_name_decides() {
        let releases = "0:1.1.1:2.2.2";
        check("MINOR \0", "2", "0:1:2", releases, Some("{app.minor}"));
        check("X \0", "2", "0:1:2", releases, None);
    }
}
