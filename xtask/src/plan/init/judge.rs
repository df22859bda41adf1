//! Each well-known place against the track that it counts.

use super::known::{Role, braced, file_matches};
use super::tracks::{Tracks, placeholder, subchart};
use super::{Site, Verdict, place, skip, token};

/// Gives every site its verdict, its template and the reason.
pub(super) fn judge(sites: &mut [Site], tracks: &Tracks) {
    let before = sites.to_vec();
    for site in sites.iter_mut() {
        match site.role {
            Role::Chart => chart(site, &before, tracks),
            Role::Reset => {}
            _ if placeholder(&site.number) => {
                site.set(Verdict::Left, String::new(), "a placeholder that is filled in elsewhere")
            }
            _ => program(site, &before, tracks),
        }
    }
    resets(sites);
}

/// What goes back to a fixed value does so where something else of its file moves.
pub(super) fn resets(sites: &mut [Site]) {
    let taken: Vec<String> =
        sites.iter().filter(|site| site.verdict == Verdict::Taken).map(|site| site.path.clone()).collect();
    for site in sites.iter_mut().filter(|site| site.role == Role::Reset) {
        reset(site, taken.contains(&site.path));
    }
}

fn chart(site: &mut Site, before: &[Site], tracks: &Tracks) {
    let Some(family) = tracks
        .families
        .iter()
        .find(|family| family.member_of(&site.path).is_some() || family_root(&family.parent, site))
    else {
        let reason = match () {
            () if placeholder(&site.number) => "a placeholder that is filled in elsewhere",
            () if subchart(site, before) => "a chart inside another one",
            () => "no chart of this repository",
        };
        return site.set(Verdict::Left, String::new(), reason);
    };
    let template = site.shape.replace("{}", &format!("{{{}}}", family.name));
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let twin = before.iter().find(|other| {
        other.role == Role::Chart
            && file_matches("Chart.yaml", &other.path)
            && folder(&other.path) == folder(&site.path)
    });
    let reason = match twin {
        Some(twin) if twin.number != site.number => says(site),
        _ => format!("`{}`", site.value),
    };
    site.set(Verdict::Taken, template, reason);
}

fn family_root(parent: &str, site: &Site) -> bool {
    parent.is_empty() && !site.path.contains('/')
}

fn reset(site: &mut Site, taken: bool) {
    let digits = site.value.bytes().take_while(u8::is_ascii_digit).count();
    if taken && digits > 0 && site.value[digits..].bytes().next().is_none_or(|b| b != b'.') {
        site.set(
            Verdict::Taken,
            format!("1{}", braced(&site.value[digits..])),
            "goes back to 1 when the version moves",
        );
    } else {
        site.set(Verdict::Left, String::new(), "counts on its own");
    }
}

fn program(site: &mut Site, before: &[Site], tracks: &Tracks) {
    let app = tracks.app.as_ref();
    let template = template(site);
    let Some(current) = app.and_then(|app| app.current.as_deref()) else {
        let conflict = app.and_then(|app| app.conflict.as_deref());
        return match conflict {
            Some(conflict) => site.set(Verdict::Unsure, template, format!("no tag decides: {conflict}")),
            None => site.set(Verdict::Left, String::new(), "follows no track of this repository"),
        };
    };
    if site.role == Role::Train && site.format == "image" && !place::owned(&site.locator, &tracks.names) {
        return site.set(Verdict::Left, String::new(), "another project's image");
    }
    if let Some(dialect) = token::dialect(current, &site.number) {
        let template = template.replace("{app}", &format!("{{app{dialect}}}"));
        return match doubt(site, before, tracks, current) {
            Some(doubt) => site.set(Verdict::Unsure, template, doubt),
            None => site.set(Verdict::Taken, template, evidence(site, tracks)),
        };
    }
    other_number(site, before, tracks, current, template);
}

/// Why a place with the right number may still be something else's.
fn doubt(site: &Site, before: &[Site], tracks: &Tracks, current: &str) -> Option<&'static str> {
    let foreign = site.image.as_deref().is_some_and(|image| !place::owned(image, &tracks.names));
    match site.role {
        Role::ChartImage if !chart_follows(site, before, current) => {
            Some("the same number, but the chart installs another")
        }
        Role::ChartImage if foreign && site.locator != "image.tag" => {
            Some("the same number, for another project's image")
        }
        // The parent of the outermost module is somebody else's.
        _ if site.locator == "project.parent.version" && !site.path.contains('/') => {
            Some("the number of a foreign parent?")
        }
        _ => None,
    }
}

/// A place that states another number than its track: left behind, or something else?
fn other_number(site: &mut Site, before: &[Site], tracks: &Tracks, current: &str, template: String) {
    let behind = token::left_behind(&site.number, current) && !skip::rehearsal(&site.path);
    let alike = |other: &&Site| sibling(site, other) && other.number == current;
    let agreeing: Vec<_> = before.iter().filter(alike).collect();
    let like_this = before.iter().filter(|other| sibling(site, other) && other.number == site.number).count();
    let chart_moved = site.role == Role::ChartImage && chart_follows(site, before, current) && own_image(site, before);
    if behind && (agreeing.len() > like_this || chart_moved) {
        let own_shape = agreeing.is_empty() || agreeing.iter().any(|other| other.shape == site.shape);
        let template = if own_shape { template } else { agreeing[0].shape.replace("{}", "{app}") };
        let reason = says(site);
        return site.set(Verdict::Taken, template, reason);
    }
    let leads =
        site.role == Role::App && site.path.matches('/').count() <= tracks.app.as_ref().map_or(0, |app| app.depth);
    let reason = format!("says `{}`, and the version is `{current}`", site.number);
    match site.role {
        _ if behind => site.set(Verdict::Unsure, template, reason),
        Role::Part(_) => site.set(Verdict::Unsure, template, reason),
        Role::App if leads => site.set(Verdict::Unsure, template, reason),
        Role::App => site.set(Verdict::Left, String::new(), "a number of its own"),
        _ => site.set(Verdict::Left, String::new(), "the number of something else"),
    }
}

fn says(site: &Site) -> String {
    format!("disagrees: says `{}`", site.value)
}

/// Same file name and locator; images only among images, whose names differ.
fn sibling(a: &Site, b: &Site) -> bool {
    let name =
        |path: &str| path.rsplit('/').next().unwrap_or_default().rsplit('.').next().unwrap_or_default().to_owned();
    let whole = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let alike = match a.role {
        Role::Train => a.format == "image" || whole(&a.path) == whole(&b.path),
        _ if a.format == "spec" => name(&a.path) == name(&b.path) && a.locator == b.locator,
        _ => whole(&a.path) == whole(&b.path) && a.locator == b.locator,
    };
    a.role == b.role && a.format == b.format && alike && (&a.path, &a.locator) != (&b.path, &b.locator)
}

fn chart_of<'a>(site: &Site, before: &'a [Site]) -> Option<&'a Site> {
    let folder = site.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    before.iter().find(|other| {
        other.role == Role::ChartApp && other.path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
    })
}

fn chart_follows(site: &Site, before: &[Site], current: &str) -> bool {
    chart_of(site, before).is_none_or(|chart| chart.number == current || token::left_behind(&chart.number, current))
}

/// The chart's main image has the key `image.tag`; what stands deeper may be any image.
fn own_image(site: &Site, before: &[Site]) -> bool {
    site.locator == "image.tag" && chart_of(site, before).is_some()
}

fn template(site: &Site) -> String {
    match site.role {
        // In quotes it may be `0b3` one day, if it isn't today.
        Role::Part("patch") if !site.shape.bytes().all(|b| b.is_ascii_digit()) => String::from("{app.rest}"),
        Role::Part(part) => format!("{{app.{part}}}"),
        _ => site.shape.replace("{}", "{app}"),
    }
}

fn evidence(site: &Site, tracks: &Tracks) -> String {
    let tag = tracks.app.as_ref().and_then(|app| app.tags.as_ref());
    match (site.role, tag) {
        (Role::App | Role::Part(_), Some(group)) => {
            format!("`{}`, the latest tag is `{}{}`", site.number, group.prefix, group.latest())
        }
        _ => format!("`{}`", site.value),
    }
}
