//! Looks names up, fills defaults in, reads patterns; collects every mistake on the way.

use std::ops::Range;
use std::path::PathBuf;

use super::{AllowRule, Entry, ManifestRule, Repo, TrackRule};
use crate::config::{AllowConfig, Config, Count, EntryConfig, ManifestConfig, Spanned, TrackConfig, nearest};
use crate::error::Failure;
use crate::glob::Glob;
use crate::locate;
use crate::tag::TagPattern;
use crate::template::Template;
use crate::version::level::Level;
use crate::version::{Date, Scheme};

/// `{chart}-{version}` and `{name}-{version}` say the same of a family called `chart`.
fn own_name(track: &TrackConfig, written: Option<&Spanned<String>>) -> Option<Spanned<String>> {
    let own = format!("{{{}}}", track.name.value);
    written.map(|written| Spanned { value: written.value.replace(&own, "{name}"), span: written.span.clone() })
}

pub(super) struct Resolver<'c> {
    pub(super) config: &'c Config,
    pub(super) failures: Vec<Failure>,
}

impl Resolver<'_> {
    pub(super) fn fail(&mut self, span: &Range<usize>, message: String, hint: Option<String>) {
        let mut failure = self.config.failure(span, message);
        failure.hint = hint;
        self.failures.push(failure);
    }

    pub(super) fn repos(&mut self) -> Vec<Repo> {
        let commit = self.config.project.commit.as_ref().and_then(|commit| self.subject(commit));
        let here = Repo { name: String::new(), path: PathBuf::new(), url: None, branch: None, commit };
        let others = self.config.repos.iter().map(|repo| {
            let path = repo.path.as_ref().map_or_else(|| format!("../{}", repo.name.value), |path| path.value.clone());
            Repo {
                name: repo.name.value.clone(),
                path: PathBuf::from(path),
                url: repo.url.as_ref().map(|url| url.value.clone()),
                branch: repo.branch.as_ref().map(|branch| branch.value.clone()),
                commit: repo.commit.as_ref().and_then(|commit| self.subject(commit)),
            }
        });
        std::iter::once(here).chain(others.collect::<Vec<_>>()).collect()
    }

    /// The names that some manifest's path binds.
    pub(super) fn families(&self) -> Vec<String> {
        let paths = self.config.manifests.iter().flat_map(|manifest| &manifest.paths);
        paths.filter_map(|path| Glob::parse(&path.value).ok()?.family).collect()
    }

    pub(super) fn track(&mut self, track: &TrackConfig, families: &[String]) -> TrackRule {
        let family = families.contains(&track.name.value);
        let scheme =
            track.scheme.as_ref().and_then(|scheme| Scheme::parse_name(&scheme.value)).unwrap_or(Scheme::Semver);
        let bump = track.bump.as_ref().map_or(Some(Level::Patch), |bump| self.level(bump));
        let with = track.with.iter().filter_map(|other| self.track_index(other)).collect();
        let tagged = track.tag.as_ref().is_none_or(|tag| !tag.value.is_empty());
        let (tag_pattern, message) = (own_name(track, track.tag.as_ref()), own_name(track, track.message.as_ref()));
        let tag =
            tagged.then(|| self.pattern(tag_pattern.as_ref(), if family { "{name}-{version}" } else { "v{version}" }));
        let message = self.pattern(message.as_ref(), if family { "{name} {version}" } else { "Version {version}" });
        if let (Some(written), Some(tag)) = (&track.tag, &tag) {
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
            scheme,
            bump: bump.unwrap_or(Level::Patch),
            with,
            repo: self.repo_index(track.repo.as_ref()),
            branch: track.branch.as_ref().map(|branch| branch.value.clone()),
            tag,
            message,
            signed: false,
        }
    }

    fn level(&mut self, bump: &Spanned<String>) -> Option<Level> {
        let level = Level::parse(&bump.value);
        if level.is_none() {
            let hint = match nearest(&bump.value, Level::NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("levels are {}", Level::NAMES.join(", ")),
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

    pub(super) fn manifest(&mut self, manifest: &ManifestConfig) -> ManifestRule {
        let paths: Vec<(Glob, Range<usize>)> =
            manifest.paths.iter().filter_map(|path| Some((self.glob(path)?, path.span.clone()))).collect();
        let only = manifest.only.iter().filter_map(|path| self.glob(path)).collect();
        let exclude = manifest.exclude.iter().filter_map(|path| self.glob(path)).collect();
        if manifest.paths.is_empty() {
            let hint = "name its files: `path = \"charts/*/Chart.yaml\"`".to_owned();
            self.fail(&manifest.span, "this manifest has no path".to_owned(), Some(hint));
        }
        let family = self.family(&paths);
        let entries = manifest.entries.iter().filter_map(|entry| self.entry(entry, family)).collect();
        let repo = self.repo_index(manifest.repo.as_ref());
        ManifestRule { span: manifest.span.clone(), repo, paths, only, exclude, family, entries }
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
        let tracks = &self.config.tracks;
        let families = self.families();
        let bound = family.map(|family| tracks[family].name.value.as_str());
        for slot in template.slots().map(|slot| slot.track.clone()).collect::<Vec<_>>() {
            let known = tracks.iter().any(|track| track.name.value == slot);
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
        Some(Entry { format, locator, template, count, on_bump: entry.on_bump, span })
    }

    pub(super) fn allow(&mut self, allow: &AllowConfig) -> Option<AllowRule> {
        let until = match &allow.until {
            Some(until) => match Date::parse(&until.value) {
                Ok(date) => Some(date),
                Err(_) => {
                    let message = format!("`{}` is no date", until.value);
                    self.fail(&until.span, message, Some("write it as 2027-01-31".to_owned()));
                    None
                }
            },
            None => None,
        };
        if allow.reason.value.trim().is_empty() {
            let hint = "say it to whoever asks in a year".to_owned();
            self.fail(&allow.reason.span, "an allowed disagreement needs its reason".to_owned(), Some(hint));
        }
        let repo = self.repo_index(allow.repo.as_ref());
        let path = self.glob(&allow.path)?;
        let (says, reason) = (allow.says.value.clone(), allow.reason.value.clone());
        Some(AllowRule { span: allow.span.clone(), repo, path, says, reason, until })
    }

    /// The subject of a commit. Members of a family are known only when the files are listed.
    fn subject(&mut self, written: &Spanned<String>) -> Option<Template> {
        let template = self.template(written)?;
        let known = |name: &str| self.config.tracks.iter().any(|track| track.name.value == name);
        let unknown = template.slots().map(|slot| &slot.track).find(|track| !known(track)).cloned();
        if let Some(name) = unknown.filter(|_| self.families().is_empty()) {
            self.unknown_track(&name, &written.span);
        }
        Some(template)
    }

    fn template(&mut self, written: &Spanned<String>) -> Option<Template> {
        Template::parse(&written.value).map_err(|error| self.fail(&written.span, error.message, error.hint)).ok()
    }

    fn glob(&mut self, written: &Spanned<String>) -> Option<Glob> {
        let hint = "a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`";
        Glob::parse(&written.value).map_err(|message| self.fail(&written.span, message, Some(hint.to_owned()))).ok()
    }

    fn track_index(&mut self, name: &Spanned<String>) -> Option<usize> {
        let index = self.config.tracks.iter().position(|track| track.name.value == name.value);
        if index.is_none() {
            self.unknown_track(&name.value, &name.span);
        }
        index
    }

    fn unknown_track(&mut self, name: &str, span: &Range<usize>) {
        let near = nearest(name, self.config.tracks.iter().map(|track| track.name.value.as_str()));
        let hint = near.map_or_else(|| format!("add `[track.{name}]`"), |near| format!("did you mean `{near}`?"));
        self.fail(span, format!("unknown track `{name}`"), Some(hint));
    }

    fn repo_index(&mut self, name: Option<&Spanned<String>>) -> usize {
        let Some(name) = name.filter(|name| name.value != ".") else { return 0 };
        if let Some(index) = self.config.repos.iter().position(|repo| repo.name.value == name.value) {
            return index + 1;
        }
        let near = nearest(&name.value, self.config.repos.iter().map(|repo| repo.name.value.as_str()));
        let hint =
            near.map_or_else(|| format!("add `[repo.{}]`", name.value), |near| format!("did you mean `{near}`?"));
        self.fail(&name.span, format!("unknown repository `{}`", name.value), Some(hint));
        0
    }
}
