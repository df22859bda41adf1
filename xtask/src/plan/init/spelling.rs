//! How a place spells a track's version: the slots that have said it each time.

use crate::template::Template;
use crate::version::{Part, Version};

/// Slots, the plainest first; `{app}` stands for the track.
const FORMS: &[&str] = &[
    "{app}",
    "{app:pep440}",
    "{app:semver}",
    "{app:rpm}",
    "{app:deb}",
    "{app:docker}",
    "{app:helm}",
    "{app.release}",
    "{app.short}",
    "{app.release}.0",
    "{app}-1",
    "{app.short}.0",
    "{app.major}",
    "{app.major}{app.minor:02}{app.patch:02}",
    "{app.major}{app.minor:03}{app.patch:02}",
    "{app.major}{app.minor:03}{app.patch:03}",
    "{app.digits}",
];

/// A form, for another track.
fn slot(track: &str, form: &str) -> String {
    form.replace("{app", &format!("{{{track}"))
}

/// The plainest slots of the track `track` that say all of these: pairs of a version and what stood there then.
/// More pairs, and such with a pre-release or numbers of two digits among them, leave less to chance.
pub(super) fn slots(track: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let versions: Vec<(Version, &str)> =
        pairs.iter().map(|(version, text)| Some((Version::parse(version).ok()?, *text))).collect::<Option<_>>()?;
    let says = |form: &&str| {
        let template = Template::parse(form).ok()?;
        let all = versions.iter().all(|(version, text)| template.render(|_| Some(version)).as_deref() == Ok(*text));
        (all && !versions.is_empty()).then_some(())
    };
    let plain = FORMS.iter().find(|form| says(form).is_some()).map(|form| slot(track, form));
    plain.or_else(|| behind(&versions).map(|words| slot(track, &format!("{{app.release}}{words}"))))
}

/// The words that stand behind the digits whatever comes behind them in the version: `.dev0` of `1.3.0-SNAPSHOT`.
fn behind(versions: &[(Version, &str)]) -> Option<String> {
    let rest = |(version, text): &(Version, &str)| {
        let words = text.strip_prefix(version.part(Part::Release)?.as_str())?;
        let begins =
            words.starts_with(['-', '.', '+', '~']) && words[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        (begins && words.len() <= 16 && !words.contains(['{', '}'])).then(|| words.to_owned())
    };
    let first = rest(versions.first()?)?;
    (versions.len() >= 2 && versions.iter().all(|pair| rest(pair).as_ref() == Some(&first))).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], want: Option<&str>) {
        assert_eq!(slots("app", pairs).as_deref(), want, "{pairs:?}");
    }

    #[test]
    fn the_plainest_slots_that_say_them_all() {
        check(&[("1.2.3", "1.2.3")], Some("{app}"));
        check(&[("1.2.3", "1.2.3"), ("1.2.3-rc.1", "1.2.3rc1")], Some("{app:pep440}"));
        check(&[("1.2.3", "1.2.3"), ("1.3.0-rc1", "1.3.0")], Some("{app.release}"));
        check(&[("1.2.3", "1.2")], Some("{app.short}"));
        check(&[("1.2.3", "1.2.3.0")], Some("{app.release}.0"));
        check(&[("11.1.4", "110104"), ("9.1.0", "90100")], Some("{app.major}{app.minor:02}{app.patch:02}"));
        check(&[("1.84.0", "108400")], Some("{app.major}{app.minor:03}{app.patch:02}"));
        check(&[("3.45.1", "3045001")], Some("{app.major}{app.minor:03}{app.patch:03}"));
        check(&[("1.150.0", "11500")], Some("{app.digits}"));
        let snapshots = [("1.3.0-SNAPSHOT", "1.3.0.dev0"), ("1.2.0-SNAPSHOT", "1.2.0.dev0")];
        check(&snapshots, Some("{app.release}.dev0"));
        check(&[("1.3.0-SNAPSHOT", "1.3.0.dev0"), ("1.2.0", "1.2.0")], None);
        check(&[("1.2.3", "1.2.4")], None);
        check(&[], None);
        assert_eq!(slots("web-ui", &[("1.2.3", "1.2")]).as_deref(), Some("{web-ui.short}"));
    }
}
