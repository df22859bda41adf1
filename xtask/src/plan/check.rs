//! Which places disagree with their templates, and which of them are meant to.

use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::model::{Model, Site, Track};
use crate::resolve::AllowRule;
use crate::version::Date;

/// A place that says something else than its template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Index into [`Model::sites`].
    pub site: usize,
    /// What it must say.
    pub wanted: String,
}

/// What a look at a model found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Places that disagree and aren't meant to.
    pub drifts: Vec<Drift>,
    /// Everything else that is wrong, the model's own findings included.
    pub findings: Vec<Finding>,
    /// How many places were compared.
    pub compared: usize,
    /// How many of them are meant to disagree.
    pub allowed: usize,
}

/// Compares every site with its template at the tracks' current versions.
pub fn check(model: &Model<'_>, today: Date) -> Verdict {
    let mut verdict = Verdict { findings: model.findings.clone(), ..Verdict::default() };
    let mut used = vec![false; model.project.allows.len()];
    for (index, site) in model.sites.iter().enumerate() {
        if !is_checked(model, site)
            || model.site_tracks(site).iter().any(|&track| model.tracks[track].current.is_none())
        {
            continue;
        }
        verdict.compared += 1;
        match model.wanted(site, &|_| None) {
            Ok(wanted) if wanted == site.value => {}
            Ok(wanted) => match model.find_allow(site) {
                Some(allow) => {
                    used[allow] = true;
                    verdict.allowed += 1;
                }
                None => verdict.drifts.push(Drift { site: index, wanted }),
            },
            Err(reason) => verdict.findings.push(no_rendering(model, site, reason)),
        }
    }
    verdict.findings.extend(model.tracks.iter().filter_map(|track| bad_version(model, track)));
    for (allow, used) in model.project.allows.iter().zip(used) {
        verdict.findings.extend(worn_out(model, allow, used, today));
    }
    verdict
}

/// A version that is none of its scheme's would only be noticed by the bump that can't count on.
fn bad_version(model: &Model<'_>, track: &Track) -> Option<Finding> {
    let (version, site) = track.current.as_ref()?;
    let rule = &model.project.tracks[track.rule];
    let error = rule.scheme.check(version).err()?;
    let place = Place::file(model.shown_path(model.sites[*site].file));
    let hint = format!("mend it, or give `{}` another `scheme` than `{}`", rule.name, rule.scheme.name());
    Some(Finding {
        rule: Rule::BadVersion,
        place,
        message: format!("`{}`: {}", track.name, error.message),
        hint: Some(hint),
    })
}

/// The tracks whose tag this is, though the commit says another version: the bump was forgotten before the tag.
pub fn tag_findings(model: &Model<'_>, tag: &str) -> Vec<Finding> {
    let differs = |track: &Track| {
        let (current, site) = track.current.as_ref()?;
        let said = model.project.tracks[track.rule].tag.as_ref()?.solve(&track.name, tag)?;
        (said != *current).then(|| {
            let message =
                format!("the tag `{tag}` says `{said}`, and its commit says that `{}` is `{current}`", track.name);
            let place = Place::file(model.shown_path(model.sites[*site].file));
            let hint = "bump before tagging: `cargo xtask tag` takes the name from the commit".to_owned();
            Finding { rule: Rule::TagDiffers, place, message, hint: Some(hint) }
        })
    };
    model.tracks.iter().filter_map(differs).collect()
}

/// An allowed disagreement that is none any more, or that was allowed for a time only.
fn worn_out(model: &Model<'_>, allow: &AllowRule, used: bool, today: Date) -> Option<Finding> {
    let config = &model.project.config;
    let place = Place::span(&config.path, &config.text, allow.span.clone());
    if let Some(until) = allow.until.filter(|until| *until < today) {
        let message = format!("`{}` was allowed to say `{}` until {until}", allow.path.as_str(), allow.says);
        let hint = "mend the place, or give a new date with its reason".to_owned();
        return Some(Finding { rule: Rule::AllowExpired, place, message, hint: Some(hint) });
    }
    (!used).then(|| {
        let message = format!("nothing in `{}` disagrees by saying `{}`", allow.path.as_str(), allow.says);
        Finding { rule: Rule::AllowStale, place, message, hint: Some("take this `[[allow]]` out".to_owned()) }
    })
}

/// A drift as a finding, placed in the text of its file.
pub fn drift_finding(model: &Model<'_>, drift: &Drift, text: Option<&str>) -> Finding {
    let site = &model.sites[drift.site];
    let path = model.shown_path(site.file);
    let place = match text {
        Some(text) if text.get(site.span.clone()).is_some() => Place::span(path, text, site.span.clone()),
        _ => Place::file(path),
    };
    let message = format!("says `{}`, must say `{}`", site.value, drift.wanted);
    Finding { rule: Rule::Drift, place, message, hint: None }
}

fn no_rendering(model: &Model<'_>, site: &Site, reason: String) -> Finding {
    let entry = model.entry(site);
    let place = Place::span(&model.project.config.path, &model.project.config.text, entry.span.clone());
    Finding {
        rule: Rule::NoRendering,
        place,
        message: reason,
        hint: Some(format!("the template is `{}`", entry.template)),
    }
}

/// A place that is written with a final version only has nothing to say while a pre-release is on its way.
fn is_checked(model: &Model<'_>, site: &Site) -> bool {
    let early =
        |track: &usize| model.tracks[*track].current.as_ref().is_some_and(|(version, _)| version.is_prerelease());
    let entry = model.entry(site);
    !entry.on_bump || entry.on_final && !model.site_tracks(site).iter().any(early)
}

/// Where a track's version comes from, and how many of its places agree with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// How many places name the track.
    pub places: usize,
    /// How many of them say what they must.
    pub agree: usize,
}

/// For each track, how many of its places agree.
pub fn agreements(model: &Model<'_>, verdict: &Verdict) -> Vec<Agreement> {
    let mut counts = vec![Agreement { places: 0, agree: 0 }; model.tracks.len()];
    let mut drifts = verdict.drifts.iter().map(|drift| drift.site).peekable();
    for (index, site) in model.sites.iter().enumerate() {
        let drifted = drifts.next_if_eq(&index).is_some();
        if !is_checked(model, site) {
            continue;
        }
        let mut tracks = model.site_tracks(site);
        tracks.dedup();
        for track in tracks {
            counts[track].places += 1;
            counts[track].agree += usize::from(!drifted);
        }
    }
    counts
}

#[cfg(test)]
mod tests;
