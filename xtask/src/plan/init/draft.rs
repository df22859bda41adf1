//! What is decided: the numbers that move on their own, the places that state them, and why.

use super::Site;

/// The level of a track that goes as far as the one that it follows.
pub(super) const SAME: &str = "same";

/// Everything that `release.toml` is written from.
#[derive(Default)]
pub(super) struct Draft {
    /// The numbers, the leading one first.
    pub tracks: Vec<Track>,
    /// Every place that was looked at, with its verdict.
    pub sites: Vec<Site>,
    /// What a person should know besides: lines of a comment, without their `# `.
    pub notes: Vec<String>,
    /// The subject of the version's commit, where another tool says it; a template.
    pub commit: Option<String>,
    /// What was taken over from other tools, and what couldn't be.
    pub imports: Vec<Import>,
}

/// The configuration of another tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The tool's name.
    pub tool: &'static str,
    /// Its configuration.
    pub file: String,
    /// How many places it names.
    pub places: usize,
    /// What has no counterpart: place, what, why, and what to do instead.
    pub untold: Vec<String>,
    /// Files and sections that nobody needs once the tool is gone.
    pub gone: Vec<String>,
}

/// One `[track.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Track {
    /// What its number is of: `app`, `chart`, an image's name.
    pub name: String,
    /// The folders that each have a number of their own; none for a plain track.
    pub family: Option<Members>,
    /// Where it stands; none where that isn't known, and for a family.
    pub current: Option<String>,
    /// The rules of its numbers, unless they are SemVer's.
    pub scheme: Option<&'static str>,
    /// The level of a bump that names none, unless it is a patch.
    pub bump: Option<&'static str>,
    /// The track that it follows.
    pub with: Option<String>,
    /// The pattern of its tags, unless it is the default; empty where it isn't tagged.
    pub tag: Option<String>,
    /// Why, in one line of a comment.
    pub evidence: String,
}

impl Track {
    /// Follows nothing any more, and so keeps step with nothing.
    pub fn leave_leader(&mut self) {
        self.with = None;
        self.bump = self.bump.filter(|level| *level != SAME);
    }
}

/// The folders of a family: `charts/` and what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    /// `charts/`; empty for the root.
    pub parent: String,
    /// The names of the folders.
    pub folders: Vec<String>,
}

impl Members {
    /// The member to which a path belongs, and the path inside its folder.
    pub fn split<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let (folder, rest) = path.strip_prefix(self.parent.as_str())?.split_once('/')?;
        self.folders.iter().any(|member| member == folder).then_some((folder, rest))
    }
}

/// How often a place moved with its track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The releases in which it moved.
    pub moved: usize,
    /// The releases since it is known.
    pub of: usize,
    /// The versions that it left out.
    pub missed: Vec<String>,
    /// Does it take final versions only? Then only those count.
    pub finals: bool,
    /// Does it say something else between releases? Then nothing is checked there.
    pub between: bool,
}

impl Seen {
    /// `moved in 7 of the last 8 releases; missed 1.105.0`.
    pub fn words(&self) -> String {
        let missed = match &self.missed[..] {
            [] => String::new(),
            [version] => format!("; missed {version}"),
            [version, others @ ..] => format!("; missed {version} and {} more", others.len()),
        };
        match (self.moved, self.of) {
            (1, 1) => String::from("moved in the last release"),
            (moved, of) if moved == of => format!("moved in the last {of} releases"),
            (moved, of) => format!("moved in {moved} of the last {of} releases{missed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_follows_nothing_keeps_step_with_nothing() {
        let left = |bump| {
            let mut track = Track { with: Some(String::from("app")), bump: Some(bump), ..Track::default() };
            track.leave_leader();
            (track.with, track.bump)
        };
        assert_eq!(left(SAME), (None, None));
        assert_eq!(left("minor"), (None, Some("minor")));
    }

    #[test]
    fn a_member_and_the_path_inside_its_folder() {
        let members = Members { parent: String::from("charts/"), folders: vec![String::from("web")] };
        assert_eq!(members.split("charts/web/templates/a.yaml"), Some(("web", "templates/a.yaml")));
        assert_eq!(members.split("charts/other/Chart.yaml"), None);
        assert_eq!(members.split("charts/web"), None);
    }

    #[track_caller]
    fn check(moved: usize, of: usize, missed: &[&str], want: &str) {
        let missed = missed.iter().map(|version| (*version).to_owned()).collect();
        assert_eq!(Seen { moved, of, missed, ..Seen::default() }.words(), want);
    }

    #[test]
    fn the_evidence_in_words() {
        check(1, 1, &[], "moved in the last release");
        check(4, 4, &[], "moved in the last 4 releases");
        check(7, 8, &["1.105.0"], "moved in 7 of the last 8 releases; missed 1.105.0");
        check(6, 8, &["1.105.0", "1.104.0"], "moved in 6 of the last 8 releases; missed 1.105.0 and 1 more");
    }
}
