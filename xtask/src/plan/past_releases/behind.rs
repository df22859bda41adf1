//! The same from the places' side: which was forgotten, in which releases, and for how long.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{History, Place, Release};

/// A place that disagreed with at least one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Its file, as messages name it.
    pub path: String,
    /// Every locator of the file that has the same story.
    pub locators: Vec<String>,
    /// The track, or the member of a family.
    pub track: String,
    /// The releases in which it disagreed, without gaps each; the earliest first.
    pub runs: Vec<Run>,
    /// In how many releases it was compared.
    pub compared: usize,
    /// Said it always a lower version, or always a higher one?
    pub side: Option<Ordering>,
}

/// Releases one after the other in which a place disagreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The tags, the lowest version first.
    pub tags: Vec<String>,
    /// Their versions.
    pub versions: Vec<String>,
    /// How long it went, from the first of them to the next release that agrees; to the last one if none did.
    pub days: u64,
    /// Has it ended? It goes on if the last release has it too.
    pub ended: bool,
}

impl Behind {
    /// Does it disagree in the last release too?
    pub fn is_still(&self) -> bool {
        self.runs.last().is_some_and(|run| !run.ended)
    }

    /// In how many releases it disagreed.
    pub fn releases(&self) -> usize {
        self.runs.iter().map(|run| run.tags.len()).sum()
    }

    /// For how many days.
    pub fn days(&self) -> u64 {
        self.runs.iter().map(|run| run.days).sum()
    }

    /// `behind`, `ahead` or, where it is now this and now that, `off`.
    pub fn word(&self) -> &'static str {
        match self.side {
            Some(Ordering::Less) => "behind",
            Some(Ordering::Greater) => "ahead",
            _ => "off",
        }
    }
}

/// A place through the releases of its track: what stands there, the lowest version first.
type Story<'h> = Vec<(&'h Release, &'h Place)>;

/// Every place that ever disagreed, the one that did so most often first.
pub fn behind(history: &History) -> Vec<Behind> {
    let mut stories: BTreeMap<(usize, &str, &str, &str), Story<'_>> = BTreeMap::new();
    for release in history.releases.iter().rev() {
        for place in &release.places {
            let key = (release.rule, &*release.track, &*place.path, &*place.locator);
            let story = stories.entry(key).or_default();
            // Of several hits of one locator one that disagrees counts.
            match story.last_mut().filter(|(last, _)| std::ptr::eq(*last, release)) {
                Some(last) if last.1.agrees() => last.1 = place,
                Some(_) => {}
                None => story.push((release, place)),
            }
        }
    }
    let mut all: Vec<Behind> = Vec::new();
    for ((rule, track, path, locator), story) in stories {
        let is_of = |release: &&Release| (release.rule, &*release.track) == (rule, track);
        let Some(newest) = history.releases.iter().find(is_of) else { continue };
        let Some(one) = tell(newest, path, locator, &story) else { continue };
        let same = |other: &&mut Behind| (&other.path, &other.track, &other.runs) == (&one.path, &one.track, &one.runs);
        match all.iter_mut().find(same) {
            Some(other) => other.locators.extend(one.locators),
            None => all.push(one),
        }
    }
    all.sort_by_key(|one| (std::cmp::Reverse(one.releases()), one.path.clone()));
    all
}

/// `newest` is the track's last release, in which the place may not be any more.
fn tell(newest: &Release, path: &str, locator: &str, story: &Story<'_>) -> Option<Behind> {
    let mut runs: Vec<Run> = Vec::new();
    for group in story.chunk_by(|one, next| one.1.agrees() == next.1.agrees()) {
        if group[0].1.agrees() {
            continue;
        }
        let (first, last) = (group[0].0, group[group.len() - 1].0);
        let next = story.iter().skip_while(|(release, _)| !std::ptr::eq(*release, last)).nth(1);
        let end = next.map_or(last.tag.seconds, |(release, _)| release.tag.seconds);
        let days = end.saturating_sub(first.tag.seconds) / (24 * 60 * 60);
        let tags = group.iter().map(|(release, _)| release.tag.name.clone()).collect();
        let versions = group.iter().map(|(release, _)| release.version.to_string()).collect();
        runs.push(Run { tags, versions, days, ended: !std::ptr::eq(last, newest) });
    }
    let mut sides = story.iter().filter(|(_, place)| !place.agrees()).map(|(_, place)| place.side);
    let first = sides.next()?;
    let side = first.filter(|_| sides.all(|side| side == first));
    let (path, track) = (path.to_owned(), newest.track.clone());
    Some(Behind { path, locators: vec![locator.to_owned()], track, runs, compared: story.len(), side })
}
