//! Random texts: nothing panics, and what is said of them is true of them.

use std::collections::HashSet;

use super::lines::split;
use super::mask::Masked;
use super::pair::{Compared, compare};

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}

const PIECES: &[&str] = &[
    "1.2.3",
    "1.2.4",
    "0.5",
    "4",
    "v",
    "-rc.1",
    "b3",
    ".dev0",
    "version",
    "MAJOR_VERSION",
    " = ",
    ": ",
    "\"",
    "'",
    "final",
    "(",
    ", ",
    ")",
    ",",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "é",
    "\u{feff}",
    "#",
    ".",
    "..",
    "-",
    "_",
    "x",
    " ",
    "\t",
    "1.",
    "99999999999999999999.1",
    "|",
    "~",
    "+",
];

fn text(random: &mut Random) -> Vec<u8> {
    let mut text: Vec<u8> = (0..random.below(60)).flat_map(|_| PIECES[random.below(PIECES.len())].bytes()).collect();
    if random.below(8) == 0 {
        text.push(0xff);
    }
    text
}

/// Some pieces of it are others.
fn changed(random: &mut Random, text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(6)).min(text.len());
        text.splice(at..end, PIECES[random.below(PIECES.len())].bytes());
    }
    text
}

#[test]
fn what_is_said_of_two_texts_is_true() {
    let mut random = Random(0x5eed_0007);
    for _ in 0..20_000 {
        let old = text(&mut random);
        let new = if random.below(4) == 0 { text(&mut random) } else { changed(&mut random, &old) };
        let (before, after) = (split(&old), split(&new));
        let Compared { carried, moved, rows } = compare(&old, &new);
        assert_eq!(carried.len(), before.len());
        let places: Vec<usize> = carried.iter().flatten().copied().collect();
        assert!(places.iter().all(|line| *line < after.len()));
        assert_eq!(places.iter().collect::<HashSet<_>>().len(), places.len(), "two lines became one");
        let line = |lines: &[&[u8]], at: usize| {
            String::from_utf8(lines[at].to_vec()).unwrap().trim_end_matches('\r').to_owned()
        };
        for of in moved {
            assert_eq!(carried[of.old], Some(of.new));
            let (old, new) = (line(&before, of.old), line(&after, of.new));
            assert!(old != new && of.tokens.iter().any(|(old, new)| old != new));
            assert_eq!(Masked::of(&new).unwrap().mask, of.mask);
            let filled = of.tokens.iter().fold(of.mask, |mask, (_, token)| mask.replacen('\0', token, 1));
            assert_eq!(filled, new);
        }
        for row in rows {
            let filled = row.tokens.iter().fold(row.mask, |mask, token| mask.replacen('\0', token, 1));
            assert_eq!(filled, line(&after, row.new));
        }
    }
}
