//! What GitHub answered, as `gh api --include` prints it. Pure.

use std::time::Duration;

use super::super::Output;
use super::USUAL_WAIT;
use crate::json::Json;
use crate::moment;

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// `200`
    pub status: u16,
    /// How long to wait before the next request, as it says itself.
    pub retry_after: Option<Duration>,
    /// What it says; null where it says nothing, or nothing that is JSON.
    pub body: Json,
    /// Is there another page?
    pub link_next: bool,
    /// Where a person allows the token to be used in an organization, if that is what it wants.
    pub sso: Option<String>,
    /// How long until there are requests left again; none while there are.
    pub(super) reset: Option<Duration>,
}

impl Answer {
    /// Reads what gh printed. None where there is no whole answer: the connection was cut.
    pub(super) fn read(output: &Output) -> Option<Self> {
        let text = String::from_utf8_lossy(&output.stdout);
        let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap_or((&text, ""));
        let mut lines = head.lines();
        let mut first = lines.next()?.split_whitespace();
        first.next().filter(|protocol| protocol.starts_with("HTTP/"))?;
        let status: u16 = first.next()?.parse().ok()?;
        // The head came, and the rest didn't.
        let is_good = (200..300).contains(&status);
        let json = Json::parse(body.trim()).or_else(|| (!is_good || body.trim().is_empty()).then_some(Json::Null))?;
        if is_good && output.code != Some(0) {
            return None;
        }
        let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        let find = |name: &str| {
            headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let number = |name: &str| find(name).and_then(|value| value.parse::<u64>().ok());
        let now = find("Date").and_then(moment::parse_http);
        // It may be said as a moment, too.
        let until =
            find("Retry-After").and_then(moment::parse_http).zip(now).map(|(then, now)| then.saturating_sub(now));
        let is_used_up = number("X-Ratelimit-Remaining") == Some(0);
        let reset = number("X-Ratelimit-Reset").zip(now).map(|(reset, now)| reset.saturating_sub(now));
        Some(Self {
            status,
            retry_after: number("Retry-After").or(until).map(Duration::from_secs),
            body: json,
            link_next: find("Link").is_some_and(|link| link.contains("rel=\"next\"")),
            sso: find("X-Github-Sso").and_then(|sso| sso.split_once("url=")).map(|(_, url)| url.to_owned()),
            reset: reset.filter(|_| is_used_up).map(Duration::from_secs),
        })
    }

    /// Was it done?
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Is the server at fault, for now?
    pub fn is_passing(&self) -> bool {
        self.status == 408 || self.status >= 500
    }

    /// How long it asks to wait, where there were too many requests: then nothing was done.
    pub(super) fn wait(&self) -> Option<Duration> {
        let message = self.message().to_ascii_lowercase();
        let says = ["rate limit", "abuse detection"].iter().any(|words| message.contains(words));
        let is_limit = self.status == 429 || self.status == 403 && (says || self.reset.is_some());
        let asked = self.retry_after.or(self.reset);
        match self.status {
            // A server that is down may say when it is up.
            503 => self.retry_after,
            _ if is_limit => Some(asked.unwrap_or(USUAL_WAIT)),
            _ => None,
        }
    }

    pub(super) fn message(&self) -> &str {
        self.body.get("message").and_then(Json::text).unwrap_or_default()
    }
}
