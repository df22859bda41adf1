//! From commits and texts to changes: which texts are needed, in which order, and what they show.
//!
//! Each file is read once from today back, so that at any time one text is held.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::chain::{Chain, GONE, Held};
use super::pair::Compared;
use super::pick::{Worth, worth};
use super::{Change, End, Inserted, Logged, Move, Past, tags, twins};

/// Commits with more files tell which tool was run, not which places belong together.
pub const MOST_FILES: usize = 150;

/// How many bytes are read of one file that is looked at beside others, and in how many commits at least.
const SHARE: usize = 4 << 20;
const FEWEST: usize = 4;

/// A text that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The blob's id.
    pub oid: String,
    path: usize,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// What was held when this file was read last.
    Held,
    /// What a commit made of the file.
    After,
    /// What it was before; the step that made the other of it.
    Before(usize),
}

/// One file in one commit.
#[derive(Clone, Debug)]
struct Step {
    commit: usize,
    old: String,
    new: String,
}

/// Reads a history step by step; somebody else asks git.
pub struct Miner<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    today: HashSet<&'a str>,
    commits: Vec<Logged>,
    known: HashSet<String>,
    /// Commits before this one were planned.
    planned: usize,
    /// Names of files that were renamed later, with their names today.
    names: HashMap<String, String>,
    paths: Vec<String>,
    numbers: HashMap<String, (usize, Worth)>,
    /// How large each file is today.
    sizes: Vec<usize>,
    steps: BTreeMap<usize, Vec<Step>>,
    beside: BTreeMap<usize, Vec<Step>>,
    chains: HashMap<usize, Chain>,
    asked: Vec<(usize, Step)>,
    held: Option<Held>,
    found: BTreeMap<usize, (Vec<Move>, Vec<Inserted>)>,
    /// The commits are not in order.
    mixed: bool,
}

impl<'a> Miner<'a> {
    /// `files`: the paths of today; `read`: the text of one of them.
    pub fn new(files: &'a [String], read: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            read,
            today: files.iter().map(String::as_str).collect(),
            commits: Vec::new(),
            known: HashSet::new(),
            planned: 0,
            names: HashMap::new(),
            paths: Vec::new(),
            numbers: HashMap::new(),
            sizes: Vec::new(),
            steps: BTreeMap::new(),
            beside: BTreeMap::new(),
            chains: HashMap::new(),
            asked: Vec::new(),
            held: None,
            found: BTreeMap::new(),
            mixed: false,
        }
    }

    /// Takes the next commit, the newest first; of one that is known already nothing.
    pub fn add(&mut self, mut commit: Logged) {
        // A merge that was listed without its files may come again with them.
        let bare = commit.merge && commit.files == 0;
        if !bare && !self.known.insert(commit.oid.clone()) {
            return;
        }
        if commit.files > MOST_FILES {
            commit.touched.clear();
        }
        self.commits.push(commit);
    }

    /// How many commits were taken.
    pub fn listed(&self) -> usize {
        self.commits.len()
    }

    /// The commits in which a file that is worth a look came while another one went: whether it was renamed, git knows.
    pub fn suspects(&mut self) -> Vec<String> {
        let mut suspects = Vec::new();
        for at in self.planned..self.commits.len() {
            let touched = &self.commits[at].touched;
            let went = touched.iter().filter(|file| file.new.is_none());
            let endings: HashSet<String> = went.map(|file| ending(&file.path)).collect();
            let came = touched.iter().filter(|file| file.old.is_none() && endings.contains(&ending(&file.path)));
            let came: Vec<String> = came.map(|file| file.path.clone()).collect();
            if came.into_iter().any(|path| self.number(path).1 != Worth::Nothing) {
                suspects.push(self.commits[at].oid.clone());
            }
        }
        suspects
    }

    /// What git knows of renames: commits with those of their files that were renamed.
    pub fn rename(&mut self, renames: Vec<Logged>) {
        let mut renames: HashMap<String, Logged> =
            renames.into_iter().map(|commit| (commit.oid.clone(), commit)).collect();
        for commit in &mut self.commits[self.planned..] {
            let renamed = renames.remove(&commit.oid).into_iter().flat_map(|renamed| renamed.touched);
            commit.touched.extend(renamed.filter(|file| file.from.is_some()));
        }
    }

    /// Decides which files of the commits that were taken since the last time are worth a look.
    pub fn plan(&mut self) {
        for at in self.planned..self.commits.len() {
            for file in std::mem::take(&mut self.commits[at].touched) {
                let path = self.names.get(&file.path).unwrap_or(&file.path).clone();
                if let Some(from) = file.from
                    && !self.names.contains_key(&from)
                {
                    self.names.insert(from, path.clone());
                }
                let (Some(old), Some(new)) = (file.old, file.new) else { continue };
                let (number, worth) = self.number(path);
                let list = match worth {
                    Worth::Nothing => continue,
                    Worth::Beside => &mut self.beside,
                    Worth::Much => &mut self.steps,
                };
                list.entry(number).or_default().push(Step { commit: at, old, new });
            }
        }
        self.planned = self.commits.len();
    }

    fn number(&mut self, path: String) -> (usize, Worth) {
        if let Some(known) = self.numbers.get(&path) {
            return *known;
        }
        let is_there = self.today.contains(path.as_str());
        let text = if is_there { (self.read)(&path) } else { None };
        let known = (self.paths.len(), worth(&path, text.as_deref(), is_there));
        self.paths.push(path.clone());
        self.sizes.push(text.map_or(0, |text| text.len()));
        self.numbers.insert(path, known);
        known
    }

    /// The texts that are wanted for the commits before `end`, in the order in which [`Miner::take`] is to get them.
    pub fn asks(&mut self, end: usize) -> Vec<Ask> {
        let steps = split_off(&mut self.steps, |step| step.commit < end);
        self.ask(steps)
    }

    /// The texts of lock files and the like, for the commits in which a version moved; of a large file for those in which
    /// one became one of these `numbers`, the releases' own, as far as its share goes.
    pub fn asks_beside(&mut self, numbers: &HashSet<&str>) -> Vec<Ask> {
        let found = &self.found;
        let mut steps = split_off(&mut self.beside, |step| found.contains_key(&step.commit));
        let tells = |step: &Step| found[&step.commit].0.iter().any(|of| says(of, numbers));
        for (path, steps) in &mut steps {
            let cost = 2 * self.sizes[*path].max(1);
            if cost * steps.len() > SHARE {
                let telling: Vec<Step> = steps.iter().filter(|step| tells(step)).cloned().collect();
                if telling.len() > 1 {
                    *steps = telling;
                }
                steps.truncate((SHARE / cost).max(FEWEST));
            }
        }
        self.ask(steps)
    }

    /// Small files first: should there be too much to read, then most of them were read.
    fn ask(&mut self, steps: BTreeMap<usize, Vec<Step>>) -> Vec<Ask> {
        let mut steps: Vec<(usize, Vec<Step>)> = steps.into_iter().collect();
        steps.sort_by_key(|(path, steps)| (self.sizes[*path] * steps.len(), *path));
        let mut asks = Vec::new();
        self.asked.clear();
        self.held = None;
        for (path, steps) in steps {
            let mut held = self.chains.get(&path).map(|chain| chain.oid.clone());
            let mut is_first = true;
            for step in steps {
                let mut ask = |oid: &str, role| asks.push(Ask { oid: oid.to_owned(), path, role });
                let follows = held.as_ref() == Some(&step.new);
                if is_first
                    && !follows
                    && let Some(held) = &held
                {
                    ask(held, Role::Held);
                }
                if is_first || !follows {
                    ask(&step.new, Role::After);
                }
                ask(&step.old, Role::Before(self.asked.len()));
                held = Some(step.old.clone());
                is_first = false;
                self.asked.push((path, step));
            }
        }
        asks
    }

    /// Takes a text that was asked for; none where there is none.
    pub fn take(&mut self, ask: &Ask, text: Option<Vec<u8>>) {
        let mut held = match self.held.take() {
            Some(held) if held.path == ask.path => held,
            other => {
                self.put_away(other);
                self.begin(ask.path)
            }
        };
        let text = text.filter(|text| !text.contains(&0));
        match ask.role {
            Role::Held => held.text = text,
            // What the chain ended with: its lines are known.
            Role::After if held.oid == ask.oid && held.text.is_none() => held.text = text,
            Role::After => {
                held.back_to(text);
            }
            Role::Before(step) => {
                let today = held.lines.clone();
                if let Some(compared) = held.back_to(text) {
                    self.note(step, compared, &today);
                }
            }
        }
        held.oid.clone_from(&ask.oid);
        self.held = Some(held);
    }

    /// Where the reading of a file begins: where it ended last time, else with the text of today.
    fn begin(&self, path: usize) -> Held {
        if let Some(chain) = self.chains.get(&path) {
            return Held { path, oid: chain.oid.clone(), text: None, lines: chain.lines.clone() };
        }
        let name = self.paths[path].as_str();
        let text = if self.today.contains(name) { (self.read)(name).map(String::into_bytes) } else { None };
        Held::of_today(path, text)
    }

    fn put_away(&mut self, held: Option<Held>) {
        if let Some(Held { path, oid, lines, .. }) = held {
            self.chains.insert(path, Chain { oid, lines });
        }
    }

    /// To be called after the last text of a list.
    pub fn settle(&mut self) {
        let held = self.held.take();
        self.put_away(held);
    }

    fn note(&mut self, step: usize, compared: Compared, today: &[u32]) {
        let (path, Step { commit, .. }) = &self.asked[step];
        if compared.moved.is_empty() && compared.rows.is_empty() {
            return;
        }
        let path = &self.paths[*path];
        let (moves, inserted) = self.found.entry(*commit).or_default();
        moves.extend(compared.moved.into_iter().map(|moved| Move {
            path: path.clone(),
            old_line: moved.old + 1,
            new_line: moved.new + 1,
            today: today.get(moved.new).filter(|line| **line != GONE).map(|line| *line as usize + 1),
            mask: moved.mask,
            tokens: moved.tokens,
        }));
        inserted.extend(compared.rows.into_iter().map(|row| Inserted {
            path: path.clone(),
            line: row.new + 1,
            mask: row.mask,
            tokens: row.tokens,
        }));
    }

    /// In how many commits a version moved.
    pub fn moving(&self) -> usize {
        self.found.values().filter(|(moves, _)| !moves.is_empty()).count()
    }

    /// How often each file moved.
    pub fn moved(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (moves, _) in self.found.values() {
            let paths: HashSet<&str> = moves.iter().map(|of| of.path.as_str()).collect();
            for path in paths {
                *counts.entry(path).or_default() += 1;
            }
        }
        counts
    }

    /// The files that became one of these numbers, and how often each moved.
    pub fn told(&self, numbers: &HashSet<&str>) -> BTreeMap<&str, usize> {
        let mut told = self.moved();
        let moves = self.found.values().flat_map(|(moves, _)| moves);
        let paths: HashSet<&str> = moves.filter(|of| says(of, numbers)).map(|of| of.path.as_str()).collect();
        told.retain(|path, _| paths.contains(path));
        told
    }

    /// Is it a file of today that states a version?
    pub fn is_worth(&mut self, path: &str) -> bool {
        self.today.contains(path) && self.number(path.to_owned()).1 == Worth::Much
    }

    /// Were there merges?
    pub fn has_merges(&self) -> bool {
        self.commits.iter().any(|commit| commit.merge)
    }

    /// Forgets how far the files were read: what is added next is as new as what was.
    pub fn from_today(&mut self) {
        self.chains.clear();
        self.mixed = true;
    }

    /// All that was found. `tags`: names, and the commits that they mark.
    pub fn past(self, marks: &[(String, String)], end: End) -> Past {
        let mut found = self.found;
        let mut commits: Vec<(usize, Logged)> = self.commits.into_iter().enumerate().collect();
        if self.mixed {
            commits.sort_by_key(|(at, commit)| (std::cmp::Reverse(commit.seconds), *at));
        }
        let positions: HashMap<String, usize> =
            commits.iter().enumerate().map(|(position, (_, commit))| (commit.oid.clone(), position)).collect();
        let read = positions.len();
        let mut changes = Vec::new();
        for (position, (at, commit)) in commits.into_iter().enumerate() {
            let Some((mut moves, inserted)) = found.remove(&at) else { continue };
            if moves.is_empty() {
                continue;
            }
            moves.sort_by(|a, b| (&a.path, a.new_line).cmp(&(&b.path, b.new_line)));
            let Logged { oid, seconds, updater, subject, files, .. } = commit;
            changes
                .push((position, Change { oid, seconds, updater, subject, tags: Vec::new(), files, moves, inserted }));
        }
        tags::name(&mut changes, marks, &positions);
        let changes = twins::merge(changes.into_iter().map(|(_, change)| change).collect());
        Past { changes, read, end }
    }
}

/// Did a line become one of these numbers?
fn says(of: &Move, numbers: &HashSet<&str>) -> bool {
    of.tokens.iter().any(|(old, new)| old != new && numbers.contains(new.as_str()))
}

/// `md` of `docs/vars.MD`.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// Takes the first steps of every file, as far as they are wanted.
fn split_off(lists: &mut BTreeMap<usize, Vec<Step>>, wanted: impl Fn(&Step) -> bool) -> BTreeMap<usize, Vec<Step>> {
    let mut taken = BTreeMap::new();
    for (path, steps) in lists.iter_mut() {
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(steps).into_iter().partition(&wanted);
        *steps = later;
        if !now.is_empty() {
            taken.insert(*path, now);
        }
    }
    lists.retain(|_, steps| !steps.is_empty());
    taken
}
