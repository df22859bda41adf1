//! Records and their texts.

use super::*;

fn ada() -> Owner {
    Owner { name: "Ada".to_owned(), email: "ada@example.com".to_owned() }
}

fn release() -> Release {
    let attempt = |epoch, how| Attempt {
        epoch,
        how,
        owner: ada(),
        host: "mill".to_owned(),
        seconds: 1_782_907_200 + epoch,
        nonce: format!("{epoch:016x}"),
    };
    Release {
        process: "release".to_owned(),
        request: "minor".to_owned(),
        versions: vec![("app".to_owned(), "1.27.0".to_owned()), ("chart".to_owned(), "0.4.3".to_owned())],
        state: State::Open,
        owner: ada(),
        host: "mill".to_owned(),
        epoch: 2,
        author: ada(),
        seconds: 1_782_907_200,
        nonce: "0000000000000001".to_owned(),
        digest: "5f0c".to_owned(),
        attempts: vec![attempt(1, How::Claimed), attempt(2, How::WentOn)],
        started: vec!["acme/push".to_owned()],
        receipts: vec![Receipt {
            step: "acme/commit".to_owned(),
            epoch: 1,
            seconds: 1_782_907_260,
            what: "made `5f0c`".to_owned(),
        }],
    }
}

#[test]
fn a_record_reads_like_a_diary() {
    let expected = r#"# Written by `cargo xtask run`; not meant to be edited.
format = 1
process = "release"
request = "minor"
state = "open"
owner = { name = "Ada", email = "ada@example.com" }
host = "mill"
epoch = 2
author = { name = "Ada", email = "ada@example.com" }
seconds = 1782907200
nonce = "0000000000000001"
digest = "5f0c"
versions = [
    { track = "app", version = "1.27.0" },
    { track = "chart", version = "0.4.3" },
]
attempts = [
    { epoch = 1, how = "claimed", name = "Ada", email = "ada@example.com", host = "mill", seconds = 1782907201, nonce = "0000000000000001" },
    { epoch = 2, how = "went on", name = "Ada", email = "ada@example.com", host = "mill", seconds = 1782907202, nonce = "0000000000000002" },
]
started = [
    "acme/push",
]
receipts = [
    { step = "acme/commit", epoch = 1, seconds = 1782907260, what = "made `5f0c`" },
]
"#;
    assert_eq!(render(&release()), expected);
}

#[track_caller]
fn round_trip(release: &Release) {
    let text = render(release);
    assert_eq!(parse(&release.path(), "ledger", &text).as_ref().ok(), Some(release), "{text}");
    let odd = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(!text.contains(odd), "{text:?}");
}

/// What people are called, and what somebody would be called who wants to write into the file.
const HOSTILE: [&str; 18] = [
    "",
    "Ada \"the first\" Lovelace",
    "back\\slash \\\" \\u0041",
    "'''",
    "\"\"\"",
    "a\nstate = \"done\"",
    "a\r\nb\rc\td",
    "} , ] # no comment",
    "Zoë Łukasz 田中 🚀 e\u{301}",
    "\u{0}\u{1}\u{7f}\u{85}\u{9f}",
    "\u{1b}[2J",
    "\u{202e}gnp.exe\u{2066}",
    "\u{feff}bom",
    "\u{2028}line\u{2029}",
    "\u{10ffff}\u{fffd}\u{e000}",
    "--upload-pack=touch",
    "../../etc/passwd",
    "%2D %",
];

#[test]
fn render_and_parse_are_inverse() {
    round_trip(&release());
    for state in [State::Open, State::Done, State::GivenUp] {
        round_trip(&Release { state, started: Vec::new(), receipts: Vec::new(), ..release() });
    }
    for text in HOSTILE {
        let text = text.to_owned();
        let mut release = release();
        release.process.clone_from(&text);
        release.versions.push((text.clone(), text.clone()));
        release.versions[0].1.clone_from(&text);
        for field in [&mut release.request, &mut release.host, &mut release.nonce, &mut release.digest] {
            field.clone_from(&text);
        }
        for owner in [&mut release.owner, &mut release.author, &mut release.attempts[0].owner] {
            *owner = Owner { name: text.clone(), email: text.clone() };
        }
        release.attempts[0].how = How::TookOver;
        release.attempts[1].host.clone_from(&text);
        release.started.push(text.clone());
        release.receipts[0].step.clone_from(&text);
        release.receipts[0].what.clone_from(&text);
        round_trip(&release);
    }
}

#[test]
fn every_character_survives() {
    let all: String = (0..=0x3_0000).filter_map(char::from_u32).collect();
    round_trip(&Release { request: all, ..release() });
}

#[track_caller]
fn refused(from: &str, to: &str, expected: &str) {
    let text = render(&release());
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    let failure = parse(&release().path(), "ledger:a.toml", &text).unwrap_err();
    assert_eq!(failure.to_string(), expected);
    assert_eq!(failure.exit, crate::error::Exit::World);
    assert!(failure.hint.is_some());
}

#[test]
fn what_is_damaged_is_refused_with_its_place() {
    refused("state = \"open\"\n", "", "ledger:a.toml: the record has no `state`");
    refused("\"open\"", "\"shut\"", "ledger:a.toml:5:9: `state` is `shut`, not one of `open`, `done`, `given up`");
    refused("format = 1", "format = 2", "ledger:a.toml:2:10: the record has format 2, and this tool knows 1 only");
    refused("format", "<<<<<<< HEAD\nformat", "ledger:a.toml:2:9: not valid TOML: key with no value, expected `=`");
    refused("format = 1", "format = \"1\"", "ledger:a.toml:2:10: `format` is no number from 0");
    refused("epoch = 2", "epoch = -2", "ledger:a.toml:8:9: `epoch` is no number from 0");
    refused("epoch = 2", "epoch = 3", "ledger:a.toml:8:9: the last attempt isn't of this epoch");
    refused("owner = {", "owner = 1 #", "ledger:a.toml:6:9: `owner` is no table");
    refused("name = \"Ada\", ", "", "ledger:a.toml:6:9: the record has no `name`");
    refused("    \"acme/push\",", "    7,", "ledger:a.toml:21:11: `started` is no list of texts");
    refused("[\n    { track", "[\n    1, { track", "ledger:a.toml:13:12: `versions` is no list of tables");
    refused("what = ", "whet = ", "ledger:a.toml:25:5: the record has no `what`");
    refused(
        "version = \"1.27.0\"",
        "version = \"1.28.0\"",
        "ledger:a.toml: the record tells of `release 1.28.0`, which has another file",
    );
}

#[test]
fn what_a_newer_tool_adds_is_passed_over() {
    let text = render(&release()).replace("{ step = ", "{ proof = [1], step = ") + "later = { a = 1 }\n[more]\nb = 2\n";
    assert_eq!(parse(&release().path(), "ledger", &text).unwrap(), release());
}

#[test]
fn releases_have_files_of_their_own() {
    let check = |process: &str, version: &str, expected: &str| assert_eq!(path(process, version), expected);
    check("release", "1.27.0", "releases/release-1.27.0.toml");
    check("release", "1.27.0-rc.1+b", "releases/release-1.27.0-rc.1+b.toml");
    check("hot-fix", "1", "releases/hot%2Dfix-1.toml");
    check("a", "1-2", "releases/a-1-2.toml");
    check("a-1", "2", "releases/a%2D1-2.toml");
    check("../x", "/é\n", "releases/..%2Fx-%2F%C3%A9%0A.toml");
    check("a%2D1", "2", "releases/a%252D1-2.toml");
}
