//! Findings in the forms that people, editors and forges read.

pub mod past;

use crate::error::{Exit, Place};
use crate::finding::{Finding, Rule};
use crate::json::Json;
use crate::ui::visible;

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line each, for people.
    Text,
    /// One document, for programs.
    Json,
    /// Workflow commands that GitHub shows beside the code.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

impl Form {
    /// The form of this name.
    pub fn parse_name(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "github" => Self::Github,
            "sarif" => Self::Sarif,
            _ => return None,
        })
    }
}

/// The names of the forms, for the command line.
pub const FORMS: [&str; 4] = ["text", "json", "github", "sarif"];

/// How a run with these findings ends: the configuration's own faults before drift.
pub fn exit(findings: &[Finding]) -> Option<Exit> {
    findings.iter().filter_map(|finding| finding.rule.exit()).max_by_key(|exit| *exit as u8)
}

/// All findings as one text, with a final newline where there is anything to say.
pub fn render(form: Form, findings: &[Finding], tracks: &[(String, Option<String>)]) -> String {
    match form {
        Form::Text => findings.iter().map(render_line).collect(),
        Form::Github => findings.iter().map(render_command).collect(),
        Form::Json => render_json(findings, tracks).render() + "\n",
        Form::Sarif => render_sarif(findings).render() + "\n",
    }
}

fn render_line(finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
    visible(&format!("{}: {}\n{hint}", finding.place, finding.message), false)
}

/// `::error file=…,line=…::…`, with the escapes of GitHub's workflow commands.
fn render_command(finding: &Finding) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut place = format!("file={}", property(&finding.place.path));
    if let Some((line, column)) = finding.place.at {
        place.push_str(&format!(",line={line},col={column}"));
    }
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let title = finding.rule.name();
    let level = if level(finding) == "note" { "notice" } else { "error" };
    format!("::{level} {place},title={title}::{}\n", data(&format!("{}{hint}", finding.message)))
}

fn render_json(findings: &[Finding], tracks: &[(String, Option<String>)]) -> Json {
    let tracks = tracks.iter().map(|(name, version)| (name.clone(), version.clone().into())).collect();
    Json::Map(vec![
        ("format", 1usize.into()),
        ("consistent", exit(findings).is_none().into()),
        ("tracks", Json::Named(tracks)),
        ("findings", Json::List(findings.iter().map(finding_json).collect())),
    ])
}

fn finding_json(finding: &Finding) -> Json {
    Json::Map(vec![
        ("rule", finding.rule.name().into()),
        ("path", finding.place.path.as_str().into()),
        ("line", finding.place.at.map(|(line, _)| line).into()),
        ("column", finding.place.at.map(|(_, column)| column).into()),
        ("message", finding.message.as_str().into()),
        ("hint", finding.hint.clone().into()),
    ])
}

/// SARIF 2.1.0 as OASIS has it: one run, one rule for each kind of finding.
fn render_sarif(findings: &[Finding]) -> Json {
    let rule = |rule: &Rule| {
        Json::Map(vec![
            ("id", rule.name().into()),
            ("shortDescription", Json::Map(vec![("text", rule.about().into())])),
        ])
    };
    let driver = Json::Map(vec![
        ("name", "lockstep".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("rules", Json::List(Rule::ALL.iter().map(rule).collect())),
    ]);
    let run = Json::Map(vec![
        ("tool", Json::Map(vec![("driver", driver)])),
        ("results", Json::List(findings.iter().map(sarif_result).collect())),
    ]);
    Json::Map(vec![
        ("$schema", "https://json.schemastore.org/sarif-2.1.0.json".into()),
        ("version", "2.1.0".into()),
        ("runs", Json::List(vec![run])),
    ])
}

fn sarif_result(finding: &Finding) -> Json {
    let hint = finding.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    Json::Map(vec![
        ("ruleId", finding.rule.name().into()),
        ("level", level(finding).into()),
        ("message", Json::Map(vec![("text", format!("{}{hint}", finding.message).into())])),
        ("locations", Json::List(vec![Json::Map(vec![("physicalLocation", sarif_location(&finding.place))])])),
    ])
}

/// A hint is no error.
fn level(finding: &Finding) -> &'static str {
    if finding.rule.exit().is_some() { "error" } else { "note" }
}

fn sarif_location(place: &Place) -> Json {
    let uri = Json::Map(vec![("uri", encode_uri(&place.path).into())]);
    let mut location = vec![("artifactLocation", uri)];
    if let Some((line, column)) = place.at {
        location.push(("region", Json::Map(vec![("startLine", line.into()), ("startColumn", column.into())])));
    }
    Json::Map(location)
}

/// A path as a relative URI reference: everything but the unreserved characters and `/` is escaped.
fn encode_uri(path: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        let place = Place { path: "a b,c.yaml".to_owned(), at: Some((3, 7)), source: None };
        Finding { rule: Rule::Drift, place, message: "says `1`\nmust".to_owned(), hint: Some("do".to_owned()) }
    }

    #[test]
    fn lines_are_for_people() {
        assert_eq!(render(Form::Text, &[finding()], &[]), "a b,c.yaml:3:7: says `1`\nmust\n  hint: do\n");
        assert_eq!(render(Form::Text, &[], &[]), "");
    }

    #[test]
    fn workflow_commands_escape_their_data() {
        let expected = "::error file=a b%2Cc.yaml,line=3,col=7,title=drift::says `1`%0Amust%0Ahint: do\n";
        assert_eq!(render(Form::Github, &[finding()], &[]), expected);
    }

    #[test]
    fn the_configurations_faults_weigh_more_than_drift() {
        let mut other = finding();
        other.rule = Rule::NoHit;
        assert_eq!(exit(&[finding()]), Some(Exit::Drift));
        assert_eq!(exit(&[finding(), other]), Some(Exit::Usage));
        assert_eq!(exit(&[]), None);
    }

    #[test]
    fn sarif_paths_are_uris() {
        assert!(render(Form::Sarif, &[finding()], &[]).contains("\"uri\": \"a%20b%2Cc.yaml\""));
    }
}
