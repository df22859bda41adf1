//! How faithfully a place moved with its track: recent releases weigh more.

use super::draft::Seen;
use super::places::{Spot, Step};
use super::trains::key;
use crate::version::Version;

/// How many of the last releases are looked at.
const LAST: usize = 8;

/// What the last releases say of a place; the weights 1, ½, ¼ … add up to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Weight {
    /// It moved in the release's own commit.
    pub along: f64,
    /// It moved to the same number, but in a later commit.
    pub later: f64,
    /// How many of the newest releases it left out.
    pub missed: usize,
    /// The same in words.
    pub seen: Seen,
}

/// Weighs a place against the releases of its track, the newest first. One that has never taken a pre-release is
/// weighed against final releases only, even where its track took none since it is known.
pub(super) fn weigh(spot: &Spot, releases: &[Step]) -> Weight {
    let since = spot.steps.last().map_or(0, |step| step.change);
    let known = releases.iter().take_while(|release| release.change <= since || number(spot, release).is_some());
    let known: Vec<&Step> = known.collect();
    let early = |step: &&Step| is_early(&step.new);
    // It may move with a pre-release and say its digits only.
    let along = |release: &&Step| spot.steps.iter().any(|step| step.change == release.change);
    let takes = spot.steps.iter().any(|step| is_early(&step.new))
        || known.iter().any(|release| early(release) && along(release));
    if takes || !releases.iter().any(|release| early(&release)) {
        return weigh_these(spot, &known);
    }
    let finals: Vec<&Step> = known.into_iter().filter(|release| !is_early(&release.new)).collect();
    let mut weight = weigh_these(spot, &finals);
    weight.seen.finals = true;
    weight
}

/// Is it a version on its way to another?
pub(super) fn is_early(number: &str) -> bool {
    Version::parse(number).is_ok_and(|version| version.is_prerelease())
}

/// The step with which a place took the number of a release, whenever that was.
fn number<'a>(spot: &'a Spot, release: &Step) -> Option<&'a Step> {
    spot.steps.iter().find(|step| key(&step.new) == key(&release.new))
}

fn weigh_these(spot: &Spot, releases: &[&Step]) -> Weight {
    let (mut result, mut total, mut weight, mut open) = (Weight::default(), 0.0, 1.0, true);
    for release in releases.iter().take(LAST) {
        total += weight;
        result.seen.of += 1;
        let along = spot.steps.iter().any(|step| step.change == release.change);
        let taken = number(spot, release).is_some();
        match taken {
            _ if along => result.along += weight,
            true => result.later += weight,
            false => {}
        }
        if along {
            result.seen.moved += 1;
        } else {
            result.seen.missed.push(release.new.clone());
            result.missed += usize::from(open && !taken);
        }
        open &= !along && !taken;
        weight /= 2.0;
    }
    if total > 0.0 {
        result.along /= total;
        result.later /= total;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        let step = |(change, new): (&str, &str)| Step {
            change: change.parse().unwrap(),
            old: String::new(),
            new: new.to_owned(),
        };
        text.split_whitespace().map(|text| step(text.split_once(':').unwrap())).collect()
    }

    #[track_caller]
    fn check(place: &str, releases: &str, along: f64, later: f64, missed: usize, words: &str) {
        let spot = Spot { steps: steps(place), ..Spot::default() };
        let weight = weigh(&spot, &steps(releases));
        assert_eq!((weight.along, weight.later, weight.missed), (along, later, missed));
        assert_eq!(weight.seen.words(), words);
    }

    fn finals(place: &str, releases: &str) -> bool {
        weigh(&Spot { steps: steps(place), ..Spot::default() }, &steps(releases)).seen.finals
    }

    #[test]
    fn recent_releases_weigh_more() {
        check("0:3 1:2", "0:3 1:2", 1.0, 0.0, 0, "moved in the last 2 releases");
        check("0:4 2:2", "0:4 1:3 2:2", 1.25 / 1.75, 0.0, 0, "moved in 2 of the last 3 releases; missed 3");
        check("1:3 2:2", "0:4 1:3 2:2", 0.75 / 1.75, 0.0, 1, "moved in 2 of the last 3 releases; missed 4");
        check("2:2", "0:4 1:3 2:2", 0.25 / 1.75, 0.0, 2, "moved in 1 of the last 3 releases; missed 4 and 1 more");
    }

    #[test]
    fn a_place_counts_since_it_is_known() {
        check("0:4", "0:4 1:3 2:2", 1.0, 0.0, 0, "moved in the last release");
    }

    #[test]
    fn what_takes_final_versions_only_is_weighed_by_these() {
        check("1:1.3 4:1.2", "0:1.4-dev 1:1.3 2:1.3-rc1 4:1.2", 1.0, 0.0, 0, "moved in the last 2 releases");
        check("0:1.3 1:1.2", "0:1.3-dev 1:1.2-dev", 1.0, 0.0, 0, "moved in the last 2 releases");
        check("0:1.4-dev 1:1.3", "0:1.4-dev 1:1.3 2:1.3-rc1", 1.0, 0.0, 0, "moved in the last 2 releases");
        check("0:1.3", "0:1.3 1:1.3-rc1 2:1.2", 1.0, 0.0, 0, "moved in the last release");
        assert!(finals("0:1.3", "0:1.3 1:1.3-rc1 2:1.2"));
        assert!(!finals("0:1.3", "0:1.3 2:1.2") && !finals("0:1.3 1:1.3-rc1", "0:1.3 1:1.3-rc1 2:1.2"));
    }

    #[test]
    fn what_comes_a_commit_later_was_not_written_with_it() {
        check("0:3 2:2", "1:3 3:2", 0.0, 1.0, 0, "moved in 0 of the last 2 releases; missed 3 and 1 more");
    }
}
