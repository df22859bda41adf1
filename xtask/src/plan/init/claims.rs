//! No two locators claim one place: what `init` proposes, `bump` can write.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Site, Verdict};

/// Of two taken places that share bytes the wider locator stays, if it names all of the other and both say the same
/// number; else the later one becomes a question. Says whether there was one of these.
pub(super) fn settle(sites: &mut Vec<Site>) -> bool {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, site) in sites.iter().enumerate().filter(|(_, site)| site.verdict == Verdict::Taken) {
        files.entry(&site.path).or_default().push(at);
    }
    let (mut gone, mut doubted, mut moved) = (vec![false; sites.len()], Vec::new(), Vec::new());
    for here in files.values() {
        let mut kept: Vec<usize> = Vec::new();
        for &at in here {
            let site = &sites[at];
            let rivals: Vec<usize> = kept.iter().copied().filter(|other| overlap(&sites[*other], site)).collect();
            let same = rivals.iter().all(|other| slots(&sites[*other]) == slots(site));
            if same && rivals.iter().any(|other| covers(&sites[*other], site)) {
                gone[at] = true;
            } else if same && rivals.iter().all(|other| covers(site, &sites[*other])) {
                moved.extend(
                    rivals.iter().min_by_key(|rival| seat(&moved, **rival)).map(|first| (at, seat(&moved, *first))),
                );
                rivals.iter().for_each(|other| gone[*other] = true);
                kept.retain(|other| !rivals.contains(other));
                kept.push(at);
            } else {
                doubted.push(at);
            }
        }
    }
    for &at in &doubted {
        let template = sites[at].template.clone();
        sites[at].set(Verdict::Unsure, template, "another locator names a part of it already");
    }
    // The first place of a track leads, and so does what takes its room.
    for (at, first) in moved {
        sites.swap(at, first);
        gone.swap(at, first);
    }
    let mut gone = gone.into_iter();
    sites.retain(|_| !gone.next().unwrap_or_default());
    !doubted.is_empty()
}

/// Where a place will stand that took another one's room.
fn seat(moved: &[(usize, usize)], at: usize) -> usize {
    moved.iter().rev().find(|(taker, _)| *taker == at).map_or(at, |(_, first)| *first)
}

fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn overlap(a: &Site, b: &Site) -> bool {
    a.spans.iter().any(|a| b.spans.iter().any(|b| touch(a, b)))
}

/// Has each place of the other a hit of this one?
fn covers(a: &Site, b: &Site) -> bool {
    b.spans.iter().all(|b| a.spans.iter().any(|a| touch(a, b)))
}

/// `v{app}-cluster` → `{app}`.
fn slots(site: &Site) -> &str {
    let (start, end) = (site.template.find('{'), site.template.rfind('}'));
    start.zip(end).and_then(|(start, end)| site.template.get(start..=end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::mentions::built;
    use super::*;
    use crate::locate::Hit;

    fn site(locator: &str, template: &str, starts: &[usize]) -> Site {
        let hit = |start: &usize| Hit { span: *start..start + 5, value: String::from("1.2.3") };
        let mut site = built("a", "text", locator.to_owned(), starts.iter().map(hit).collect(), "1.2.3");
        site.set(Verdict::Taken, template.to_owned(), "");
        site
    }

    #[track_caller]
    fn check(mut sites: Vec<Site>, want: &str) {
        let asked = settle(&mut sites);
        let shown: Vec<String> = sites.iter().map(|site| format!("{} {:?}", site.locator, site.verdict)).collect();
        assert_eq!(shown.join(", "), want);
        assert_eq!(asked, want.contains("Unsure"));
    }

    #[test]
    fn the_wider_locator_stays() {
        check(vec![site("a", "{app}", &[0]), site("b", "{app}", &[9])], "a Taken, b Taken");
        let wide = || site("wide", "v{app}", &[0, 9]);
        check(vec![site("a", "{app}", &[0]), site("x", "{app}", &[40]), wide()], "wide Taken, x Taken");
        check(vec![wide(), site("a", "{app}", &[9])], "wide Taken");
        check(vec![site("a", "{app}", &[0]), site("b", "{app}", &[9]), wide()], "wide Taken");
        let first = || site("first", "{chart}", &[40]);
        let wider = site("wider", "v{app}", &[0, 9, 20]);
        check(vec![site("a", "{app}", &[0]), first(), wide(), wider], "wider Taken, first Taken");
    }

    #[test]
    fn what_can_not_be_joined_is_asked() {
        check(vec![site("a", "{app}", &[0, 9]), site("b", "{app}", &[9, 40])], "a Taken, b Unsure");
        check(vec![site("a", "{app}", &[0]), site("b", "{chart}", &[0, 9])], "a Taken, b Unsure");
    }
}
