//! Which commit a tag speaks of.

use std::collections::HashMap;

use super::Change;
use crate::plan::init::token;

/// The number that a tag says: `1.2.0` of `chart-1.2.0`, `208` of `v208`.
pub fn number(tag: &str) -> Option<&str> {
    let dotted = token::all(tag).pop().map(|span| &tag[span]);
    dotted.or_else(|| {
        let digits = tag.trim_start_matches(|c: char| !c.is_ascii_digit());
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
    })
}

/// Gives each tag to the commit that made its version.
///
/// That is the commit it marks. A tag often marks a later one, a merge say: then it is the last before that in which a
/// version became the tag's number.
pub(super) fn name(changes: &mut [(usize, Change)], marks: &[(String, String)], positions: &HashMap<String, usize>) {
    for (tag, commit) in marks {
        let Some(&at) = positions.get(commit) else { continue };
        let first = changes.partition_point(|(position, _)| *position < at);
        let Some(number) = number(tag) else {
            if let Some((position, change)) = changes.get_mut(first)
                && *position == at
            {
                change.tags.push(tag.clone());
            }
            continue;
        };
        let makes = |change: &Change| {
            change.moves.iter().flat_map(|of| &of.tokens).any(|(old, new)| new == number && old != new)
        };
        let exact = changes.get(first).is_some_and(|(position, _)| *position == at);
        let found = (first..changes.len()).find(|index| makes(&changes[*index].1));
        let chosen = match found {
            Some(index) => Some(index),
            None if exact => Some(first),
            None => None,
        };
        if let Some(index) = chosen {
            changes[index].1.tags.push(tag.clone());
        }
    }
    for (_, change) in changes {
        change.tags.sort();
        change.tags.dedup();
    }
}
