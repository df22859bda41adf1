//! What a tag means, and what its tree says to it.

use super::*;
use crate::model::testing::project;
use crate::model::{Located, find_files, find_hits};

const CONFIG: &str = "[track.app]\ntag = 'v{version}'\n[[manifest]]\npath = ['a', 'b']\nline.all = '{app}'\n";
const FAMILY: &str = "[track.chart]\ntag = '{name}-{version}'\n[[manifest]]\npath = 'charts/{chart}/Chart.yaml'\n\
                      yaml.version = '{chart}'\n[[manifest]]\npath = 'charts/{chart}/README'\nline.all = 'v{chart}'\n";

/// A tree: paths and texts.
type Tree<'t> = &'t [(&'t str, &'t str)];

/// The verdict on one tag whose commit was made on that day.
fn verdict(project: &Project, tag: &str, day: u64, tree: Tree<'_>) -> Verdict {
    let tag = Tag { repo: 0, name: tag.to_owned(), seconds: day * 86_400, own: false };
    let readings = readings(project, 0, &tag.name);
    let text = |file: &File| tree.iter().find(|(path, _)| *path == file.path).map(|(_, text)| *text);
    let (files, missing): (Vec<File>, Vec<File>) =
        concerned(project, &readings, files(project, tree)).into_iter().partition(|file| text(file).is_some());
    let hits = |file| find_hits(project, file, text(file).unwrap_or_default()).unwrap_or_default();
    let located = files.iter().map(|file| Ok(Located { hits: hits(file), shapes: Vec::new() })).collect();
    let model = Model::build(project, files, located, Vec::new(), Vec::new(), &|_| None);
    judge(&model, &tag, &readings, &missing)
}

fn files(project: &Project, tree: Tree<'_>) -> Vec<File> {
    find_files(project, &[tree.iter().map(|(path, _)| (*path).to_owned()).collect()], &|_| true).0
}

/// The verdict in a line: the track, the version, how many places, those that disagree, and what wasn't there.
fn line(verdict: &Verdict) -> String {
    let Verdict::Release(release) = verdict else { return format!("{verdict:?}") };
    let drifts: Vec<String> =
        release.drifts().map(|place| format!(" {} {} not {}", place.path, place.says, place.wanted)).collect();
    let nowhere = if release.stated { "" } else { " nowhere" };
    let absent = if release.absent > 0 { format!(" absent {}", release.absent) } else { String::new() };
    format!("{} {}{nowhere} of {}{}{absent}", release.track, release.version, release.places.len(), drifts.concat())
}

#[track_caller]
fn check(config: &str, tag: &str, tree: Tree<'_>, expected: &str) {
    assert_eq!(line(&verdict(&project(config), tag, 0, tree)), expected);
}

#[test]
fn a_tag_is_compared_with_every_place_of_its_track() {
    check(CONFIG, "v1.0.0", &[("a", "1.0.0"), ("b", "1.0.0")], "app 1.0.0 of 2");
    check(CONFIG, "v1.0.0", &[("a", "1.0.0"), ("b", "0.9.0")], "app 1.0.0 of 2 b 0.9.0 not 1.0.0");
    // The first place is no more right than the others: the tag decides.
    check(CONFIG, "v1.0.0", &[("a", "0.9.0"), ("b", "1.0.0")], "app 1.0.0 of 2 a 0.9.0 not 1.0.0");
    let both = "app 1.0.0 nowhere of 2 a 0.9.0 not 1.0.0 b 0.9.0 not 1.0.0";
    check(CONFIG, "v1.0.0", &[("a", "0.9.0"), ("b", "0.9.0")], both);
}

#[test]
fn what_was_not_there_is_no_drift() {
    check(CONFIG, "v1.0.0", &[("a", "1.0.0")], "app 1.0.0 of 1 absent 1");
    check(CONFIG, "v1.0.0", &[("c", "1.0.0")], "NotYet");
    let yaml = CONFIG.replace("line.all", "yaml.version");
    check(&yaml, "v1.0.0", &[("a", "version: 1.0.0"), ("b", "other: 1")], "app 1.0.0 of 1 absent 1");
    // A file that couldn't be read then is one that wasn't there.
    check(&yaml, "v1.0.0", &[("a", "version: 1.0.0"), ("b", "{")], "app 1.0.0 of 1 absent 1");
    let bump = CONFIG.to_owned() + "[[manifest]]\npath = 'c'\nline.all = { template = '1', on = 'bump' }\n";
    check(&bump, "v1.0.0", &[("a", "1.0.0"), ("b", "1.0.0"), ("c", "7")], "app 1.0.0 of 2");
    let allow = CONFIG.to_owned() + "[[allow]]\npath = 'b'\nsays = '0.9.0'\nreason = 'meant'\n";
    check(&allow, "v1.0.0", &[("a", "1.0.0"), ("b", "0.9.0")], "app 1.0.0 of 1");
}

#[test]
fn a_tag_may_spell_its_version_in_another_way() {
    check(CONFIG, "v1.2.0rc1", &[("a", "1.2.0-rc.1"), ("b", "1.2.0-rc.1")], "app 1.2.0-rc.1 of 2");
    check(CONFIG, "v0.57", &[("a", "0.57.0"), ("b", "0.56.0")], "app 0.57.0 of 2 b 0.56.0 not 0.57.0");
    let pep440 = CONFIG.replace(
        "'b']\nline.all = '{app}'",
        "'c']\nline.all = '{app}'\n[[manifest]]\npath = 'b'\nline.all = '{app:pep440}'",
    );
    check(&pep440, "v1.2.0-rc.1", &[("a", "1.2.0-rc.1"), ("b", "1.2.0rc1")], "app 1.2.0-rc.1 of 2 absent 1");
    // The final version isn't the candidate.
    let early = "app 1.2.0-rc.1 of 2 b 1.2.0 not 1.2.0-rc.1";
    check(CONFIG, "v1.2.0-rc.1", &[("a", "1.2.0-rc.1"), ("b", "1.2.0")], early);
}

#[test]
fn variants_and_throw_away_tags_prove_only_what_the_tree_says_too() {
    let variant = CONFIG.replace("'{app}'", "'v{app}-cluster'");
    check(&variant, "v1.93.3-cluster", &[("a", "v1.93.3-cluster"), ("b", "v1.93.3-cluster")], "app 1.93.3 of 2");
    let behind = "app 1.93.3 of 2 b v1.93.2-cluster not v1.93.3-cluster";
    check(&variant, "v1.93.3-enterprise-cluster", &[("a", "v1.93.3-cluster"), ("b", "v1.93.2-cluster")], behind);
    for tag in ["v26.10.0-0123abc", "v1", "v2.0.0-victorialogs", "nightly", "v", "v1.0.0^", "x1.0.0"] {
        check(CONFIG, tag, &[("a", "1.2.0"), ("b", "1.2.0")], "NoVersion");
    }
    check(
        CONFIG,
        "v0.3.0-uv-testing",
        &[("a", "0.3.0-uv-testing"), ("b", "0.3.0-uv-testing")],
        "app 0.3.0-uv-testing of 2",
    );
}

#[test]
fn a_tag_of_a_family_concerns_its_member() {
    let web = [("charts/web/Chart.yaml", "version: 2.0.0"), ("charts/web/README", "v1.9.0")];
    let worker = [("charts/worker/Chart.yaml", "version: 0.4.0"), ("charts/worker/README", "v0.3.0")];
    let project = project(FAMILY);
    let tree: Vec<(&str, &str)> = web.iter().chain(&worker).copied().collect();
    let judged = line(&verdict(&project, "web-2.0.0", 0, &tree));
    assert_eq!(judged, "web 2.0.0 of 2 charts/web/README v1.9.0 not v2.0.0");
    assert_eq!(line(&verdict(&project, "web-2.0.0", 0, &worker)), "NotYet");
    assert_eq!(line(&verdict(&project, "web-1.0.0+x/y", 0, &tree)), "NoVersion");
    let named = |tag: &str| concerned(&project, &readings(&project, 0, tag), files(&project, &tree)).len();
    assert_eq!((named("web-2.0.0"), named("worker-2.0.0"), named("other-2.0.0")), (2, 2, 0));
}

#[test]
fn tracks_that_no_tag_names_must_agree_with_themselves() {
    let two = CONFIG.to_owned() + "[track.image]\ntag = ''\n[[manifest]]\npath = ['c', 'd']\nline.all = '{image}'\n";
    let tree = [("a", "1.0.0"), ("b", "1.0.0"), ("c", "7.1.0"), ("d", "7.0.0")];
    check(&two, "v1.0.0", &tree, "app 1.0.0 of 4 d 7.0.0 not 7.1.0");
    // One that has tags of its own is judged by them.
    let tagged = two.replace("tag = ''", "tag = 'image-{version}'");
    check(&tagged, "v1.0.0", &tree, "app 1.0.0 of 2");
    check(&tagged, "image-7.1.0", &tree, "image 7.1.0 of 2 d 7.0.0 not 7.1.0");
    // Two tracks with one pattern: the tag is of the one that says its version.
    let same = two.replace("tag = ''", "tag = 'v{version}'");
    check(&same, "v7.1.0", &tree, "image 7.1.0 of 2 d 7.0.0 not 7.1.0");
}

fn history(tags: &[(&str, u64, &str, &str)]) -> History {
    let project = project(CONFIG);
    let mut history = History::default();
    for (tag, day, a, b) in tags {
        history.add(verdict(&project, tag, *day, &[("a", a), ("b", b)]));
    }
    history.sort();
    history
}

#[test]
fn a_place_that_was_forgotten_tells_for_how_long() {
    let history = history(&[
        ("v1.3.0", 40, "1.3.0", "1.1.0"),
        ("v1.0.0", 0, "1.0.0", "1.0.0"),
        ("v1.10.0", 99, "1.10.0", "1.10.0"),
        ("v1.1.0", 10, "1.1.0", "1.0.0"),
        ("v1.2.0", 20, "1.2.0", "1.2.0"),
        ("v1.4.0", 50, "1.4.0", "1.1.0"),
        ("v1.11.0", 120, "1.11.0", "1.12.0"),
        ("nightly", 1, "1", "1"),
    ]);
    let tags: Vec<&str> = history.releases.iter().map(|release| release.tag.name.as_str()).collect();
    assert_eq!(tags, ["v1.11.0", "v1.10.0", "v1.4.0", "v1.3.0", "v1.2.0", "v1.1.0", "v1.0.0"]);
    assert_eq!((history.agree(), history.no_version), (3, 1));
    let behind = behind(&history);
    assert_eq!(behind.len(), 1);
    let one = &behind[0];
    assert_eq!((one.path.as_str(), one.releases(), one.compared, one.days()), ("b", 4, 7, 10 + 59));
    let runs: Vec<(String, u64, bool)> = one.runs.iter().map(|run| (run.tags.join(" "), run.days, run.ended)).collect();
    let expected = [("v1.1.0", 10, true), ("v1.3.0 v1.4.0", 59, true), ("v1.11.0", 0, false)];
    assert_eq!(runs, expected.map(|(tags, days, mended)| (tags.to_owned(), days, mended)));
    assert_eq!(one.word(), "off", "now behind and now ahead");
}
