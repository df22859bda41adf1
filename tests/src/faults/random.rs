//! The tests' own generator of chance: the same numbers from the same seed, on every machine.

/// xorshift64.
pub struct Random(u64);

impl Random {
    /// A stream of its own for each name, so that one more draw here changes none there.
    ///
    /// `LOCKSTEP_SEED` sets another seed.
    pub fn new(name: &str) -> Self {
        let seed = std::env::var("LOCKSTEP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_0003_u64);
        Self::seeded(name, seed)
    }

    /// The stream of this seed, another one for each name.
    pub fn seeded(name: &str, seed: u64) -> Self {
        Self(name.bytes().fold(seed, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) | 1)
    }

    /// Another stream in each run: with the seed, which `LOCKSTEP_SEED` sets to have the same one again.
    pub fn of_now(name: &str) -> (Self, u64) {
        let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |now| u64::from(now.subsec_nanos()) ^ now.as_secs());
        let seed = std::env::var("LOCKSTEP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(now);
        (Self::seeded(name, seed), seed)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// A character border of the text.
    pub fn border(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
    }

    /// A run of at most `longest` bytes.
    pub fn range(&mut self, text: &str, longest: usize) -> std::ops::Range<usize> {
        let start = self.border(text);
        let end = (start + self.below(longest + 1)).min(text.len());
        start..(start..=end).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(start)
    }

    /// Changes the text in one small way: a piece goes, comes twice, or one of `pieces` comes in.
    pub fn mutate(&mut self, text: &mut String, pieces: &[&str]) {
        match self.below(6) {
            0 => text.replace_range(self.range(text, 8), ""),
            1 => text.truncate(self.border(text)),
            2 => {
                let copy = text[self.range(text, 40)].to_owned();
                text.insert_str(self.border(text), &copy);
            }
            3 => {
                let range = self.range(text, 6);
                text.replace_range(range, self.pick(pieces));
            }
            _ => text.insert_str(self.border(text), self.pick(pieces)),
        }
    }
}
