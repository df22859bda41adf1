//! What other tools write becomes places of ours: the strictest locator that names the same bytes.
//!
//! A tool's word is evidence like any other. Where a place is known already, the tool confirms it; where only a person
//! could have known, it answers; and where the past speaks against it, the question stays.

mod site;
mod track;

use std::ops::Range;

use super::super::draft::{Draft, Import};
use super::super::{Site, Verdict, place, skip, token};
use super::{Gone, Hint, Hints, Tool, Untold, chartpress};
use crate::plan::init::Facts;
use site::Home;

/// How the past says that a place does not follow.
const OBJECTIONS: [&str; 5] =
    ["stayed at", "kept `", "comes some commits later", "repeats a number", "moves on its own"];

/// Takes over what the tools say.
pub(super) fn adopt(facts: &Facts, hints: &Hints, draft: &mut Draft) {
    let gone: Vec<(&str, &Gone)> =
        hints.tools.iter().flat_map(|tool| tool.gone.iter().map(move |gone| (tool.name, gone))).collect();
    let mut stated = track::stated(draft);
    let mut homes = track::Homes::default();
    let names = project_names(facts);
    for tool in &hints.tools {
        let Some(home) = homes.find(facts, tool, draft) else { continue };
        let mut by_path: Vec<(&str, Vec<&Hint>)> = Vec::new();
        for hint in tool.places.iter().chain(&tool.record) {
            match by_path.iter_mut().find(|(path, _)| *path == hint.path) {
                Some((_, all)) => all.push(hint),
                None => by_path.push((&hint.path, vec![hint])),
            }
        }
        for (path, hints) in by_path {
            let Some(text) = super::text(facts, path) else { continue };
            let page = Page { tool: tool.name, path, text: &text, hints: &hints, home: &home, names: &names };
            hints.iter().for_each(|hint| page.take(hint, &mut draft.sites));
        }
    }
    leave_own(facts, hints, &gone, draft);
    leave_filled(&hints.tools, draft);
    stated.extend(homes.begun);
    track::drop_unstated(draft, &stated);
    draft.imports = hints.tools.iter().filter_map(import).collect();
}

/// By which the project and its packages are known.
fn project_names(facts: &Facts) -> Vec<String> {
    let said = [
        ("pyproject.toml", "toml", "project.name"),
        ("pyproject.toml", "toml", "tool.poetry.name"),
        ("setup.cfg", "ini", "metadata.name"),
        ("Cargo.toml", "toml", "package.name"),
        ("package.json", "json", "name"),
    ];
    let mut names = vec![facts.name.clone()];
    for (file, format, locator) in said {
        let texts = super::named(facts, file).into_iter().filter_map(|path| super::text(facts, path));
        let found = texts.filter_map(|text| place::look(format, &text, locator).pop());
        names.extend(found.map(|hit| hit.value.rsplit('/').next().unwrap_or_default().to_owned()));
    }
    names.retain(|name| !name.is_empty());
    names
}

/// One file with all that a tool writes in it.
struct Page<'a> {
    tool: &'static str,
    path: &'a str,
    text: &'a str,
    hints: &'a [&'a Hint],
    home: &'a Home,
    /// The names of the project and its packages.
    names: &'a [String],
}

impl Page<'_> {
    fn take(&self, hint: &Hint, sites: &mut Vec<Site>) {
        let here = |site: &Site| site.path == self.path && site.spans.iter().any(|span| overlap(span, &hint.span));
        // A line that was left as a whole is no place yet: its reason counts, its form doesn't.
        let line = |site: &Site| site.format == "line" && site.locator.parse::<usize>().is_ok();
        if let Some(at) = sites.iter().position(|site| here(site) && !line(site)) {
            let mut site = sites.remove(at);
            let before = site.verdict;
            self.confirm(hint, &mut site);
            if before != Verdict::Taken && site.verdict == Verdict::Taken {
                self.make_room(&mut site, sites);
            }
            return sites.insert(at.min(sites.len()), site);
        }
        let left = sites.iter().position(|site| here(site) && line(site));
        let doubt = left.map(|at| sites[at].reason.clone());
        let doubt = doubt.filter(|doubt| doubt != "a dependency" || !self.of_project(hint));
        let doubt = doubt.or_else(|| skip::unread(self.path).then(|| String::from("others' numbers stand in it")));
        let Some(mut site) = self.home.site(self, hint) else { return };
        if let Some(doubt) = doubt.filter(|_| hint.any || self.history_objects(left.map(|at| &sites[at]))) {
            let reason = format!("{} takes every `{}` of the file; {doubt}", self.tool, hint.says);
            let template = site.template.clone();
            site.set(Verdict::Unsure, template, reason);
        }
        if let Some(at) = left {
            sites.remove(at);
        }
        self.make_room(&mut site, sites);
        sites.push(site);
    }

    /// A locator that hits what another one hits too takes its place, if both say the same; else it is a question.
    fn make_room(&self, site: &mut Site, sites: &mut Vec<Site>) {
        let hits = |span: &Range<usize>| site.spans.iter().any(|own| overlap(own, span));
        let rival =
            |other: &Site| other.path == self.path && other.verdict == Verdict::Taken && other.spans.iter().any(hits);
        let same = |other: &Site| other.template == site.template && other.spans.iter().all(hits);
        if sites.iter().all(|other| !rival(other) || same(other)) {
            sites.retain(|other| !rival(other));
        } else {
            let template = site.template.clone();
            site.set(Verdict::Unsure, template, "another locator names a part of it already");
        }
    }

    /// Is it the project's own name that stands before the number: `acme==1.2.3`, `@acme/web@1.2.3`?
    fn of_project(&self, hint: &Hint) -> bool {
        let before =
            self.text[..hint.span.start].trim_end_matches(['v', '=', '>', '<', '~', '^', '@', '!', ' ', '"', '\'']);
        let name = before.rsplit(|c: char| !(c.is_alphanumeric() || "-_./".contains(c))).next().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or(name);
        !last.is_empty() && self.names.iter().any(|own| token::squeeze(own) == token::squeeze(last))
    }

    /// A place that is known: the tool writes it too.
    fn confirm(&self, hint: &Hint, site: &mut Site) {
        let words = format!("{} writes it", self.tool);
        if site.reason.contains(&words) {
            return;
        }
        let span = site.spans.iter().find(|span| overlap(span, &hint.span));
        let Some(template) = span.and_then(|span| self.home.template(self, span, &site.value)) else { return };
        match site.verdict {
            Verdict::Taken if self.home.is_in(self.path, &site.template) => {
                if !site.reason.starts_with("disagrees") {
                    site.reason = format!("{}; {words}", site.reason);
                }
            }
            _ if self.history_objects(Some(site)) => {
                let reason = format!("{words}, but: {}", site.reason);
                site.set(Verdict::Unsure, template, reason);
            }
            _ => {
                let reason = self.home.reason(hint, &site.value, &words);
                site.set(Verdict::Taken, template, reason);
                site::by_structure(self, hint, site);
            }
        }
    }

    /// Has the past shown that the place does not follow?
    fn history_objects(&self, site: Option<&Site>) -> bool {
        site.is_some_and(|site| {
            OBJECTIONS.iter().any(|words| site.reason.starts_with(words))
                || site.seen.as_ref().is_some_and(|seen| seen.moved * 2 < seen.of)
        })
    }

    /// Are these bytes among those that the tool writes?
    fn writes(&self, span: &Range<usize>) -> bool {
        self.hints.iter().any(|hint| overlap(&hint.span, span))
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The tool with which these bytes go away.
fn goes_with(gone: &[(&'static str, &Gone)], path: &str, text: &str, span: &Range<usize>) -> Option<&'static str> {
    let inside =
        |gone: &Gone| gone.path == path && gone.section.is_none_or(|section| in_section(text, span.start, section));
    gone.iter().find(|(_, gone)| inside(gone)).map(|(tool, _)| *tool)
}

/// Does the header above begin as the section's name does: `[tool.bumpversion]`, `[[tool.bumpversion.files]]`?
fn in_section(text: &str, at: usize, section: &str) -> bool {
    let name = section.trim_matches(['[', ']', '…']);
    let header = text[..at].lines().rev().map(str::trim_start).find(|line| line.starts_with('['));
    header.is_some_and(|header| {
        let rest = header.trim_start_matches('[').trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([']', '.', ':', ' ', '\t']))
    })
}

/// The tool's own lines stay as they are, but for those that say the number: these move for as long as they are there.
fn leave_own(facts: &Facts, hints: &Hints, gone: &[(&'static str, &Gone)], draft: &mut Draft) {
    for site in draft.sites.iter_mut().filter(|site| gone.iter().any(|(_, gone)| gone.path == site.path)) {
        let Some(text) = super::text(facts, &site.path) else { continue };
        let tool = site.spans.first().and_then(|span| goes_with(gone, &site.path, &text, span));
        let Some(tool) = tool else { continue };
        let says = |hint: &Hint| hint.path == site.path && site.spans.iter().any(|span| overlap(span, &hint.span));
        let told = hints.tools.iter().any(|other| other.places.iter().chain(&other.record).any(says));
        if told || site.seen.as_ref().is_some_and(|seen| seen.moved > 0) {
            site.reason = format!("{}; it goes away with {tool}", site.reason);
        } else {
            site.set(Verdict::Left, String::new(), format!("goes away with {tool}"));
        }
    }
}

/// What stands in the tree until chartpress publishes is no version.
fn leave_filled(tools: &[Tool], draft: &mut Draft) {
    let used = tools.iter().any(|tool| tool.name == "chartpress");
    for site in draft.sites.iter_mut().filter(|site| used && chartpress::is_placeholder(&site.value)) {
        site.set(Verdict::Left, String::new(), "chartpress fills it in");
    }
}

/// What is told of a tool at the end.
fn import(tool: &Tool) -> Option<Import> {
    let gone = tool.gone.iter().map(|gone| match gone.section {
        None => format!("`{}`", gone.path),
        Some(section) => format!("`{section}` in `{}`", gone.path),
    });
    let import = Import {
        tool: tool.name,
        file: tool.file.clone(),
        places: tool.places.len(),
        untold: told(tool),
        gone: gone.collect(),
    };
    (import.places + import.untold.len() + import.gone.len() > 0).then_some(import)
}

/// One line for each reason, with the lines of the configuration that share it.
fn told(tool: &Tool) -> Vec<String> {
    let plain = |why: &str| why.split('`').step_by(2).collect::<String>();
    let mut reasons: Vec<(&Untold, Vec<usize>)> = Vec::new();
    for untold in &tool.untold {
        let same = |(other, _): &&mut (&Untold, Vec<usize>)| {
            plain(&other.why) == plain(&untold.why) && other.instead == untold.instead
        };
        match reasons.iter_mut().find(same) {
            Some((_, lines)) => lines.push(untold.line),
            None => reasons.push((untold, Vec::new())),
        }
    }
    let line = |(untold, others): &(&Untold, Vec<usize>)| {
        let what: String = untold.what.chars().take(100).collect();
        let instead = untold.instead.map_or(String::new(), |instead| format!("; instead: {instead}"));
        let mut others: Vec<String> = others.iter().map(usize::to_string).collect();
        others.dedup();
        let also = match others.len() {
            0 => String::new(),
            1 => format!("; also line {}", others[0]),
            _ => format!("; also lines {}", others.join(", ")),
        };
        format!("{}:{}: {what}: {}{instead}{also}", tool.file, untold.line, untold.why)
    };
    reasons.iter().map(line).collect()
}
