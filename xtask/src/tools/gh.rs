//! gh: GitHub's interface, asked with the login that gh has. Its token is never seen here, nor on a command line.
//!
//! gh has no time limit, tries nothing again, and says on stderr only a part of what was answered: so each call has a
//! limit, `--include` shows status and headers, and what only failed for the moment is asked again. What changes
//! something is sent once: after a cut connection nobody knows whether it was done, and a look tells.

mod answer;
mod words;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Output, Run, expect_not_stopped, pause, redact, span, was_cut_off};
use crate::error::Failure;
use crate::json::Json;
use crate::{moment, world};
pub use answer::Answer;
pub use words::encode;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long what changes something may take: GitHub itself gives up after ten seconds.
const LONG_PATIENCE: Duration = Duration::from_secs(60);
/// No line is so slow that an upload isn't through at this rate: bytes a second.
const SLOWEST: u64 = 64 << 10;
/// The pauses before what failed for the moment is asked again.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// GitHub says when it answers again; nobody sits and waits for longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Where GitHub asks to wait without saying for how long, its documents say a minute.
const USUAL_WAIT: Duration = Duration::from_secs(60);
/// How many a page has at most.
const PER_PAGE: usize = 100;
/// More pages than this are no answer.
const MOST_PAGES: usize = 200;
/// What is said where an answer never came.
const LOST: &str = "gave no answer to";
/// What says to gh to write otherwise than we read.
const DISTURBING: [&str; 8] =
    ["GH_HOST", "GH_REPO", "GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE", "PAGER", "GH_PAGER"];

/// A GitHub, by its host, with the login that gh has there.
#[derive(Clone, Copy, Debug)]
pub struct Gh<'a> {
    host: &'a str,
    folder: &'a Path,
}

/// What became of one request.
enum Sent {
    /// There is an answer, whatever it says.
    Answered(Answer),
    /// Nobody knows what became of it: the connection was cut, or nothing came for too long.
    Lost(String),
}

impl<'a> Gh<'a> {
    /// `host` as in `github.com`; gh runs in `folder`.
    pub fn new(host: &'a str, folder: &'a Path) -> Self {
        Self { host, folder }
    }

    /// Its name, as in `github.com`.
    pub fn host(&self) -> &str {
        self.host
    }

    /// Asks: `repos/acme/app`. What fails for the moment is asked again; a 404 is an answer like others.
    ///
    /// Errors: gh isn't there or not logged in; no answer after several times; a wait that is too long.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let mut pauses = PAUSES.iter();
        let mut waited = Duration::ZERO;
        loop {
            let why = match self.talk(self.run("GET", path)?.timeout(PATIENCE))? {
                Sent::Answered(answer) => match answer.wait() {
                    Some(wait) => {
                        self.wait(wait, &mut waited)?;
                        continue;
                    }
                    None if !answer.is_passing() => return Ok(answer),
                    None => answer.words(),
                },
                Sent::Lost(why) => why,
            };
            let Some(length) = pauses.next() else {
                let message = format!("`{}` gives no answer to `{path}`: {why}", self.host);
                return Err(Failure::tool(message)
                    .hint("see whether it is up, then run the same command again")
                    .into());
            };
            pause(*length)?;
        }
    }

    /// All items of a list, whatever the number of pages: `repos/acme/app/releases`. Any other answer is an error.
    pub fn get_all(&self, path: &str) -> Result<Vec<Json>> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let answer = self.get(&format!("{path}{sign}per_page={PER_PAGE}&page={page}"))?;
            let items = match &answer.body {
                Json::List(items) if answer.is_good() => items,
                _ => return Err(self.refused(&format!("`{path}` can't be listed"), &answer).into()),
            };
            all.extend(items.iter().cloned());
            if items.is_empty() || items.len() < PER_PAGE && !answer.link_next {
                return Ok(all);
            }
        }
        let message = format!("`{path}` at `{}` has more than {MOST_PAGES} pages", self.host);
        Err(Failure::tool(message).hint("nobody reads so many: see what fills it").into())
    }

    /// Changes something, once: `POST`, `PATCH`, `PUT`, `DELETE`. A refusal is an answer; a cut connection is an error,
    /// after which a look must tell whether it was done. What GitHub puts off wasn't done, and is sent again.
    pub fn send(&self, method: &str, path: &str, body: &Json) -> Result<Answer> {
        let text = match body {
            Json::Null => String::new(),
            body => body.render(),
        };
        self.once(&format!("{method} {path}"), || {
            let run = self.run(method, path)?;
            if text.is_empty() { Ok(run) } else { Ok(run.args(["--input", "-"]).stdin(text.clone())) }
        })
    }

    /// Sends a file of so many bytes, once, to the address that a release says, with its name behind it. Its length must
    /// be said beforehand, so gh reads it from the disk.
    pub fn upload(&self, url: &str, file: &Path, size: u64, content_type: &str) -> Result<Answer> {
        self.expect_own(url)?;
        let limit = LONG_PATIENCE + Duration::from_secs(size / SLOWEST);
        self.once_in(&format!("POST {url}"), limit, || {
            let run = self.run("POST", url)?.args(["--header", &format!("Content-Type: {content_type}")]);
            Ok(run.arg("--input").arg(file))
        })
    }

    fn once(&self, what: &str, run: impl Fn() -> Result<Run>) -> Result<Answer> {
        self.once_in(what, LONG_PATIENCE, run)
    }

    fn once_in(&self, what: &str, limit: Duration, run: impl Fn() -> Result<Run>) -> Result<Answer> {
        let mut waited = Duration::ZERO;
        loop {
            match self.talk(run()?.timeout(limit))? {
                Sent::Answered(answer) => match answer.wait() {
                    Some(wait) => {
                        self.wait(wait, &mut waited)?;
                        // What was put off wasn't done; a server that went down may have done it.
                        if answer.is_passing() {
                            return Ok(answer);
                        }
                    }
                    None => return Ok(answer),
                },
                Sent::Lost(why) => return Err(self.lost(what, &why).into()),
            }
        }
    }

    /// gh's command line for a request. gh fills `{owner}` in paths: ours have no braces, which are encoded.
    fn run(&self, method: &str, path: &str) -> Result<Run> {
        let run = Run::new("gh", self.folder)?.without_env(&DISTURBING);
        let run = run.env("GH_PROMPT_DISABLED", "1").env("NO_COLOR", "1").env("GH_NO_UPDATE_NOTIFIER", "1");
        Ok(run.args(["api", "--hostname", self.host, "--include", "--method", method, path]))
    }

    fn talk(&self, run: Run) -> Result<Sent> {
        let output = match run.output() {
            Ok(output) => output,
            Err(error) if was_cut_off(&error) => {
                expect_not_stopped()?;
                return Ok(Sent::Lost("nothing came for too long".to_owned()));
            }
            Err(error) => return Err(error),
        };
        if is_logged_out(&output) {
            let message = format!("gh is not logged in to `{}`", self.host);
            return Err(Failure::world(message).hint(self.login()).into());
        }
        Ok(match Answer::read(&output) {
            Some(answer) => Sent::Answered(answer),
            None => Sent::Lost(last_words(&output)),
        })
    }

    /// Waits as long as GitHub asks for, if that isn't too long.
    fn wait(&self, length: Duration, waited: &mut Duration) -> Result<()> {
        // What it says is in whole seconds.
        let length = length.max(Duration::from_secs(1));
        if *waited + length <= LONGEST_WAIT {
            *waited += length;
            return pause(length);
        }
        let until = moment::utc(world::now() + length.as_secs() + 59);
        let message = format!("`{}` takes no more requests for {}", self.host, span(length));
        Err(Failure::tool(message).hint(format!("run the same command again after {until}")).into())
    }

    /// A token goes to the forge's own hosts and to no other, whatever an answer says.
    fn expect_own(&self, url: &str) -> Result<(), Failure> {
        let authority = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
        let own = [self.host.to_owned(), format!("uploads.{}", self.host)];
        if authority.is_some_and(|authority| own.iter().any(|host| host.eq_ignore_ascii_case(authority))) {
            return Ok(());
        }
        Err(Failure::world(format!("`{}` wants files to be sent to `{}`, which isn't its own", self.host, redact(url)))
            .hint("nothing was sent there; see what stands between here and it"))
    }

    fn lost(&self, what: &str, why: &str) -> Failure {
        Failure::tool(format!("`{}` {LOST} `{}`: {why}", self.host, redact(what)))
            .hint("run the same command again: it looks whether it was done, and goes on")
    }

    /// How a person logs in.
    pub fn login(&self) -> String {
        format!("`gh auth login --hostname {}`, then the same command again", self.host)
    }
}

/// Does nobody know whether what was sent was done?
pub fn was_lost(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.message.contains(LOST))
}

/// gh ends with 4 where it has no token at all.
fn is_logged_out(output: &Output) -> bool {
    output.code == Some(4)
        || output.code != Some(0) && output.stderr.contains("gh auth login") && output.stdout.is_empty()
}

/// The last line that gh said: `Get "https://api.github.com/x": EOF`.
fn last_words(output: &Output) -> String {
    let line = output.stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    redact(line.unwrap_or("gh ended without a word"))
}

#[cfg(test)]
mod tests;
