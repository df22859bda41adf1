//! What stands twice in a history: a bump that was picked to another branch, and both were merged.

use std::collections::HashMap;

use super::{Change, Move};

/// Leaves each bump in the list once: the commit that has more of it.
///
/// Two commits are one bump if every move of the one is a move of the other, and the same places did not move back in
/// between. What moved back and forth is a revert, and stays. The tags of both stay.
pub(super) fn merge(changes: Vec<Change>) -> Vec<Change> {
    let mut kept: Vec<Option<Change>> = Vec::with_capacity(changes.len());
    // Where each move was seen last, and not taken back since.
    let mut seen: HashMap<Key, usize> = HashMap::new();
    for change in changes {
        let keys: Vec<Key> = change.moves.iter().map(key).collect();
        let twin = keys.first().and_then(|key| seen.get(key)).copied();
        let at = kept.len();
        match twin.and_then(|twin| kept[twin].as_ref().map(|newer| (twin, newer))) {
            Some((twin, newer)) if is_part(&change, newer) => {
                kept.push(None);
                if let Some(newer) = &mut kept[twin] {
                    newer.tags.extend(change.tags);
                }
                continue;
            }
            Some((twin, newer)) if is_part(newer, &change) => {
                let tags = kept[twin].take().map(|newer| newer.tags).unwrap_or_default();
                kept.push(Some(Change { tags: tags.into_iter().chain(change.tags.clone()).collect(), ..change }));
            }
            _ => kept.push(Some(change)),
        }
        for key in keys {
            seen.remove(&back(&key));
            seen.insert(key, at);
        }
    }
    kept.into_iter().flatten().collect()
}

/// A place, and from what to what.
type Key = (String, String, Vec<(String, String)>);

fn key(of: &Move) -> Key {
    (of.path.clone(), of.mask.clone(), of.tokens.clone())
}

fn back((path, mask, tokens): &Key) -> Key {
    let tokens = tokens.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    (path.clone(), mask.clone(), tokens)
}

/// Is every move of the one a move of the other, as often?
fn is_part(one: &Change, other: &Change) -> bool {
    let count = |change: &Change| {
        let mut counts: HashMap<Key, usize> = HashMap::new();
        for of in &change.moves {
            *counts.entry(key(of)).or_default() += 1;
        }
        counts
    };
    let others = count(other);
    count(one).iter().all(|(key, times)| others.get(key).is_some_and(|other| other >= times))
}
