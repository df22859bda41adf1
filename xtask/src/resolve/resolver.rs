//! Looks names up, fills defaults in, reads patterns; collects every mistake on the way.

use std::ops::Range;
use std::path::PathBuf;

use super::url::Fault;
use super::{AllowRule, Entry, ManifestRule, Repo, TrackRule};
use crate::config::{Config, Count, EntryConfig, Spanned, Table, nearest};
use crate::error::Failure;
use crate::glob::Glob;
use crate::locate;
use crate::tag::{TagPattern, check_ref_name};
use crate::template::Template;
use crate::version::level::Level;
use crate::version::{Date, Scheme, Version};

/// What `bump` says of a track that keeps step with the one that it follows.
const SAME: &str = "same";

/// `{chart}-{version}` and `{name}-{version}` say the same of a family called `chart`.
fn own_name(track: &Table, written: Option<&Spanned<String>>) -> Option<Spanned<String>> {
    let own = format!("{{{}}}", track.name.value);
    written.map(|written| Spanned { value: written.value.replace(&own, "{name}"), span: written.span.clone() })
}

pub(super) struct Resolver<'c> {
    pub(super) config: &'c Config,
    pub(super) failures: Vec<Failure>,
    /// Those that leave everything else as it is meant.
    pub(super) mistakes: Vec<Failure>,
}

impl<'c> Resolver<'c> {
    pub(super) fn fail(&mut self, span: &Range<usize>, message: String, hint: Option<String>) {
        let mut failure = self.config.failure(span, message);
        failure.hint = hint;
        self.failures.push(failure);
    }

    /// Is this an address that can be used? Its line isn't shown when not: it may hold a secret.
    pub(super) fn address(&mut self, url: &Spanned<String>, check: fn(&str) -> Result<(), Fault>) -> bool {
        let Err(fault) = check(&url.value) else { return true };
        let mut failure = self.config.failure(&url.span, fault.message).hint(fault.hint);
        if let Some(place) = &mut failure.place {
            place.source = None;
        }
        self.failures.push(failure);
        false
    }

    pub(super) fn repos(&mut self) -> Vec<Repo> {
        let config = self.config;
        let project = config.one("project");
        let here = Repo {
            name: String::new(),
            path: PathBuf::new(),
            url: None,
            branch: self.branch(project.and_then(|project| project.text("branch"))),
            commit: project.and_then(|project| self.subject(project.text("commit")?)),
        };
        let other = |repo: &Table| Repo {
            name: repo.name.value.clone(),
            path: repo.text("path").map_or_else(|| format!("../{}", repo.name.value), |path| path.value.clone()).into(),
            url: repo.text("url").map(|url| url.value.clone()),
            branch: self.branch(repo.text("branch")),
            commit: repo.text("commit").and_then(|commit| self.subject(commit)),
        };
        std::iter::once(here).chain(config.all("repo").map(other)).collect()
    }

    /// A branch's name, once it is one that can be given to git.
    pub(super) fn branch(&mut self, written: Option<&Spanned<String>>) -> Option<String> {
        let written = written?;
        match check_ref_name(&written.value) {
            Ok(()) => Some(written.value.clone()),
            Err(reason) => {
                let hint = "write the branch's own name, as in `main` or `release/1.x`".to_owned();
                self.fail(&written.span, format!("a branch's name {reason}"), Some(hint));
                None
            }
        }
    }

    /// The names that some manifest's path binds.
    pub(super) fn families(&self) -> Vec<String> {
        let paths = self.config.all("manifest").flat_map(|manifest| manifest.texts("path"));
        paths.filter_map(|path| Glob::parse(&path.value).ok()?.family).collect()
    }

    pub(super) fn track(&mut self, track: &Table, families: &[String]) -> TrackRule {
        let family = families.contains(&track.name.value);
        let scheme = track.text("scheme").and_then(|scheme| Scheme::parse_name(&scheme.value));
        let same = track.text("bump").is_some_and(|bump| bump.value == SAME);
        let bump = track.text("bump").filter(|_| !same).map_or(Some(Level::Patch), |bump| self.level(bump));
        let with: Vec<usize> = track.texts("with").iter().filter_map(|other| self.track_index(other)).collect();
        if let Some(bump) = track.text("bump").filter(|_| same && track.texts("with").is_empty()) {
            let hint = "`with` names the track that it follows; alone it goes by a level such as `patch`".to_owned();
            self.fail(&bump.span, format!("`{}` follows no track to keep step with", track.name.value), Some(hint));
        }
        let tagged = track.text("tag").is_none_or(|tag| !tag.value.is_empty());
        let (tag_pattern, message) = (own_name(track, track.text("tag")), own_name(track, track.text("message")));
        let tag =
            tagged.then(|| self.pattern(tag_pattern.as_ref(), if family { "{name}-{version}" } else { "v{version}" }));
        let message = self.pattern(message.as_ref(), if family { "{name} {version}" } else { "Version {version}" });
        if let (Some(written), Some(tag)) = (track.text("tag"), &tag) {
            if !tag.has_version() {
                let hint = "every version has a tag of its own: write it as in `v{version}`".to_owned();
                self.fail(&written.span, format!("the tag `{}` holds no `{{version}}`", written.value), Some(hint));
            } else if family && !tag.has_name() {
                let hint = "write `{name}-{version}`: the tracks of a family would share one tag".to_owned();
                self.fail(&written.span, format!("the tag `{}` holds no `{{name}}`", written.value), Some(hint));
            }
        }
        TrackRule {
            name: track.name.value.clone(),
            span: track.name.span.clone(),
            family,
            scheme: scheme.unwrap_or(Scheme::Semver),
            bump: bump.unwrap_or(Level::Patch),
            same,
            with,
            repo: self.repo_index(track.text("repo")),
            branch: self.branch(track.text("branch")),
            tag,
            message,
            signed: track.flag("signed").unwrap_or(false),
        }
    }

    fn level(&mut self, bump: &Spanned<String>) -> Option<Level> {
        let level = Level::parse(&bump.value);
        if level.is_none() {
            let hint = match nearest(&bump.value, Level::NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("levels are {}, and `{SAME}` of a track that follows one", Level::NAMES.join(", ")),
            };
            self.fail(&bump.span, format!("`{}` is no level", bump.value), Some(hint));
        }
        level
    }

    fn pattern(&mut self, written: Option<&Spanned<String>>, default: &str) -> TagPattern {
        let text = written.map_or(default, |written| &written.value);
        TagPattern::parse(text).unwrap_or_else(|error| {
            let span = written.map_or(0..0, |written| written.span.clone());
            self.fail(&span, error.message, error.hint);
            TagPattern::parse(default).expect("the default is a pattern")
        })
    }

    /// `with` may not lead back to where it began: no order to move in would be left.
    pub(super) fn cycles(&mut self, tracks: &[TrackRule]) {
        for (start, track) in tracks.iter().enumerate() {
            let mut seen = vec![start];
            let mut next: Vec<usize> = track.with.clone();
            while let Some(at) = next.pop() {
                if at == start {
                    let path: Vec<&str> = seen.iter().map(|&at| tracks[at].name.as_str()).collect();
                    let message = format!("`with` goes in a circle: {} → {}", path.join(" → "), track.name);
                    self.fail(&track.span, message, Some("one of them must move on its own".to_owned()));
                    return;
                }
                if !seen.contains(&at) {
                    seen.push(at);
                    next.extend(&tracks[at].with);
                }
            }
        }
    }

    pub(super) fn manifest(&mut self, manifest: &Table) -> ManifestRule {
        let paths: Vec<(Glob, Range<usize>)> =
            manifest.texts("path").iter().filter_map(|path| Some((self.glob(path)?, path.span.clone()))).collect();
        let (only, exclude) = (self.globs(manifest.texts("only")), self.globs(manifest.texts("exclude")));
        for (path, span) in paths.iter().filter(|(path, _)| path.is_literal()) {
            let takes = |globs: &[Glob]| globs.iter().any(|glob| glob.is_match(path.as_str()));
            if takes(&exclude) || !only.is_empty() && !takes(&only) {
                let message = format!("`{}` is named here and left out by `only` or `exclude`", path.as_str());
                self.fail(span, message, Some("take it out of one of them".to_owned()));
            }
        }
        let family = self.family(&paths);
        let entries = manifest.entries.iter().filter_map(|entry| self.entry(entry, family)).collect();
        let repo = self.repo_index(manifest.text("repo"));
        ManifestRule { span: manifest.span().clone(), repo, paths, only, exclude, family, entries }
    }

    fn family(&mut self, paths: &[(Glob, Range<usize>)]) -> Option<usize> {
        let (glob, span) = paths.first()?;
        if let Some((other, span)) = paths.iter().find(|(other, _)| other.family != glob.family) {
            self.fail(
                span,
                format!("`{}` doesn't bind the same track as `{}`", other.as_str(), glob.as_str()),
                Some("make two manifests of them".to_owned()),
            );
        }
        let name = Spanned { value: glob.family.clone()?, span: span.clone() };
        self.track_index(&name)
    }

    fn entry(&mut self, entry: &EntryConfig, family: Option<usize>) -> Option<Entry> {
        let format = locate::find_format(entry.format)?;
        if let Err(error) = format.check(&entry.locator.value) {
            self.fail(
                &entry.locator.span,
                format!("the locator `{}`: {}", entry.locator.value, error.message),
                error.hint,
            );
        }
        let template = self.template(&entry.template)?;
        let families = self.families();
        let bound = family.and_then(|family| self.track_names().nth(family));
        for slot in template.slots().map(|slot| slot.track.clone()).collect::<Vec<_>>() {
            let known = self.track_names().any(|track| track == slot);
            if families.contains(&slot) && bound != Some(slot.as_str()) {
                let hint = format!("name one of the family, or bind it in the path: `…/{{{slot}}}/…`");
                self.fail(
                    &entry.template.span,
                    format!("`{{{slot}}}` is a family, and this path doesn't say which of it"),
                    Some(hint),
                );
            } else if !known && families.is_empty() {
                self.unknown_track(&slot, &entry.template.span);
            }
        }
        if template.slots().next().is_none() && !entry.on_bump {
            let hint = "a fixed value is written `{ template = \"1\", on = \"bump\" }`".to_owned();
            self.fail(&entry.template.span, format!("the template `{template}` names no track"), Some(hint));
        }
        let count = entry.count.unwrap_or(if format.hits_many() { Count::Each } else { Count::Exactly(1) });
        let (locator, span) = (entry.locator.value.clone(), entry.locator.span.clone());
        Some(Entry { format, locator, template, count, on_bump: entry.on_bump, on_final: entry.on_final, span })
    }

    pub(super) fn allow(&mut self, allow: &Table) -> Option<AllowRule> {
        let until = allow.text("until").and_then(|until| self.date(until));
        let (says, reason) = (allow.text("says")?, allow.text("reason")?);
        if reason.value.trim().is_empty() {
            let hint = "say it to whoever asks in a year".to_owned();
            self.fail(&reason.span, "an allowed disagreement needs its reason".to_owned(), Some(hint));
        }
        let repo = self.repo_index(allow.text("repo"));
        let path = self.glob(allow.text("path")?)?;
        let (says, reason) = (says.value.clone(), reason.value.clone());
        Some(AllowRule { span: allow.span().clone(), repo, path, says, reason, until })
    }

    fn date(&mut self, written: &Spanned<String>) -> Option<Date> {
        let date = Date::parse(&written.value).ok();
        if date.is_none() {
            let message = format!("`{}` is no date", written.value);
            self.fail(&written.span, message, Some("write it as 2027-01-31".to_owned()));
        }
        date
    }

    /// The subject of a commit. Members of a family are known only when the files are listed.
    pub(super) fn subject(&mut self, written: &Spanned<String>) -> Option<Template> {
        let template = self.template(written)?;
        let unknown = |slot: &&str| !self.track_names().any(|track| track == *slot);
        let unknown = template.slots().map(|slot| slot.track.as_str()).find(unknown);
        if let Some(name) = unknown.filter(|_| self.families().is_empty()) {
            self.unknown_track(name, &written.span);
        }
        Some(template)
    }

    /// A template that a release fills: every track is known, and none of them is a whole family.
    pub(super) fn versioned(&mut self, written: &Spanned<String>) -> Option<Template> {
        let template = self.subject(written)?;
        let families = self.families();
        if let Some(slot) = template.slots().find(|slot| families.contains(&slot.track)) {
            let message = format!("`{{{}}}` is a family, and nothing says which of it", slot.track);
            self.fail(&written.span, message, Some("name one of its tracks".to_owned()));
            return None;
        }
        Some(template)
    }

    /// The same for what no two versions may share, once it is looked at as it would be for some version.
    pub(super) fn each_version(
        &mut self,
        written: &Spanned<String>,
        hint: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Template> {
        let template = self.versioned(written)?;
        let fault = match template.slots().next() {
            None => Some(format!("`{template}` would be the same for every version")),
            Some(_) => sample(&template).and_then(|text| check(&text).err()),
        };
        match fault {
            Some(message) => self.fail(&written.span, message, Some(hint.to_owned())),
            None => return Some(template),
        }
        None
    }

    pub(super) fn template(&mut self, written: &Spanned<String>) -> Option<Template> {
        Template::parse(&written.value).map_err(|error| self.fail(&written.span, error.message, error.hint)).ok()
    }

    pub(super) fn glob(&mut self, written: &Spanned<String>) -> Option<Glob> {
        let hint = "a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`";
        Glob::parse(&written.value).map_err(|message| self.fail(&written.span, message, Some(hint.to_owned()))).ok()
    }

    pub(super) fn globs(&mut self, written: &[Spanned<String>]) -> Vec<Glob> {
        written.iter().filter_map(|path| self.glob(path)).collect()
    }

    /// The names of all tracks, in the order of the file.
    pub(super) fn track_names(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        self.config.all("track").map(|track| track.name.value.as_str())
    }

    pub(super) fn track_index(&mut self, name: &Spanned<String>) -> Option<usize> {
        let index = self.track_names().position(|track| track == name.value);
        if index.is_none() {
            self.unknown_track(&name.value, &name.span);
        }
        index
    }

    pub(super) fn unknown_track(&mut self, name: &str, span: &Range<usize>) {
        let hint = meant(name, self.track_names(), || format!("add `[track.{name}]`"));
        self.fail(span, format!("unknown track `{name}`"), Some(hint));
    }

    pub(super) fn repo_index(&mut self, name: Option<&Spanned<String>>) -> usize {
        let Some(name) = name.filter(|name| name.value != ".") else { return 0 };
        let names = || self.config.all("repo").map(|repo| repo.name.value.as_str());
        if let Some(index) = names().position(|repo| repo == name.value) {
            return index + 1;
        }
        let hint = meant(&name.value, names(), || format!("add `[repo.{}]`", name.value));
        self.fail(&name.span, format!("unknown repository `{}`", name.value), Some(hint));
        0
    }
}

/// The template at some version that has every part it asks for, if there is one.
fn sample(template: &Template) -> Option<String> {
    let versions = ["1.2.3", "1.2.3-rc.1", "2026.5.0b3", "1.2.3+1"].map(Version::parse);
    versions.iter().flatten().find_map(|version| template.render(|_| Some(version)).ok())
}

/// The hint for a name that nobody knows: the nearest that is known, or else what to do.
pub(super) fn meant<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    other: impl FnOnce() -> String,
) -> String {
    nearest(name, known).map_or_else(other, |near| format!("did you mean `{near}`?"))
}
