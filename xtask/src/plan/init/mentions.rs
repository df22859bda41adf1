//! Every other whole token equal to the program's version: what is sure is taken, the rest is a question.

use std::ops::Range;

use super::generated::generated;
use super::known::{Role, braced, file_matches};
use super::prose::{self, history};
use super::spelling::slots;
use super::tracks::{Tracks, placeholder};
use super::{Facts, Site, Verdict, place, skip, token};
use crate::locate::Hit;

/// Why a dependency moves with the repository.
pub(super) const OWN_PACKAGE: &str = "a package of this repository";

/// One file with what is known of it.
struct Page<'a> {
    path: &'a str,
    text: String,
    current: &'a str,
    names: &'a [String],
    /// Names of the packages that this repository makes.
    packages: &'a [String],
    /// Lines of a list of past versions, by offset.
    history: Vec<Range<usize>>,
    /// Image references: name, and where the tag stands.
    images: Vec<(String, Range<usize>)>,
}

/// The places that no well-known manifest explains.
pub(super) fn find(facts: &Facts, tracks: &Tracks, sites: &[Site]) -> Vec<Site> {
    let current = tracks.app.as_ref().and_then(|app| app.current.as_deref());
    let Some(current) = current.filter(|current| !placeholder(current)) else { return Vec::new() };
    let packages = packages(facts);
    let mut found = Vec::new();
    for path in facts.files.iter().filter(|path| !skip::unread(path)) {
        let Some(text) = (facts.read)(path).filter(|text| !skip::unreadable(text)) else { continue };
        let mut claimed: Vec<Range<usize>> =
            sites.iter().filter(|site| site.path == *path).flat_map(|site| site.spans.clone()).collect();
        short_form(path, &text, current, &mut claimed, &mut found);
        // Two numbers, or one, are too common to be looked for.
        if token::numbers(current).len() < 3 && current.len() < 8 || !text.contains(current) {
            continue;
        }
        let spans = token::whole(&text, current);
        let (history, images) = (history(&text), place::images(&text));
        let page = Page { path, text, current, names: &tracks.names, packages: &packages, history, images };
        if let (Some(first), Some(made)) = (spans.first(), generated(&page.text, path, current)) {
            let command = made.command.map_or(String::new(), |command| format!("; made by `{command}`"));
            found.push(page.left(first, &format!("written by a program: {}{command}", made.why)));
            continue;
        }
        for span in spans {
            if !claimed.iter().any(|other| other.start < span.end && span.start < other.end) {
                let site = page.site(&span);
                claimed.extend(site.spans.iter().cloned());
                found.push(site);
            }
        }
    }
    found
}

/// `HA_SHORT_VERSION: 2022.5`: the name says what the two numbers are.
fn short_form(path: &str, text: &str, current: &str, claimed: &mut Vec<Range<usize>>, found: &mut Vec<Site>) {
    let Some(format) = place::format_of(path).filter(|_| text.contains("SHORT_VERSION")) else { return };
    for key in place::keyed(format, text).into_iter().filter(|key| key.locator.ends_with("SHORT_VERSION")) {
        let hits = place::look(format, text, &key.locator);
        let [hit] = &hits[..] else { continue };
        if claimed.iter().any(|other| other.start < hit.span.end && hit.span.start < other.end) {
            continue;
        }
        if slots("app", &[(current, &hit.value)]).as_deref() == Some("{app.short}") {
            claimed.push(hit.span.clone());
            let short = hit.value.clone();
            let site = built(path, format, key.locator, hits, &short);
            found.push(with(site, Verdict::Taken, Some("{app.short}"), format!("`{short}`, by its name")));
        }
    }
}

impl Page<'_> {
    fn line(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[span.end..].find(['\n', '\r']).map_or(self.text.len(), |at| span.end + at);
        start..end
    }

    /// The whole line stays.
    fn left(&self, span: &Range<usize>, reason: &str) -> Site {
        let span = self.line(span);
        let number = self.text[..span.start].matches('\n').count() + 1;
        let value = self.text[span.clone()].trim().chars().take(80).collect();
        let site = built(self.path, "line", number.to_string(), vec![Hit { span, value }], self.current);
        with(site, Verdict::Left, Some(""), reason.to_owned())
    }

    fn site(&self, span: &Range<usize>) -> Site {
        let whole = self.line(span);
        let line = &self.text[whole.clone()];
        if self.history.iter().any(|lines| lines.contains(&span.start)) {
            return self.left(span, "one of a list of versions");
        }
        if prose::is_prose(line) {
            return self.left(span, "tells when something came or went");
        }
        if let Some(site) = self.image(span).or_else(|| self.own_dependency(span, line, whole.start)) {
            return site;
        }
        if prose::is_dependency(self.path, &self.text[whole.start..span.start]) {
            return self.left(span, "a dependency");
        }
        if skip::rehearsal(self.path) {
            return self.left(span, "in a test or an example");
        }
        match place::strictest(self.path, &self.text, span) {
            Some((format, locator, hits)) => {
                let site = built(self.path, format, locator, hits, self.current);
                with(
                    site,
                    Verdict::Unsure,
                    None,
                    format!("the same number as `app`, `{}`: does it follow?", self.current),
                )
            }
            None => self.left(span, "no literal names it alone"),
        }
    }

    /// The tag of an image: of the project's own surely, if every reference to it in the file says the same.
    fn image(&self, span: &Range<usize>) -> Option<Site> {
        let covers = |of: &Range<usize>| of.start <= span.start && span.end <= of.end;
        let (name, _) = self.images.iter().find(|(_, tag)| covers(tag))?;
        let hits = place::look("image", &self.text, name);
        if !hits.iter().any(|hit| covers(&hit.span)) {
            return None;
        }
        let same = hits.iter().all(|hit| hit.value == hits[0].value);
        let owned = place::owned(name, self.names);
        if !same {
            let (format, locator, hits) = place::strictest(self.path, &self.text, span)?;
            let site = built(self.path, format, locator, hits, self.current);
            return Some(with(site, Verdict::Unsure, None, format!("other tags of `{name}` stand beside it")));
        }
        let site = built(self.path, "image", name.clone(), hits, self.current);
        let (verdict, reason) = match owned {
            true => (Verdict::Taken, format!("`{}`", site.value)),
            false => (Verdict::Unsure, String::from("the same number; is the image the project's own?")),
        };
        Some(with(site, verdict, None, reason))
    }

    /// `app-core = { path = "core", version = "1.2.3" }`, `"@acme/core": "1.2.3"`: moves with the repository.
    fn own_dependency(&self, span: &Range<usize>, line: &str, start: usize) -> Option<Site> {
        let (format, locator) = if file_matches("Cargo.toml", self.path) && line.contains("path") && line.contains('{')
        {
            let section =
                self.text[..start].lines().rev().find_map(|line| line.strip_prefix('[')?.split(']').next())?;
            ("toml", format!("{section}.{}.version", line.split_once('=')?.0.trim()))
        } else if file_matches("package.json", self.path) {
            let name = line.split('"').nth(1).filter(|name| self.packages.iter().any(|own| own == name))?;
            let key = place::keyed("json", &self.text).into_iter().find(|key| key.span.contains(&span.start))?;
            key.locator.contains(name).then_some(("json", key.locator))?
        } else {
            return None;
        };
        let hits = place::look(format, &self.text, &locator);
        let right = hits.len() == 1 && hits[0].span.start <= span.start && span.end <= hits[0].span.end;
        right.then(|| {
            let site = built(self.path, format, locator, hits, self.current);
            with(site, Verdict::Taken, None, String::from(OWN_PACKAGE))
        })
    }
}

fn packages(facts: &Facts) -> Vec<String> {
    let manifests = facts.files.iter().filter(|path| file_matches("package.json", path) && !skip::foreign(path));
    let name = |path: &String| (facts.read)(path).and_then(|text| place::look("json", &text, "name").pop());
    manifests.filter_map(name).map(|hit| hit.value).collect()
}

pub(super) fn built(path: &str, format: &'static str, locator: String, hits: Vec<Hit>, number: &str) -> Site {
    let value = hits.first().map_or(String::new(), |hit| hit.value.clone());
    let shape = match token::whole(&value, number).first() {
        Some(span) => format!("{}{{}}{}", braced(&value[..span.start]), braced(&value[span.end..])),
        None => String::from("{}"),
    };
    Site {
        path: path.to_owned(),
        format,
        locator,
        count: (hits.len() > 1 && format != "image").then_some(hits.len()),
        spans: hits.into_iter().map(|hit| hit.span).collect(),
        number: number.to_owned(),
        template: shape.replace("{}", "{app}"),
        shape,
        value,
        role: Role::Mention,
        rank: usize::MAX,
        verdict: Verdict::Unsure,
        reason: String::new(),
        image: None,
        seen: None,
    }
}

fn with(mut site: Site, verdict: Verdict, template: Option<&str>, reason: String) -> Site {
    let template = template.map_or_else(|| site.template.clone(), str::to_owned);
    site.set(verdict, template, reason);
    site
}
