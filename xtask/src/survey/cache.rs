//! What was located in which bytes, kept for the next look: a file that has the same bytes has the same sites.
//!
//! The cache holds the bytes themselves and compares them all, so it can't decide wrongly: no time stamp, no hash of ours.
//! Only for a blob of git's its id stands for the bytes, as it does in git. Another configuration or another build of
//! the tool, which a project may have changed, is another cache. Deleting it costs one slower look.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::config::Config;
use crate::fsx;
use crate::locate::Hit;
use crate::locate::splice::Shape;
use crate::model::{File, Located};
use crate::world;

/// More bytes than this are not held twice.
const MOST: usize = 32 << 20;

/// An earlier look.
#[derive(Default)]
pub(super) struct Cache {
    bytes: Vec<u8>,
    entries: HashMap<String, Entry>,
}

struct Entry {
    text: Range<usize>,
    located: usize,
}

/// What an earlier look is good for: the same configuration, read by the same build of the tool.
fn header(config: &Config) -> Vec<u8> {
    let mut header = format!("lockstep sites 2 {}\n", world::build()).into_bytes();
    put_bytes(&mut header, config.text.as_bytes());
    header
}

/// The name of a file that no other repository's file has.
fn key(file: &File) -> String {
    format!("{}:{}", file.repo, file.path)
}

impl Cache {
    /// Reads the cache. One that isn't there, was cut off or belongs to another configuration is empty.
    pub(super) fn read(path: &Path, config: &Config) -> Self {
        let Some(bytes) = fsx::read_cache(path) else { return Self::default() };
        let header = header(config);
        let Some((body, sum)) = bytes.len().checked_sub(8).map(|end| bytes.split_at(end)) else {
            return Self::default();
        };
        if !body.starts_with(&header) {
            return Self::default();
        }
        let mut reader = Reader { bytes: body, at: header.len(), sum: SEED };
        let entries = reader.entries();
        // The sum covers everything but the texts, and those are compared.
        match entries {
            Some(entries) if sum == reader.sum.to_le_bytes() => Self { entries, bytes },
            _ => Self::default(),
        }
    }

    /// The bytes that a file had then.
    pub(super) fn text(&self, file: &File) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(self.entries.get(&key(file))?.text.clone())?).ok()
    }

    /// What was located in a file that has the same bytes as it had then.
    pub(super) fn find(&self, file: &File, text: &str) -> Option<Located> {
        let entry = self.entries.get(&key(file))?;
        if self.bytes.get(entry.text.clone()) != Some(text.as_bytes()) {
            return None;
        }
        Reader { bytes: &self.bytes, at: entry.located, sum: SEED }.located()
    }
}

/// Writes the cache of this look: each file with its text, or whatever else stands for its contents exactly.
pub(super) fn write(path: &Path, config: &Config, found: &[(&File, &str, &Located)]) {
    let size: usize = found.iter().map(|(_, text, _)| text.len()).sum();
    if size > MOST {
        return;
    }
    let mut bytes = header(config);
    bytes.reserve(size + found.len() * 128);
    let mut sum = SEED;
    let count = u32::try_from(found.len()).unwrap_or(0);
    put(&mut bytes, &mut sum, &count.to_le_bytes());
    for (file, text, located) in found {
        put_sized(&mut bytes, &mut sum, key(file).as_bytes());
        put(&mut bytes, &mut sum, &length(text.len()));
        bytes.extend_from_slice(text.as_bytes());
        put_located(&mut bytes, &mut sum, located);
    }
    bytes.extend_from_slice(&sum.to_le_bytes());
    // A cache that can't be written is a slower next look, and no more.
    fsx::write_cache(path, &bytes);
}

fn put_located(bytes: &mut Vec<u8>, sum: &mut u64, located: &Located) {
    put(bytes, sum, &length(located.hits.len()));
    for hits in &located.hits {
        put(bytes, sum, &length(hits.len()));
        for hit in hits {
            put(bytes, sum, &length(hit.span.start));
            put(bytes, sum, &length(hit.span.end));
            put_sized(bytes, sum, hit.value.as_bytes());
        }
    }
    put(bytes, sum, &length(located.shapes.len()));
    for shape in &located.shapes {
        put(bytes, sum, &length(shape.leaves));
        put(bytes, sum, &shape.rest.to_le_bytes());
        put(bytes, sum, &length(shape.kinds.len()));
        for kinds in &shape.kinds {
            put_sized(bytes, sum, kinds);
        }
    }
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

fn put(bytes: &mut Vec<u8>, sum: &mut u64, more: &[u8]) {
    *sum = mix(*sum, more);
    bytes.extend_from_slice(more);
}

fn put_sized(bytes: &mut Vec<u8>, sum: &mut u64, more: &[u8]) {
    put(bytes, sum, &length(more.len()));
    put(bytes, sum, more);
}

fn put_bytes(bytes: &mut Vec<u8>, more: &[u8]) {
    bytes.extend_from_slice(&length(more.len()));
    bytes.extend_from_slice(more);
}

/// Reads what [`write`] wrote; `None` wherever the bytes end too soon.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    sum: u64,
}

impl<'b> Reader<'b> {
    fn entries(&mut self) -> Option<HashMap<String, Entry>> {
        let count = self.number()?;
        let mut entries = HashMap::with_capacity(count.min(1 << 20));
        for _ in 0..count {
            let key = self.text()?.to_owned();
            let length = self.number()?;
            let text = self.at..self.at.checked_add(length)?;
            self.at = text.end;
            let located = self.at;
            self.skip_located()?;
            entries.insert(key, Entry { text, located });
        }
        (self.at == self.bytes.len()).then_some(entries)
    }

    fn skip_located(&mut self) -> Option<()> {
        for _ in 0..self.number()? {
            for _ in 0..self.number()? {
                self.take(8)?;
                self.text()?;
            }
        }
        for _ in 0..self.number()? {
            self.take(12)?;
            for _ in 0..self.number()? {
                self.text()?;
            }
        }
        Some(())
    }

    fn located(&mut self) -> Option<Located> {
        let hits = self.list(|reader| {
            reader
                .list(|reader| Some(Hit { span: reader.number()?..reader.number()?, value: reader.text()?.to_owned() }))
        })?;
        let shapes = self.list(|reader| {
            let leaves = reader.number()?;
            let rest = u64::from_le_bytes(reader.take(8)?.try_into().ok()?);
            Some(Shape { leaves, rest, kinds: reader.list(|reader| Some(reader.text()?.as_bytes().to_vec()))? })
        })?;
        Some(Located { hits, shapes })
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| item(self)).collect()
    }

    fn number(&mut self) -> Option<usize> {
        let bytes: [u8; 4] = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.sum = mix(self.sum, bytes);
        self.at += count;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsx::scratch::Scratch;

    fn file(path: &str) -> File {
        File { repo: 0, path: path.to_owned(), rules: Vec::new() }
    }

    fn config(text: &str) -> Config {
        Config { text: text.to_owned(), ..Config::default() }
    }

    fn located() -> Located {
        let hits = vec![vec![Hit { span: 1..4, value: "1.0".to_owned() }], Vec::new()];
        Located {
            hits,
            shapes: vec![Shape { leaves: 7, rest: 0x0123_4567_89ab_cdef, kinds: vec![vec![b's'], Vec::new()] }],
        }
    }

    #[test]
    fn the_same_bytes_have_the_same_hits_and_others_have_none() {
        let scratch = Scratch::new();
        let path = scratch.path().join("sites");
        let text = "x".repeat(1000);
        write(&path, &config("a"), &[(&file("f"), &text, &located())]);
        let cache = Cache::read(&path, &config("a"));
        assert_eq!(cache.find(&file("f"), &text), Some(located()));
        assert_eq!(cache.find(&file("g"), &text), None);
        assert_eq!(cache.find(&file("f"), &text[1..]), None);
        assert_eq!(Cache::read(&path, &config("b")).find(&file("f"), &text), None, "another configuration");
    }

    #[test]
    fn a_cache_that_was_cut_off_or_changed_is_none() {
        let scratch = Scratch::new();
        let path = scratch.path().join("sites");
        let text = "x".repeat(1000);
        write(&path, &config("a"), &[(&file("f"), &text, &located())]);
        let whole = std::fs::read(&path).unwrap();
        let heads = (0..40).chain(whole.len() - 80..whole.len());
        for at in heads {
            let mut torn = whole.clone();
            torn.truncate(at);
            fsx::write_cache(&path, &torn);
            assert_eq!(Cache::read(&path, &config("a")).find(&file("f"), &text), None, "cut at {at}");
            let mut odd = whole.clone();
            odd[at] ^= 0x55;
            fsx::write_cache(&path, &odd);
            assert_eq!(Cache::read(&path, &config("a")).find(&file("f"), &text), None, "changed at {at}");
        }
    }
}
