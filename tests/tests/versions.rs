//! The order of versions, against the programs that the rest of the world orders them with.
//!
//! Pairs come from a small generator with a fixed seed; `LOCKSTEP_SEED` sets another. A comparator that is not
//! installed is skipped, and says so; with `CI=true` that is a failure.
#![allow(clippy::disallowed_methods)] // a test runs the real comparators, and reads who asked for what

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use xtask::version::{Dialect, Scheme, Version};

/// A text and what it is compared as.
type Pair = (String, String);

// ---- the generator ----

struct Random(u64);

impl Random {
    /// Each test has its own stream, so that one more pair here changes none there.
    fn new(test: &str) -> Self {
        let seed = std::env::var("LOCKSTEP_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x5eed_0003_u64);
        println!("{test}: LOCKSTEP_SEED={seed}");
        let mixed = test.bytes().fold(seed, |s, b| (s ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self(mixed | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % bound as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Small numbers, so that versions meet; around the tens, where text and number disagree.
    fn number(&mut self) -> String {
        self.pick(&["0", "0", "1", "1", "2", "9", "10", "11", "99", "100", "202608220228"]).to_owned()
    }

    /// Mostly the same, so that what follows the numbers decides about half of the pairs.
    fn numbers(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| self.pick(&["1", "1", "1", "1", "1", "1", "1", "0", "2", "10"]))
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Any semantic version.
    fn semver(&mut self) -> String {
        let mut text = self.numbers(3);
        if !self.one_in(4) {
            let pieces: Vec<_> = (0..=self.below(3)).map(|_| self.identifier()).collect();
            text = format!("{text}-{}", pieces.join("."));
        }
        text
    }

    fn identifier(&mut self) -> String {
        match self.below(4) {
            0 => self.number(),
            1 => self.pick(&["rc1", "rc2", "rc10", "0a", "a-b", "-", "--1", "RC", "uv-testing", "x86"]).to_owned(),
            _ => self.pick(&["alpha", "beta", "rc", "dev", "testing", "pre", "preview"]).to_owned(),
        }
    }

    /// A semantic version as projects that package write it: a word and numbers, joined one way.
    fn packaged(&mut self, fused: bool) -> String {
        let mut text = self.numbers(3);
        if !self.one_in(4) {
            let word = self.pick(&["alpha", "beta", "rc", "dev", "testing"]);
            text = format!("{text}-{word}");
            if fused && !self.one_in(3) {
                text += self.pick(&["0", "1", "2", "9"]);
            }
            let numbers = if fused { 0 } else { [0, 1, 1, 1, 2][self.below(5)] };
            for _ in 0..numbers {
                text = format!("{text}.{}", self.number());
            }
        }
        text
    }

    /// Any version that PEP 440 calls canonical, with this many numbers.
    fn python(&mut self, count: usize) -> String {
        let mut text = self.numbers(count);
        if self.one_in(2) {
            text = format!("{text}{}{}", self.pick(&["a", "b", "rc"]), self.number());
        }
        if self.one_in(4) {
            text = format!("{text}.post{}", self.number());
        }
        if self.one_in(3) {
            text = format!("{text}.dev{}", self.number());
        }
        text
    }

    /// The spellings that PEP 440 also takes. A leading `-` is left out: there our words are semver's.
    fn lenient_python(&mut self) -> String {
        let count = 1 + self.below(4);
        let mut text = format!("{}{}", self.pick(&["", "", "", "0!", "1!"]), self.numbers(count));
        if self.one_in(2) {
            let word = self.pick(&["a", "ALPHA", "b", "beta", "c", "rc", "RC", "pre", "preview"]);
            text = format!("{text}{}{word}{}", self.pick(&["", ".", "_"]), self.lenient_number());
        }
        if self.one_in(4) {
            let word = self.pick(&["post", "rev", "r", "Post"]);
            text = format!("{text}{}{word}{}", self.pick(&["", ".", "_"]), self.lenient_number());
        }
        if self.one_in(3) {
            text = format!("{text}{}dev{}", self.pick(&["", ".", "_"]), self.lenient_number());
        }
        text
    }

    fn lenient_number(&mut self) -> String {
        match self.below(4) {
            0 => String::new(),
            1 => format!("0{}", self.number()),
            2 => format!("{}{}", self.pick(&[".", "-", "_"]), self.number()),
            _ => self.number(),
        }
    }
}

fn pairs(count: usize, mut one: impl FnMut() -> String) -> Vec<Pair> {
    (0..count).map(|_| (one(), one())).collect()
}

// ---- the comparators ----

/// One process for all pairs: a line `a b` in, a line `-1`, `0` or `1` out.
fn compare_with(mut command: Command, name: &str, pairs: &[Pair]) -> Vec<Ordering> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("versions-{name}.txt"));
    let lines: String = pairs.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    fs::write(&path, lines).unwrap();
    let output = command.stdin(File::open(&path).unwrap()).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let read = |line: &str| line.trim().parse::<i8>().unwrap_or_else(|_| panic!("{name}: {line}")).cmp(&0);
    let orders: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).map(read).collect();
    assert_eq!(orders.len(), pairs.len(), "{name} answers each pair");
    orders
}

/// Says on the real stderr, which the test harness does not catch, that nothing was compared.
fn skip(name: &str, why: &str) -> bool {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{name} is needed: {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
    false
}

fn runs(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|o| o.status.success())
}

fn has_rpm() -> bool {
    runs("rpm", &["--version"]) || skip("rpm", "install the package `rpm`")
}

fn has_dpkg() -> bool {
    runs("dpkg", &["--version"]) || skip("dpkg", "install the package `dpkg`")
}

/// A Python that has `packaging`: the system's, or one in `target/tools`.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    PYTHON.get_or_init(find_python).as_deref()
}

fn find_python() -> Option<String> {
    let import = ["-c", "import packaging.version"];
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../tools/packaging");
    let own = folder.join("bin/python").display().to_string();
    if let Some(found) = ["python3", &own].into_iter().find(|p| runs(p, &import)) {
        return Some(found.to_owned());
    }
    let made = runs("python3", &["-m", "venv", &folder.display().to_string()])
        && runs(&own, &["-m", "pip", "install", "--quiet", "packaging"])
        && runs(&own, &import);
    (made || skip("packaging", "`python3 -m pip install packaging` did not work")).then_some(own)
}

fn packaging(python: &str, name: &str, pairs: &[Pair]) -> Vec<Ordering> {
    let script = "import sys\nfrom packaging.version import Version\nfor line in sys.stdin:\n    \
                  a, b = map(Version, line.split())\n    print((a > b) - (a < b))\n";
    let mut command = Command::new(python);
    command.args(["-c", script]);
    compare_with(command, name, pairs)
}

fn rpm(name: &str, pairs: &[Pair]) -> Vec<Ordering> {
    let script = "%{lua: for l in io.lines('/dev/stdin') do local i = l:find(' ', 1, true) \
                  print(rpm.vercmp(l:sub(1, i - 1), l:sub(i + 1)) .. '\\n') end}";
    let mut command = Command::new("rpm");
    command.args(["--eval", script]);
    compare_with(command, name, pairs)
}

fn dpkg(name: &str, pairs: &[Pair]) -> Vec<Ordering> {
    let script = "while read -r a b; do
        if dpkg --compare-versions \"$a\" lt \"$b\" </dev/null; then echo -1
        elif dpkg --compare-versions \"$a\" eq \"$b\" </dev/null; then echo 0
        else echo 1; fi
    done";
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    compare_with(command, name, pairs)
}

// ---- what is asked of them ----

fn parse(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[track_caller]
fn agree(originals: &[Pair], texts: &[Pair], orders: &[Ordering]) {
    for (((a, b), (text_a, text_b)), order) in originals.iter().zip(texts).zip(orders) {
        assert_eq!(parse(a).compare(&parse(b)), *order, "`{a}` `{b}` as `{text_a}` `{text_b}`");
    }
    let equal = orders.iter().filter(|o| o.is_eq()).count();
    println!("{} pairs agree, {equal} of them equal", orders.len());
}

/// The pairs that the dialect takes, and what it writes; at least this many, and each read back as it was.
#[track_caller]
fn rendered(all: Vec<Pair>, dialect: Dialect, scheme: Scheme, at_least: usize) -> (Vec<Pair>, Vec<Pair>) {
    let render = |text: &str| {
        let rendered = dialect.render(&parse(text)).ok()?;
        assert_eq!(dialect.parse(&rendered, scheme), Ok(parse(text)), "{rendered}");
        Some(rendered)
    };
    let keep = |(a, b): Pair| {
        let texts = (render(&a)?, render(&b)?);
        Some(((a, b), texts))
    };
    let (originals, texts): (Vec<_>, Vec<_>) = all.into_iter().filter_map(keep).unzip();
    assert!(originals.len() >= at_least, "only {} pairs can be written in {}", originals.len(), dialect.name());
    (originals, texts)
}

#[test]
fn semver_orders_as_the_semver_crate() {
    let mut random = Random::new("semver");
    let pairs = pairs(20_000, || random.semver());
    let read = |text: &str| semver::Version::parse(text).unwrap();
    let orders: Vec<_> = pairs.iter().map(|(a, b)| read(a).cmp_precedence(&read(b))).collect();
    agree(&pairs, &pairs, &orders);
    for (a, b) in &pairs {
        assert_eq!((Scheme::Semver.check(&parse(a)), Scheme::Chart.check(&parse(b))), (Ok(()), Ok(())));
    }
}

#[test]
fn the_semver_dialect_of_python_versions_orders_as_the_semver_crate() {
    let mut random = Random::new("python-semver");
    let all = pairs(20_000, || random.python(3));
    let (originals, texts) = rendered(all, Dialect::Semver, Scheme::Pep440, 3_000);
    let read = |text: &str| semver::Version::parse(text).unwrap();
    let orders: Vec<_> = texts.iter().map(|(a, b)| read(a).cmp_precedence(&read(b))).collect();
    agree(&originals, &texts, &orders);
}

#[test]
fn python_versions_order_as_packaging() {
    let Some(python) = python() else { return };
    let mut random = Random::new("python");
    let canonical = pairs(5_000, || {
        let count = 1 + random.below(4);
        random.python(count)
    });
    canonical.iter().for_each(|(a, _)| assert_eq!(Scheme::Pep440.check(&parse(a)), Ok(())));
    agree(&canonical, &canonical, &packaging(python, "python", &canonical));
    let mut random = Random::new("python-lenient");
    let lenient = pairs(5_000, || random.lenient_python());
    agree(&lenient, &lenient, &packaging(python, "python-lenient", &lenient));
}

#[test]
fn the_pep440_dialect_orders_as_packaging() {
    let Some(python) = python() else { return };
    let mut random = Random::new("semver-pep440");
    let all = pairs(20_000, || random.packaged(false));
    let (originals, texts) = rendered(all, Dialect::Pep440, Scheme::Semver, 2_000);
    agree(&originals, &texts, &packaging(python, "semver-pep440", &texts));
}

#[test]
fn the_pep440_scheme_takes_what_packaging_calls_canonical() {
    let Some(python) = python() else { return };
    let mut random = Random::new("canonical");
    let texts: Vec<_> =
        (0..5_000).map(|i| if i % 2 == 0 { random.python(3) } else { random.lenient_python() }).collect();
    let pairs: Vec<_> = texts.iter().map(|text| (text.clone(), "0".to_owned())).collect();
    let script = "import sys\nfrom packaging.version import Version\nfor line in sys.stdin:\n    \
                  a = line.split()[0]\n    print(int(str(Version(a)) == a.removeprefix('0!')))\n";
    let mut command = Command::new(python);
    command.args(["-c", script]);
    for (text, canonical) in texts.iter().zip(compare_with(command, "canonical", &pairs)) {
        assert_eq!(Scheme::Pep440.check(&parse(text)).is_ok(), canonical == Ordering::Greater, "{text}");
    }
}

#[test]
fn the_rpm_dialect_orders_as_rpm() {
    if !has_rpm() {
        return;
    }
    for fused in [false, true] {
        let name = if fused { "rpm-fused" } else { "rpm" };
        let mut random = Random::new(name);
        let all = pairs(5_000, || random.packaged(fused));
        let (originals, texts) = rendered(all, Dialect::Rpm, Scheme::Semver, 3_000);
        agree(&originals, &texts, &rpm(name, &texts));
    }
    for count in 1..=4 {
        let mut random = Random::new("rpm-python");
        let all = pairs(3_000, || random.python(count));
        let (originals, texts) = rendered(all, Dialect::Rpm, Scheme::Pep440, 3_000);
        agree(&originals, &texts, &rpm("rpm-python", &texts));
    }
}

#[test]
fn the_deb_dialect_orders_as_dpkg() {
    if !has_dpkg() {
        return;
    }
    for fused in [false, true] {
        let name = if fused { "deb-fused" } else { "deb" };
        let mut random = Random::new(name);
        let all = pairs(1_000, || random.packaged(fused));
        let (originals, texts) = rendered(all, Dialect::Deb, Scheme::Semver, 600);
        agree(&originals, &texts, &dpkg(name, &texts));
    }
    for count in 1..=4 {
        let mut random = Random::new("deb-python");
        let all = pairs(500, || random.python(count));
        let (originals, texts) = rendered(all, Dialect::Deb, Scheme::Pep440, 500);
        agree(&originals, &texts, &dpkg("deb-python", &texts));
    }
}

#[test]
fn words_and_numbers_mixed_order_as_dpkg() {
    if !has_dpkg() {
        return;
    }
    let mut random = Random::new("deb-mixed");
    let all = pairs(1_500, || {
        let pieces = (0..=random.below(3)).map(|_| random.pick(&["0", "1", "2", "10", "alpha", "beta", "rc", "dev"]));
        let tail = pieces.collect::<Vec<_>>().join(".");
        format!("1.0.0-{tail}")
    });
    let (originals, texts) = rendered(all, Dialect::Deb, Scheme::Semver, 1_500);
    agree(&originals, &texts, &dpkg("deb-mixed", &texts));
}
