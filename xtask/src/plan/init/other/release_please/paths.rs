//! JSON paths and XPaths as locators, as far as those are alike.

use super::super::chartpress::quoted;

/// `$.a[0]['b'][?(@.name=='web')].c` → `a[0].b[name=web].c`; none for what looks at every depth, slices or counts.
pub(super) fn of_json(way: &str) -> Option<String> {
    let mut rest = way.strip_prefix('$').unwrap_or(way);
    let mut out = String::new();
    let key = |out: &mut String, key: &str| {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&if key == "*" { String::from("*") } else { quoted(key) });
    };
    if !rest.is_empty() && !rest.starts_with(['.', '[']) {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        key(&mut out, &rest[..end]);
        rest = &rest[end..];
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 {
                return None;
            }
            key(&mut out, &after[..end]);
            rest = &after[end..];
            continue;
        }
        let after = rest.strip_prefix('[')?;
        let end = closing(after)?;
        let inside = &after[..end];
        rest = &after[end + 1..];
        if let Some(name) = unquoted(inside) {
            key(&mut out, name);
        } else if inside == "*" {
            key(&mut out, "*");
        } else if inside.parse::<usize>().is_ok() {
            out.push_str(&format!("[{inside}]"));
        } else {
            out.push_str(&selector(inside)?);
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Where a bracket ends, quotes looked through.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == ']' => return Some(at),
            None => {}
        }
    }
    None
}

fn unquoted(text: &str) -> Option<&str> {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|text| !text.contains(quote));
    inside('\'').or_else(|| inside('"'))
}

/// `?(@.name=='web')` → `[name=web]`; `.value`, which release-please's reader of TOML puts between, is left out.
fn selector(text: &str) -> Option<String> {
    let test = text.strip_prefix("?(")?.strip_suffix(')')?.trim().strip_prefix("@.")?;
    let (field, value) = test.split_once("===").or_else(|| test.split_once("=="))?;
    let field = field.trim();
    let field = field.strip_suffix(".value").unwrap_or(field);
    let value = unquoted(value.trim())?;
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/@".contains(&b));
    let value = if plain { value.to_owned() } else { format!("\"{}\"", value.replace(['"', '\\'], "")) };
    let field: Vec<String> = field.split('.').map(quoted).collect();
    Some(format!("[{}={value}]", field.join(".")))
}

/// `/project/version`, `/*/version`, `//project/version` → `project.version`, by the root element that is there.
pub(super) fn of_xpath(way: &str, text: &str) -> Option<String> {
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).ok()?;
    let root = document.root_element().tag_name().name();
    let deep = way.starts_with("//");
    let steps: Vec<&str> = way.trim_start_matches('/').split('/').collect();
    let plain = |step: &&str| {
        !step.is_empty() && step.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-*@".contains(&b)) && **step != *"**"
    };
    if !steps.iter().all(plain) {
        return None;
    }
    let names: Vec<String> = match steps[0] {
        "*" => std::iter::once(root).chain(steps[1..].iter().copied()).map(quoted_name).collect(),
        first if first == root => steps.iter().copied().map(quoted_name).collect(),
        // Somewhere: only where it is the one place of this kind.
        _ if deep => {
            above(&document, &steps)?.into_iter().chain(steps[1..].iter().map(|step| quoted_name(step))).collect()
        }
        _ => return None,
    };
    Some(names.join("."))
}

fn quoted_name(name: &str) -> String {
    if name == "*" || name.starts_with('@') { name.to_owned() } else { quoted(name) }
}

/// The way from the root to the only element with the first step's name that has the second's.
fn above(document: &roxmltree::Document, steps: &[&str]) -> Option<Vec<String>> {
    let has_next = |node: &roxmltree::Node| {
        steps.get(1).is_none_or(|next| {
            next.strip_prefix('@').map_or_else(
                || node.children().any(|child| child.tag_name().name() == *next),
                |name| node.attribute(name).is_some(),
            )
        })
    };
    let mut found =
        document.descendants().filter(|node| node.is_element() && node.tag_name().name() == steps[0]).filter(has_next);
    let node = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let mut way: Vec<String> =
        node.ancestors().filter(roxmltree::Node::is_element).map(|node| quoted(node.tag_name().name())).collect();
    way.reverse();
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(way: &str, want: Option<&str>) {
        assert_eq!(of_json(way).as_deref(), want, "{way}");
    }

    #[test]
    fn json_paths() {
        check("$.version", Some("version"));
        check("version", Some("version"));
        check("$.a.b[0].c", Some("a.b[0].c"));
        check("$['a.b'][\"c\"][*].d", Some("\"a.b\".c.*.d"));
        check("$.package[?(@.name.value=='my-app')].version", Some("package[name=my-app].version"));
        check("$.tool[?(@.name=='a b')]", Some("tool[name=\"a b\"]"));
        check("$..version", None);
        check("$.a[0:2]", None);
        check("$.a[?(@.b > 1)]", None);
        check("$.a[", None);
        check("$", None);
    }

    #[test]
    fn xpaths() {
        let text = "<project><parent><version>1</version></parent><version>1.2.3</version><a b='1.2.3'/></project>";
        for (way, want) in [
            ("/project/version", Some("project.version")),
            ("/*/version", Some("project.version")),
            ("//project/version", Some("project.version")),
            ("//parent/version", Some("project.parent.version")),
            ("//a/@b", Some("project.a.@b")),
            ("//version", None),
            ("/project/*[local-name()='version']", None),
        ] {
            assert_eq!(of_xpath(way, text).as_deref(), want, "{way}");
        }
    }
}
