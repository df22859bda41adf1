//! Images in registries: what a look finds is remembered for a pass.

mod read;

pub use read::{REVISION, VERSION};

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{iter, thread};

use anyhow::Result;

use crate::error::Failure;
use crate::json::Json;
use crate::reference::is_loopback;
use crate::step::World;
use crate::tools::buildx::{self, Refused};
use crate::{sha256, tools};

/// How many questions are asked at the same time.
const AT_ONCE: usize = 8;
/// How often a registry is asked that has a bad moment.
const TRIES: u32 = 4;
/// The pause before the second try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// How long a copy from one registry to another may take.
const COPY: Duration = Duration::from_secs(60 * 60);
/// The same within a registry, which has all layers already.
const NAMING: Duration = Duration::from_secs(3 * 60);

/// An image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is called by: `sha256:…`.
    pub digest: String,
    /// `linux/arm64` → the digest of its manifest.
    pub platforms: BTreeMap<String, String>,
    /// The commit that it was built from, as it says itself.
    pub revision: Option<String>,
    /// The version that it says.
    pub version: Option<String>,
    /// Does an annotation say it? A label may come from the image that it was made from.
    pub is_own_word: bool,
    /// Is it an index, or a manifest alone?
    pub is_index: bool,
}

/// What a registry says of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Found(Found),
    /// The registry says that it has no such thing.
    Absent,
    /// The registry has one word for what isn't there and for what this login may not see.
    Hidden(String),
    /// It can't be told, and why.
    Unknown(String),
}

/// What registries said of images since the pass began.
#[derive(Debug, Default)]
pub struct Looks {
    seen: RefCell<BTreeMap<String, Seen>>,
}

impl Looks {
    /// What is at `HOST/NAME:TAG` or `HOST/NAME@sha256:…`: never hidden, for that is no word on it. It is asked once,
    /// until it is forgotten.
    pub fn look(&self, world: &World<'_>, at: &str, plain_http: bool) -> Result<Seen> {
        Ok(match self.ask_once(world, at, plain_http)? {
            Seen::Hidden(words) => Seen::Unknown(words),
            seen => seen,
        })
    }

    /// The same, for what is pushed by digest before anything gets a name there: the first push makes the repository, and
    /// until then some registries hide it. Where the login was looked at, what they hide is taken for absent; if it isn't,
    /// the push fails, and nothing was named.
    pub fn look_before_push(&self, world: &World<'_>, at: &str, plain_http: bool) -> Result<Seen> {
        Ok(match self.ask_once(world, at, plain_http)? {
            Seen::Hidden(_) if world.project.release.wants_login(host(at)) => Seen::Absent,
            Seen::Hidden(words) => Seen::Unknown(words),
            seen => seen,
        })
    }

    fn ask_once(&self, world: &World<'_>, at: &str, plain_http: bool) -> Result<Seen> {
        if let Some(seen) = self.seen.borrow().get(at) {
            return Ok(seen.clone());
        }
        let seen = ask(&world.context.root, at, builder(world, at, plain_http))?;
        self.seen.borrow_mut().insert(at.to_owned(), seen.clone());
        Ok(seen)
    }

    /// The next look asks again: before something is done, and after it.
    pub fn forget(&self, at: &str) {
        self.seen.borrow_mut().remove(at);
    }

    /// The next looks ask again, all of them: a new pass.
    pub fn forget_all(&self) {
        self.seen.borrow_mut().clear();
    }

    /// Asks for all of these at the same time; a look at one of them finds the answer. What can't be asked at all says
    /// so when it is looked at.
    pub fn ahead(&self, world: &World<'_>, all: &[(String, bool)]) {
        let mut asked: Vec<(&str, Option<&str>)> = Vec::new();
        for (at, plain_http) in all {
            if !self.seen.borrow().contains_key(at) && !asked.iter().any(|(other, _)| other == at) {
                asked.push((at, builder(world, at, *plain_http)));
            }
        }
        let (next, folder) = (AtomicUsize::new(0), &*world.context.root);
        let work = || {
            let take = || asked.get(next.fetch_add(1, Ordering::Relaxed)).copied();
            iter::from_fn(take).map(|(at, builder)| (at, ask(folder, at, builder))).collect::<Vec<_>>()
        };
        let answers: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE.min(asked.len())).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let known = answers.into_iter().filter_map(|(at, seen)| Some((at.to_owned(), seen.ok()?)));
        self.seen.borrow_mut().extend(known);
    }
}

/// Puts what is at `from`, `HOST/NAME@DIGEST`, to `HOST/NAME:TAG` or `HOST/NAME@DIGEST`, in the same registry or another
/// one: the same bytes, under the same digest. What was there before is forgotten.
pub fn copy(world: &World<'_>, from: &str, to: &str) -> Result<()> {
    world.images.forget(to);
    let builder = builder_of(world, &[from, to]);
    let limit = if host(from) == host(to) { NAMING } else { COPY };
    let mut pause = FIRST_PAUSE;
    for left in (0..TRIES).rev() {
        let Err(refused) = buildx::create(&world.context.root, builder, &[from.to_owned()], to, &[], limit)? else {
            break;
        };
        // Nothing is lost by a second try: what arrived is there already, and stays what it is.
        if left == 0 || !refused.is_passing() {
            return Err(failure(&format!("`{from}` can't be copied to `{to}`"), to, &refused.words).into());
        }
        tools::pause(pause)?;
        pause *= 2;
    }
    Ok(())
}

/// The configurations of an index, by their platforms, as docker prints them; or why it can't be told.
pub fn describe(world: &World<'_>, at: &str, plain_http: bool) -> Result<Result<Json, String>> {
    let ask = || buildx::inspect_image(&world.context.root, builder(world, at, plain_http), at);
    Ok(patiently(ask)?.map_err(|seen| match seen {
        Seen::Unknown(words) | Seen::Hidden(words) => words,
        Seen::Found(_) | Seen::Absent => "a part of it is missing".to_owned(),
    }))
}

/// The failure of a look that told nothing. A registry that doesn't answer has the same words for all of its images, so
/// that they are said once.
pub fn unknown(at: &str, words: &str) -> Failure {
    match buildx::why(words) {
        Refused::Down | Refused::Passing => {
            failure(&format!("the registry `{}` can't be asked", host(at)), at, buildx::cause(words))
        }
        _ => failure(&format!("it can't be told whether `{at}` is there"), at, words),
    }
}

/// A failure of a registry, with the next move.
pub fn failure(what: &str, at: &str, words: &str) -> Failure {
    let host = host(at);
    let hint = match buildx::why(words) {
        Refused::Denied => {
            format!("`docker login {host}`, with the right to read and write, then the same command again")
        }
        Refused::Hidden => format!(
            "if the repository isn't there yet, make it at `{host}`, or say `login = true` in the `[[registry]]` of `{host}` \
             and let the first build make it; else `docker login {host}` as who may see it"
        ),
        Refused::NoTls => format!(
            "if `{host}` has no TLS, say `plain-http = true` in its `[[registry]]`, and `[registry.\"{host}\"]` with \
             `http = true` in the file that is `config` of `[builder]`"
        ),
        Refused::NoBuildx => buildx::HOW_TO_GET.to_owned(),
        Refused::Down | Refused::Passing => format!("`{host}` doesn't answer: the same command again when it does"),
        _ if words.starts_with("no builder ") => format!(
            "only a builder knows that `{host}` has no TLS: make it with the command of the plan's step `builder`"
        ),
        Refused::Absent | Refused::Other => "remove the cause, then run the same command again".to_owned(),
    };
    Failure::tool(format!("{what}: {words}")).hint(hint)
}

/// `HOST` of `HOST/NAME…`.
pub fn host(at: &str) -> &str {
    at.split('/').next().unwrap_or_default()
}

/// Only the settings of a builder say that a registry has no TLS. On this machine nobody wants it.
fn builder<'w>(world: &World<'w>, at: &str, plain_http: bool) -> Option<&'w str> {
    (plain_http && !is_loopback(host(at))).then_some(&*world.project.release.builder.name)
}

fn builder_of<'w>(world: &World<'w>, all: &[&str]) -> Option<&'w str> {
    all.iter().find_map(|at| builder(world, at, world.project.release.is_plain_http(host(at))))
}

fn ask(folder: &Path, at: &str, builder: Option<&str>) -> Result<Seen> {
    let bytes = match patiently(|| buildx::inspect_raw(folder, builder, at))? {
        Ok(bytes) => bytes,
        Err(seen) => return Ok(seen),
    };
    let digest = sha256::digest(&bytes);
    if at.split_once('@').is_some_and(|(_, wanted)| wanted != digest) {
        return Ok(Seen::Unknown(format!("the registry gives something else for it: `{digest}`")));
    }
    let Some(mut found) = read::manifest(&bytes, digest) else {
        return Ok(Seen::Unknown("what is there is no image".to_owned()));
    };
    // A manifest alone doesn't say for which platform it is: its configuration does.
    let silent = found.revision.is_none() && found.version.is_none();
    if !found.is_index || silent {
        let name = at.split_once('@').map_or_else(|| without_tag(at), |(name, _)| name);
        let own = format!("{name}@{}", found.platforms.values().next().unwrap_or(&found.digest));
        match patiently(|| buildx::inspect_image(folder, builder, &own))? {
            Ok(image) => read::add(&mut found, &image),
            Err(Seen::Absent) => return Ok(Seen::Unknown(format!("a part of it is missing: `{own}`"))),
            Err(Seen::Hidden(words)) => return Ok(Seen::Unknown(words)),
            Err(other) => return Ok(other),
        }
    }
    Ok(Seen::Found(found))
}

/// `HOST/NAME` of `HOST/NAME:TAG`: a host may have a port.
fn without_tag(at: &str) -> &str {
    at.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(at, |(name, _)| name)
}

/// Asks again, after a pause, while the reason of a refusal is one that passes.
fn patiently<T>(ask: impl Fn() -> Result<Result<T, buildx::Refusal>>) -> Result<Result<T, Seen>> {
    let mut pause = FIRST_PAUSE;
    for left in (0..TRIES).rev() {
        let refused = match ask() {
            Ok(Ok(answer)) => return Ok(Ok(answer)),
            Ok(Err(refused)) => refused,
            // A registry that is too slow is no word on the others. Who is told to stop, stops.
            Err(error) if tools::was_cut_off(&error) && !tools::stopping() => {
                return Ok(Err(Seen::Unknown(error.to_string())));
            }
            Err(error) => return Err(error),
        };
        match refused.why() {
            Refused::Absent => return Ok(Err(Seen::Absent)),
            Refused::Hidden => return Ok(Err(Seen::Hidden(refused.words))),
            Refused::NoBuildx => return Err(buildx::missing().into()),
            Refused::Passing if left > 0 => {}
            _ => return Ok(Err(Seen::Unknown(refused.words))),
        }
        tools::pause(pause)?;
        pause *= 2;
    }
    Ok(Err(Seen::Unknown("the registry doesn't answer".to_owned())))
}
