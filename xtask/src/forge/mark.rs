//! The mark in the text of a release: an HTML comment at its end, which its page doesn't show. It says that the release
//! is ours and of which commit, and from the flip on what was attached: so any machine can tell whether it is whole.

use super::release::Asset;
use crate::sha256;

const BEGIN: &str = "<!-- lockstep ";
const END: &str = " -->";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The git tag.
    pub tag: String,
    /// The commit that is released; none where a person adopted a draft.
    pub commit: Option<String>,
    /// [`assets_digest`] of what was published; none before.
    pub assets: Option<String>,
}

impl Mark {
    /// `<!-- lockstep 1.2.0 COMMIT assets sha256:… -->`
    pub fn render(&self) -> String {
        let commit = self.commit.as_ref().map(|commit| format!(" {commit}")).unwrap_or_default();
        let assets = self.assets.as_ref().map(|digest| format!(" assets {digest}")).unwrap_or_default();
        format!("{BEGIN}{}{commit}{assets}{END}", self.tag)
    }

    /// A text with the mark at its end.
    pub fn put(&self, text: &str) -> String {
        let text = plain(text);
        if text.is_empty() { self.render() } else { format!("{text}\n\n{}", self.render()) }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.trim().strip_prefix(BEGIN)?.strip_suffix(END)?.split_whitespace();
        let tag = words.next()?.to_owned();
        let mut rest: Vec<&str> = words.collect();
        let assets = match rest.as_slice() {
            [.., "assets", digest] if sha256::is_digest(digest) => Some((*digest).to_owned()),
            _ => None,
        };
        rest.truncate(rest.len() - if assets.is_some() { 2 } else { 0 });
        let commit = match rest.as_slice() {
            [] => None,
            [commit] => Some((*commit).to_owned()),
            _ => return None,
        };
        Some(Self { tag, commit, assets })
    }
}

/// The text of a release without its mark, and the mark.
pub fn split(body: &str) -> (String, Option<Mark>) {
    let body = plain(body);
    let lines: Vec<&str> = body.lines().collect();
    let Some((at, mark)) = lines.iter().enumerate().rev().find_map(|(at, line)| Some((at, Mark::parse(line)?))) else {
        return (body, None);
    };
    let rest: Vec<&str> = lines[..at].iter().chain(&lines[at + 1..]).copied().collect();
    (plain(&rest.join("\n")), Some(mark))
}

/// A text as it is compared: a browser sends other line ends, and the forge trims.
pub fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// What stands for all assets together: the hash of a line for each, sorted by name. Their digests are in it if the forge
/// tells that of each.
pub fn assets_digest(assets: &[Asset]) -> String {
    if assets.iter().all(|asset| asset.digest.is_some()) {
        hash(assets, |asset| asset.digest.as_deref().unwrap_or_default())
    } else {
        hash(assets, |_| "")
    }
}

/// Do these assets stand behind such a digest? A forge that told no digests may tell them later.
pub fn is_digest_of(digest: &str, assets: &[Asset]) -> bool {
    digest == assets_digest(assets) || digest == hash(assets, |_| "")
}

fn hash(assets: &[Asset], digest: impl Fn(&Asset) -> &str) -> String {
    let line = |asset: &Asset| format!("{}\t{}\t{}\n", asset.name, asset.size, digest(asset));
    let mut lines: Vec<String> = assets.iter().map(line).collect();
    lines.sort_unstable();
    sha256::digest(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(commit: Option<&str>, assets: Option<&str>, text: &str) {
        let mark =
            Mark { tag: "v1.0".to_owned(), commit: commit.map(str::to_owned), assets: assets.map(str::to_owned) };
        assert_eq!(split(&mark.put(text)), (text.to_owned(), Some(mark)));
    }

    #[test]
    fn what_is_put_is_found() {
        let digest = sha256::digest(b"");
        for commit in [None, Some("0123")] {
            for assets in [None, Some(digest.as_str())] {
                for text in ["", "## What\n\n- is new"] {
                    check(commit, assets, text);
                }
            }
        }
    }

    #[test]
    fn a_mark_is_found_wherever_it_came_to_stand() {
        let (text, mark) = split("a\r\n<!-- lockstep 1.0 abc -->\r\n\r\nP.S.\r\n");
        assert_eq!((text.as_str(), mark.and_then(|mark| mark.commit).as_deref()), ("a\n\nP.S.", Some("abc")));
        for none in ["", "a <!-- lockstep 1.0 abc -->", "<!-- lockstep -->", "<!-- lockstep 1.0 a b -->"] {
            assert_eq!(split(none), (none.to_owned(), None), "{none}");
        }
    }

    #[test]
    fn the_order_of_assets_is_nothing() {
        let asset = |name: &str, digest: &str| Asset {
            id: 1,
            name: name.to_owned(),
            size: 3,
            state: "uploaded".to_owned(),
            digest: Some(digest.to_owned()),
        };
        let one = assets_digest(&[asset("a", "x"), asset("b", "y")]);
        assert_eq!(one, assets_digest(&[asset("b", "y"), asset("a", "x")]));
        assert_ne!(one, assets_digest(&[asset("a", "y"), asset("b", "x")]));
    }

    #[test]
    fn a_digest_that_is_told_later_changes_nothing() {
        let asset = |name: &str, size: u64, digest: Option<&str>| Asset {
            id: 1,
            name: name.to_owned(),
            size,
            state: "uploaded".to_owned(),
            digest: digest.map(str::to_owned),
        };
        let now = [asset("a", 3, Some("x")), asset("b", 4, Some("y"))];
        for then in [[asset("a", 3, None), asset("b", 4, Some("y"))], [asset("a", 3, None), asset("b", 4, None)]] {
            assert!(is_digest_of(&assets_digest(&then), &now), "{then:?}");
        }
        let digest = assets_digest(&now);
        assert!(!is_digest_of(&digest, &[asset("a", 3, Some("x")), asset("b", 4, Some("z"))]));
        assert!(!is_digest_of(&assets_digest(&[asset("a", 5, None)]), &[asset("a", 3, Some("x"))]));
    }
}
