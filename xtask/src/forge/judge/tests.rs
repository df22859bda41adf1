//! What is there, judged.

use std::cell::OnceCell;
use std::rc::Rc;

use super::super::Repository;
use super::compare::tests::{asset, file};
use super::*;
use crate::step::prepared::Prepared;
use crate::tag::TagPattern;
use crate::version::Version;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn wanted() -> Wanted {
    let prepared = Prepared {
        repo: 0,
        label: "app".to_owned(),
        remote: 0,
        branch: "main".to_owned(),
        merge: None,
        base: COMMIT.to_owned(),
        seconds: 0,
        commits: Vec::new(),
        released: Some(COMMIT.to_owned()),
        claimed: true,
        built: OnceCell::new(),
        brought: std::cell::RefCell::new(None),
    };
    let version = Version::parse("1.2.0").unwrap();
    Wanted {
        repository: Repository { host: "github.com".to_owned(), name: "acme/app".to_owned() },
        tag: "v1.2.0".to_owned(),
        title: "App 1.2.0".to_owned(),
        body: Some("What is new\n".to_owned()),
        prerelease: false,
        latest: true,
        version: Some((version, "app".to_owned(), TagPattern::parse("v{version}").unwrap())),
        assets: Vec::new(),
        checksums: None,
        others: Vec::new(),
        prepared: Rc::new(prepared),
    }
}

/// The release as it shall be: a draft of ours.
fn release(id: i64) -> Release {
    let wanted = wanted();
    Release {
        id,
        url: format!("https://github.com/acme/app/releases/{id}"),
        upload_url: String::new(),
        tag: wanted.tag.clone(),
        title: wanted.title.clone(),
        body: wanted.mark(Some(COMMIT.to_owned()), None).put("What is new"),
        draft: true,
        prerelease: false,
        immutable: false,
        target: COMMIT.to_owned(),
        assets: Vec::new(),
    }
}

/// What a look found, with all its words.
fn said(observed: Observed) -> String {
    match observed {
        Observed::Absent => "absent".to_owned(),
        Observed::Same => "same".to_owned(),
        Observed::Partial(words) => format!("partial: {words}"),
        Observed::Different(failure) => format!("different: {failure} / {}", failure.hint.clone().unwrap_or_default()),
        Observed::Unknown(failure) => format!("unknown: {failure}"),
    }
}

#[track_caller]
fn check_draft(releases: &[Release], expected: &str) {
    let said = said(draft(&wanted(), Some(COMMIT), releases));
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_draft_is_ours_by_its_tag_and_its_mark() {
    let other = Release { tag: "v1.1.0".to_owned(), ..release(1) };
    check_draft(&[], "absent");
    check_draft(std::slice::from_ref(&other), "absent");
    check_draft(&[other, release(2)], "same");
    let by_hand = Release { body: "What is new".to_owned(), ..release(3) };
    check_draft(
        &[by_hand],
        "different: there is a draft `v1.2.0` already that isn't this tool's: https://github.com/acme",
    );
    let copied = Release { body: release(4).body.replace("v1.2.0", "v1.1.0"), ..release(4) };
    check_draft(&[copied], "different: there is a draft");
    check_draft(&[release(5), release(6)], "different: there are 2 drafts of `v1.2.0`");
}

#[test]
fn what_a_person_may_do_with_a_draft_is_said_as_commands() {
    let by_hand = Release { body: String::new(), ..release(3) };
    let words = said(draft(&wanted(), None, &[by_hand]));
    assert!(
        words.contains("`gh api --hostname github.com --method DELETE repos/acme/app/releases/3` deletes"),
        "{words}"
    );
    assert!(words.contains("-f 'body=<!-- lockstep v1.2.0 -->'` gives"), "{words}");
    let words = said(draft(&wanted(), None, &[release(5), release(6)]));
    assert!(words.contains("releases/5`") && words.contains("releases/6`"), "{words}");
}

#[test]
fn a_draft_that_says_something_else_is_written_again() {
    check_draft(&[Release { title: "x".to_owned(), ..release(1) }], "partial: its title is `x` and not `App 1.2.0`");
    check_draft(&[Release { prerelease: true, ..release(1) }], "partial: it is a pre-release");
    let browser = Release { body: release(1).body.replace('\n', "\r\n"), ..release(1) };
    check_draft(&[browser], "same");
    let text = Release { body: release(1).body.replace("new", "old"), ..release(1) };
    check_draft(&[text], "partial: its text is another one");
    let adopted = Release { body: wanted().mark(None, None).put("What is new"), ..release(1) };
    check_draft(std::slice::from_ref(&adopted), "partial: it isn't marked for 0123456");
    assert!(matches!(draft(&wanted(), None, &[adopted]), Observed::Same), "nobody knows the commit yet");
}

#[test]
fn what_is_published_is_left() {
    let public = |body: &str| Release { draft: false, body: body.to_owned(), ..release(7) };
    let ours = public(&wanted().mark(Some(COMMIT.to_owned()), None).put("mended since"));
    check_draft(std::slice::from_ref(&ours), "same");
    assert!(matches!(flip(&wanted(), &[ours, release(8)]), Observed::Same));
    check_draft(&[public("What is new")], "same");
    check_draft(
        &[public("by hand")],
        "different: a release `v1.2.0` is published already, and not by this tool: its text",
    );
    assert!(matches!(flip(&wanted(), &[public("by hand")]), Observed::Different(_)));
    assert!(matches!(flip(&wanted(), &[release(8)]), Observed::Absent));
}

#[test]
fn files_beside_a_draft() {
    let files = [file("a", 1, "x"), file("b", 2, "y")];
    let with = |assets: &[Asset]| Release { assets: assets.to_vec(), ..release(1) };
    let (a, b) = (asset("a", 1, "uploaded", Some("x")), asset("b", 2, "uploaded", Some("y")));
    let look = |assets: &[Asset], whole: bool| said(attached(&wanted(), &with(assets), &files, whole));
    assert_eq!(look(&[], true), "absent");
    assert_eq!(look(std::slice::from_ref(&a), true), "partial: `b` is missing");
    assert_eq!(look(&[a.clone(), b.clone()], true), "same");
    assert!(look(&[a.clone(), b.clone()], false).starts_with("partial: not all files are here"));
    let extra = asset("c", 1, "uploaded", None);
    assert_eq!(look(&[a.clone(), b, extra.clone()], false), "partial: not all files are here to be compared");
    let words = look(&[a.clone(), extra], true);
    assert!(
        words.contains("`c` belongs to no file") && words.contains("DELETE repos/acme/app/releases/assets/5`"),
        "{words}"
    );
    let words = look(&[a, asset("b", 3, "uploaded", Some("y"))], false);
    assert!(words.starts_with("different: ") && words.contains("`b` has 3 bytes there and 2 here"), "{words}");
}

#[test]
fn what_was_published_is_known_to_be_whole_without_the_files() {
    let (a, b) = (asset("a", 1, "uploaded", Some("x")), asset("b", 2, "uploaded", Some("y")));
    let mark = wanted().mark(Some(COMMIT.to_owned()), Some(mark::assets_digest(&[a.clone(), b.clone()])));
    let public = |assets: &[Asset], immutable: bool| Release {
        draft: false,
        immutable,
        assets: assets.to_vec(),
        body: mark.put("x"),
        ..release(1)
    };
    assert!(is_whole(&wanted(), &public(&[b.clone(), a.clone()], false), &mark));
    assert!(!is_whole(&wanted(), &public(&[Asset { state: "starter".to_owned(), ..b }, a.clone()], false), &mark));
    let lacks = public(std::slice::from_ref(&a), false);
    assert!(!is_whole(&wanted(), &lacks, &mark));
    let files = [file("a", 1, "x"), file("b", 2, "y")];
    assert_eq!(said(repair(&wanted(), &lacks, &mark, &files)), "partial: `b` is missing");
    let words = said(repair(&wanted(), &lacks, &mark, &files[..1]));
    assert!(words.contains("aren't those that were published, and the files that were aren't here"), "{words}");
    let words = said(repair(&wanted(), &lacks, &mark, &[file("a", 1, "x"), file("b", 2, "rebuilt")]));
    assert!(words.starts_with("different: the release `v1.2.0` isn't whole any more"), "{words}");
    let words = said(repair(&wanted(), &public(&[a], true), &mark, &files));
    assert!(words.contains("`b` is missing") && words.contains("immutable: only a next version"), "{words}");
}

#[test]
fn the_order_of_releases_is_that_of_their_versions() {
    for (tag, expected) in
        [("v1.10.0", true), ("v1.2.0", false), ("v1.1.9", false), ("charts-9.0", false), ("v1.2.0-rc.1", false)]
    {
        assert_eq!(wanted().is_below(tag), expected, "{tag}");
    }
}
