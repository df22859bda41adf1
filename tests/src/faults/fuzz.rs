//! Random inputs for everything that reads a text: nothing panics or hangs, and what has an inverse or an order keeps it.
//!
//! The formats of manifests have theirs beside them, in `xtask/src/locate/fuzz.rs`.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use xtask::glob::Glob;
use xtask::template::Template;
use xtask::version::level::Level;
use xtask::version::{Date, Dialect, Part, Scheme, Version};
use xtask::{config, resolve};

use super::random::Random;
use super::world::CONFIG;

/// Longer than any small text may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A fuzzer and its name.
pub type Fuzzer = (&'static str, fn(usize));

/// All of them.
pub const ALL: &[Fuzzer] =
    &[("config", configs), ("template", templates), ("version", versions), ("bump", bumps), ("glob", globs)];

const CONFIGS: &[&str] = &[
    CONFIG,
    "[project]\nname = \"web\"\ncommit = \"Bump {app}\"\n\n[track.app]\nscheme = \"semver\"\nbump = \"minor\"\ntag = \"{version}\"\nmessage = \"Version {version}\"\n\
     branch = \"main\"\n\n[track.chart]\nrepo = \"charts\"\nwith = [\"app\"]\n\n[repo.charts]\npath = \"../charts\"\nurl = \"https://example.com/acme/charts.git\"\n\
     branch = \"master\"\ncommit = \"Bump {app}, {chart}\"\n",
    "[track.app]\nscheme = \"calver\"\n[[manifest]]\npath = [\"a/*.yaml\", \"b/**\"]\nexclude = [\"b/old/**\"]\nonly = \"**/x*\"\nyaml.\"image.tag\" = \"release-{app}\"\n\
     yaml.a.b.c = \"{app.major}\"\nimage.\"acme/web\" = { template = \"v{app:docker}\", count = 3 }\nregex.'(?<version>.*)' = { template = \"{app}\", count = \"each\" }\n\n\
     [[allow]]\npath = \"docs/old.md\"\nsays = \"1.2.0\"\nreason = \"the guide for the old line\"\nuntil = \"2027-01-31\"\n",
];

const CONFIG_PIECES: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "{{",
    "\"",
    "'",
    "\"\"\"",
    "=",
    ".",
    ",",
    "\n",
    "\r\n",
    "\t",
    "#",
    "\\",
    "\\u0000",
    "é",
    "🚀",
    "\u{feff}",
    "\0",
    "0",
    "-1",
    "true",
    "1979-05-27",
    "[track.app]\n",
    "[repo.charts]\n",
    "[[manifest]]\n",
    "[[allow]]\n",
    "path = \"**\"\n",
    "with = \"chart\"\n",
    "with = [\"app\", \"chart\"]\n",
    "yaml.a = \"{chart}\"\n",
    "count = 0",
    "{app.short}",
    "{app:rpm}",
    "{nobody}",
    "text.'{}' = \"{app}\"\n",
    "text.'{}{}' = \"{app}\"\n",
    "regex.'(' = \"{app}\"\n",
    "../",
    "/etc",
    "a = 1\n",
];

fn configs(rounds: usize) {
    let mut random = Random::new("config");
    for round in 0..rounds {
        let mut text = CONFIGS[round % CONFIGS.len()].to_owned();
        for _ in 0..random.below(5) {
            random.mutate(&mut text, CONFIG_PIECES);
        }
        let start = Instant::now();
        let result = config::parse("release.toml", &text).and_then(resolve::resolve);
        assert!(start.elapsed() < PATIENCE, "{:?}\n{text}", start.elapsed());
        let Err(failure) = result else { continue };
        for failure in std::iter::once(&failure).chain(&failure.more) {
            assert!(!failure.message.is_empty() && !failure.message.ends_with('.'), "{failure:?}\n{text}");
            let line = failure.place.as_ref().and_then(|place| place.at).map_or(1, |(line, _)| line);
            let lines = text.split('\n').count() + text.matches('\r').count();
            assert!((1..=lines).contains(&line), "{failure:?}\n{text}");
        }
    }
}

const TEMPLATE_PIECES: &[&str] = &[
    "{app}",
    "{chart}",
    "{app.major}",
    "{app.minor}",
    "{app.patch}",
    "{app.minor:02}",
    "{app.patch:03}",
    "{app.pre}",
    "{app.build}",
    "{app.rest}",
    "{app.short}",
    "{app.release}",
    "{app.digits}",
    "{app:pep440}",
    "{app:rpm}",
    "{app:deb}",
    "{app:docker}",
    "{app:helm}",
    "{app:semver}",
    "v",
    "-",
    ".",
    "release-",
    "{{",
    "}}",
    "é",
    "/",
    ":",
];

const BROKEN_PIECES: &[&str] =
    &["{", "}", "{}", "{app", "{app.}", "{.x}", "{app:}", "{a b}", "\n", "\0", "🚀", "{app.majr}", "{{{"];

fn templates(rounds: usize) {
    let mut random = Random::new("template");
    for _ in 0..rounds {
        let mut text: String = (0..=random.below(5)).map(|_| random.pick(TEMPLATE_PIECES)).collect();
        if random.one_in(4) {
            random.mutate(&mut text, BROKEN_PIECES);
        }
        let template = match Template::parse(&text) {
            Ok(template) => template,
            Err(error) => {
                assert!(!error.message.is_empty(), "{text}");
                continue;
            }
        };
        assert_eq!(template.as_str(), text);
        let (app, chart) = (version(&mut random), version(&mut random));
        let start = Instant::now();
        let by_name = |name: &str| Some(if name == "app" { &app } else { &chart });
        if let Ok(rendered) = template.render(by_name) {
            assert!(
                template.solve(&rendered).is_some(),
                "`{text}` says `{rendered}` for `{app}`, `{chart}`, and can't read it"
            );
            let mut other = rendered;
            random.mutate(&mut other, BROKEN_PIECES);
            let _ = template.solve(&other);
        }
        assert!(start.elapsed() < PATIENCE, "`{text}` with `{app}`, `{chart}`: {:?}", start.elapsed());
    }
}

const VERSION_PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "9",
    "10",
    "01",
    "2026",
    "202608220228",
    ".",
    ".",
    ".",
    "-",
    "+",
    "_",
    "~",
    "!",
    "1!",
    "rc",
    "-rc.1",
    "a",
    "b3",
    "alpha",
    "beta",
    ".dev0",
    "dev",
    ".post1",
    "post",
    "-uv-testing",
    "x86",
    "RC",
    "v",
    "--",
    "..",
    "18446744073709551616",
];

/// A text that may be a version.
fn maybe_version(random: &mut Random) -> String {
    let mut text = format!("{}.{}", random.below(4), random.below(12));
    if random.one_in(2) {
        text += &format!(".{}", random.below(3));
    }
    for _ in 0..random.below(4) {
        text += random.pick(VERSION_PIECES);
    }
    if random.one_in(8) {
        random.mutate(&mut text, VERSION_PIECES);
    }
    text
}

fn version(random: &mut Random) -> Version {
    loop {
        if let Ok(version) = Version::parse(&maybe_version(random)) {
            return version;
        }
    }
}

fn versions(rounds: usize) {
    let mut random = Random::new("version");
    for _ in 0..rounds {
        let text = maybe_version(&mut random);
        if let Ok(version) = Version::parse(&text) {
            assert_eq!(version.as_str(), text);
        }
        let (a, b, c) = (version(&mut random), version(&mut random), version(&mut random));
        let (ab, bc, ac) = (a.compare(&b), b.compare(&c), a.compare(&c));
        assert_eq!(a.compare(&a), Ordering::Equal, "`{a}` and itself");
        assert_eq!(ab, b.compare(&a).reverse(), "`{a}` `{b}`");
        if ab == bc || ab == Ordering::Equal {
            assert_eq!(ac, bc, "`{a}` `{b}` `{c}`");
        } else if bc == Ordering::Equal {
            assert_eq!(ac, ab, "`{a}` `{b}` `{c}`");
        }
        for dialect in Dialect::ALL {
            if let Ok(text) = dialect.render(&a) {
                assert!(!text.is_empty() && text.is_ascii(), "`{a}` as {}: `{text}`", dialect.name());
            }
            let _ = dialect.parse(a.as_str(), Scheme::Loose);
        }
        let parts: Vec<(Part, String)> =
            Part::ALL.iter().filter_map(|&part| Some((part, a.part(part)?))).filter(|_| random.one_in(2)).collect();
        let _ = Version::from_parts(&parts);
    }
}

/// A level always leads forward, and to a version of the scheme.
fn bumps(rounds: usize) {
    let mut random = Random::new("bump");
    let day = Date::new(2026, 11, 21).expect("a day");
    for _ in 0..rounds {
        let version = version(&mut random);
        let schemes = ["semver", "chart", "calver", "pep440", "loose"];
        let scheme = Scheme::parse_name(random.pick(&schemes)).expect("a scheme");
        let level = Level::parse(random.pick(&Level::NAMES)).expect("a level");
        if let Ok(next) = version.bump(&level, scheme, day) {
            let forward = next.compare(&version);
            assert_eq!(forward, Ordering::Greater, "{level} of `{version}` in {} is `{next}`", scheme.name());
            if scheme.check(&version).is_ok() {
                assert!(scheme.check(&next).is_ok(), "{level} of `{version}` in {} is `{next}`", scheme.name());
            }
        }
    }
}

const GLOB_PIECES: &[&str] = &["a", "b", "é", "ab", ".", "*", "*", "?", "[ab]", "[!a]", "[a-c]", "/", "/", "/**/"];

fn globs(rounds: usize) {
    let mut random = Random::new("glob");
    for _ in 0..rounds {
        let mut pattern: String = (0..=random.below(6)).map(|_| random.pick(GLOB_PIECES)).collect();
        if random.one_in(4) {
            pattern = format!("**/{pattern}");
        }
        if random.one_in(6) {
            pattern += "/**";
        }
        let broken = random.one_in(8);
        if broken {
            random.mutate(&mut pattern, &["[", "]", "{", "}", "{x}", "**", "***", "!", "-", "[]", "[!]", "\\"]);
        }
        let path: String =
            (0..=random.below(7)).map(|_| random.pick(&["a", "b", "c", "é", "/", "a/", "b/", "."])).collect();
        let Ok(glob) = Glob::parse(&pattern) else { continue };
        let start = Instant::now();
        let is = glob.is_match(&path);
        assert!(start.elapsed() < PATIENCE, "`{pattern}` on `{path}`");
        // What two stars within a name, an empty folder or a slash at the end would mean is nowhere said.
        let plain = !broken
            && !pattern.ends_with('/')
            && !pattern.contains("//")
            && !pattern.starts_with('/')
            && !path.contains("//");
        let stars = pattern.split('/').any(|part| part.contains("**") && part != "**");
        if plain && !stars && !path.starts_with('/') && !path.ends_with('/') {
            let (pattern_chars, path_chars): (Vec<char>, Vec<char>) =
                (pattern.chars().collect(), path.chars().collect());
            assert_eq!(is, matches(&pattern_chars, &path_chars), "`{pattern}` on `{path}`");
        }
    }
}

/// The same rules, one line a rule, by trying everything.
fn matches(pattern: &[char], path: &[char]) -> bool {
    let within = |c: &char| *c != '/';
    match pattern {
        [] => path.is_empty(),
        ['*', '*', '/', rest @ ..] => {
            let folders = (0..path.len()).filter(|&at| path[at] == '/').map(|at| at + 1);
            std::iter::once(0).chain(folders).any(|at| matches(rest, &path[at..]))
        }
        ['*', '*'] => true,
        ['*', rest @ ..] => {
            let most = path.iter().take_while(|c| within(c)).count();
            (0..=most).any(|at| matches(rest, &path[at..]))
        }
        ['?', rest @ ..] => path.first().is_some_and(within) && matches(rest, &path[1..]),
        ['[', rest @ ..] => {
            let Some(close) = rest.iter().skip(1).position(|&c| c == ']').map(|at| at + 1) else {
                return path.first() == Some(&'[') && matches(rest, &path[1..]);
            };
            let (set, rest) = (&rest[..close], &rest[close + 1..]);
            let Some(c) = path.first().filter(|c| within(c)) else { return false };
            let (negated, set) = set.strip_prefix(&['!']).map_or((false, set), |set| (true, set));
            let range = set.windows(3).any(|w| w[1] == '-' && (w[0]..=w[2]).contains(c));
            (set.contains(c) || range) != negated && matches(rest, &path[1..])
        }
        [literal, rest @ ..] => path.first() == Some(literal) && matches(rest, &path[1..]),
    }
}
