//! Python's format strings: `v{new_version}`, `{now:%Y-%m-%d}`, `{{`.

/// A piece of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Literal(String),
    /// A field's name and what stands behind its colon.
    Field(&'a str, &'a str),
}

/// Splits a format string; none where its braces don't fit.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '{' | '}' if after.starts_with(c) => {
                literal.push(c);
                rest = &after[1..];
            }
            '}' => return None,
            '{' => {
                let (field, next) = after.split_once('}')?;
                let (name, how) = field.split_once(':').unwrap_or((field, ""));
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                pieces.push(Piece::Field(name.split('!').next().unwrap_or(name).trim(), how));
                rest = next;
            }
            _ => {
                literal.push(c);
                rest = after;
            }
        }
    }
    pieces.push(Piece::Literal(literal));
    pieces.retain(|piece| *piece != Piece::Literal(String::new()));
    Some(pieces)
}

/// The names of a format string's fields, in order.
pub(super) fn fields(text: &str) -> Vec<&str> {
    let field = |piece| if let Piece::Field(name, _) = piece { Some(name) } else { None };
    pieces(text).unwrap_or_default().into_iter().filter_map(field).collect()
}

/// The same pattern over `{version}`, where the only field is `field`; the field that stands in the way otherwise.
pub(super) fn pattern(text: &str, field: &str) -> Result<String, String> {
    let mut pattern = String::new();
    for piece in pieces(text).ok_or_else(|| String::from("braces"))? {
        match piece {
            Piece::Literal(literal) => pattern.push_str(&literal.replace('{', "{{").replace('}', "}}")),
            Piece::Field(name, "") if name == field => pattern.push_str("{version}"),
            Piece::Field(name, _) => return Err(format!("{{{name}}}")),
        }
    }
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_strings() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        assert_eq!(
            pieces("{{a}} v{new_version} {now:%Y-%m-%d}").unwrap(),
            [literal("{a} v"), Piece::Field("new_version", ""), literal(" "), Piece::Field("now", "%Y-%m-%d")]
        );
        assert_eq!(pieces("{a"), None);
        assert_eq!(pieces("a}"), None);
        assert_eq!(fields("{major}.{minor}{pre!s}"), ["major", "minor", "pre"]);
        assert_eq!(pattern("v{new_version}", "new_version").as_deref(), Ok("v{version}"));
        assert_eq!(pattern("{now}-{new_version}", "new_version"), Err(String::from("{now}")));
    }
}
