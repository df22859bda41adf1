//! From the numbers of a case to tracks, and from its tokens to templates.

use std::ops::Range;

use xtask::version::{Part, Version};

use super::case::{Case, Pair};

/// A number that moves, as it stands in `release.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its name there.
    pub name: String,
    /// The numbers it has now: more than one where places disagree beforehand.
    pub from: Vec<String>,
    /// The number asked for.
    pub to: String,
}

/// What a token is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The template of the whole token.
    pub whole: String,
    /// Where the number alone stands in the old token, with the template of that piece.
    pub core: Option<(Range<usize>, String)>,
}

/// The tracks of a case.
#[derive(Clone, Debug, Default)]
pub struct Tracks {
    list: Vec<Track>,
    derived: Vec<(Pair, String)>,
}

/// The pieces of a version that stand alone in real manifests, under their names in a template.
const PARTS: [(Part, &str); 2] = [(Part::Digits, "digits"), (Part::Short, "short")];

impl Tracks {
    /// The tracks of a case: numbers that are only a piece of another number follow it, and program versions that
    /// disagreed before and agree after are one track.
    pub fn new(case: &Case) -> Self {
        let mut tracks = Self::default();
        let mut own = Vec::new();
        for pair in &case.pairs {
            match piece_of(pair, case) {
                Some((whole, part)) => tracks.derived.push((pair.clone(), format!("{}\n{part}", whole.from))),
                None => own.push(pair),
            }
        }
        own.iter().for_each(|pair| tracks.add(&bare(pair)));
        for (pair, reference) in std::mem::take(&mut tracks.derived) {
            let (whole, part) = reference.split_once('\n').unwrap_or_default();
            let name = tracks.list.iter().find(|t| t.from.iter().any(|from| from == whole)).map(|t| t.name.clone());
            tracks.derived.push((pair, format!("{}.{part}", name.unwrap_or_default())));
        }
        tracks
    }

    /// The tracks, in the order of the case.
    pub fn list(&self) -> &[Track] {
        &self.list
    }

    /// What the token is made of; a token that no number of the case explains is a number of its own.
    pub fn make(&mut self, old: &str, new: &str) -> Made {
        if let Some(made) = self.find_number(old, new).or_else(|| self.find_shape(new)) {
            return made;
        }
        self.add(&bare(&Pair { from: old.to_owned(), to: new.to_owned(), role: "place".to_owned() }));
        let made = self.find_number(old, new).or_else(|| self.find_shape(new));
        made.unwrap_or_else(|| Made { whole: escape(new), core: None })
    }

    fn add(&mut self, pair: &Pair) {
        let same = |t: &&mut Track| pair.role == "app" && t.to == pair.to && t.name.starts_with("app");
        if let Some(track) = self.list.iter_mut().find(same) {
            track.from.push(pair.from.clone());
            return;
        }
        let base: String = pair.role.chars().filter(char::is_ascii_lowercase).collect();
        let base = if base.is_empty() { "number".to_owned() } else { base };
        let taken = self.list.iter().filter(|t| t.name.trim_end_matches(|c: char| c.is_ascii_digit()) == base).count();
        let name = if taken == 0 { base } else { format!("{base}{}", taken + 1) };
        self.list.push(Track { name, from: vec![pair.from.clone()], to: pair.to.clone() });
    }

    /// The token holds a number before, and holding the other number makes it the token after.
    fn find_number(&self, old: &str, new: &str) -> Option<Made> {
        let own = self.list.iter().flat_map(|t| t.from.iter().map(move |from| (from, &t.to, &t.name)));
        let derived = self.derived.iter().map(|(pair, name)| (&pair.from, &pair.to, name));
        let fits = own.chain(derived).filter(|(from, to, _)| old.contains(*from) && old.replace(*from, to) == new);
        let (from, _, name) = fits.max_by_key(|(from, ..)| from.len())?;
        let reference = format!("{{{name}}}");
        let core = (old.matches(from.as_str()).count() == 1)
            .then(|| old.find(from.as_str()).map(|at| (at..at + from.len(), reference.clone())))
            .flatten();
        let whole = old.split(from.as_str()).map(escape).collect::<Vec<_>>().join(&reference);
        Some(Made { whole, core })
    }

    /// The token before was written otherwise; the one after shows the shape that is meant.
    fn find_shape(&self, new: &str) -> Option<Made> {
        let track = self.list.iter().filter(|t| new.contains(&t.to)).max_by_key(|t| t.to.len())?;
        let whole = new.split(track.to.as_str()).map(escape).collect::<Vec<_>>().join(&format!("{{{}}}", track.name));
        Some(Made { whole, core: None })
    }
}

/// A literal piece of a template.
pub fn escape(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The same numbers without the `v` before them, which belongs to the place.
fn bare(pair: &Pair) -> Pair {
    let bare = |text: &str| match text.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest.to_owned(),
        _ => text.to_owned(),
    };
    Pair { from: bare(&pair.from), to: bare(&pair.to), role: pair.role.clone() }
}

/// The pair of which this one is a piece, where that one stands somewhere as a whole.
fn piece_of<'a>(pair: &Pair, case: &'a Case) -> Option<(&'a Pair, &'static str)> {
    let part = |text: &str, part: Part| Version::parse(text).ok().and_then(|version| version.part(part));
    let stands = |whole: &Pair| {
        let tokens = case.changes.iter().flat_map(|change| &change.tokens);
        tokens.into_iter().any(|(old, new)| old.contains(&whole.from) && old.replace(&whole.from, &whole.to) == *new)
    };
    let others = case.pairs.iter().filter(|whole| whole.from != pair.from && whole.from.len() > pair.from.len());
    others.filter(|whole| stands(whole)).find_map(|whole| {
        let (_, name) = PARTS.into_iter().find(|&(piece, _)| {
            part(&whole.from, piece).as_ref() == Some(&pair.from) && part(&whole.to, piece).as_ref() == Some(&pair.to)
        })?;
        Some((whole, name))
    })
}
