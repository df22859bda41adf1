//! Small realistic manifests, broken in random ways, through every format.
//!
//! Whatever the text: nothing panics, spans lie within it, and a splice changes only the bytes of its sites. The
//! generator is our own and starts from the same seed, so a failure comes again; `LOCKSTEP_FUZZ` sets the number of
//! texts a format (2,000 by default), `LOCKSTEP_FORMAT` tries only one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::splice::{Edit, Part, rewrite};
use super::{FORMATS, Format, Reading};

/// A format's name, a manifest, locators that hit in it.
type Sample = (&'static str, &'static str, &'static [&'static str]);

const SAMPLES: &[Sample] = &[
    (
        "yaml",
        "apiVersion: v2\nname: web # 🚀\nversion: 1.4.17\nappVersion: \"1.26.0\"\ndependencies:\n- name: redis\n  version: 8.6.1\n\
         - version: '9.0.*'\n  name: pg\nempty:\n",
        &["version", "appVersion", "dependencies[name=pg].version", "empty"],
    ),
    (
        "yaml",
        "base: &base\n  image: {repo: acme/web, tag: v1.2}\nweb:\n  <<: *base\n  short: 2022.5\nlist: [a, 'b', {k: v}]\nnotes: |\n  1.0.0\n\
         ---\nkind: Job\nspec:\n  v: v1\n",
        &["base.image.tag", "web.short", "list[1]", "notes", "[kind=Job].spec.v", "web.image.tag"],
    ),
    (
        "yaml",
        "# {{ x }}\r\nimage:\r\n  tag: '{{ .Values.tag }}'\r\n  \"na me\": \"web\\u00e9\" \r\n  long: >-\r\n    1.0\r\nversion: !!str 1.2\r\nold: &o ~\r\n",
        &["version", "image.tag", "image.\"na me\"", "image.long", "old"],
    ),
    (
        "toml",
        "[package]\nname = \"app\" # é\nversion     = \"1.0.0\"\nedition = '2021'\nn = 7\nf = 1.5\nd = 2024-05-01\n\n[dependencies]\n\
         a.b = { version = \"1\", path = '''x''' }\n\n[[package2]]\nname = \"app\"\nversion = \"2.0\"\n",
        &[
            "package.version",
            "package.n",
            "package.f",
            "package.d",
            "dependencies.a.b.version",
            "package2[name=app].version",
        ],
    ),
    (
        "json",
        "{\n  \"name\": \"web\\u00e9\", // c\n  \"version\": \"1.10.5\",\n  \"n\": 7,\n  \"boards\": [{\"v\": \"1\", \"id\": \"pi\"},],\n  \
         \"deps\": {\"@acme/x\": \"^1.0\", \"\": {\"version\": \"1\"}}\n}\n",
        &["version", "n", "boards[id=pi].v", "deps.@acme/x", "deps.\"\".version"],
    ),
    (
        "json",
        "[{\"name\": \"a\", \"v\": [1, 2.5, \"3\", null, true]}, {\"name\": \"b\", \"v\": {\"x.y\": \"v1\"}}]",
        &["[0].v[1]", "[0].v[2]", "[name=b].v.\"x.y\""],
    ),
    (
        "xml",
        "<Project Sdk=\"x\">\r\n  <PropertyGroup>\r\n    <Version>1.2.3</Version><V><![CDATA[1.0]]></V>\r\n    <W>1&amp;2</W>\r\n  \
         </PropertyGroup>\r\n</Project>\r\n",
        &["Project.PropertyGroup.Version", "Project.@Sdk"],
    ),
    (
        "xml",
        "<?xml version=\"1.0\"?>\n<project xmlns=\"u\" xmlns:x=\"v\">\n  <!-- c --><version> 1.0 </version>\n  <x:dep id='a'>\n    \
         <version>2.0</version>\n  </x:dep>\n  <ref Include=\"Foo\" Version=\"3.0\"/><e></e>\n</project>\n",
        &["project.version", "project.dep[@id=a].version", "project.ref[@Include=Foo].@Version", "project.e"],
    ),
    (
        "ini",
        "[metadata]\nname = app\nversion      = 2022.4.0 ; c\n# version = 1\n[tool]\nversion: 1.0\n",
        &["metadata.version", "tool.version"],
    ),
    (
        "python",
        "\"\"\"doc\"\"\"\nfrom typing import Final\nMAJOR: Final = 2022\nPATCH: Final = \"0.dev0\"\n__version__ = '1.0.0'  # c\n\
         VERSION = (1, 2, 3)\nsetup(\n    version=\"1.0\",\n)\n",
        &["MAJOR", "PATCH", "__version__", "VERSION[1]", "setup.version"],
    ),
    (
        "spec",
        "%global ver 1.2.3\nName: web\nVersion: 1.108.0\nRelease: 1%{?dist}\nURL: https://x/v%{version}\n\n%changelog\n- Version: 1\n",
        &["Version", "Release", "%ver"],
    ),
    (
        "dockerfile",
        "# syntax=x\nARG VERSION=v1.137.0\nFROM ghcr.io/acme/web:v1.2.3 AS build\nENV A=1 \\\n    B=\"2\"\nLABEL org.version=\"1.0\"\n",
        &["ARG.VERSION", "ENV.B", "LABEL.org.version", "FROM.acme/web"],
    ),
    (
        "env",
        "# c\nexport VERSION_MAJOR=\"17\"\nVERSION_MINOR='2'\nSUFFIX=dev0 # c\nEMPTY=\n",
        &["VERSION_MAJOR", "VERSION_MINOR", "SUFFIX", "EMPTY"],
    ),
    (
        "image",
        "  image: acme/web:v1.150.0-cluster\n  other: host:5000/acme/web:v1\nRun `docker pull acme/web:1.0`. acme/webx:1\n",
        &["acme/web"],
    ),
    ("text", "#!/bin/sh\ngithub_tag=${1-\"0.1.3\"}\nurl=v1/v1.2.3/x\n", &["github_tag=${1-\"{}\"}", "url=v1/{}/x"]),
    (
        "regex",
        "Build-1.2.3 é\nBuild-1.2.4\nend v=1;\n",
        &["Build-(?<version>\\S+)", "(?m)^end v=(?<version>.*?);$", "(?<version>é?)$"],
    ),
    ("line", "1.2.3\n", &["all", "1"]),
    ("line", "# é\r\n1.2.3 \r\n\r\nlast", &["1", "2", "4"]),
];

/// Pieces that mean something to one format or another.
const PIECES: &[&str] = &[
    "\r\n",
    "\r",
    "\n",
    "\t",
    " ",
    "\u{feff}",
    "🚀",
    "é",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\"",
    "'",
    "`",
    "\\",
    "#",
    "//",
    "/*",
    "*/",
    ":",
    ": ",
    "- ",
    "? ",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "<<: *base\n",
    "!!str ",
    "|",
    ">-\n",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    ",",
    "=",
    "[[",
    "]]",
    "\"\"\"",
    "'''",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&lt;",
    "<!DOCTYPE a>",
    "%",
    "%{",
    "${",
    "$(",
    "(",
    ")",
    "@",
    "@sha256:00ff",
    "\\u00e9",
    "\\ud83d",
    "1",
    "0",
    ".",
    "-",
    "null",
    "version: 2\n",
    "version = 1\n",
    "<<<<<<< HEAD\n",
];

/// Versions, and what nobody should ask for.
const VALUES: &[&str] = &[
    "1.2.4",
    "v2.0.0-rc.1",
    "1.10",
    "2022.6",
    "8",
    "0.dev0",
    "0b1",
    "no",
    "2024-05-02",
    "1e3",
    "",
    " ",
    "a: b",
    "a #b",
    "\"",
    "'",
    "\\",
    "x\ny",
    "🚀é",
    "- a",
    "{{x}}",
    "&a",
    "*a",
    "|",
    "]",
    "}",
    ",",
    "\u{feff}1",
    "</v>",
    "&lt;",
    "-->",
    "#",
    "$x",
    "${x}",
    "%x",
    "1\r",
    "\0",
    "1;2",
    "`x`",
];

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// A character border of the text.
    fn border(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str, longest: usize) -> std::ops::Range<usize> {
        let start = self.border(text);
        let mut end = (start + self.below(longest + 1)).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        start..end.max(start)
    }

    fn mutate(&mut self, text: &mut String) {
        match self.below(12) {
            0 => *text = text.replace('\n', "\r\n"),
            1 => *text = text.replace('\n', "\r"),
            2 => text.insert(0, '\u{feff}'),
            3 => text.truncate(text.trim_end().len()),
            4 => {
                let at = self.border(text);
                text.truncate(at);
            }
            5 | 6 => text.replace_range(self.range(text, 8), ""),
            7 => {
                let copy = text[self.range(text, 40)].to_owned();
                let at = self.border(text);
                text.insert_str(at, &copy);
            }
            8 => {
                let range = self.range(text, 3);
                text.replace_range(range, self.pick(PIECES));
            }
            _ => {
                let at = self.border(text);
                text.insert_str(at, self.pick(PIECES));
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the number of rounds of a test is no input of the tool")]
fn rounds() -> usize {
    std::env::var("LOCKSTEP_FUZZ").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2_000)
}

/// `web.image.tag` is there to be refused: only a merge brings it.
#[test]
fn samples_hit() {
    for (name, text, locators) in SAMPLES {
        let format = super::find_format(name).unwrap();
        for locator in locators.iter().filter(|locator| **locator != "web.image.tag") {
            let hits = format.read(text, &[locator], false).unwrap().hits.remove(0);
            assert!(!hits.is_empty() || format.about().is_empty(), "`{name}.{locator}`");
        }
    }
}

/// Every format, on two threads: the long form takes minutes.
#[test]
#[expect(clippy::disallowed_methods, reason = "which format a test tries is no input of the tool")]
fn random_texts() {
    let (next, only) = (AtomicUsize::new(0), std::env::var("LOCKSTEP_FORMAT").ok());
    let work = || {
        while let Some(format) = FORMATS.get(next.fetch_add(1, Ordering::Relaxed)) {
            if only.as_deref().is_none_or(|only| only == format.name()) {
                random_texts_of(*format);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

#[expect(clippy::print_stdout, reason = "the long form reports its rate")]
fn random_texts_of(format: &'static dyn Format) {
    let samples: Vec<&Sample> = SAMPLES.iter().filter(|(name, ..)| *name == format.name()).collect();
    assert!(!samples.is_empty(), "`{}` has no sample here", format.name());
    let (mut random, rounds, start) = (Random(0x9e37_79b9_7f4a_7c15), rounds(), Instant::now());
    for round in 0..rounds {
        let (_, sample, locators) = samples[round % samples.len()];
        let mut text = (*sample).to_owned();
        for _ in 0..random.below(4) {
            random.mutate(&mut text);
        }
        exercise(format, &text, locators, &mut random);
        check_outline(format, &text, &mut random);
    }
    let rate = rounds as f64 / start.elapsed().as_secs_f64();
    println!("{}: {rounds} texts, {rate:.0} a second", format.name());
}

fn exercise(format: &'static dyn Format, text: &str, locators: &[&'static str], random: &mut Random) {
    let locators: Vec<&str> = locators.iter().copied().filter(|locator| format.check(locator).is_ok()).collect();
    for locator in &locators {
        let reading = match format.read(text, &[locator], true) {
            Ok(reading) => reading,
            Err(error) => {
                assert!(error.offset.is_none_or(|at| at <= text.len()), "{error:?}\n{text:?}");
                assert!(!error.message.is_empty());
                continue;
            }
        };
        check_reading(format, text, locator, &reading);
        let wanted = reading.hits[0].iter().map(|_| (random.below(4) > 0).then(|| random.pick(VALUES).to_owned()));
        write(format, text, locator, wanted.collect());
    }
}

/// The way back: what an outline says of a place, the format finds there, or not at all where keys stand twice.
fn check_outline(format: &'static dyn Format, text: &str, random: &mut Random) {
    let plain = format.outline(text).map_or(Vec::new(), |outline| outline.plain());
    let Some((locator, span)) = plain.get(random.below(plain.len())) else { return };
    let context = || format!("{}.{locator}: {span:?}\n{text:?}", format.name());
    assert!(text.get(span.clone()).is_some(), "{}", context());
    assert!(format.check(locator).is_ok(), "{}", context());
    if let Ok(reading) = format.read(text, &[locator], false) {
        assert!(reading.hits[0].iter().any(|hit| hit.span == *span), "{}", context());
    }
}

/// Spans lie within the text, in order; leaves don't change what is hit.
fn check_reading(format: &dyn Format, text: &str, locator: &str, reading: &Reading) {
    let name = format.name();
    let bare = format.read(text, &[locator], false).unwrap();
    assert_eq!(bare.hits, reading.hits, "{name}.{locator}\n{text:?}");
    let spans = [
        reading.hits[0].iter().map(|hit| &hit.span).collect::<Vec<_>>(),
        reading.leaves.iter().map(|leaf| &leaf.span).collect::<Vec<_>>(),
    ];
    for spans in spans {
        for span in &spans {
            assert!(text.get((*span).clone()).is_some(), "{name}.{locator}: {span:?}\n{text:?}");
        }
        for pair in spans.windows(2) {
            assert!(
                pair[0].start <= pair[1].start && pair[0].end <= pair[1].start,
                "{name}.{locator}: {pair:?}\n{text:?}"
            );
        }
    }
}

/// A rewrite is refused, or does what was asked and nothing else.
fn write(format: &'static dyn Format, text: &str, locator: &str, wanted: Vec<Option<String>>) {
    let asked = || Part { format, locators: vec![locator], wanted: vec![wanted.clone()] };
    let Ok(done) = rewrite(text, &[asked()]) else { return };
    let context = || format!("{}.{locator} = {wanted:?}\n{text:?}\n{:?}", format.name(), done.text);
    let back: Vec<Edit> = done
        .edits
        .iter()
        .zip(&done.spans)
        .map(|(edit, span)| Edit { span: span.clone(), bytes: text[edit.span.clone()].to_owned() })
        .collect();
    assert_eq!(super::splice::splice(&done.text, &back).unwrap(), text, "{}", context());
    let before = format.read(text, &[locator], true).unwrap();
    let after = format.read(&done.text, &[locator], true).unwrap();
    assert_eq!(before.leaves.len(), after.leaves.len(), "{}", context());
    assert_eq!(before.hits[0].len(), after.hits[0].len(), "{}", context());
    for ((old, new), wanted) in before.hits[0].iter().zip(&after.hits[0]).zip(&wanted) {
        assert_eq!(&new.value, wanted.as_ref().unwrap_or(&old.value), "{}", context());
    }
    assert!(rewrite(&done.text, &[asked()]).unwrap().edits.is_empty(), "{}", context());
}
