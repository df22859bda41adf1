//! Reads the history of a checkout, as far as it is worth its time.
//!
//! ```text
//! the newest commits          which files each changed: trees only, cheap
//! the texts of these files    only of those that state a version today, in lots, until enough moved
//! further back                only commits that touched what moved so far, or what tagged commits touched
//! merges                      where the other commits show hardly anything
//! ```

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::plan::init::past::{self, Ask, End, MOST_FILES, Miner, Past};
use crate::tools::git::{Commits, Git, Head, Limit, Tag};
use crate::world;

/// The commits that are looked at whatever they touch.
const NEWEST: usize = 1_500;
/// Commits in which a version moved: more don't say more.
const ENOUGH: usize = 400;
/// The newest commits whose texts are read before it is looked whether that is enough; then twice as many.
const LOT: usize = 200;
/// A place that moved as often is known.
const KNOWN: usize = 8;
/// How many paths lead further back, and how many commits.
const LEADS: usize = 48;
const FURTHER: usize = 400;
/// With fewer commits in which a version moved, merges are looked at too.
const FEW: usize = 3;
/// The newest tags whose commits lead further back.
const TAGGED: usize = 30;

/// How many bytes of texts are compared in each of the three turns: what makes the longest histories take a second.
const TEXTS: usize = 64 << 20;
const TEXTS_BESIDE: usize = 24 << 20;
const TEXTS_FURTHER: usize = 32 << 20;
/// How long it may take, should the machine be slow or busy: the list of commits, the newest texts, all of it.
const LISTED: Duration = Duration::from_secs(6);
const COMPARED: Duration = Duration::from_secs(12);
const TIME: Duration = Duration::from_secs(16);

/// What the history of `HEAD` shows. `files`: the tracked paths; `read`: the text of one of them.
///
/// Only what is on this machine is read: a partial clone fetches nothing. No error where a part is missing: what is there
/// counts.
pub fn read<'a>(
    git: &'a Git,
    tags: &'a [Tag],
    files: &'a [String],
    read: &'a dyn Fn(&str) -> Option<String>,
) -> Result<Past> {
    if matches!(git.head()?, Head::Unborn(_)) {
        return Ok(Past::default());
    }
    let numbers = tags.iter().filter_map(|tag| past::number(&tag.name)).collect();
    let (start, miner) = (world::moment(), Miner::new(files, read));
    let mut reader = Reader { git, files, numbers, start, miner, end: End::Root };
    reader.newest()?;
    reader.compare_all(COMPARED, TEXTS)?;
    if matches!(reader.end, End::Enough | End::Late) && reader.miner.moving() < ENOUGH {
        reader.further(tags)?;
    }
    reader.merges()?;
    let marks: Vec<(String, String)> = tags.iter().map(|tag| (tag.name.clone(), tag.target.clone())).collect();
    Ok(reader.miner.past(&marks, reader.end))
}

struct Reader<'a> {
    git: &'a Git,
    files: &'a [String],
    /// What the tags say.
    numbers: HashSet<&'a str>,
    start: Instant,
    miner: Miner<'a>,
    end: End,
}

impl Reader<'_> {
    fn left(&self, until: Duration) -> Duration {
        until.saturating_sub(self.start.elapsed())
    }

    fn newest(&mut self) -> Result<()> {
        let time = self.left(LISTED);
        let miner = &mut self.miner;
        let mut read = 0;
        let limit = self.git.commits_with_files(Commits::All, time, |commit| {
            read += usize::from(!commit.merge);
            miner.add(commit);
            read == NEWEST
        })?;
        self.end = match limit {
            Limit::None if self.git.is_shallow() => End::Shallow,
            Limit::None => End::Root,
            Limit::Enough => End::Enough,
            Limit::Time => End::Late,
            Limit::Missing => End::Shallow,
        };
        self.plan()
    }

    fn plan(&mut self) -> Result<()> {
        let suspects = self.miner.suspects();
        let renames = self.git.renames(&suspects, self.left(COMPARED) / 2)?;
        self.miner.rename(renames);
        self.miner.plan();
        Ok(())
    }

    /// Compares the texts of all commits that were listed, the newest first.
    fn compare_all(&mut self, until: Duration, mut bytes: usize) -> Result<()> {
        let (mut end, mut lot) = (LOT, LOT);
        loop {
            let asks = self.miner.asks(end);
            self.compare(&asks, until, &mut bytes)?;
            if self.miner.moving() >= ENOUGH {
                self.end = End::Enough;
                break;
            }
            if end >= self.miner.listed() || bytes == 0 || self.left(until).is_zero() {
                break;
            }
            lot *= 2;
            end += lot;
        }
        let asks = self.miner.asks_beside(&self.numbers);
        self.compare(&asks, TIME, &mut TEXTS_BESIDE.clone())
    }

    fn compare(&mut self, asks: &[Ask], until: Duration, bytes: &mut usize) -> Result<()> {
        let oids: Vec<&str> = asks.iter().map(|ask| ask.oid.as_str()).collect();
        let time = self.left(until);
        if (time.is_zero() || *bytes == 0) && !asks.is_empty() {
            self.end = End::Late;
            return Ok(());
        }
        let miner = &mut self.miner;
        let limit = self.git.texts(&oids, time, |at, text| {
            *bytes = bytes.saturating_sub(text.as_ref().map_or(0, Vec::len));
            miner.take(&asks[at], text);
            *bytes == 0
        })?;
        miner.settle();
        match limit {
            Limit::Time | Limit::Enough => self.end = End::Late,
            Limit::Missing => self.end = End::Shallow,
            Limit::None => {}
        }
        Ok(())
    }

    /// Older commits, by what they touch.
    fn further(&mut self, tags: &[Tag]) -> Result<()> {
        let leads = self.leads(tags)?;
        if leads.is_empty() || self.left(TIME).is_zero() {
            return Ok(());
        }
        let (time, miner) = (self.left(TIME) / 2, &mut self.miner);
        let mut more = 0;
        self.git.commits_with_files(Commits::Of(&leads), time, |commit| {
            let before = miner.listed();
            miner.add(commit);
            more += miner.listed() - before;
            more == FURTHER
        })?;
        self.plan()?;
        self.compare_all(TIME, TEXTS_FURTHER)
    }

    /// Files that lead to older releases: those that became the number of a tag, though not often yet, the well-known ones,
    /// and those that the newest tags' commits changed.
    fn leads(&mut self, tags: &[Tag]) -> Result<Vec<String>> {
        let told = self.miner.told(&self.numbers);
        if !told.is_empty() && told.values().all(|times| *times >= KNOWN) {
            return Ok(Vec::new());
        }
        let moved = if told.is_empty() { self.miner.moved() } else { told };
        let seldom = moved.into_iter().filter(|(_, times)| *times < KNOWN);
        let mut leads: Vec<String> = seldom.map(|(path, _)| path.to_owned()).collect();
        leads.truncate(LEADS / 2);
        let mut touched = self.tagged(tags)?;
        touched.extend(self.files.iter().filter(|path| past::is_known(path)).cloned());
        touched.retain(|path| !leads.contains(path) && self.miner.is_worth(path));
        leads.extend(touched);
        leads.truncate(LEADS);
        leads.sort();
        leads.dedup();
        Ok(leads)
    }

    /// What the newest commits with a tag changed.
    fn tagged(&self, tags: &[Tag]) -> Result<Vec<String>> {
        let oids: Vec<String> = tags.iter().map(|tag| tag.target.clone()).collect();
        let (mut paths, mut seen) = (Vec::new(), 0);
        self.git.commits_with_files(Commits::These(&oids), self.left(TIME) / 4, |commit| {
            seen += 1;
            if commit.files <= MOST_FILES {
                paths.extend(commit.touched.into_iter().map(|file| file.path));
            }
            seen == TAGGED
        })?;
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// What merges brought, where hardly anything else shows what moved.
    fn merges(&mut self) -> Result<()> {
        if self.miner.moving() >= FEW || !self.miner.has_merges() || self.left(TIME).is_zero() {
            return Ok(());
        }
        let (time, miner) = (self.left(TIME) / 2, &mut self.miner);
        miner.from_today();
        let mut read = 0;
        self.git.commits_with_files(Commits::Merges, time, |commit| {
            read += 1;
            miner.add(commit);
            read == FURTHER
        })?;
        self.plan()?;
        self.compare_all(TIME, TEXTS_FURTHER)
    }
}
