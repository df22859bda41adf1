//! A record as text: the same record gives the same bytes.

use std::fmt::Write as _;

use super::{Attempt, FORMAT, Owner, Receipt, Release};

/// The text of a record.
pub fn render(release: &Release) -> String {
    let mut out = String::from("# Written by `cargo xtask run`; not meant to be edited.\n");
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{key} = {value}");
    };
    line("format", FORMAT.to_string());
    line("process", quoted(&release.process));
    line("request", quoted(&release.request));
    line("state", quoted(release.state.name()));
    line("owner", owner(&release.owner));
    line("host", quoted(&release.host));
    line("epoch", release.epoch.to_string());
    line("author", owner(&release.author));
    line("seconds", release.seconds.to_string());
    line("nonce", quoted(&release.nonce));
    line("digest", quoted(&release.digest));
    let version =
        |(track, version): &(String, String)| inline(&[("track", quoted(track)), ("version", quoted(version))]);
    line("versions", list(&release.versions, version));
    line("attempts", list(&release.attempts, attempt));
    line("started", list(&release.started, |step| quoted(step)));
    line("receipts", list(&release.receipts, receipt));
    out
}

fn owner(owner: &Owner) -> String {
    inline(&[("name", quoted(&owner.name)), ("email", quoted(&owner.email))])
}

fn attempt(attempt: &Attempt) -> String {
    inline(&[
        ("epoch", attempt.epoch.to_string()),
        ("how", quoted(attempt.how.name())),
        ("name", quoted(&attempt.owner.name)),
        ("email", quoted(&attempt.owner.email)),
        ("host", quoted(&attempt.host)),
        ("seconds", attempt.seconds.to_string()),
        ("nonce", quoted(&attempt.nonce)),
    ])
}

fn receipt(receipt: &Receipt) -> String {
    inline(&[
        ("step", quoted(&receipt.step)),
        ("epoch", receipt.epoch.to_string()),
        ("seconds", receipt.seconds.to_string()),
        ("what", quoted(&receipt.what)),
    ])
}

fn inline(pairs: &[(&str, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn list<T>(items: &[T], render: impl Fn(&T) -> String) -> String {
    if items.is_empty() {
        return "[]".to_owned();
    }
    let lines: String = items.iter().map(|item| format!("    {},\n", render(item))).collect();
    format!("[\n{lines}]")
}

/// A TOML string on one line, in which nothing steers a terminal or turns the order of letters round.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                escape(&mut out, c)
            }
            c if c.is_control() => escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, c: char) {
    let _ = write!(out, "\\u{:04X}", u32::from(c));
}
