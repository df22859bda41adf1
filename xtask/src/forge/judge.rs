//! What is there of a release, judged: for the draft, for what is attached, for the flip.

use super::Wanted;
use super::compare::{self, Compared, File};
use super::mark::{self, Mark};
use super::release::{Asset, Release};
use crate::error::Failure;
use crate::step::Observed;

/// What the forge has under a tag.
#[derive(Debug)]
pub enum There<'a> {
    /// Nothing.
    Nothing,
    /// The draft that we made.
    Draft(&'a Release, Mark),
    /// The release that we published.
    Ours(&'a Release, Mark),
    /// A release that others published.
    Theirs(&'a Release),
    /// A draft of somebody else's, or several: a person must decide.
    Unclear(Failure),
}

/// Finds the release among all of a repository.
pub fn find<'a>(wanted: &Wanted, releases: &'a [Release]) -> There<'a> {
    let named: Vec<&Release> = releases.iter().filter(|release| release.tag == wanted.tag).collect();
    let mark = |release: &Release| mark::split(&release.body).1.filter(|mark| mark.tag == wanted.tag);
    if let Some(public) = named.iter().find(|release| !release.draft) {
        return mark(public).map_or(There::Theirs(public), |mark| There::Ours(public, mark));
    }
    match named.as_slice() {
        [] => There::Nothing,
        [draft] => mark(draft).map_or_else(|| There::Unclear(foreign(wanted, draft)), |mark| There::Draft(draft, mark)),
        several => There::Unclear(ambiguous(wanted, several)),
    }
}

/// A look at the draft; `commit` is the one that is released, if it is certain.
pub fn draft(wanted: &Wanted, commit: Option<&str>, releases: &[Release]) -> Observed {
    match find(wanted, releases) {
        There::Nothing => Observed::Absent,
        // What a person mended on its page since is theirs to mend.
        There::Ours(..) => Observed::Same,
        There::Theirs(public) => theirs(wanted, public),
        There::Unclear(failure) => Observed::Different(failure),
        There::Draft(draft, mark) => {
            let words: Vec<String> =
                compare::texts(wanted, draft).into_iter().chain(compare::commit(commit, &mark)).collect();
            if words.is_empty() { Observed::Same } else { Observed::Partial(words.join("; ")) }
        }
    }
}

/// A look at the flip.
pub fn flip(wanted: &Wanted, releases: &[Release]) -> Observed {
    match find(wanted, releases) {
        There::Nothing | There::Draft(..) => Observed::Absent,
        There::Ours(..) => Observed::Same,
        There::Theirs(public) => theirs(wanted, public),
        There::Unclear(failure) => Observed::Different(failure),
    }
}

/// A look at what is attached to a draft. `whole`: are all files at hand?
pub fn attached(wanted: &Wanted, draft: &Release, files: &[File], whole: bool) -> Observed {
    let own = wanted.own(&draft.assets);
    let compared = compare::assets(files, &own);
    if let Some(failure) = wrong(wanted, draft, &compared, whole) {
        return Observed::Different(failure);
    }
    if whole && compared.is_same() {
        Observed::Same
    } else if draft.assets.is_empty() {
        Observed::Absent
    } else {
        let mut words = compared.words();
        if !whole {
            words = vec!["not all files are here to be compared".to_owned()];
        }
        Observed::Partial(words.join("; "))
    }
}

/// A look at what is attached to a release that others published: it holds the same, or a person must decide.
pub fn attached_by_others(wanted: &Wanted, public: &Release, files: &[File], whole: bool) -> Observed {
    let mut words = compare::assets(files, &wanted.own(&public.assets)).words();
    if !whole {
        words.push("not all files are here to be compared".to_owned());
    }
    if words.is_empty() { Observed::Same } else { Observed::Different(published(wanted, public, &words)) }
}

/// Is a release that we published still whole? Its mark tells, whoever asks; what others attach is no part of it, unless
/// it was then.
pub fn is_whole(wanted: &Wanted, public: &Release, mark: &Mark) -> bool {
    let is_it = |assets: &[Asset]| {
        mark.assets.as_ref().is_none_or(|digest| mark::is_digest_of(digest, assets))
            && assets.iter().all(Asset::is_whole)
    };
    is_it(&public.assets) || is_it(&wanted.own(&public.assets))
}

/// What was attached to a release since it was published, where the rest is what was published then.
fn later(public: &Release, mark: &Mark) -> Vec<Asset> {
    let Some(digest) = &mark.assets else { return Vec::new() };
    let mut assets = public.assets.clone();
    assets.sort_by_key(|asset| asset.id);
    let is_then = |first: &usize| mark::is_digest_of(digest, &assets[..*first]);
    (0..assets.len()).rev().find(is_then).map(|first| assets.split_off(first)).unwrap_or_default()
}

/// A look at what is attached to a release that is public and isn't whole any more. What it lacks comes back only if
/// the files at hand are those that were published.
pub fn repair(wanted: &Wanted, public: &Release, mark: &Mark, files: &[File]) -> Observed {
    let later = later(public, mark);
    if !later.is_empty() {
        return Observed::Different(attached_later(wanted, public, &later));
    }
    let as_published = files.iter().map(|file| Asset {
        id: 0,
        name: file.name.clone(),
        size: file.size,
        state: "uploaded".to_owned(),
        digest: Some(file.digest.clone()),
    });
    let as_published: Vec<Asset> = as_published.collect();
    // An old forge told no digests then.
    let at_hand = mark.assets.as_ref().is_some_and(|digest| mark::is_digest_of(digest, &as_published));
    let own = wanted.own(&public.assets);
    let compared = compare::assets(files, &own);
    let only_lacks = compared.other.is_empty() && compared.extra.is_empty();
    if at_hand && only_lacks && !public.immutable {
        return Observed::Partial(compared.words().join("; "));
    }
    let words = if at_hand {
        compared.words().join("; ")
    } else {
        "its assets aren't those that were published, and the files that were aren't here".to_owned()
    };
    let failure = Failure::world(format!("the release `{}` isn't whole any more: {words}", wanted.tag));
    Observed::Different(if public.immutable {
        failure.hint(format!("{} is immutable: only a next version has what this one lacks", public.url))
    } else {
        failure.hint(format!("see who changed {}, and attach what was there, or publish a next version", public.url))
    })
}

/// Somebody attached something by hand: it may be right, and only a person knows.
fn attached_later(wanted: &Wanted, public: &Release, later: &[Asset]) -> Failure {
    let names: Vec<&str> = later.iter().map(|asset| asset.name.as_str()).collect();
    let message =
        format!("since the release `{}` was published, somebody attached `{}`", wanted.tag, names.join("`, `"));
    let remove = wanted.repository.line("DELETE", &format!("releases/assets/{}", later[0].id), &[]);
    Failure::world(message).hint(format!(
        "if that is right, say `others = [\"{}\"]` in `[forge]` of release.toml; else see at {} who it was, and take it \
         away: `{remove}`",
        names.join("\", \""),
        public.url
    ))
}

/// A release that others published is as good as ours if it says and holds the same.
fn theirs(wanted: &Wanted, public: &Release) -> Observed {
    let words = compare::texts(wanted, public);
    if words.is_empty() { Observed::Same } else { Observed::Different(published(wanted, public, &words)) }
}

/// The failure of a release that somebody else published otherwise.
fn published(wanted: &Wanted, public: &Release, words: &[String]) -> Failure {
    let message =
        format!("a release `{}` is published already, and not by this tool: {}", wanted.tag, words.join("; "));
    Failure::world(message).hint(format!("look at {}: make it say the same, or take the next version", public.url))
}

/// What of the assets can't be mended by uploading; `whole`: are all files at hand?
fn wrong(wanted: &Wanted, draft: &Release, compared: &Compared<'_>, whole: bool) -> Option<Failure> {
    let extra = compared.extra.iter().filter(|_| whole);
    let extra = extra.map(|asset| (asset, format!("`{}` belongs to no file", asset.name)));
    let all: Vec<(&Asset, String)> = compared
        .other
        .iter()
        .map(|(asset, words)| (*asset, words.clone()))
        .chain(extra.map(|(asset, words)| (*asset, words)))
        .collect();
    let (first, _) = all.first()?;
    let words: Vec<&str> = all.iter().map(|(_, words)| words.as_str()).collect();
    let message = format!(
        "what is attached to the draft of `{}` isn't what is to be published: {}",
        wanted.tag,
        words.join("; ")
    );
    let remove = wanted.repository.line("DELETE", &format!("releases/assets/{}", first.id), &[]);
    let hint = format!("look at {}; `{remove}` takes `{}` away, then the same command again", draft.url, first.name);
    Some(Failure::world(message).hint(hint))
}

/// What a person may do with somebody's draft: delete it, or have it taken over.
fn foreign(wanted: &Wanted, draft: &Release) -> Failure {
    let rest = format!("releases/{}", draft.id);
    let mark = Mark { tag: wanted.tag.clone(), commit: None, assets: None };
    let adopt = wanted.repository.line("PATCH", &rest, &["-f", &format!("body={}", mark.render())]);
    let delete = wanted.repository.line("DELETE", &rest, &[]);
    Failure::world(format!("there is a draft `{}` already that isn't this tool's: {}", wanted.tag, draft.url))
        .hint(format!("`{delete}` deletes it; `{adopt}` gives it to the tool, which writes its text anew"))
}

fn ambiguous(wanted: &Wanted, drafts: &[&Release]) -> Failure {
    let urls: Vec<&str> = drafts.iter().map(|draft| draft.url.as_str()).collect();
    let message = format!("there are {} drafts of `{}`: {}", drafts.len(), wanted.tag, urls.join(", "));
    let delete = |draft: &&Release| wanted.repository.line("DELETE", &format!("releases/{}", draft.id), &[]);
    let deletes: Vec<String> = drafts.iter().map(|draft| format!("`{}`", delete(draft))).collect();
    Failure::world(message).hint(format!("delete those that aren't wanted: {}", deletes.join(", ")))
}

#[cfg(test)]
mod tests;
