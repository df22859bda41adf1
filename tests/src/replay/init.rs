//! Is what `init` proposes enough to write real releases? A work tree as it was before the release, `init --yes`, then
//! `bump`: told one number, and told every number.

pub mod ask;
pub mod report;
pub mod tree;
pub mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::case::{Case, Change, Pair, read_case, read_tree};
use super::meter::{self, Cost};
use super::mine::read_commit;
use super::mirror::Mirror;
use ask::Shown;
use tree::Tree;
use verdict::{Files, Found, Verdict, Wanted, judge};

/// No run of the tool may take longer.
const MOST: Duration = Duration::from_secs(120);

/// What came out of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case's folder name.
    pub name: String,
    /// `owner/name`; empty where the case does not say.
    pub repository: String,
    /// Told the leading number.
    pub one: Found,
    /// Told every number.
    pub all: Found,
    /// What was asked of `bump`, for one and for all.
    pub asked: [Vec<String>; 2],
    /// What `init` took.
    pub cost: Cost,
}

/// The tool under measurement, and how to run it on one case.
pub struct Bench<'a> {
    /// The tool's program.
    pub binary: &'a Path,
    /// Where the trees stay, if they are kept.
    pub keep: Option<PathBuf>,
}

impl Bench<'_> {
    /// Measures the cases of one repository with its history: one work tree goes from commit to commit.
    /// Left out, with a word, is what can't be checked out: a snapshot may lack a large file.
    pub fn with_history(&self, mirror: &Mirror, cases: &[PathBuf]) -> Result<Vec<Outcome>> {
        let tree = match &self.keep {
            None => Some(Tree::of_mirror(mirror, None)?),
            Some(_) => None,
        };
        let measure = |folder: &PathBuf| -> Result<Option<Outcome>> {
            let own = match &self.keep {
                Some(keep) => Some(Tree::of_mirror(mirror, Some(&keep.join(name_of(folder))))?),
                None => None,
            };
            let case = read_case(folder)?;
            let tree = own.as_ref().or(tree.as_ref()).context("no work tree")?;
            let parent = mirror.text(&["rev-parse", "--verify", &format!("{}^", case.commit)])?;
            if let Err(error) = tree.go_to(mirror, parent.trim()) {
                eprintln!("left out {}: {}", name_of(folder), format!("{error:#}").replace('\n', " "));
                return Ok(None);
            }
            let wanted = from_history(mirror, tree, &case)?;
            self.measure(folder, &case, tree, &wanted).map(Some)
        };
        let one = |folder: &PathBuf| measure(folder).with_context(|| format!("case `{}`", name_of(folder))).transpose();
        cases.iter().filter_map(one).collect()
    }

    /// Measures a case that holds its files itself.
    pub fn without_history(&self, folder: &Path) -> Result<Outcome> {
        let keep = self.keep.as_ref().map(|keep| keep.join(name_of(folder)));
        let case = read_case(folder)?;
        let name = case.repository.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("tree");
        let tree = Tree::new(name, keep.as_deref())?;
        let (before, after) = (read_tree(&folder.join("before"))?, read_tree(&folder.join("after"))?);
        for (path, bytes) in &before {
            let path = tree.root().join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(tree.root()))?;
            std::fs::write(path, bytes)?;
        }
        tree.commit()?;
        let moved = |(path, bytes): &(&String, &Vec<u8>)| after.get(*path).is_some_and(|new| new != *bytes);
        let before: Files = before.iter().filter(moved).map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
        let after = after.into_iter().filter(|(path, _)| before.contains_key(path)).collect();
        self.measure(folder, &case, &tree, &Wanted { before, after, also: BTreeMap::new() })
    }

    fn measure(&self, folder: &Path, case: &Case, tree: &Tree, wanted: &Wanted) -> Result<Outcome> {
        let (output, cost) = meter::run(tree.command(self.binary).args(["init", "--yes"]), MOST)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let done = |one: Found, all: Found, asked: [Vec<String>; 2]| Outcome {
            name: name_of(folder),
            repository: case.repository.clone(),
            one,
            all,
            asked,
            cost,
        };
        if !output.status.success() {
            // It says that there is nothing to propose.
            let verdict = if output.status.code() == Some(4) { Verdict::Noop } else { Verdict::Refused };
            let refused = Found { verdict, why: vec![format!("init: {}", last_words(&said))] };
            return Ok(done(refused.clone(), refused, Default::default()));
        }
        let littered = tree.touched()?;
        let toml = std::fs::read_to_string(tree.root().join("release-config/release.toml")).unwrap_or_default();
        let unsure = ask::unsure(&toml, &format!("{said}{}", String::from_utf8_lossy(&output.stdout)));
        let asked = |path: &str| unsure.iter().any(|glob| glob.is_match(path));
        let versions = tree.command(self.binary).args(["versions", "--format", "json"]).output()?;
        let tracks = ask::read_tracks(&versions.stdout).unwrap_or_default();
        let requests = self.requests(tree, case, &tracks)?;
        let one: Vec<String> = requests.first().cloned().flatten().into_iter().collect();
        let all: Vec<String> = requests.into_iter().flatten().collect();
        let bump = |request: &[String]| -> Result<Found> {
            let found = self.bump(tree, request, wanted, &asked);
            tree.restore()?;
            found
        };
        let told_one = if littered.is_empty() { bump(&one)? } else { judge(wanted, &littered, &|_| None, &asked) };
        let told_all = if one == all || !littered.is_empty() { told_one.clone() } else { bump(&all)? };
        Ok(done(told_one, told_all, [one, all]))
    }

    /// For each number of the case, in its order, what a user would ask for.
    fn requests(&self, tree: &Tree, case: &Case, tracks: &[Shown]) -> Result<Vec<Option<String>>> {
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut requests = Vec::new();
        for (at, pair) in case.pairs.iter().enumerate() {
            let mut standing = ask::standing(tracks, &case.pairs, at);
            standing.retain(|track| !used.contains(&track.name));
            let track = match standing[..] {
                [] => None,
                [one] => Some(one),
                _ => self.nearest(tree, case, pair, &standing)?,
            };
            used.extend(track.map(|track| track.name.clone()));
            requests.push(track.map(|track| format!("{}={}", track.name, pair.to)));
        }
        // A case whose numbers say nothing has no request.
        requests.extend(requests.is_empty().then_some(None));
        Ok(requests)
    }

    /// Of several tracks at one number the one whose files the release touches: who releases knows what they release.
    fn nearest<'t>(&self, tree: &Tree, case: &Case, pair: &Pair, tracks: &[&'t Shown]) -> Result<Option<&'t Shown>> {
        let moves = |change: &&Change| change.tokens.iter().any(|(old, _)| old.contains(&pair.from));
        let paths: BTreeSet<&str> = case.changes.iter().filter(moves).map(|change| change.path.as_str()).collect();
        let mut best = None;
        for track in tracks {
            let request = format!("{}={}", track.name, pair.to);
            let args = ["bump", "--dry-run", "--allow-lower", "--format", "json", &request];
            let output = tree.command(self.binary).args(args).output()?;
            let writes: BTreeSet<String> = ask::read_writes(&output.stdout).into_iter().collect();
            let hits = writes.iter().filter(|path| paths.contains(path.as_str())).count();
            let score = (hits, std::cmp::Reverse(writes.len()));
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, *track));
            }
        }
        Ok(best.map(|(_, track)| track))
    }

    fn bump(&self, tree: &Tree, request: &[String], wanted: &Wanted, asked: &dyn Fn(&str) -> bool) -> Result<Found> {
        if !request.is_empty() {
            let (output, _) =
                meter::run(tree.command(self.binary).args(["bump", "--allow-lower"]).args(request), MOST)?;
            if !output.status.success() {
                let words = last_words(&String::from_utf8_lossy(&output.stderr));
                return Ok(Found { verdict: Verdict::Refused, why: vec![format!("bump: {words}")] });
            }
        }
        let got = tree.touched()?;
        let before = |path: &str| {
            let output = tree.command("git").args(["show", &format!("HEAD:{path}")]).output().ok()?;
            output.status.success().then_some(output.stdout)
        };
        Ok(judge(wanted, &got, &before, asked))
    }
}

/// The files before, with the lines of the case applied; and what else the commit wrote.
fn from_history(mirror: &Mirror, tree: &Tree, case: &Case) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    for change in &case.changes {
        let before = match wanted.after.get(&change.path) {
            Some(bytes) => bytes.clone(),
            None => std::fs::read(tree.root().join(&change.path)).with_context(|| format!("no `{}`", change.path))?,
        };
        wanted.before.entry(change.path.clone()).or_insert_with(|| before.clone());
        wanted.after.insert(change.path.clone(), applied(&before, change)?);
    }
    for (path, line) in read_commit(mirror, &case.commit)?.added {
        let line = verdict::trimmed(line.as_bytes()).to_vec();
        wanted.also.entry(path).or_default().insert(line);
    }
    Ok(wanted)
}

/// A file with the tokens of one line replaced, from left to right.
fn applied(bytes: &[u8], change: &Change) -> Result<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let place = || format!("{}:{}", change.path, change.line);
    let line = lines.get_mut(change.line - 1).with_context(|| format!("no line {}", place()))?;
    let mut at = 0;
    for (old, new) in &change.tokens {
        let rest = &line[at..];
        let found = rest.windows(old.len()).position(|piece| piece == old.as_bytes());
        let start = at + found.with_context(|| format!("no `{old}` at {}", place()))?;
        line.splice(start..start + old.len(), new.bytes());
        at = start + new.len();
    }
    Ok(lines.join(&b'\n'))
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The error among what was said, else the last line.
fn last_words(said: &str) -> String {
    let error = said.lines().find(|line| line.starts_with("error")).or_else(|| said.lines().last());
    error.unwrap_or("it said nothing").to_owned()
}
