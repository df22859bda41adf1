//! The patch of a commit as pairs of lines that differ in tokens only.

use super::token::{Kind, Token, mask, tokens};

/// Hunks above this are rewritten files; nothing in them can be paired for sure.
const LINES: usize = 400;

/// A line and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paired {
    /// The file.
    pub path: String,
    /// Its number before, from 1.
    pub line: usize,
    /// The line without its tokens.
    pub mask: String,
    /// Each token before and after, from left to right; the same twice where it stayed.
    pub tokens: Vec<(String, String, Kind)>,
}

impl Paired {
    /// The tokens that changed.
    pub fn moved(&self) -> impl Iterator<Item = &(String, String, Kind)> {
        self.tokens.iter().filter(|(old, new, _)| old != new)
    }
}

/// What a patch without context holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Lines that differ in tokens only.
    pub paired: Vec<Paired>,
    /// Every line that was added, with its file.
    pub added: Vec<(String, String)>,
    /// How many files it changes.
    pub files: usize,
}

#[derive(Default)]
struct Hunk {
    start: usize,
    old: Vec<String>,
    new: Vec<String>,
}

/// Reads what `git diff-tree -p -U0 --no-renames` says.
pub fn read_patch(text: &str) -> Patch {
    let mut patch = Patch::default();
    let (mut before, mut path, mut hunk) = (true, String::new(), Hunk::default());
    let mut left = (0usize, 0usize);
    for line in text.split('\n') {
        match line.as_bytes().first() {
            Some(b'-') if left.0 > 0 => {
                left.0 -= 1;
                hunk.old.push(line[1..].to_owned());
            }
            Some(b'+') if left.1 > 0 => {
                left.1 -= 1;
                patch.added.push((path.clone(), line[1..].to_owned()));
                hunk.new.push(line[1..].to_owned());
            }
            _ if line.starts_with("diff --git ") => {
                close(&mut hunk, &path, &mut patch.paired);
                patch.files += 1;
                before = true;
            }
            _ if line.starts_with("--- ") => before = line != "--- /dev/null",
            _ if line.starts_with("+++ ") => {
                let named = line.strip_prefix("+++ b/").filter(|_| before).unwrap_or_default();
                path = named.trim_end_matches('\t').to_owned();
            }
            _ if line.starts_with("@@ -") => {
                close(&mut hunk, &path, &mut patch.paired);
                (hunk.start, left) = header(line).unwrap_or_default();
            }
            _ => {}
        }
    }
    close(&mut hunk, &path, &mut patch.paired);
    patch
}

/// The first line before, and how many lines each side has: `@@ -3,2 +3,2 @@`.
fn header(line: &str) -> Option<(usize, (usize, usize))> {
    let side = |word: &str| -> Option<(usize, usize)> {
        let (start, count) = word.get(1..)?.split_once(',').unwrap_or((word.get(1..)?, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let mut words = line.split(' ').skip(1);
    let (old, new) = (side(words.next()?)?, side(words.next()?)?);
    Some((old.0, (old.1, new.1)))
}

/// Pairs the lines of a hunk by their masks, in order, as many as can be.
fn close(hunk: &mut Hunk, path: &str, paired: &mut Vec<Paired>) {
    let hunk = std::mem::take(hunk);
    if path.is_empty() || hunk.old.is_empty() || hunk.new.is_empty() || hunk.old.len().max(hunk.new.len()) > LINES {
        return;
    }
    let read = |lines: &[String]| -> Vec<(Vec<Token>, String)> {
        lines.iter().map(|line| (tokens(line), mask(line, &tokens(line)))).collect()
    };
    let (old, new) = (read(&hunk.old), read(&hunk.new));
    for (a, b) in align(&old, &new) {
        let texts = old[a]
            .0
            .iter()
            .zip(&new[b].0)
            .map(|(x, y)| (hunk.old[a][x.span.clone()].to_owned(), hunk.new[b][y.span.clone()].to_owned(), x.kind));
        let line =
            Paired { path: path.to_owned(), line: hunk.start + a, mask: old[a].1.clone(), tokens: texts.collect() };
        if line.moved().next().is_some() && !line.mask.contains('\u{fffd}') {
            paired.push(line);
        }
    }
}

/// The longest common sequence of equal masks that have a token.
fn align(old: &[(Vec<Token>, String)], new: &[(Vec<Token>, String)]) -> Vec<(usize, usize)> {
    let equal = |a: usize, b: usize| !old[a].0.is_empty() && old[a].1 == new[b].1;
    let width = new.len() + 1;
    let mut best = vec![0u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            best[a * width + b] = match equal(a, b) {
                true => best[(a + 1) * width + b + 1] + 1,
                false => best[(a + 1) * width + b].max(best[a * width + b + 1]),
            };
        }
    }
    let (mut pairs, mut a, mut b) = (Vec::new(), 0, 0);
    while a < old.len() && b < new.len() {
        if equal(a, b) {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if best[(a + 1) * width + b] >= best[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let moved = |line: &Paired| line.moved().map(|(a, b, _)| format!("{a}>{b}")).collect::<Vec<_>>().join(" ");
        read_patch(text).paired.iter().map(|line| format!("{}:{} {}", line.path, line.line, moved(line))).collect()
    }

    #[test]
    fn lines_that_differ_in_tokens_only() {
        let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3 +3 @@ y\n-v: 1.2\n+v: 1.3\n@@ -7,2 +7,3 @@\n-a 1.2\n-b 1.2 3\n\
                    +a 1.3\n+c\n+b 1.3 3\n@@ -20 +21 @@\n-w 1.2\n+z 1.3\n";
        assert_eq!(shown(text), ["x:3 1.2>1.3", "x:7 1.2>1.3", "x:8 1.2>1.3"]);
    }

    #[test]
    fn a_list_that_grows_and_a_new_file_have_no_pairs() {
        let grows = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+## 1.3\n";
        assert_eq!(shown(grows), Vec::<String>::new());
        let new = "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+v 1.3\n";
        assert_eq!(shown(new), Vec::<String>::new());
        assert_eq!(read_patch(new).files, 1);
    }

    #[test]
    fn a_line_that_begins_like_a_header() {
        let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- 1.2\n-a 1.2\n+-- 1.3\n+a 1.3\n";
        assert_eq!(shown(text), ["x:1 1.2>1.3", "x:2 1.2>1.3"]);
    }
}
