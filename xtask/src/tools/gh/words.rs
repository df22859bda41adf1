//! What a refusal of GitHub means, in words.

use super::super::redact;
use super::{Answer, Gh};
use crate::error::Failure;
use crate::json::Json;

impl Answer {
    /// What it says for itself: status, `message` and `errors`.
    pub fn words(&self) -> String {
        let mut words = format!("HTTP {}", self.status);
        if !self.message().is_empty() {
            words = format!("{} ({words})", self.message());
        }
        let errors = self.body.get("errors").and_then(Json::items).unwrap_or_default();
        let errors: Vec<String> = errors.iter().filter_map(error_words).collect();
        if !errors.is_empty() {
            words = format!("{words}: {}", errors.join("; "));
        }
        redact(&words).replace('\n', " ")
    }
}

impl Gh<'_> {
    /// The failure of a request that was refused: `what` is a sentence that says what couldn't be done.
    pub fn refused(&self, what: &str, answer: &Answer) -> Failure {
        let host = self.host;
        let message = format!("{what}: {}", answer.words());
        match (answer.status, &answer.sso) {
            (401, _) => Failure::world(format!("`{host}` refuses gh's token: {}", answer.words())).hint(self.login()),
            (_, Some(url)) => Failure::world(message).hint(format!("allow the token there: {}", redact(url))),
            (403 | 404, _) => Failure::world(message).hint(format!(
                "is it written right, and may you do this? `gh auth status --hostname {host}` shows whose token it is"
            )),
            (422 | 400 | 409, _) => {
                Failure::world(message).hint("correct what it says, then run the same command again")
            }
            _ => Failure::tool(message).hint("run the same command again"),
        }
    }
}

/// `Release.tag_name already_exists`, or its own sentence.
fn error_words(error: &Json) -> Option<String> {
    let part = |name: &str| error.get(name).and_then(Json::text).filter(|text| !text.is_empty());
    if let Some(sentence) = error.text().or_else(|| part("message")) {
        return Some(sentence.to_owned());
    }
    let place: Vec<&str> = [part("resource"), part("field")].into_iter().flatten().collect();
    let words: Vec<String> = [Some(place.join(".")).filter(|place| !place.is_empty()), part("code").map(str::to_owned)]
        .into_iter()
        .flatten()
        .collect();
    Some(words.join(" ")).filter(|words| !words.is_empty())
}

/// A word as a part of a path or a query.
pub fn encode(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    word.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
