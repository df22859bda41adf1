//! What the journal says, in bytes: which files, what they were, what they become.
//!
//! Only what differs is kept: the text between the common beginning and the common end. Numbers are 64 bits, little
//! endian; a text follows its length. The last 16 bytes are the hash of all before them.

use std::ffi::OsString;
use std::ops::Range;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::hash::hash;

const MAGIC: &[u8] = b"lockstep journal 1\n";

/// One edit of many files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Part of the names of its temporary files.
    pub(super) nonce: u64,
    /// What is done, in the words of the command.
    pub(super) purpose: String,
    pub(super) entries: Vec<Entry>,
}

/// One file: its old text, its new one, and how to get from the one to the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) old: Print,
    pub(super) new: Print,
    start: usize,
    removed: Vec<u8>,
    added: Vec<u8>,
}

/// What identifies a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    length: u64,
    hash: u128,
}

impl Print {
    fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, hash: hash(bytes) }
    }

    /// Whether it is this text.
    pub(super) fn fits(self, bytes: &[u8]) -> bool {
        self.length == bytes.len() as u64 && self.hash == hash(bytes)
    }
}

impl Entry {
    pub(super) fn new(path: PathBuf, old: &[u8], new: &[u8]) -> Self {
        let (removed, added) = difference(old, new);
        Self {
            path,
            old: Print::of(old),
            new: Print::of(new),
            start: removed.start,
            removed: old[removed].to_vec(),
            added: new[added].to_vec(),
        }
    }

    /// The new text, if `bytes` are the old one: of its length, with its hash, and with the very bytes that go.
    pub(super) fn redo(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (head, rest) = bytes.split_at_checked(self.start)?;
        let tail = rest.strip_prefix(self.removed.as_slice())?;
        let new = [head, self.added.as_slice(), tail].concat();
        (self.old.fits(bytes) && self.new.fits(&new)).then_some(new)
    }
}

/// Where two texts differ: from the end of their common beginning to the start of their common end.
fn difference(old: &[u8], new: &[u8]) -> (Range<usize>, Range<usize>) {
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let start = blocks + common(old[blocks..].iter(), new[blocks..].iter());
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let blocks =
        old_rest.rchunks_exact(BLOCK).zip(new_rest.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let tail = |text: &[u8]| text.len() - blocks;
    let end = blocks + common(old_rest[..tail(old_rest)].iter().rev(), new_rest[..tail(new_rest)].iter().rev());
    (start..old.len() - end, start..new.len() - end)
}

/// Blocks are compared in one go; bytes are looked at only where a block differs.
const BLOCK: usize = 64;

fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

impl Record {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_number(&mut out, self.nonce);
        put_bytes(&mut out, self.purpose.as_bytes());
        put_number(&mut out, self.entries.len() as u64);
        for entry in &self.entries {
            put_bytes(&mut out, entry.path.as_os_str().as_bytes());
            put_print(&mut out, entry.old);
            put_print(&mut out, entry.new);
            put_number(&mut out, entry.start as u64);
            put_bytes(&mut out, &entry.removed);
            put_bytes(&mut out, &entry.added);
        }
        let seal = hash(&out);
        out.extend(seal.to_le_bytes());
        out
    }

    /// None unless these are the bytes that [`Record::encode`] made, to the last one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, seal) = bytes.split_last_chunk::<16>()?;
        if hash(body) != u128::from_le_bytes(*seal) {
            return None;
        }
        let mut reader = Reader(body.strip_prefix(MAGIC)?);
        let (nonce, purpose) = (reader.number()?, String::from_utf8(reader.bytes()?).ok()?);
        let count = reader.number()?;
        let entries = (0..count).map(|_| reader.entry()).collect::<Option<Vec<Entry>>>()?;
        reader.0.is_empty().then_some(Self { nonce, purpose, entries })
    }
}

fn put_number(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend(bytes);
}

fn put_print(out: &mut Vec<u8>, print: Print) {
    put_number(out, print.length);
    out.extend(print.hash.to_le_bytes());
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn number(&mut self) -> Option<u64> {
        self.chunk().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes.to_vec())
    }

    fn print(&mut self) -> Option<Print> {
        Some(Print { length: self.number()?, hash: u128::from_le_bytes(self.chunk()?) })
    }

    fn entry(&mut self) -> Option<Entry> {
        Some(Entry {
            path: PathBuf::from(OsString::from_vec(self.bytes()?)),
            old: self.print()?,
            new: self.print()?,
            start: usize::try_from(self.number()?).ok()?,
            removed: self.bytes()?,
            added: self.bytes()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, removed: &str, added: &str) {
        let entry = Entry::new("a/b".into(), old.as_bytes(), new.as_bytes());
        assert_eq!((entry.removed.as_slice(), entry.added.as_slice()), (removed.as_bytes(), added.as_bytes()));
        assert_eq!(entry.redo(old.as_bytes()).as_deref(), Some(new.as_bytes()));
        assert_eq!(entry.redo(format!("{old} ").as_bytes()), None);
        let record = Record { nonce: 7, purpose: "bump".into(), entries: vec![entry] };
        let bytes = record.encode();
        assert_eq!(Record::decode(&bytes), Some(record));
        for end in 0..bytes.len() {
            assert_eq!(Record::decode(&bytes[..end]), None);
            let mut flipped = bytes.clone();
            flipped[end] ^= 1;
            assert_eq!(Record::decode(&flipped), None);
        }
    }

    #[test]
    fn only_what_differs_is_kept_and_every_flaw_is_seen() {
        check("version: 1.2.0\n", "version: 1.3.0\n", "2", "3");
        check("", "new", "", "new");
        check("old", "", "old", "");
        check("aaa", "aaaa", "", "a");
        check("1.9", "1.10", "9", "10");
        check("x: 1\ny: 1\n", "x: 2\ny: 2\n", "1\ny: 1", "2\ny: 2");
    }

    #[test]
    fn another_text_of_the_same_length_is_not_the_old_one() {
        let entry = Entry::new("a".into(), b"name: a\nversion: 1\n", b"name: a\nversion: 2\n");
        assert_eq!(entry.redo(b"name: b\nversion: 1\n"), None);
        assert_eq!(entry.redo(b"name: a\nversion: 3\n"), None);
    }
}
