//! What a number is of, in a word: how a track is called.

/// Words that say that something is a version, not of what.
const EMPTY: &[&str] = &[
    "version",
    "versions",
    "ver",
    "tag",
    "image",
    "default",
    "release",
    "docker",
    "appversion",
    "number",
    "current",
    "latest",
    "the",
    "a",
    "is",
    "v",
    "app",
    "arg",
    "env",
    "label",
    "from",
    "value",
    "name",
    "newtag",
    "ref",
    "revision",
    "html",
    "https",
    "http",
    "com",
    "org",
    "io",
    "dev",
    "url",
    "self",
    "const",
    "var",
    "let",
    "static",
    "string",
    "str",
    "final",
    "public",
];

/// The name of the number whose line has this mask: what stands before the first version, or the file's.
pub(super) fn of_place(path: &str, mask: &str) -> String {
    let before = mask.split('\0').next().unwrap_or_default();
    of_text(before).or_else(|| of_path(path)).unwrap_or_else(|| String::from("version"))
}

/// `    image: acme/web:v` → `web`; `VM_AGENT_VERSION = "` → `vm-agent`.
fn of_text(before: &str) -> Option<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || "_-./@".contains(c);
    let mut words = before.split(|c: char| !part(c)).filter(|word| !word.is_empty()).rev();
    words.find_map(|word| word.rsplit('/').find_map(sensible)).filter(|_| before.len() < 200)
}

/// The folder, or the file's own name where it lies at the root.
fn of_path(path: &str) -> Option<String> {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or(file);
    parts.find_map(sensible).or_else(|| sensible(stem))
}

/// The words that say something, joined as a track's name; none where nothing is left.
fn sensible(text: &str) -> Option<String> {
    let words: Vec<String> = split_words(text).into_iter().filter(|word| !EMPTY.contains(&word.as_str())).collect();
    let name = words.join("-");
    let good = name.len() >= 2 && name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_lowercase());
    good.then_some(name)
}

/// `vmAgentVersion`, `VM_AGENT_VERSION`, `vm-agent` → their words in lower case.
fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let apart = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
        if apart {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric() {
            words.last_mut().expect("there is one").push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The name, or the name with a number where it is taken.
pub(super) fn unique(name: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-{n}")));
    names.into_iter().find(|name| !taken(name)).expect("the numbers don't end")
}

/// What one of the folders in `parent` is called, each of which has a manifest of this name.
pub(super) fn one_of(parent: &str, file: &str) -> String {
    match parent.trim_end_matches('/').rsplit('/').next().unwrap_or_default() {
        "" if file.starts_with("Cargo") => String::from("crate"),
        "" => String::from("package"),
        folder => singular(folder),
    }
}

/// `charts` → `chart`: what one of these is called.
pub(super) fn singular(folder: &str) -> String {
    let name = sensible(folder).unwrap_or_else(|| String::from("part"));
    match name.strip_suffix('s') {
        Some(one) if one.len() >= 3 && !one.ends_with('s') => one.to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, mask: &str, want: &str) {
        assert_eq!(of_place(path, mask), want);
    }

    #[test]
    fn numbers_are_called_after_what_they_are_of() {
        check("compose.yml", "    image: acme/web:v\0", "web");
        check("x.go", "\t\t\"VM_AGENT_VERSION\":  \"v\0\",", "vm-agent");
        check("roles/vmagent/defaults/main.yml", "vmagent_version: \"v\0\"", "vmagent");
        check("web/Dockerfile", "ARG VERSION=\0", "web");
        check("VERSION", "\0", "version");
        check("packages/core/package.json", "  \"version\": \"\0\",", "core");
        check("web/values.yaml", "  tag: \0", "web");
    }

    #[test]
    fn one_of_many() {
        assert_eq!(
            ["charts", "packages", "crates", "glass", "src"].map(singular),
            ["chart", "package", "crate", "glass", "src"]
        );
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(unique("web", &|name| name == "web"), "web-2");
    }
}
