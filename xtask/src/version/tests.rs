//! Tests as data: one check a rule, many callers.

use super::*;
use std::cmp::Ordering;

const TODAY: Date = Date { year: 2026, month: 9, day: 1 };

#[track_caller]
fn v(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// What the layouts of real repositories show, and what packagers and PEP 440 add.
const REAL: &[&str] = &[
    "1.26.0",
    "208",
    "0.76",
    "0.57",
    "1.0.10.2",
    "20230503.3",
    "2019109.0",
    "2026.9.0.dev202608220228",
    "2022.4.0b1",
    "0.98.0b0",
    "2022.3.0.dev0",
    "0.2.0-testing.1",
    "0.3.0-uv-testing",
    "1.21.0-beta",
    "0.44.0-rc2",
    "2021.09.0",
    "2.22.02",
    "1.2.0~rc.1",
    "1!2.0",
    "1.0.post1",
    "1.0.post1.dev2",
    "1.0a1.post2.dev3",
    "1.2.0+local",
    "1.2.0-rc.1+build.5",
    "9999.09.9.dev9999",
    "1.0.0--",
    "1.0.0-a--b",
    "1.0.0----RC-SNAPSHOT.12.9.1--.12",
    "1.0.0-0.3.7",
    "1.2.0.Final",
    "1.1.1k",
    "1.0.0-x-y-z.--",
    "2024.08.06",
    "24.04",
    "1.0.0+21AF26D3----117B344092BD",
    "99999999999999999999999999999999999999999999.1.0-rc.99999999999999999999999999999",
    "1.0_rc1",
    "1.0RC1",
];

fn real() -> impl Iterator<Item = Version> {
    REAL.iter().copied().map(v)
}

#[test]
fn every_real_shape_is_kept_as_written() {
    for (text, version) in REAL.iter().zip(real()) {
        assert_eq!(version.as_str(), *text);
        assert_eq!(version.to_string(), *text);
    }
}

#[track_caller]
fn refused(text: &str, message: &str, hint: &str) {
    let error = Version::parse(text).expect_err(text);
    assert!(error.message.contains(message), "{}", error.message);
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{:?}", error.hint);
    assert!(!error.message.contains('\n') && !error.message.ends_with('.'));
}

#[test]
fn what_is_no_version_says_why() {
    refused("", "an empty text", "`1.2.0`");
    refused("v1.2.0", "it begins with `v`", "`v{app}`; the version is `1.2.0`");
    refused("-x", "it begins with `-`", "begins with a digit");
    refused("--help", "it begins with `-`", "begins with a digit");
    refused("main", "it begins with `m`", "begins with a digit");
    refused("v", "it begins with `v`", "begins with a digit");
    refused("1.2;rm", "it holds `;`", "letters, digits");
    refused("1.2.0\n", "`1.2.0\\n` is no version: it holds `\\n`", "letters, digits");
    refused("1.2.0 ", "it holds ` `", "letters, digits");
    refused("1.2.0\u{e9}", "it holds `é`", "letters, digits");
    refused("\u{661}.2", "it holds", "letters, digits");
    refused("1/2", "it holds `/`", "letters, digits");
    refused("$(x)", "it holds `$`", "letters, digits");
    refused("1..2", "a piece of it is empty", "between two separators");
    refused("1.2.", "a piece of it is empty", "between two separators");
    refused("1.2.0-", "a piece of it is empty", "between two separators");
    refused("1.2.0-a..b", "a piece of it is empty", "between two separators");
    refused("1.2.0+", "a piece of it is empty", "between two separators");
    refused("1.2.0.-rc1", "a piece of it is empty", "between two separators");
    refused("1.2.0+a+b", "its `+` is misplaced", "`1.2.0+build.5`");
    refused("1.2.0~~rc1", "a piece of it is empty", "between two separators");
    refused("1.2.0~a~b", "its `~` is misplaced", "one `~`");
    refused("1.2!3", "its `!` is misplaced", "epoch");
    refused("1!", "its `!` is misplaced", "epoch");
    refused("1!2!3", "its `!` is misplaced", "one epoch");
    refused("1.0+a!b", "its `!` is misplaced", "epoch");
    refused(&"1".repeat(129), "it has 129 characters", "at most 128");
    assert!(Version::parse(&"1".repeat(128)).is_ok());
}

#[test]
fn nothing_panics() {
    let alphabet: Vec<char> = "0019.-+_~!vabrcdev\n é".chars().collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).expect("small")
    };
    let mut versions = vec![];
    for _ in 0..20_000 {
        let text: String = (0..next(14)).map(|_| alphabet[next(alphabet.len())]).collect();
        for dialect in Dialect::ALL {
            for scheme in Scheme::ALL {
                let _ = dialect.parse(&text, scheme);
            }
        }
        let _ = (Date::parse(&text), Level::parse(&text));
        versions.extend(Version::parse(&text));
    }
    assert!(versions.len() > 500, "{}", versions.len());
    for version in &versions {
        exercise(version);
        let other = &versions[next(versions.len())];
        assert_eq!(version.compare(other), other.compare(version).reverse(), "{version} {other}");
    }
}

/// Everything that can be asked of a version: no panic, and what comes out keeps its promises.
fn exercise(version: &Version) {
    for part in Part::ALL {
        let _ = version.part(part);
    }
    for scheme in Scheme::ALL {
        for dialect in Dialect::ALL {
            if let Ok(text) = dialect.render(version)
                && scheme.check(version).is_ok()
                && !matches!(scheme, Scheme::Calver | Scheme::Loose)
            {
                assert_eq!(dialect.parse(&text, scheme).as_ref(), Ok(version), "{dialect:?} {text} {scheme:?}");
            }
        }
        for level in every_level() {
            if let Ok(next) = version.bump(&level, scheme, TODAY) {
                assert_eq!(next.compare(version), Ordering::Greater, "{version} {level} {next}");
                assert_eq!(scheme.check(&next), Ok(()));
                assert_eq!(Version::parse(next.as_str()).as_ref(), Ok(&next));
                assert_eq!(next.numbers().len(), version.numbers().len(), "{version} {level} {next}");
            }
        }
    }
}

fn every_level() -> Vec<Level> {
    let firsts = ["major", "minor", "patch"].iter().flat_map(|n| ["rc", "beta", "dev"].map(|w| format!("{n}-{w}")));
    let names = Level::NAMES.iter().map(|n| (*n).to_owned()).chain(firsts);
    names.map(|n| Level::parse(&n).expect("a name")).collect()
}

#[test]
fn real_versions_keep_the_promises() {
    real().for_each(|version| exercise(&version));
}

/// Every version of the list stands before every later one; a line holds equals.
#[track_caller]
fn ordered(lines: &[&[&str]]) {
    for (i, a) in lines.iter().enumerate() {
        for (j, b) in lines.iter().enumerate() {
            for (a, b) in a.iter().flat_map(|a| b.iter().map(move |b| (a, b))) {
                assert_eq!(v(a).compare(&v(b)), i.cmp(&j), "{a} {b}");
            }
        }
    }
}

#[test]
fn one_order_over_all_shapes() {
    ordered(&[
        &["0.9.9"],
        &["1.0.0.dev0", "1.0.dev"],
        &["1.0.dev1"],
        &["1.0.0-0.3.7"],
        &["1.0.0-1"],
        &["1.0.0-alpha"],
        &["1.0a0.dev5"],
        &["1.0.0a0", "1.0.0-alpha.0", "1.0.0~alpha.0"],
        &["1.0.0a1", "1.0.0-alpha.1", "1.0alpha1", "1.0_ALPHA-1"],
        &["1.0a1.post0.dev1"],
        &["1.0a1.post0"],
        &["1.0.0-alpha.1.1"],
        &["1.0a2"],
        &["1.0.0-alpha.beta"],
        &["1.0.0-beta"],
        &["1.0b3"],
        &["1.0b10", "1.0.0-beta.10"],
        &["1.0.0-rc"],
        &["1.0rc1", "1.0c1", "1.0.pre1", "1.0.0-rc.1"],
        &["1.0.0-rc.10"],
        &["1.0.0-rc10"],
        &["1.0.0-rc9"],
        &["1.0.0-testing.1"],
        &["1.0.0-uv-testing"],
        &["1", "1.0", "1.0.0", "1.0.0.0", "01.00.0", "1.0.0+build", "1.0+x"],
        &["1.0.post0.dev1"],
        &["1.0.post0", "1.0.post", "1.0.rev0"],
        &["1.0.post1"],
        &["1.0.0.1"],
        &["1.0.1-rc.1"],
        &["1.0.1"],
        &["1.0.10.2"],
        &["2.22.02", "2.22.2"],
        &["208"],
        &["2021.09.0", "2021.9.0"],
        &["2026.9.0.dev202608220228"],
        &["2026.9.0.dev202608230228"],
        &["20230503.3"],
        &["20230503.10"],
        &["99999999999999999999999999999999.0"],
        &["100000000000000000000000000000000.0"],
        &["1!0.1"],
    ]);
}

#[test]
fn prereleases_are_known() {
    for text in ["1.0-rc.1", "1.0b1", "1.0.dev0", "1.0.post1.dev0", "0.3.0-uv-testing", "1.0~rc1", "1.0.Final"] {
        assert!(v(text).is_prerelease(), "{text}");
    }
    for text in ["1.0", "208", "1.0.post1", "1.0+rc.1", "1!2.0", "20230503.3"] {
        assert!(!v(text).is_prerelease(), "{text}");
    }
}

#[track_caller]
fn part(text: &str, part: Part, want: Option<&str>) {
    assert_eq!(v(text).part(part).as_deref(), want, "{text} {part:?}");
}

#[test]
fn parts_stand_alone() {
    part("1.2.3-rc.1+b.5", Part::Major, Some("1"));
    part("1.2.3-rc.1+b.5", Part::Minor, Some("2"));
    part("1.2.3-rc.1+b.5", Part::Patch, Some("3"));
    part("1.2.3-rc.1+b.5", Part::Pre, Some("rc.1"));
    part("1.2.3-rc.1+b.5", Part::Build, Some("b.5"));
    part("1.2.3-rc.1", Part::Rest, Some("3-rc.1"));
    part("1.2.3-rc.1", Part::Short, Some("1.2"));
    part("1.2.3-rc.1", Part::Release, Some("1.2.3"));
    part("1.150.0-rc.1", Part::Digits, Some("11500"));
    part("2022.5.0.dev0", Part::Rest, Some("0.dev0"));
    part("2022.5.0.dev0", Part::Pre, Some("dev0"));
    part("0.98.0b3", Part::Rest, Some("0b3"));
    part("0.98.0b3", Part::Patch, Some("0"));
    part("0.98.0b3", Part::Pre, Some("b3"));
    part("1.0.3.1", Part::Rest, Some("3.1"));
    part("1.2", Part::Patch, None);
    part("1.2", Part::Rest, None);
    part("1.2-rc.1", Part::Rest, None);
    part("208", Part::Minor, None);
    part("208", Part::Short, None);
    part("208", Part::Release, Some("208"));
    part("1.2.0", Part::Pre, None);
    part("1.2.0", Part::Build, None);
    part("1.0.post1", Part::Pre, None);
    part("1!2.0.1", Part::Major, Some("2"));
    for part in Part::ALL {
        assert_eq!(Part::parse_name(part.name()), Some(part));
    }
}

#[track_caller]
fn from(parts: &[(Part, &str)], scheme: Scheme, want: Option<&str>) {
    let parts: Vec<_> = parts.iter().map(|(part, text)| (*part, (*text).to_owned())).collect();
    assert_eq!(Version::from_parts_in(&parts, scheme).as_ref().map(Version::as_str), want, "{parts:?}");
    if scheme == Scheme::Loose {
        assert_eq!(Version::from_parts(&parts).as_ref().map(Version::as_str), want, "{parts:?}");
    }
}

#[test]
fn parts_come_together() {
    use Part::{Build, Digits, Major, Minor, Patch, Pre, Release, Rest, Short};
    let loose = Scheme::Loose;
    from(&[], loose, None);
    from(&[(Major, "2022"), (Minor, "5")], loose, None);
    from(&[(Major, "2022"), (Minor, "5"), (Rest, "0.dev0")], loose, Some("2022.5.0.dev0"));
    from(&[(Rest, "0b3"), (Minor, "98"), (Major, "0")], loose, Some("0.98.0b3"));
    from(&[(Short, "2022.5"), (Rest, "0.dev0")], loose, Some("2022.5.0.dev0"));
    from(&[(Major, "0"), (Minor, "105"), (Patch, "3")], loose, Some("0.105.3"));
    from(&[(Major, "1"), (Minor, "2"), (Patch, "3"), (Pre, "rc.1")], loose, Some("1.2.3-rc.1"));
    from(&[(Major, "1"), (Minor, "2"), (Patch, "3"), (Pre, "")], loose, Some("1.2.3"));
    from(&[(Release, "1.2.3"), (Pre, "rc.1"), (Build, "b5")], loose, Some("1.2.3-rc.1+b5"));
    from(&[(Release, "1.2.3"), (Pre, "rc1")], loose, None);
    from(&[(Release, "1.2.3"), (Pre, "rc1")], Scheme::Semver, Some("1.2.3-rc1"));
    from(&[(Release, "1.2.3"), (Pre, "rc1")], Scheme::Pep440, Some("1.2.3rc1"));
    from(&[(Release, "17.2"), (Pre, "dev0")], Scheme::Pep440, Some("17.2.dev0"));
    from(&[(Release, "17.2"), (Pre, "dev0")], loose, None);
    from(&[(Release, "1.2.3"), (Major, "2")], loose, None);
    from(&[(Release, "1.2.3"), (Digits, "123")], loose, Some("1.2.3"));
    from(&[(Digits, "123")], loose, None);
    from(&[(Release, "1.2;3")], loose, None);
}

#[test]
fn dates() {
    assert_eq!(Date::parse("2024-02-29").map(|d| d.to_string()), Ok("2024-02-29".to_owned()));
    for text in ["2023-02-29", "2024-13-01", "2024-00-01", "2024-1-1", "20240101", "", "2024-01-01 ", "x024-01-01"] {
        assert!(Date::parse(text).is_err(), "{text}");
    }
    assert!(Date { year: 2024, month: 12, day: 31 } < Date { year: 2025, month: 1, day: 1 });
}

#[track_caller]
fn takes(scheme: Scheme, texts: &[&str]) {
    for text in texts {
        assert_eq!(scheme.check(&v(text)), Ok(()), "{text}");
    }
}

#[track_caller]
fn refuses(scheme: Scheme, text: &str, message: &str, hint: &str) {
    let error = scheme.check(&v(text)).expect_err(text);
    assert!(error.message.contains(message), "{}", error.message);
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{:?}", error.hint);
}

#[test]
fn schemes_take_their_own() {
    takes(
        Scheme::Semver,
        &["1.2.0", "0.2.0-testing.1", "0.3.0-uv-testing", "1.21.0-beta", "0.44.0-rc2", "1.0.0--+b-1"],
    );
    takes(Scheme::Chart, &["1.2.0", "30.46.0", "1.2.0-rc.1"]);
    takes(Scheme::Calver, &["2026.9.0", "24.04", "2022.4.0b1", "2022.3.0.dev0", "20230503.3", "2021.09.0"]);
    takes(Scheme::Calver, &["2026.9.0-rc.1", "2026.9.0.1", "2026.9.0.dev202608220228", "9999.09.9.dev9999"]);
    takes(Scheme::Pep440, &["208", "0.76", "1.0.10.2", "2022.4.0b1", "1!2.0", "1.0a1.post2.dev3", "1.0+ubuntu.1"]);
    takes(Scheme::Loose, &["208", "1.2.0~rc.1", "1.2.0.Final", "1.1.1k"]);
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::parse_name(scheme.name()), Some(scheme));
    }
}

#[test]
fn schemes_say_why_not() {
    let (semver, chart, calver, pep440) = (Scheme::Semver, Scheme::Chart, Scheme::Calver, Scheme::Pep440);
    refuses(chart, "1.0.3.1", "a chart version has exactly three numbers: `1.0.3.1` has four", "`1.0.3`");
    refuses(semver, "1.0.3.1", "a semantic version has exactly three numbers: `1.0.3.1` has four", "`1.0.4`");
    refuses(semver, "0.76", "has two", "write `0.76.0`");
    refuses(semver, "208", "has one", "write `208.0.0`");
    refuses(semver, "2021.09.0", "no leading zeros: `2021.09.0` has `09`", "write `2021.9.0`");
    refuses(semver, "2022.4.0b1", "has `b1`", "write `2022.4.0-beta.1`");
    refuses(semver, "1.2.0~rc.1", "has `~rc.1`", "`1.2.0-rc.1`");
    refuses(semver, "1.2.0.Final", "has `.Final`", "`1.2.0-rc.1`");
    refuses(semver, "1!2.0.0", "has `1!`", "pep440");
    refuses(semver, "1.2.0-01", "leading zero", "identifiers");
    refuses(semver, "1.2.0-a_b", "is not a semantic version", "identifiers");
    refuses(semver, "99999999999999999999.0.0", "is not a semantic version", "numbers");
    refuses(calver, "2019109.0", "begins with `2019109`", "a date eight");
    refuses(calver, "20191309.0", "begins with `20191309`", "a date eight");
    refuses(calver, "1.2.0", "begins with `1`", "a year has four digits");
    refuses(calver, "2026", "has one", "`2026.9.0`");
    refuses(calver, "2026.9.0.Final", "has `.Final`", "`b1`, `rc1`");
    refuses(calver, "2026.9.0beta1", "has `beta1`", "`b1`, `rc1`");
    refuses(pep440, "1.2.0-rc.1", "has `-rc.1`", "write `1.2.0rc1`");
    refuses(pep440, "0.2.0-testing.1", "has `-testing.1`", "`1.2.0rc1`");
    refuses(pep440, "1.2.0beta1", "has `beta1`", "as in");
    refuses(pep440, "1.2.0rc01", "has `rc01`", "as in");
    refuses(pep440, "1.2.0rc", "has `rc`", "as in");
    refuses(pep440, "1.2.0+A", "has `+A`", "lowercase");
}

#[track_caller]
fn pair(dialect: Dialect, version: &str, scheme: Scheme, text: &str) {
    assert_eq!(dialect.render(&v(version)).as_deref(), Ok(text), "{version}");
    assert_eq!(dialect.parse(text, scheme), Ok(v(version)), "{text}");
}

#[test]
fn dialects_are_inverse_pairs() {
    use Dialect::{Deb, Docker, Helm, Pep440, Rpm, Semver};
    let (semver, pep440, calver, loose) = (Scheme::Semver, Scheme::Pep440, Scheme::Calver, Scheme::Loose);
    pair(Pep440, "1.2.0-rc.1", semver, "1.2.0rc1");
    pair(Pep440, "1.2.0-alpha.0", semver, "1.2.0a0");
    pair(Pep440, "1.2.0-beta.12+b.5", semver, "1.2.0b12+b.5");
    pair(Pep440, "1.2.0", semver, "1.2.0");
    pair(Pep440, "2022.4.0b1", calver, "2022.4.0b1");
    pair(Pep440, "2021.09.0", loose, "2021.09.0");
    pair(Semver, "1.2.0rc1", pep440, "1.2.0-rc.1");
    pair(Semver, "1.2.0b3", pep440, "1.2.0-beta.3");
    pair(Semver, "0.2.0-testing.1", semver, "0.2.0-testing.1");
    for dialect in [Rpm, Deb] {
        pair(dialect, "1.2.0-rc.1", semver, "1.2.0~rc.1");
        pair(dialect, "0.44.0-rc2", semver, "0.44.0~rc2");
        pair(dialect, "1.21.0-beta", semver, "1.21.0~beta");
        pair(dialect, "1.2.0-dev.1", semver, "1.2.0~dev.1");
        pair(dialect, "1.2.0+b.5", semver, "1.2.0+b.5");
        pair(dialect, "2022.4.0b1", pep440, "2022.4.0~b1");
        pair(dialect, "2022.4.0b1", calver, "2022.4.0~b1");
        pair(dialect, "2022.4.0.dev0", pep440, "2022.4.0~~dev0");
        pair(dialect, "1.0rc1.post2.dev3", pep440, "1.0~rc1.post2~dev3");
        pair(dialect, "1.0.post2.dev3", pep440, "1.0.post2~dev3");
        pair(dialect, "1.0.10.2", loose, "1.0.10.2");
    }
    pair(Deb, "1.2.0-rc.1+b.5", semver, "1.2.0~rc.1+b.5");
    pair(Deb, "1!2.0", pep440, "1:2.0");
    pair(Docker, "1.2.0-rc.1+b.5", semver, "1.2.0-rc.1_b.5");
    pair(Docker, "2022.4.0b1", calver, "2022.4.0b1");
    pair(Helm, "1.2.0-rc.1", Scheme::Chart, "1.2.0-rc.1");
    for dialect in Dialect::ALL {
        assert_eq!(Dialect::parse_name(dialect.name()), Some(dialect));
    }
}

#[track_caller]
fn unsayable(dialect: Dialect, version: &str, message: &str, hint: &str) {
    let error = dialect.render(&v(version)).expect_err(version);
    assert!(error.message.contains(message), "{}", error.message);
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{:?}", error.hint);
}

#[test]
fn dialects_refuse_what_they_cannot_say() {
    use Dialect::{Deb, Docker, Helm, Pep440, Rpm, Semver};
    unsayable(Pep440, "0.2.0-testing.1", "knows no such word", "`rc.N`");
    unsayable(Pep440, "0.3.0-uv-testing", "knows no such word", "`rc.N`");
    unsayable(Pep440, "1.2.0-rc.1.2", "would not come back", "`1.2.0-rc.1`");
    unsayable(Pep440, "0.44.0-rc2", "would not come back", "`0.44.0-rc.2`");
    unsayable(Pep440, "1.21.0-beta", "would not come back", "`1.21.0-beta.0`");
    unsayable(Pep440, "1.2.0-dev.1", "orders `dev` before", "`rc.N`");
    unsayable(Pep440, "1.2.0~rc.1", "would not come back", "`1.2.0-rc.1`");
    unsayable(Pep440, "1.2.0-rc.1+B-1", "`+B-1`", "lowercase");
    unsayable(Semver, "2022.4.0.dev0", "would put `dev` after", "another version");
    unsayable(Semver, "1.0.0.post1", "has no post-releases", "another version");
    unsayable(Semver, "1.0rc1", "has two", "`1.0.0`");
    unsayable(Rpm, "1.2.0-0.3", "words before numbers", "`rc.1`");
    unsayable(Rpm, "1.2.0-alpha.beta", "words before numbers", "`rc.1`");
    unsayable(Rpm, "1.2.0-rc.1+b5", "build metadata", "leave");
    unsayable(Rpm, "1!2.0", "epoch", "`Epoch:`");
    unsayable(Rpm, "1.2.0+a-b", "another meaning", "dots");
    unsayable(Deb, "0.3.0-uv-testing", "`uv-testing` has another place", "`rc.10`");
    unsayable(Deb, "1.2.0-rc10", "`rc10` has another place", "`rc.10`");
    unsayable(Deb, "1.2.0-rc0", "`rc0` has another place", "`rc.10`");
    unsayable(Deb, "1.2.0~rc.1", "holds a `~`", "`-`");
    unsayable(Deb, "1.2.0.Final", "no known pre-release", "`1.2.0-rc.1`");
    unsayable(Docker, "1!2.0", "`!`", "image tag");
    unsayable(Helm, "1.0.3.1", "exactly three numbers", "`1.0.3`");
    unsayable(Helm, "1.2.0b1", "`b1`", "`1.2.0-beta.1`");
}

#[test]
fn dialects_read_only_what_they_write() {
    for (dialect, text) in [
        (Dialect::Rpm, "1.2.0-rc.1"),
        (Dialect::Deb, "1.2.0-rc.1"),
        (Dialect::Pep440, "1.2.0-rc.1"),
        (Dialect::Pep440, "1.2.0.post1"),
        (Dialect::Docker, "1.2.0+b5"),
        (Dialect::Docker, "1.2.0_a_b"),
        (Dialect::Deb, "1:2:3"),
        (Dialect::Helm, "v1.2.0"),
        (Dialect::Semver, ""),
    ] {
        assert!(dialect.parse(text, Scheme::Semver).is_err(), "{dialect:?} {text}");
    }
}

#[track_caller]
fn bump(version: &str, level: &str, scheme: Scheme, want: &str) {
    let level = Level::parse(level).unwrap_or_else(|| panic!("{level}"));
    let next = v(version).bump(&level, scheme, TODAY);
    assert_eq!(next.map(|n| n.to_string()), Ok(want.to_owned()), "{version} {level}");
}

#[test]
fn levels_read_as_written() {
    for level in every_level() {
        assert_eq!(Level::parse(&level.to_string()), Some(level));
    }
    for text in ["", "Minor", "majr", "1.2.0", "minor-", "minor-pre", "rc-minor", "next-rc", "-rc"] {
        assert_eq!(Level::parse(text), None, "{text}");
    }
}

#[test]
fn bump_semver() {
    let s = Scheme::Semver;
    bump("1.2.3", "major", s, "2.0.0");
    bump("1.2.3", "minor", s, "1.3.0");
    bump("1.2.3", "patch", s, "1.2.4");
    bump("1.2.3", "next", s, "1.2.4");
    bump("1.9.99+b5", "patch", s, "1.9.100");
    bump("1.2.0-rc.1", "patch", s, "1.2.0");
    bump("1.2.0-rc.1", "minor", s, "1.2.0");
    bump("1.2.0-rc.1", "major", s, "2.0.0");
    bump("1.2.3-rc.1", "minor", s, "1.3.0");
    bump("2.0.0-rc.1", "major", s, "2.0.0");
    bump("1.2.0-rc.1", "final", s, "1.2.0");
    bump("1.2.0-rc.1", "pre", s, "1.2.0-rc.2");
    bump("1.2.0-rc.1", "rc", s, "1.2.0-rc.2");
    bump("1.2.0-rc.9", "next", s, "1.2.0-rc.10");
    bump("1.2.0-beta.4", "rc", s, "1.2.0-rc.1");
    bump("1.2.0-beta4", "rc", s, "1.2.0-rc1");
    bump("1.2.0-beta", "rc", s, "1.2.0-rc");
    bump("1.2.0-1", "rc", s, "1.2.0-rc.1");
    bump("1.21.0-beta", "pre", s, "1.21.0-beta.1");
    bump("0.44.0-rc2", "rc", s, "0.44.0-rc3");
    bump("0.44.0-RC2", "rc", s, "0.44.0-RC3");
    bump("0.2.0-testing.1", "pre", s, "0.2.0-testing.2");
    bump("0.2.0-rc.1", "testing", s, "0.2.0-testing.1");
    bump("0.3.0-uv-testing", "pre", s, "0.3.0-uv-testing.1");
    bump("0.3.0-uv-testing", "final", s, "0.3.0");
    bump("1.0.0-alpha.1.x", "pre", s, "1.0.0-alpha.2.x");
    bump("1.2.0", "minor-rc", s, "1.3.0-rc.1");
    bump("1.2.0", "patch-beta", s, "1.2.1-beta.1");
    bump("1.2.0", "major-rc", s, "2.0.0-rc.1");
    bump("1.2.0", "minor-dev", s, "1.3.0-dev.1");
    bump("1.3.0-dev.1", "dev", s, "1.3.0-dev.2");
    bump("1.3.0-rc1", "minor-rc", s, "1.4.0-rc1");
}

#[test]
fn bump_python_and_other_counts() {
    let (p, l) = (Scheme::Pep440, Scheme::Loose);
    bump("0.57.0.dev0", "beta", p, "0.57.0b0");
    bump("0.57.0b0", "beta", p, "0.57.0b1");
    bump("0.57.0b0", "final", p, "0.57.0");
    bump("0.57.0b0", "patch", p, "0.57.0");
    bump("0.57.0", "patch", p, "0.57.1");
    bump("0.57.0", "minor-dev", p, "0.58.0.dev0");
    bump("0.57.0.dev0", "minor-dev", p, "0.58.0.dev0");
    bump("0.57.0b3", "minor-dev", p, "0.58.0.dev0");
    bump("0.57.0.dev0", "dev", p, "0.57.0.dev1");
    bump("0.57.0b9", "rc", p, "0.57.0rc0");
    bump("1.0b1.dev2", "beta", p, "1.0b1");
    bump("1.0b1.dev2", "pre", p, "1.0b1.dev3");
    bump("1.0a1.post2", "alpha", p, "1.0a2");
    bump("1.0.post1.dev2", "final", p, "1.0.post1");
    bump("1.0.post1", "minor", p, "1.1");
    bump("1!1.0", "minor", p, "1!1.1");
    bump("1.2.0", "minor-rc", p, "1.3.0rc0");
    bump("208", "major", l, "209");
    bump("208", "next", l, "209");
    bump("0.76", "minor", l, "0.77");
    bump("0.76", "next", l, "0.77");
    bump("1.0.10.2", "patch", l, "1.0.11.0");
    bump("2.22.02", "patch", l, "2.22.03");
    bump("2.22.02", "minor", l, "2.23.00");
    bump("2.22.09", "next", l, "2.22.10");
    bump("1.2.0~rc.1", "rc", l, "1.2.0~rc.2");
    bump("1.2.0beta2", "beta", l, "1.2.0beta3");
}

#[test]
fn bump_by_the_calendar() {
    let c = Scheme::Calver;
    bump("2026.8.4", "next", c, "2026.9.0");
    bump("2026.9.0", "next", c, "2026.9.1");
    bump("2025.12.3", "next", c, "2026.9.0");
    bump("2021.08.0", "next", c, "2026.09.0");
    bump("2026.09.0", "next", c, "2026.09.1");
    bump("26.8", "next", c, "26.9");
    bump("24.04.1", "next", c, "26.09.0");
    bump("2026.9.0.3", "next", c, "2026.9.1.0");
    bump("20230503.3", "next", c, "20260901.0");
    bump("20260901.3", "next", c, "20260901.4");
    bump("2026.9.0b3", "next", c, "2026.9.0b4");
    bump("2022.4.0b1", "beta", c, "2022.4.0b2");
    bump("2022.4.0b1", "final", c, "2022.4.0");
    bump("2022.4.0", "patch", c, "2022.4.1");
    bump("2022.4.0", "minor-dev", c, "2022.5.0.dev0");
    bump("2022.4.0", "minor-beta", c, "2022.5.0b0");
    bump("2021.09.0", "minor", c, "2021.10.0");
    bump("2026.9.0.dev202608220228", "beta", c, "2026.9.0b0");
    bump("2026.9.0-rc.1", "rc", c, "2026.9.0-rc.2");
}

#[track_caller]
fn stuck(version: &str, level: &str, scheme: Scheme, message: &str, hint: &str) {
    let level = Level::parse(level).unwrap_or_else(|| panic!("{level}"));
    let error = v(version).bump(&level, scheme, TODAY).expect_err(version);
    assert!(error.message.contains(message), "{}", error.message);
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{:?}", error.hint);
}

#[test]
fn bump_never_guesses() {
    let (s, p, c, l) = (Scheme::Semver, Scheme::Pep440, Scheme::Calver, Scheme::Loose);
    stuck("208", "minor", l, "`208` has no minor number", "`major` counts its last one, to `209`");
    stuck("0.76", "patch", l, "`0.76` has no patch number", "to `0.77`");
    stuck("1.2.0", "rc", s, "`1.2.0` is final: `rc` does not say", "`minor-rc`");
    stuck("1.2.0", "pre", s, "`1.2.0` is final: `pre` does not say", "`minor-rc`");
    stuck("1.2.0", "dev", p, "`1.2.0` is final", "`minor-dev`");
    stuck("1.2.0", "final", s, "`1.2.0` is final already", "`patch`");
    stuck("1.2.0-rc.1", "beta", s, "`1.2.0-beta.1` would not be above `1.2.0-rc.1`", "give the version itself");
    stuck("0.44.0-rc9", "rc", s, "`0.44.0-rc10` would not be above `0.44.0-rc9`", "`-rc.10` would count");
    stuck("1.2.0-rc.1", "dev", s, "no development version", "`minor-dev`");
    stuck("1.2.0b1", "dev", p, "no development version", "`minor-dev`");
    stuck("1.2.0b1", "testing", p, "no pre-release `testing`", "`alpha`");
    stuck("1.2.0.Final", "rc", l, "no known pre-release", "`final` drops");
    stuck("1.0.3.1", "patch", Scheme::Chart, "exactly three numbers", "`1.0.4`");
    stuck("2026.9.0", "major", c, "is a year", "`next`");
    stuck("20230503.3", "major", c, "is a date", "`next`");
    stuck("2026.12.0", "minor", c, "may go on", "`2027.1.0` if it is a month, `2026.13.0` if not");
    stuck("2026.10.0", "next", c, "is ahead of today, 2026-09-01", "`patch`");
    stuck("20260902.0", "next", c, "is ahead of today, 2026-09-01", "`patch`");
    stuck("2026.9", "next", c, "has no number that counts", "`2026.9.1`");
    stuck("2026.13.0", "next", c, "is no month", "`minor`");
    stuck("2024.08.06", "next", c, "may be a day", "give the version");
    stuck("1.2.0", "next", c, "does not begin with a year", "`minor`");
}

#[track_caller]
fn check_step(own: &str, from: &str, to: &str, want: &str) {
    let version = |text: &str| Version::parse(text).unwrap();
    let got = version(own).keep_step(&version(from), &version(to), Scheme::Loose);
    assert_eq!(got.map_or_else(|error| error.message, |next| next.to_string()), want, "{own}: {from} → {to}");
}

#[test]
fn a_version_keeps_step_with_another() {
    check_step("0.314.1", "3.14.1", "3.14.2", "0.314.2");
    check_step("0.314.1", "3.14.1", "3.15.0", "0.315.0");
    check_step("0.314.1", "3.14.1", "3.15.0-rc.0", "0.315.0-rc.0");
    check_step("0.315.0-rc.0", "3.15.0-rc.0", "3.15.0-rc.1", "0.315.0-rc.1");
    check_step("0.315.0-rc.1", "3.15.0-rc.1", "3.15.0", "0.315.0");
    check_step("0.315.0-rc.1", "3.15.0-rc.1", "3.16.0", "0.316.0");
    check_step("0.314.1", "3.15.0-rc.1", "3.15.0", "0.315.0");
    check_step("0.314.1", "3.15.1-rc.1", "3.15.1", "0.314.2");
    check_step("0.315.0-rc.1", "3.14.1", "3.15.0", "0.315.0");
    check_step("0.5.0", "1.0.0", "1.0.0.post1", "0.5.0.post1");
    check_step("0.314.1", "3.15.0-rc.0", "3.15.0-rc.1", "`0.314.1` can't go as `3.15.0-rc.0` does to `3.15.0-rc.1`");
    check_step("0.315.0", "3.15.0", "3.14.0", "`0.315.0` can't go as `3.15.0` does to `3.14.0`");
    check_step("0.5.0", "1.2.3.4", "1.2.3.5", "`0.5.0` can't go as `1.2.3.4` does to `1.2.3.5`");
    check_step("7.1.4", "2.0.0", "3.0.0", "8.0.0");
}
