//! Made-up pasts over small trees.

use super::super::past::{Change, Move, Past};
use super::super::{Facts, Proposal, Verdict, propose};

struct Story {
    files: Vec<(&'static str, &'static str)>,
    tags: Vec<&'static str>,
    changes: Vec<Change>,
}

/// A repository as it is today.
fn story(files: &[(&'static str, &'static str)]) -> Story {
    Story { files: files.to_vec(), tags: Vec::new(), changes: Vec::new() }
}

impl Story {
    fn tags(mut self, tags: &[&'static str]) -> Self {
        self.tags = tags.to_vec();
        self
    }

    /// One commit, older than those before it: `path`, the line with a `□` for each version, before and after.
    fn commit(mut self, subject: &str, moves: &[(&str, &str, &str, &str)]) -> Self {
        let moved = |(path, mask, old, new): &(&str, &str, &str, &str)| Move {
            path: (*path).to_owned(),
            mask: mask.replace('□', "\0"),
            tokens: old.split(' ').zip(new.split(' ')).map(|(old, new)| (old.to_owned(), new.to_owned())).collect(),
            ..Move::default()
        };
        let moves = moves.iter().map(moved).collect();
        self.changes.push(Change { subject: subject.to_owned(), moves, ..Change::default() });
        self
    }

    fn propose(&self) -> Proposal {
        let read = |path: &str| self.files.iter().find(|(of, _)| *of == path).map(|(_, text)| (*text).to_owned());
        propose(&Facts {
            name: String::from("acme"),
            files: self.files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            read: &read,
            tags: self.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            branch: None,
            origin: None,
            origin_branch: None,
            siblings: Vec::new(),
            past: Past { changes: self.changes.clone(), read: self.changes.len(), ..Past::default() },
        })
    }

    /// The file without comments and empty lines.
    #[track_caller]
    fn check(&self, want: &str) -> Proposal {
        let proposal = self.propose();
        let parsed = crate::config::parse("release.toml", &proposal.toml).and_then(crate::resolve::resolve);
        assert!(parsed.is_ok(), "{:?}\n{}", parsed.err(), proposal.toml);
        let bare = |text: &str| {
            let kept = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            kept.map(|line| format!("{line}\n")).collect::<String>()
        };
        assert_eq!(bare(&proposal.toml), bare(want), "\n{}", proposal.toml);
        proposal
    }
}

#[track_caller]
fn check_row(proposal: &Proposal, path: &str, verdict: Verdict, reason: &str) {
    let row = proposal.rows.iter().find(|row| row.path == path);
    let row = row.unwrap_or_else(|| panic!("no row for {path}"));
    assert_eq!((row.verdict, row.reason.as_str()), (verdict, reason));
}

#[test]
fn places_that_no_manifest_names_are_taken_with_their_track() {
    let past = |old, new| {
        [("CMakeLists.txt", "project(acme VERSION □)", old, new), ("docs/a.md", "curl x/v□/acme.tgz", old, new)]
    };
    story(&[
        ("CMakeLists.txt", "project(acme VERSION 1.3.0)\n"),
        ("docs/a.md", "# a\ncurl x/v1.3.0/acme.tgz\nsince 1.3.0\n"),
    ])
    .tags(&["v1.3.0", "v1.2.0", "v1.1.0"])
    .commit("Release 1.3.0", &past("1.2.0", "1.3.0"))
    .commit("Release 1.2.0", &past("1.1.0", "1.2.0"))
    .check(
        r#"
        [project]
        name = "acme"
        [track.app]
        [[manifest]]
        path = "CMakeLists.txt"
        text."project(acme VERSION {})" = "{app}"
        [[manifest]]
        path = "docs/a.md"
        text."curl x/v{}" = "{app}"
        "#,
    );
}

#[test]
fn what_kept_an_old_number_stays() {
    let manifest = |old, new| ("package.json", "  \"version\": \"□\"", old, new);
    let proposal = story(&[
        ("package.json", "{\n  \"version\": \"1.3.0\"\n}\n"),
        ("README.md", "acme 1.1.0\n"),
        ("docs.md", "acme 1.2.0\n"),
    ])
    .commit("Release 1.3.0", &[manifest("1.2.0", "1.3.0")])
    .commit("Release 1.2.0", &[manifest("1.1.0", "1.2.0"), ("docs.md", "acme □", "1.1.0", "1.2.0")])
    .commit(
        "Release 1.1.0",
        &[
            manifest("1.0.0", "1.1.0"),
            ("README.md", "acme □", "1.0.0", "1.1.0"),
            ("docs.md", "acme □", "1.0.0", "1.1.0"),
        ],
    )
    .check(
        "[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"package.json\"\njson.version = \"{app}\"\n",
    );
    check_row(
        &proposal,
        "README.md",
        Verdict::Left,
        "stayed at `1.1.0`: moved in 1 of the last 3 releases; missed 1.3.0 and 1 more",
    );
    check_row(
        &proposal,
        "docs.md",
        Verdict::Unsure,
        "moved in 2 of the last 3 releases; missed 1.3.0: does it still follow `app`, now `1.3.0`?",
    );
}

#[test]
fn a_chart_follows_the_app_by_what_it_did() {
    let app = |old, new| ("charts/acme/Chart.yaml", "appVersion: □", old, new);
    let chart = |old, new| ("charts/acme/Chart.yaml", "version: □", old, new);
    story(&[("charts/acme/Chart.yaml", "version: 0.5.0\nappVersion: 1.3.0\n")])
        .commit("acme 1.3.0", &[app("1.2.0", "1.3.0"), chart("0.4.0", "0.5.0")])
        .commit("Fix the chart", &[chart("0.3.1", "0.4.0")])
        .commit("acme 1.2.0", &[app("1.1.0", "1.2.0"), chart("0.2.1", "0.3.0")])
        .check(
            r#"
            [project]
            name = "acme"
            [track.app]
            [track.chart]
            scheme = "chart"
            with = "app"
            bump = "same"
            tag = "acme-{version}"
            [[manifest]]
            path = "charts/acme/Chart.yaml"
            yaml.version = "{chart}"
            yaml.appVersion = "{app}"
            "#,
        );
}

#[test]
fn a_dependency_is_no_track() {
    let proposal = story(&[("VERSION", "1.3.0\n"), ("compose.yml", "services:\n  db:\n    image: acme/redis:1.3.0\n")])
        .tags(&["v1.3.0", "v1.2.0"])
        .commit("Release 1.3.0", &[("VERSION", "□", "1.2.0", "1.3.0")])
        .commit("Update redis to 1.3.0", &[("compose.yml", "    image: acme/redis:□", "1.2.9", "1.3.0")])
        .commit("Release 1.2.0", &[("VERSION", "□", "1.1.0", "1.2.0")])
        .check("[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n");
    check_row(&proposal, "compose.yml", Verdict::Left, "moves on its own");
}

#[test]
fn packages_that_each_count_on_their_own_are_a_family() {
    let package = |path: &'static str, old, new| (path, "version = \"□\"", old, new);
    story(&[
        ("crates/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.3.0\"\n"),
        ("crates/b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"0.9.1\"\n"),
    ])
    .tags(&["a-0.3.0", "b-0.9.1"])
    .commit("Release a 0.3.0", &[package("crates/a/Cargo.toml", "0.2.0", "0.3.0")])
    .commit("Release b 0.9.1", &[package("crates/b/Cargo.toml", "0.9.0", "0.9.1")])
    .check(
        r#"
        [project]
        name = "acme"
        [track.crate]
        tag = "{crate}-{version}"
        [[manifest]]
        path = "crates/{crate}/Cargo.toml"
        toml."package.version" = "{crate}"
        "#,
    );
}

#[test]
fn a_link_that_moves_in_a_changelog_is_a_place_and_a_heading_is_none() {
    let past = |old, new| {
        [("VERSION", "□", old, new), ("CHANGELOG.md", "[Unreleased]: https://example.com/compare/v□...HEAD", old, new)]
    };
    let mut newest = past("1.2.0", "1.3.0").to_vec();
    newest.push(("CHANGELOG.md", "## □", "1.3.0-rc1", "1.3.0"));
    story(&[
        ("VERSION", "1.3.0\n"),
        (
            "CHANGELOG.md",
            "## 1.3.0\n\n## 1.2.0\n\n[Unreleased]: https://example.com/compare/v1.3.0...HEAD\n[1.3.0]: https://example.com/compare/v1.2.0...v1.3.0\n",
        ),
    ])
    .tags(&["v1.3.0", "v1.2.0", "v1.1.0"])
    .commit("Release 1.3.0", &newest)
    .commit("Release 1.2.0", &past("1.1.0", "1.2.0"))
    .check(
        r#"
        [project]
        name = "acme"
        [track.app]
        [[manifest]]
        path = "VERSION"
        line.all = "{app}"
        [[manifest]]
        path = "CHANGELOG.md"
        text."Unreleased]: https://example.com/compare/v{}..." = "{app}"
        "#,
    );
}

#[test]
fn one_locator_stands_for_two_that_would_claim_a_place() {
    let past = |old, new| {
        [("VERSION", "□", old, new), ("a.md", "acme, □ (compiled)", old, new), ("a.md", "acme, □", old, new)]
    };
    story(&[("VERSION", "1.3.0\n"), ("a.md", "acme, 1.3.0 (compiled)\n\nacme, 1.3.0\n")])
        .tags(&["v1.3.0", "v1.2.0", "v1.1.0"])
        .commit("Release 1.3.0", &past("1.2.0", "1.3.0"))
        .commit("Release 1.2.0", &past("1.1.0", "1.2.0"))
        .check(
            r#"
            [project]
            name = "acme"
            [track.app]
            [[manifest]]
            path = "VERSION"
            line.all = "{app}"
            [[manifest]]
            path = "a.md"
            text."acme, {}" = { template = "{app}", count = 2 }
            "#,
        );
}

#[test]
fn a_version_kept_apart_moves_as_one_number() {
    let number = |old, new| ("configure.ac", "AC_INIT([acme], [□])", old, new);
    let minor = |old, new| ("acme.h", "#define ACME_MINOR □", old, new);
    let patch = |old, new| ("acme.h", "#define ACME_PATCH □", old, new);
    story(&[
        ("configure.ac", "AC_INIT([acme], [1.2.0])\n"),
        ("acme.h", "#define ACME_MAJOR 1\n#define ACME_MINOR 2\n#define ACME_PATCH 1\n"),
    ])
    .tags(&["v1.2.0", "v1.1.0"])
    .commit("Work on 1.2.1", &[patch("0", "1")])
    .commit("Release 1.2.0", &[number("1.1.0", "1.2.0"), minor("1", "2"), patch("1", "0")])
    .commit("Work on 1.1.1", &[patch("0", "1")])
    .commit("Release 1.1.0", &[number("1.0.0", "1.1.0"), minor("0", "1"), patch("1", "0")])
    .commit("Work on 1.0.1", &[patch("0", "1")])
    .check(
        r##"
        [project]
        name = "acme"
        [track.app]
        [[manifest]]
        path = "configure.ac"
        text."AC_INIT([acme], [{}])" = "{app}"
        [[manifest]]
        path = "acme.h"
        text."#define ACME_MAJOR {}" = { template = "{app.major}", on = "bump" }
        text."#define ACME_MINOR {}" = { template = "{app.minor}", on = "bump" }
        text."#define ACME_PATCH {}" = { template = "{app.patch}", on = "bump" }
        "##,
    );
}

#[test]
fn a_manifest_on_its_way_leads_what_repeats_the_last_release() {
    let docs = |old, new| ("docs/install.md", "pip install acme==□", old, new);
    let proposal = story(&[
        ("pyproject.toml", "[project]\nname = \"acme\"\nversion = \"1.3.0.dev0\"\n"),
        ("docs/install.md", "pip install acme==1.2.1\n"),
    ])
    .tags(&["1.2.1", "1.2.0"])
    .commit("Release 1.2.1", &[docs("1.2.0", "1.2.1")])
    .commit("Release 1.2.0", &[docs("1.1.0", "1.2.0")])
    .propose();
    let app = proposal.tracks().into_iter().find(|track| track.name == "app").unwrap();
    assert_eq!(app.number, "1.3.0.dev0", "{}", proposal.toml);
}

/// Two roles that install another project's number, after two commits that moved it.
fn roles(updater: bool) -> Story {
    let moves = |old, new| {
        [("roles/a/vars.yml", "web_version: v□", old, new), ("roles/b/vars.yml", "image: acme/web:v□", old, new)]
    };
    let files = [
        ("VERSION", "1.3.0\n"),
        ("roles/a/vars.yml", "web_version: v7.3.0\n"),
        ("roles/b/vars.yml", "image: acme/web:v7.3.0\n"),
    ];
    let mut story = story(&files)
        .tags(&["v1.3.0", "v1.2.0"])
        .commit("Release 1.3.0", &[("VERSION", "□", "1.2.0", "1.3.0")])
        .commit("Update web", &moves("7.2.0", "7.3.0"))
        .commit("Update web to 7.2", &moves("7.1.0", "7.2.0"));
    story.changes.iter_mut().for_each(|change| change.updater = updater);
    story
}

#[test]
fn a_number_that_people_keep_in_several_places_is_a_track() {
    roles(false).check(
        r#"
        [project]
        name = "acme"
        [track.app]
        [track.web]
        bump = "minor"
        tag = ""
        [[manifest]]
        path = "VERSION"
        line.all = "{app}"
        [[manifest]]
        path = "roles/a/vars.yml"
        yaml.web_version = "v{web}"
        [[manifest]]
        path = "roles/b/vars.yml"
        image."acme/web" = "v{web}"
        "#,
    );
}

#[test]
fn what_a_program_updates_is_no_track() {
    let proposal = roles(true)
        .check("[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n");
    check_row(&proposal, "VERSION", Verdict::Taken, "`1.3.0`, moved in the last release");
}

#[test]
fn a_line_that_quotes_its_commit_is_of_a_list_of_changes() {
    let proposal = story(&[("VERSION", "1.3.0\n"), ("log.yml", "changes:\n- \"chore: publish 1.3.0\"\n")])
        .commit(
            "chore: publish 1.3.0",
            &[("VERSION", "□", "1.2.0", "1.3.0"), ("log.yml", "- \"chore: publish □\"", "1.2.0", "1.3.0")],
        )
        .commit("chore: publish 1.2.0", &[("VERSION", "□", "1.1.0", "1.2.0")])
        .check("[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n");
    let reason = "quotes the commit that released it: a list of what changed";
    check_row(&proposal, "log.yml", Verdict::Left, reason);
}

#[test]
fn a_line_is_written_whole_or_not_at_all() {
    let manifest = |old, new| ("VERSION", "□", old, new);
    let nav = |old, new| ("mkdocs.yml", "  - '□': news/□.md", old, new);
    let proposal = story(&[
        ("VERSION", "1.3.0\n"),
        ("mkdocs.yml", "nav:\n- News:\n  - '1.3.0': news/1.3.0.md\n  - All:\n    - '1.2.0': news/1.2.0.md\n"),
    ])
    .tags(&["v1.3.0", "v1.2.0"])
    .commit("Release 1.3.0", &[manifest("1.2.0", "1.3.0"), nav("1.2.0 1.2.0", "1.3.0 1.3.0")])
    .commit("Release 1.2.0", &[manifest("1.1.0", "1.2.0"), nav("1.1.0 1.1.0", "1.2.0 1.2.0")])
    .check("[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n");
    check_row(
        &proposal,
        "mkdocs.yml",
        Verdict::Unsure,
        "`1.3.0` in the same line moves with it, and nothing writes that",
    );
}

#[test]
fn the_same_digits_with_words_of_their_own_are_one_number() {
    let past = |old: &'static str, new: &'static str, early: [&'static str; 2]| {
        let [from, to] = early;
        [("gradle.properties", "version=□", from, to), ("merge.py", "FIX_VERSION = \"□\"", old, new)]
    };
    story(&[("gradle.properties", "version=1.3.0-SNAPSHOT\n"), ("merge.py", "FIX_VERSION = \"1.3.0\"\n")])
        .tags(&["v1.2.0", "v1.1.0"])
        .commit("Work on 1.3.0", &past("1.2.0", "1.3.0", ["1.2.0-SNAPSHOT", "1.3.0-SNAPSHOT"]))
        .commit("Work on 1.2.0", &past("1.1.0", "1.2.0", ["1.1.0-SNAPSHOT", "1.2.0-SNAPSHOT"]))
        .check(
            r#"
            [project]
            name = "acme"
            [track.app]
            [[manifest]]
            path = "gradle.properties"
            ini.version = "{app}"
            [[manifest]]
            path = "merge.py"
            python.FIX_VERSION = "{app.release}"
            "#,
        );
}
