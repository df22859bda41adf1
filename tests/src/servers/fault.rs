//! What goes wrong on a wire, and with which question: a rule for each. [`Faults::fired`] says whether it came to that; a
//! test of a fault counts only where it did.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::wire::Request;

/// What goes wrong with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server does it; its answer is lost and the connection cut.
    LoseAnswer,
    /// The server does it; the connection is cut in the middle of its answer.
    CutAnswer,
    /// The server does it; what comes back is this status.
    Instead(u16),
    /// The server never hears of it; what comes back is this status.
    Fail(u16),
    /// The server hears a half of it; what comes back is 502.
    Half,
    /// The server hears a half of it, and the connection is cut.
    Cut,
    /// The server does it; its answer comes with so many bytes in a second.
    Drip(u32),
    /// The server never hears of it, and nothing comes back.
    Silence,
    /// The server never hears of it; 429 comes back, with a `Retry-After` of so many seconds.
    RetryAfter(u32),
}

/// Which questions something goes wrong with.
#[derive(Clone, Debug)]
pub struct Rule {
    methods: String,
    path: String,
    nth: usize,
    times: usize,
    trouble: Trouble,
    seen: usize,
}

/// `POST|PUT|PATCH|DELETE`: the questions that change something.
pub const WRITES: &str = "POST|PUT|PATCH|DELETE";

impl Rule {
    /// The `nth` question (from 1) of these methods (`POST`, `POST|PUT`, `*`, [`WRITES`]) whose path without its query
    /// matches a pattern, where `*` is any text: `/repos/*/releases/*/assets`.
    pub fn new(methods: &str, path: &str, nth: usize, trouble: Trouble) -> Self {
        Self { methods: methods.to_owned(), path: path.to_owned(), nth, times: 1, trouble, seen: 0 }
    }

    /// So many in a row; `usize::MAX`: for ever.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    fn meets(&mut self, method: &str, path: &str) -> bool {
        if !(self.methods == "*" || self.methods.split('|').any(|known| known == method)) || !matches(&self.path, path)
        {
            return false;
        }
        self.seen += 1;
        self.seen >= self.nth && self.seen - self.nth < self.times
    }
}

/// The rules of one wire, and what was asked over it.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    rules: Vec<Rule>,
    fired: Vec<String>,
    seen: Vec<Seen>,
    watch: Option<Watch>,
}

/// Before a question is heard, or when it is answered and nobody has the answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The server doesn't know of it yet.
    Before,
    /// The server has done it.
    After,
}

/// Who waits for a question.
struct Watch {
    left: usize,
    side: Side,
    call: Box<dyn FnOnce(&str) + Send>,
}

/// A question that came over the wire.
#[derive(Clone, Debug)]
pub struct Seen {
    /// It, with headers and body.
    pub request: Request,
    /// The status that went back; none if none did.
    pub status: Option<u16>,
    /// What went wrong with it.
    pub trouble: Option<Trouble>,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        write!(f, "{} {} {status}", self.request.method, self.request.target())?;
        self.trouble.map_or(Ok(()), |trouble| write!(f, " {trouble:?}"))
    }
}

impl Faults {
    /// From now on this goes wrong, and nothing else; what was counted so far is forgotten.
    pub fn set(&self, rules: impl IntoIterator<Item = Rule>) {
        let mut inner = self.inner();
        inner.rules = rules.into_iter().collect();
        inner.fired.clear();
    }

    /// What went wrong since the rules were set: `POST /v2/app/blobs/uploads/ Fail(500)`.
    pub fn fired(&self) -> Vec<String> {
        self.inner().fired.clone()
    }

    /// What was asked so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner().seen.clone()
    }

    /// The same in lines: `GET /repos/acme/app 200`.
    pub fn lines(&self) -> Vec<String> {
        self.inner().seen.iter().map(Seen::to_string).collect()
    }

    /// Forgets what was asked so far.
    pub fn forget(&self) {
        self.inner().seen.clear();
    }

    /// Calls somebody with the `nth` question from now on (from 1), who may stop its client there.
    pub fn watch(&self, nth: usize, side: Side, call: impl FnOnce(&str) + Send + 'static) {
        self.inner().watch = Some(Watch { left: nth, side, call: Box::new(call) });
    }

    /// Nobody is called any more.
    pub fn unwatch(&self) {
        self.inner().watch = None;
    }

    fn pass(&self, request: &Request, side: Side) {
        let mut inner = self.inner();
        let Some(watch) = inner.watch.as_mut().filter(|watch| watch.side == side) else { return };
        watch.left = watch.left.saturating_sub(1);
        if watch.left == 0
            && let Some(watch) = inner.watch.take()
        {
            drop(inner);
            (watch.call)(&format!("{} {}", request.method, request.path));
        }
    }

    /// What goes wrong with this question.
    pub(super) fn decide(&self, request: &Request) -> Option<Trouble> {
        self.pass(request, Side::Before);
        let mut inner = self.inner();
        let mut found = None;
        for rule in &mut inner.rules {
            // Each counts, also where another one was first.
            if rule.meets(&request.method, &request.path) {
                found = found.or(Some(rule.trouble));
            }
        }
        if let Some(trouble) = found {
            inner.fired.push(format!("{} {} {trouble:?}", request.method, request.path));
        }
        found
    }

    pub(super) fn record(&self, seen: Seen) {
        self.pass(&seen.request, Side::After);
        self.inner().seen.push(seen);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `/repos/*/assets` matches `/repos/acme/app/releases/1/assets`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_of_its_kind() {
        for (pattern, text, is) in [
            ("*", "/x", true),
            ("/repos/*/assets", "/repos/acme/app/releases/1/assets", true),
            ("/repos/*/assets", "/repos/acme/app/releases/assets/1", false),
            ("/v2/*/blobs/uploads/*", "/v2/app/blobs/uploads/", true),
            ("/a", "/ab", false),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
        let faults = Faults::default();
        let ask = |method: &str| {
            let request = Request { method: method.to_owned(), path: "/x".to_owned(), ..Request::default() };
            faults.decide(&request).is_some()
        };
        faults.set([Rule::new(WRITES, "*", 2, Trouble::Fail(500)).times(2)]);
        assert_eq!(["GET", "PUT", "GET", "POST", "PATCH", "PUT"].map(ask), [false, false, false, true, true, false]);
        assert_eq!(faults.fired(), ["POST /x Fail(500)", "PATCH /x Fail(500)"]);
        faults.set([]);
        assert!(faults.fired().is_empty() && !ask("PUT"));
    }
}
