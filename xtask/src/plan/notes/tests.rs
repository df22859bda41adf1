//! Lists of subjects as they are in real histories.

use super::*;
use crate::plan::changelog::{PLACEHOLDER, why_unwritten};

fn oid(name: &str) -> String {
    name.repeat(40)[..40].to_owned()
}

/// `a < b c: message`, newest first.
fn commit(line: &str) -> Commit {
    let (head, message) = line.split_once(": ").expect("a colon");
    let (name, parents) = head.split_once(" < ").unwrap_or((head, ""));
    let message = message.replace("\\n", "\n");
    Commit {
        oid: oid(name),
        parents: parents.split_whitespace().map(oid).collect(),
        subject: message.lines().next().unwrap_or_default().to_owned(),
        message,
        paths: Vec::new(),
    }
}

#[track_caller]
fn check(lines: &[&str], expected: &str) {
    let commits: Vec<Commit> = lines.iter().map(|line| commit(line)).collect();
    let notes = collect(&commits, &|subject| subject.starts_with("Bump version "));
    let list = markdown(&notes, None);
    assert_eq!(list.strip_prefix(PLACEHOLDER).map(str::trim_start), Some(expected), "{lines:#?}");
}

#[test]
fn a_pull_request_is_its_title() {
    check(
        &[
            "m < 0 b: Merge pull request #12 from acme/fix-login\\n\\nMend the login",
            "b < a: wip",
            "a < 0: try something",
        ],
        "- Mend the login (#12)\n",
    );
    check(
        &["m < 0 a: Merge branch 'fix' into 'main'\\n\\nMend it\\n\\nSee merge request acme/app!7", "a: x"],
        "- Mend it (!7)\n",
    );
    check(&["m < 0 a: Merged in fix (pull request #3)\\n\\nMend it", "a: x"], "- Mend it (#3)\n");
    check(&["a: Mend it (#12)"], "- Mend it (#12)\n");
    check(&["m < 0 a: Merge pull request #12 from acme/fix-login", "a: x"], "- acme/fix-login (#12)\n");
    check(&["m < a b: Merge branch 'main' into release-1.2", "b: Feature", "a: Fix"], "- Feature\n- Fix\n");
    check(&["m < a b: Merge branch 'fix-login'", "b: Mend", "a: Other"], "- Merge branch 'fix-login'\n- Other\n");
}

#[test]
fn what_was_reverted_is_no_news() {
    let revert = |name: &str, old: &str| format!("{name}: Revert \"X\"\\n\\nThis reverts commit {}.", oid(old));
    check(&[&revert("b", "a"), "a: X", "0: Y"], "- Y\n");
    check(&["c: Revert \"Revert \"X\"\"", "b: Revert \"X\"", "a: X"], "- X\n");
    check(&["b: Revert \"X (#1)\" (#2)", "a: X (#1)"], "");
    check(&[&revert("b", "9"), "a: Y"], "- Revert \"X\"\n- Y\n");
    let merged =
        format!("c: Revert \"Merge\"\\n\\nThis reverts commit {}, reversing\\nchanges made to {}.", oid("e"), oid("0"));
    check(&[&merged, "e < 0 a: Merge pull request #1 from a/b\\n\\nX", "a < 0: part", "0: Y"], "- Y\n");
}

#[test]
fn bots_and_repetitions_are_one_line() {
    check(
        &[
            "d: Bump serde from 1.1 to 1.2 (#4)",
            "c: Mend",
            "b: build(deps): bump serde from 1.0 to 1.1 (#3)",
            "a: Update dependency react to v18 (#2)",
        ],
        "- Mend\n\n## Dependencies\n\n- Bump serde from 1.0 to 1.2 (#4, #3)\n- Update dependency react to v18 (#2)\n",
    );
    check(&["b: Mend (#9)", "a: Mend"], "- Mend (#9)\n");
    check(&["b: Bump version 1.2.3", "a: Update the docs"], "- Update the docs\n");
    check(&["a: Bump the timeout"], "- Bump the timeout\n");
}

#[test]
fn conventional_subjects_make_groups() {
    check(
        &[
            "f: docs: explain",
            "e: feat(api): list things (#5)",
            "d: fix: mend `a<b>` and <i>",
            "c: feat!: drop it",
            "b: Something else",
            "a: perf: faster",
        ],
        "## Breaking changes\n\n- drop it\n\n## Features\n\n- api: list things (#5)\n\n## Fixes\n\n- mend `a<b>` and \\<i>\n\n\
         ## Performance\n\n- faster\n\n## Other changes\n\n- explain\n- Something else\n",
    );
    check(&["b: fix: one", "a: Plain", "0: Plainer"], "- one\n- Plain\n- Plainer\n");
    check(&["a: note: this is no type"], "- note: this is no type\n");
}

#[test]
fn an_untouched_list_is_no_notes() {
    let notes = collect(&[commit("a: Mend")], &|_| false);
    assert!(why_unwritten(&markdown(&notes, None)).is_some());
    assert_eq!(why_unwritten(&markdown(&notes, None).replace(PLACEHOLDER, "A better login.")), None);
    assert!(why_unwritten(&markdown(&Notes::default(), Some("1.2.3"))).is_some());
    assert_eq!(text(&notes), "  aaaaaaaaaa  Mend\n");
}
