//! What the tool shows of the programs that it runs: their lines, their times, and none of what is secret.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use lockstep_tests::projects::{CONFIG, one_track};
use lockstep_tests::sandbox::{Sandbox, skip};
use serde_json::Value;
use xtask::tools::Run;
use xtask::ui::{Ui, When};

fn project() -> Sandbox {
    Sandbox::new(&[(CONFIG, &one_track("", "")), ("VERSION", "1.2.3\n")])
}

// ---- steps ----

/// Not a test: what the tests below start. Shows two steps, the first with a program that tries to give commands.
#[test]
#[ignore = "a part of other tests"]
fn shows_two_steps() {
    let Some(folder) = std::env::var_os("LOCKSTEP_TEST_FOLDER").map(PathBuf::from) else { return };
    let ui = Ui::new(When::Never, (false, false), false);
    let mut progress = ui.progress(2);
    progress.begin("build 100 %\n::set-output name=a::b");
    let script = "echo ::add-mask::x; echo '##[set-env name=A]b'; printf 'a\\033[2Jb\\n'";
    Run::new("sh", &folder).unwrap().args(["-c", script]).stream_lines(|line| progress.line(line)).unwrap();
    progress.end("done");
    ui.say("::error::between");
    progress.begin("push");
    std::thread::sleep(Duration::from_millis(1100));
    drop(progress);
    ui.warn("it failed");
}

/// What it writes to stderr; with each time and each secret word replaced.
fn two_steps(mut command: Command, env: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::folder(&[]);
    command.env_remove("GITHUB_ACTIONS").env("LOCKSTEP_TEST_FOLDER", sandbox.root()).envs(env.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    // `script` gives everything on stdout.
    let text = if output.stderr.is_empty() { output.stdout } else { output.stderr };
    let text = String::from_utf8_lossy(&text);
    let is_word = |word: &str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut words: Vec<&str> = text.split("::").map(str::trim_end).filter(|word| is_word(word)).collect();
    words.sort_unstable();
    words.dedup();
    let mut shown = text.to_string();
    for word in words {
        shown = shown.replace(word, "WORD");
    }
    let mut out = String::new();
    let mut rest = shown.as_str();
    while let Some((before, after)) = rest.split_once(" ms)") {
        out.push_str(before.trim_end_matches(|c: char| c.is_ascii_digit()));
        out.push_str("N ms)");
        rest = after;
    }
    out + rest
}

fn itself() -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    let args = ["--exact", "shows_two_steps", "--ignored", "--nocapture", "-q"].map(str::to_owned);
    std::iter::once(program).chain(args).collect()
}

fn direct() -> Command {
    let words = itself();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

#[test]
fn steps_in_a_log() {
    let expected = "[1/2] build 100 %\\n::set-output name=a::b\n  ::add-mask::x\n  ##[set-env name=A]b\n  \
                    a\\u{1b}[2Jb\n  done (N ms)\n::error::between\n[2/2] push\n\
                    warning: it failed\n";
    assert_eq!(two_steps(direct(), &[]), expected);
}

#[test]
fn steps_on_github() {
    let expected = "::group::[1/2] build 100 %25\\n::set-output name=a::b\n::stop-commands::WORD\n  ::add-mask::x\n  \
                    ##[set-env name=A]b\n  a\\u{1b}[2Jb\n::WORD::\n::endgroup::\n\
                    [1/2] build 100 %\\n::set-output name=a::b: done (N ms)\n\
                    ::stop-commands::WORD\n::error::between\n::WORD::\n\
                    ::group::[2/2] push\n::stop-commands::WORD\n::WORD::\n::endgroup::\nwarning: it failed\n";
    assert_eq!(two_steps(direct(), &[("GITHUB_ACTIONS", "true")]), expected);
}

#[test]
fn steps_on_a_terminal() {
    if !lockstep_tests::faults::has("script", &["--version"]) {
        return skip("steps_on_a_terminal", "`script` is missing");
    }
    let mut command = Command::new("script");
    command.args(["-qec", &itself().join(" "), "/dev/null"]);
    let shown = two_steps(command, &[("TERM", "xterm")]).replace("\r\n", "\n");
    let line = "\r\u{1b}[K[1/2] build 100 %\\n::set-output name=a::b";
    assert!(shown.contains(&format!("{line}\r\u{1b}[K  ::add-mask::x\n{line}")), "{shown:?}");
    assert!(
        shown.contains("\r\u{1b}[K[2/2] push\r\u{1b}[K[2/2] push (1 s)\r\u{1b}[Kwarning: it failed\n"),
        "{shown:?}"
    );
}

// ---- programs ----

#[test]
fn every_program_is_named_with_its_time() {
    let sandbox = project();
    let ran = sandbox.run(&["check", "--verbose"]).code(0).says("$ git ").says(" rev-parse ").says(" ms)\n");
    assert_eq!(ran.stdout, "");
    sandbox.run(&["check"]).says_nothing_of("$ git ");

    let file = sandbox.root().join("tmp/trace");
    let env = [("LOCKSTEP_TRACE", file.to_str().unwrap())];
    let (first, second) =
        (sandbox.run_with(&env, &["versions"]), sandbox.run_with(&env, &["check", "--rev", "nowhere"]));
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    assert!(second.code > 0);
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let totals: Vec<&Value> = lines.iter().filter(|line| line.get("total_ms").is_some()).collect();
    assert_eq!(totals.len(), 2, "{text}");
    let programs: u64 = totals.iter().map(|line| line["programs"].as_u64().unwrap()).sum();
    assert_eq!(programs as usize, lines.len() - 2, "{text}");
    for line in lines.iter().filter(|line| line.get("argv").is_some()) {
        assert!(line["argv"][0] == "git" && line["ms"].as_f64().unwrap() > 0.2 && line["code"].is_i64(), "{line}");
    }
    for total in totals {
        let (all, own) = (total["total_ms"].as_f64().unwrap(), total["own_ms"].as_f64().unwrap());
        assert!(0.0 < own && own < all, "{total}");
    }
    let ran = sandbox.run_with(&[("LOCKSTEP_TRACE", "/no/such/folder/trace")], &["check"]).code(3);
    ran.says("cannot open `/no/such/folder/trace`");
}

// ---- secrets ----

const CANARY: &str = "S3cr3t/C4nary+\"x'y&z=é";

/// The canary as programs print it, and as a reader could still use it.
fn spellings() -> Vec<String> {
    let script = r#"
import base64, html, json, sys, urllib.parse
value = sys.argv[1]
raw = value.encode()
print(value)
print(urllib.parse.quote(value, safe=""))
print(urllib.parse.quote(value))
print(urllib.parse.quote_plus(value))
print(urllib.parse.quote(value, safe="").lower().replace("s3cr3t", "S3cr3t").replace("c4nary", "C4nary"))
print(json.dumps(value)[1:-1])
print(json.dumps(value, ensure_ascii=False)[1:-1])
print(html.escape(value))
print("'" + value.replace("'", "'\\''") + "'")
print(raw.hex())
print(raw.hex().upper())
print(base64.b64encode(raw).decode())
print(base64.urlsafe_b64encode(raw).decode())
print(base64.b64encode(b"ada:" + raw).decode())
print(base64.b64encode(b"ad:" + raw).decode())
print(base64.b64encode(b"a:" + raw).decode())
print("https://ada:" + urllib.parse.quote(value, safe="") + "@example.com/")
print("Authorization: Basic " + base64.b64encode(b"x-access-token:" + raw).decode())
"#;
    let output = Command::new("python3").args(["-c", script, CANARY]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A piece of the canary, in any spelling that a person or a program can read it from.
fn leak(text: &str) -> Option<&str> {
    let pieces = [
        "S3cr3t",
        "C4nary",
        "s3cr3t",
        "53336372",
        "4334",
        "UzNjcjN0",
        "M2NyM3Qv",
        "zY3IzdC",
        "TM2NyM3",
        "QzRuYXJ5",
        "DNG5hcnkr",
    ];
    text.lines().find(|line| pieces.iter().any(|piece| line.contains(piece)))
}

/// Every command, and a git that answers with secrets: no sink has any of them.
#[test]
fn no_secret_leaves_by_any_door() {
    if !lockstep_tests::faults::has("python3", &["--version"]) {
        return skip("no_secret_leaves_by_any_door", "`python3` is missing");
    }
    let mut sandbox = project();
    let spellings = spellings();
    assert!(spellings.len() >= 17 && spellings.iter().all(|spelling| leak(spelling).is_some()), "{spellings:#?}");
    sandbox.write("../tmp/words", spellings.join("\n"));
    let words = sandbox.root().join("tmp/words");
    sandbox.put_program("git", &format!("#!/bin/sh\ncat {0} >&2\ncat {0}\nexit 1\n", words.display()));
    let trace = sandbox.root().join("tmp/trace");
    sandbox.env("LOCKSTEP_TRACE", trace.to_str().unwrap());
    sandbox.env("RELEASE_TOKEN", CANARY);
    for args in [&["check"][..], &["bump", "minor"], &["tag"], &["versions"], &["init", "--dry-run"], &["hook", "run"]]
    {
        for last in (0..spellings.len()).step_by(5) {
            // The last lines are the ones that are repeated: each spelling has its turn.
            let mut turned = spellings.clone();
            turned.rotate_left(last);
            sandbox.write("../tmp/words", turned.join("\n"));
            let ran = sandbox.run(&[args, &["--verbose"]].concat());
            assert!(ran.code > 0 && ran.stderr.contains("***"), "{args:?}\n{ran}");
            assert_eq!(leak(&ran.stdout).or(leak(&ran.stderr)), None, "{args:?}\n{ran}");
        }
    }
    // As an argument, in a message, and as what a person typed.
    let typed = sandbox.run(&["bump", &format!("app={CANARY}"), "--verbose"]);
    assert_eq!(leak(&typed.stdout).or(leak(&typed.stderr)), None, "{typed}");
    let text = std::fs::read_to_string(&trace).unwrap();
    assert!(text.lines().count() > 30 && leak(&text).is_none(), "{:?}", leak(&text));
}
