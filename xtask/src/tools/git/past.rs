//! The commits of a history with the files that each changed, and the texts of files: as streams, bounded in time and
//! memory, and nothing is fetched for them.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use anyhow::Result;

use super::objects::is_oid;
use super::{Git, Run};
use crate::plan::init::past::{Logged, MOST_FILES, Touched, is_updater};
use crate::tools::was_cut_off;

/// git maps packs into memory in windows of 32 MiB, or of all of it: smaller ones cost no time here.
const SMALL: [&str; 8] = [
    "-c",
    "core.packedGitWindowSize=1m",
    "-c",
    "core.packedGitLimit=24m",
    "-c",
    "core.deltaBaseCacheLimit=16m",
    "-c",
    "core.bigFileThreshold=4m",
];
/// What makes a list of commits the same for every user.
const LOG: [&str; 13] = [
    "-c",
    "log.showSignature=false",
    "-c",
    "log.follow=false",
    "log",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-mailmap",
    "--no-color",
    "--encoding=UTF-8",
    "--ignore-submodules=all",
    "--format=%x01%H%x00%P%x00%ct%x00%an%x00%s%x00",
];
/// The longest part of a word that is kept: a path, or a subject.
const WORD: usize = 4 << 10;
/// Larger files are no manifests; their texts are passed over.
const LARGEST: u64 = 1 << 20;

/// Which commits are listed.
#[derive(Clone, Copy, Debug)]
pub enum Commits<'a> {
    /// All that `HEAD` stands on; of merges no files are listed.
    All,
    /// Those that changed one of these paths, each with all the files that it changed.
    Of(&'a [String]),
    /// Merges on `HEAD`'s own line, with what each brought.
    Merges,
    /// These, with what each brought to its first parent.
    These(&'a [String]),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// At its own end.
    None,
    /// Whoever read it had enough.
    Enough,
    /// Its time was over.
    Time,
    /// An object is not here: the clone is a partial one, or damaged.
    Missing,
}

impl Git {
    /// Lists commits, the newest first, until `take` says that it has enough.
    pub fn commits_with_files(
        &self,
        which: Commits,
        time: Duration,
        mut take: impl FnMut(Logged) -> bool,
    ) -> Result<Limit> {
        let run = self.offline()?.args(LOG).arg("--no-renames");
        let (run, stdin) = match which {
            Commits::All => (run.args(["--diff-merges=off", "HEAD", "--"]), Vec::new()),
            Commits::Of(paths) => {
                let run = run.args(["--diff-merges=off", "--full-diff", "HEAD", "--"]);
                (run.args(paths.iter().map(|path| format!(":(top,literal){path}"))), Vec::new())
            }
            Commits::Merges => {
                (run.args(["--first-parent", "--merges", "--diff-merges=first-parent", "HEAD", "--"]), Vec::new())
            }
            Commits::These(oids) => {
                let oids: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
                (run.args(["--no-walk=unsorted", "--diff-merges=first-parent", "--stdin"]), oids.into_bytes())
            }
        };
        ended(run.timeout(time).stream_some(stdin, |out| {
            let mut log = Log { out: BufReader::with_capacity(1 << 16, out), next: Vec::new() };
            while let Some(commit) = log.commit()? {
                if take(commit) {
                    return Ok(true);
                }
            }
            Ok(false)
        }))
    }

    /// Which files these commits renamed: the same commits, with renamed files only.
    pub fn renames(&self, oids: &[String], time: Duration) -> Result<Vec<Logged>> {
        let mut found = Vec::new();
        if oids.is_empty() {
            return Ok(found);
        }
        let run = self.offline()?.args(LOG).args(["--no-walk=unsorted", "-M", "-l200", "--diff-filter=R", "--stdin"]);
        let oids: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        ended(run.timeout(time).stream_some(oids.into_bytes(), |out| {
            let mut log = Log { out: BufReader::new(out), next: Vec::new() };
            while let Some(commit) = log.commit()? {
                found.push(commit);
            }
            Ok(false)
        }))?;
        Ok(found)
    }

    /// Hands the text of each blob to `take`, in order, until that says that it has enough; none where there is no
    /// such blob, or one that is too large.
    pub fn texts(
        &self,
        oids: &[&str],
        time: Duration,
        mut take: impl FnMut(usize, Option<Vec<u8>>) -> bool,
    ) -> Result<Limit> {
        if oids.is_empty() {
            return Ok(Limit::None);
        }
        let run = self.offline()?.args(["cat-file", "--batch", "--buffer"]);
        let asked: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        ended(run.timeout(time).stream_some(asked.into_bytes(), |out| {
            let mut out = BufReader::with_capacity(1 << 16, out);
            for at in 0..oids.len() {
                let Some(text) = read_text(&mut out)? else { return Ok(false) };
                if take(at, text) {
                    return Ok(true);
                }
            }
            Ok(false)
        }))
    }

    /// Is a part of the history not here?
    pub fn is_shallow(&self) -> bool {
        self.common_dir.join("shallow").exists()
    }

    /// A look that asks no remote for what a partial clone lacks: newer gits are told so, older ones find no protocol.
    fn offline(&self) -> Result<Run> {
        Ok(self.look()?.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").args(SMALL))
    }
}

fn ended(ended: Result<bool>) -> Result<Limit> {
    match ended {
        Ok(true) => Ok(Limit::None),
        Ok(false) => Ok(Limit::Enough),
        Err(error) if was_cut_off(&error) => Ok(Limit::Time),
        Err(_) if !crate::tools::stopping() => Ok(Limit::Missing),
        Err(error) => Err(error),
    }
}

/// What `git log -z --raw` prints: fields and paths that end with a NUL.
struct Log<R> {
    out: R,
    /// A word that was read and belongs to what follows.
    next: Vec<u8>,
}

impl<R: BufRead> Log<R> {
    /// The next commit; none at the end, or where what comes is none.
    fn commit(&mut self) -> Result<Option<Logged>> {
        let mut word = Vec::new();
        let oid = loop {
            if !self.word(&mut word)? {
                return Ok(None);
            }
            if let Some(oid) = start(&word) {
                break oid;
            }
        };
        let mut field = || -> Result<String> {
            self.word(&mut word)?;
            Ok(String::from_utf8_lossy(&word).into_owned())
        };
        let (parents, seconds, author, subject) = (field()?, field()?, field()?, field()?);
        let (merge, seconds) = (parents.contains(' '), seconds.parse().unwrap_or_default());
        let updater = is_updater(&author) || merge && is_updater(&subject);
        let mut commit = Logged { oid, merge, seconds, updater, subject, ..Logged::default() };
        while self.word(&mut word)? {
            if start(&word).is_some() {
                self.next = word;
                break;
            }
            let line = word.strip_prefix(b"\n").unwrap_or(&word);
            if line.first() != Some(&b':') {
                continue;
            }
            let header = String::from_utf8_lossy(line).into_owned();
            self.word(&mut word)?;
            let mut file = touched(&header, &word);
            if header.ends_with(|c: char| c.is_ascii_digit()) && renamed(&header) {
                let from = std::mem::take(&mut word);
                self.word(&mut word)?;
                if let Some(file) = &mut file {
                    file.from = String::from_utf8(from).ok();
                    file.path = String::from_utf8_lossy(&word).into_owned();
                }
            }
            commit.files += 1;
            if commit.files <= MOST_FILES {
                commit.touched.extend(file);
            }
        }
        Ok(Some(commit))
    }

    /// The next word, as far as it is kept; `false` at the end.
    fn word(&mut self, word: &mut Vec<u8>) -> Result<bool> {
        word.clear();
        if !self.next.is_empty() {
            word.append(&mut self.next);
            return Ok(true);
        }
        loop {
            let bytes = self.out.fill_buf()?;
            if bytes.is_empty() {
                return Ok(!word.is_empty());
            }
            let end = bytes.iter().position(|&byte| byte == 0);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            word.extend_from_slice(&part[..part.len().min(WORD.saturating_sub(word.len()))]);
            let used = part.len() + usize::from(end.is_some());
            self.out.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

fn start(word: &[u8]) -> Option<String> {
    let oid = std::str::from_utf8(word.strip_prefix(b"\x01")?).ok()?;
    is_oid(oid).then(|| oid.to_owned())
}

/// `R087`, `C100`: a similarity stands behind the letter, and two paths follow.
fn renamed(header: &str) -> bool {
    header.rsplit(' ').next().is_some_and(|status| status.starts_with(['R', 'C']))
}

/// `:100644 100644 OLD NEW M`, and a path; none of what is no regular file on both sides, or has a name that is no text.
fn touched(header: &str, path: &[u8]) -> Option<Touched> {
    let mut words = header.trim_start_matches(':').split(' ');
    let (before, after, old, new) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if !is_oid(old) || !is_oid(new) {
        return None;
    }
    let side = |mode: &str, oid: &str| match mode {
        "100644" | "100755" | "100664" => Some(Some(oid.to_owned())),
        "000000" => Some(None),
        _ => None,
    };
    let path = String::from_utf8(path.to_vec()).ok()?;
    Some(Touched { path, from: None, old: side(before, old)?, new: side(after, new)? })
}

/// One answer of `cat-file --batch`; the outer none at the end of all.
fn read_text(out: &mut impl BufRead) -> Result<Option<Option<Vec<u8>>>> {
    let mut header = String::new();
    if out.read_line(&mut header)? == 0 {
        return Ok(None);
    }
    let mut words = header.trim_end().split(' ').skip(1);
    let (kind, size) = (words.next(), words.next().and_then(|size| size.parse::<u64>().ok()));
    let (Some(kind), Some(size)) = (kind, size) else { return Ok(Some(None)) };
    let mut text = Vec::new();
    let kept = kind == "blob" && size <= LARGEST;
    if kept {
        text.reserve_exact(usize::try_from(size)?);
        out.take(size).read_to_end(&mut text)?;
    } else {
        std::io::copy(&mut out.take(size), &mut std::io::sink())?;
    }
    let mut end = [0];
    out.read_exact(&mut end)?;
    Ok(Some(kept.then_some(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: &[&str]) {
        let mut log = Log { out: bytes, next: Vec::new() };
        let mut shown = Vec::new();
        while let Some(commit) = log.commit().unwrap() {
            let files: Vec<String> = commit.touched.iter().map(|file| file.path.clone()).collect();
            shown.push(format!("{} {} {}", commit.subject, commit.files, files.join(" ")));
        }
        assert_eq!(shown, want);
    }

    #[test]
    fn a_list_of_commits_is_read() {
        let oid = "d0d258c86b5aed0df47dd2b3c52c5a97e40e6b48";
        let (a, b) = ("aeb99cfe92b5d6978791ac61f90c8d415bcee6e7", "0".repeat(40));
        let head = |subject: &str| format!("\u{1}{oid}\0{oid}\x001787301491\0A. Uthor\0{subject}\0\0");
        let log = head("one")
            + &format!("\n:100644 100644 {a} {a} M\0a/b.txt\0:160000 160000 {a} {a} M\0sub\0")
            + &head("merge")
            + &head(":1 2 3")
            + &format!("\n:000000 100644 {b} {a} A\0:odd\0:100644 100644 {a} {a} R090\0old\0new\0");
        check(log.as_bytes(), &["one 2 a/b.txt", "merge 0 ", ":1 2 3 2 :odd new"]);
        check(b"", &[]);
        check(b"nonsense\0\x01nonsense\0\n:\0", &[]);
        check(head("cut").as_bytes().split_last().unwrap().1, &["cut 0 "]);
    }

    #[test]
    fn who_made_a_commit_or_what_was_merged_says_that_a_program_did() {
        let oid = "d0d258c86b5aed0df47dd2b3c52c5a97e40e6b48";
        let is_program = |parents: &str, author: &str, subject: &str| {
            let bytes = format!("\u{1}{oid}\0{parents}\x001787301491\0{author}\0{subject}\0\0");
            Log { out: bytes.as_bytes(), next: Vec::new() }.commit().unwrap().unwrap().updater
        };
        assert!(is_program(oid, "renovate[bot]", "Update redis to 7.4.0"));
        assert!(is_program(&format!("{oid} {oid}"), "A. Uthor", "Merge branch 'renovate/redis'"));
        assert!(!is_program(oid, "A. Uthor", "Add renovate.json"));
    }

    /// Words of every kind, in any order: each is a commit's, or passed over.
    #[test]
    fn whatever_comes_is_read_to_its_end() {
        let oid = "aeb99cfe92b5d6978791ac61f90c8d415bcee6e7";
        let head = format!("\u{1}{oid}");
        let file = format!(":100644 100644 {oid} {oid} M");
        let renamed = format!("\n:100644 100755 {oid} {oid} R100");
        let words = [&head, &file, &renamed, "", "\n", ":", ":1 2", "path", "\u{1}", "12", "\u{fffd}"];
        let mut state = 0x5eed_u64;
        for _ in 0..5_000 {
            let mut bytes = Vec::new();
            for _ in 0..30 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                bytes.extend_from_slice(words[usize::try_from(state >> 33).unwrap() % words.len()].as_bytes());
                if state >> 60 > 1 {
                    bytes.push(0);
                }
            }
            let mut log = Log { out: bytes.as_slice(), next: Vec::new() };
            let mut commits = 0;
            while let Some(commit) = log.commit().unwrap() {
                assert!(is_oid(&commit.oid) && commit.touched.len() <= commit.files);
                commits += 1;
            }
            assert!(commits <= 30 && log.out.is_empty());
        }
    }

    #[test]
    fn a_long_word_is_kept_in_part() {
        let oid = "aeb99cfe92b5d6978791ac61f90c8d415bcee6e7";
        let log = format!("\u{1}{oid}\0\x001\0a\0{}\0\0\u{1}{oid}\0\x001\0a\0next\0\0", "x".repeat(1 << 20));
        let mut log = Log { out: log.as_bytes(), next: Vec::new() };
        assert_eq!(log.commit().unwrap().unwrap().subject.len(), WORD);
        assert_eq!(log.commit().unwrap().unwrap().subject, "next");
    }

    #[test]
    fn texts_that_are_missing_or_too_large() {
        let large = "x".repeat(usize::try_from(LARGEST).unwrap() + 1);
        let out = format!("a blob 3\nabc\nb missing\nc blob {}\n{large}\nd tree 1\n?\ne blob 0\n\n", large.len());
        let mut out = out.as_bytes();
        let texts: Vec<_> = std::iter::from_fn(|| read_text(&mut out).unwrap()).collect();
        assert_eq!(texts, [Some(b"abc".to_vec()), None, None, None, Some(Vec::new())]);
    }
}
