//! What `check` decides about a tree.

use super::*;
use crate::model::testing::{model, project};

const CONFIG: &str = "[track.app]\ntag = 'v{version}'\n[[manifest]]\npath = '*'\nline.all = 'v{app}'\n";
const TODAY: &str = "2026-11-21";

/// What is said of these files under this configuration: drifts, findings, places compared and allowed.
#[track_caller]
fn check(config: &str, tree: &[(&str, &str)], expected: &[&str], compared: usize, allowed: usize) {
    let project = project(config);
    let model = model(&project, tree);
    let verdict = super::check(&model, Date::parse(TODAY).expect("a date"));
    let drift = |drift: &Drift| {
        let text = tree.iter().find(|(path, _)| *path == model.shown_path(model.sites[drift.site].file));
        drift_finding(&model, drift, text.map(|(_, text)| *text))
    };
    let all = verdict.drifts.iter().map(drift).chain(verdict.findings.iter().cloned());
    let all: Vec<String> =
        all.map(|finding| format!("{} {}: {}", finding.rule.name(), finding.place, finding.message)).collect();
    assert_eq!(all, expected);
    assert_eq!((verdict.compared, verdict.allowed), (compared, allowed));
    let agree: usize = agreements(&model, &verdict).iter().map(|agreement| agreement.agree).sum();
    assert_eq!(agree, verdict.compared - verdict.drifts.len(), "places that agree are those that don't drift");
}

const TREE: [(&str, &str); 3] = [("a", "v1.0.0\n"), ("b", "v0.9.0\n"), ("c", "v1.0.0\n")];

#[test]
fn places_that_disagree_with_the_first_one_drift() {
    check(CONFIG, &[TREE[0], TREE[2]], &[], 2, 0);
    check(CONFIG, &TREE, &["drift b:1:1: says `v0.9.0`, must say `v1.0.0`"], 3, 0);
    // Written when a version moves, and not looked at otherwise.
    let bump = CONFIG.replace("path = '*'", "path = 'a'")
        + "[[manifest]]\npath = 'b'\nline.all = { template = 'v{app}', on = 'bump' }\n";
    check(&bump, &TREE, &[], 1, 0);
}

#[test]
fn what_is_meant_to_disagree_is_no_drift_for_as_long_as_it_does() {
    let allow = |path: &str, says: &str, until: &str| {
        format!("{CONFIG}[[allow]]\npath = '{path}'\nsays = '{says}'\nreason = 'meant'\n{until}")
    };
    check(&allow("b", "v0.9.0", ""), &TREE, &[], 3, 1);
    check(&allow("?", "v0.9.0", "until = 2026-11-21\n"), &TREE, &[], 3, 1);
    let expired = "allow-expired release.toml:6:1: `b` was allowed to say `v0.9.0` until 2026-11-20";
    check(&allow("b", "v0.9.0", "until = 2026-11-20\n"), &TREE, &[expired], 3, 1);
    let drift = "drift b:1:1: says `v0.9.0`, must say `v1.0.0`";
    let stale = "allow-stale release.toml:6:1: nothing in `b` disagrees by saying `v0.8.0`";
    check(&allow("b", "v0.8.0", ""), &TREE, &[drift, stale], 3, 0);
    let stale = "allow-stale release.toml:6:1: nothing in `a` disagrees by saying `v0.9.0`";
    check(&allow("a", "v0.9.0", ""), &TREE, &[drift, stale], 3, 0);
}

#[test]
fn versions_that_their_scheme_or_a_template_cannot_take_are_found() {
    let short = CONFIG.replace("tag = ", "scheme = 'chart'\ntag = ");
    let said = "bad-version a: `app`: a chart version has exactly three numbers: `1.0` has two";
    check_only(&short, &[("a", "v1.0\n")], &[said]);
    let part = format!("{CONFIG}[[manifest]]\npath = 'p'\nline.all = '-{{app.pre}}'\n").replace("'*'", "'a'");
    let said = "no-rendering release.toml:8:6: `1.0.0` has no `.pre`, which `{app.pre}` asks for";
    check_only(&part, &[("a", "v1.0.0\n"), ("p", "-rc.1\n")], &[said]);
}

/// Findings alone: a place that can't be rendered is neither right nor wrong.
#[track_caller]
fn check_only(config: &str, tree: &[(&str, &str)], expected: &[&str]) {
    let project = project(config);
    let verdict = super::check(&model(&project, tree), Date::parse(TODAY).expect("a date"));
    let all = verdict
        .findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.rule.name(), finding.place, finding.message));
    assert_eq!(all.collect::<Vec<_>>(), expected);
}

#[test]
fn a_tag_says_what_its_commit_says() {
    let project = project(CONFIG);
    let model = model(&project, &[TREE[0]]);
    let said = |tag: &str| tag_findings(&model, tag).into_iter().map(|finding| finding.message).collect::<Vec<_>>();
    assert!(said("v1.0.0").is_empty() && said("other").is_empty() && said("1.1.0").is_empty());
    assert_eq!(said("v1.1.0"), ["the tag `v1.1.0` says `1.1.0`, and its commit says that `app` is `1.0.0`"]);
}

#[test]
fn a_place_of_two_tracks_counts_for_both() {
    let config = "[track.app]\n[track.base]\n[[manifest]]\npath = 'a'\nline.1 = '{app}'\nline.2 = '{base}'\nline.3 = '{base}-{app}-{app}'\n";
    let project = project(config);
    let model = model(&project, &[("a", "1.0.0\n2.0.0\n2.0.0-1.0.0-1.0.1\n")]);
    let verdict = super::check(&model, Date::parse(TODAY).expect("a date"));
    assert_eq!(verdict.drifts, [Drift { site: 2, wanted: "2.0.0-1.0.0-1.0.0".to_owned() }]);
    let half = || Agreement { places: 2, agree: 1 };
    assert_eq!(agreements(&model, &verdict), [half(), half()]);
}
