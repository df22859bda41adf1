//! What stands on the ledger's branch: one commit, read whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;

use super::record::{self, Release};
use super::store::Store;
use crate::error::{Failure, Place};
use crate::tools::git::Entry;

/// What a person finds on the branch; besides it there are only records.
pub(super) const README: &str = "README.md";

/// The branch as it was read last.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) tip: Option<String>,
    /// By path, with the blob's id.
    records: BTreeMap<String, (String, Arc<Release>)>,
}

impl Known {
    pub(super) fn releases(&self) -> Vec<&Release> {
        self.records.values().map(|(_, release)| &**release).collect()
    }

    pub(super) fn find(&self, process: &str, version: &str) -> Option<&Release> {
        self.records.get(&record::path(process, version)).map(|(_, release)| &**release)
    }

    /// The branch after a commit that changes one record.
    pub(super) fn with(&self, commit: String, release: Release) -> Self {
        let mut records = self.records.clone();
        // The blob's id isn't known: the next look reads it again.
        records.insert(release.path(), (String::new(), Arc::new(release)));
        Self { tip: Some(commit), records }
    }

    /// Every record of a commit; those that are known already aren't read again.
    pub(super) fn read(store: &Store<'_>, tip: &str, before: &Self) -> Result<Self> {
        let listing = store.git().tree_entries(tip)?;
        if let Some(odd) = listing.skipped.first() {
            return Err(foreign(store, odd).into());
        }
        let (mut records, mut new) = (BTreeMap::new(), Vec::new());
        for entry in listing.items.into_iter().filter(|entry| entry.path != README) {
            if !is_record(&entry) {
                return Err(foreign(store, &entry.path).into());
            }
            match before.records.get(&entry.path) {
                Some((oid, release)) if *oid == entry.oid => {
                    records.insert(entry.path, (entry.oid, Arc::clone(release)));
                }
                _ => new.push(entry),
            }
        }
        let oids: Vec<&str> = new.iter().map(|entry| entry.oid.as_str()).collect();
        let blobs = store.git().cat_file_batch(&oids)?;
        for (entry, bytes) in new.into_iter().zip(blobs) {
            let release = parse(store, &entry.path, bytes)?;
            records.insert(entry.path, (entry.oid, Arc::new(release)));
        }
        Ok(Self { tip: Some(tip.to_owned()), records })
    }
}

fn is_record(entry: &Entry) -> bool {
    entry.path.starts_with(record::FOLDER) && entry.path.ends_with(".toml") && !entry.is_symlink()
}

fn parse(store: &Store<'_>, path: &str, bytes: Vec<u8>) -> Result<Release, Failure> {
    let shown = format!("{}:{path}", store.shown);
    match String::from_utf8(bytes) {
        Ok(text) => record::parse(path, &shown, &text),
        Err(_) => Err(record::damaged("the record is not UTF-8".to_owned()).at(Place::file(shown))),
    }
}

fn foreign(store: &Store<'_>, path: &str) -> Failure {
    let message = format!("the branch holds `{path}`, which no ledger has");
    let hint = "does `[ledger]` name a branch of another kind? a ledger wants one of its own, which the tool makes";
    Failure::world(message).hint(hint).at(Place::file(store.shown.clone()))
}
