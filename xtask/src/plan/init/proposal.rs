//! What `init` proposes: a text, what became of every place, and what is left to ask.

use super::ask::{Question, questions};
use super::doubt::{self, Doubt};
use super::draft::{Draft, Import, Track};
use super::write::{self, moved_words};
use super::{Facts, Site, Verdict};

/// What `init` proposes.
pub struct Proposal {
    /// The text of `release-config/release.toml`; unsure places stand in it as comments.
    pub toml: String,
    /// Every place that was looked at: the well-known ones first, by rank.
    pub rows: Vec<Row>,
    /// What only a person can know.
    pub questions: Vec<Question>,
    draft: Draft,
}

/// One place, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Path inside the repository.
    pub path: String,
    /// Format and locator, such as `yaml.appVersion`.
    pub locator: String,
    /// What stands there.
    pub value: String,
    /// What would have to stand there: `v{app}`; empty where it was left.
    pub template: String,
    /// Taken, left or unsure.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub reason: String,
}

/// A track in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackRow {
    /// Its name.
    pub name: String,
    /// Where it stands; of a family how many there are.
    pub number: String,
    /// How many places say it.
    pub places: usize,
    /// How often they moved, or why there is such a track.
    pub why: String,
}

impl Proposal {
    pub(super) fn new(facts: &Facts, draft: Draft) -> Self {
        let mut proposal = Self { toml: String::new(), rows: Vec::new(), questions: questions(facts, &draft), draft };
        proposal.render(facts);
        proposal
    }

    fn render(&mut self, facts: &Facts) {
        self.toml = write::render(facts, &self.draft, &self.questions);
        self.rows = self.draft.sites.iter().map(row).collect();
    }

    /// Writes anew with what a person said: each question's number, and whether its places are taken. The other
    /// questions stay comments.
    pub fn answer(&mut self, facts: &Facts, answers: &[(usize, bool)]) {
        for (question, take) in answers {
            for at in &self.questions[*question].sites {
                let site = &mut self.draft.sites[*at];
                let verdict = if *take { Verdict::Taken } else { Verdict::Left };
                site.verdict = verdict;
                site.reason = if *take { format!("`{}`", site.value) } else { String::from("you said so") };
            }
        }
        let mut at = 0;
        self.questions.retain(|_| {
            at += 1;
            !answers.iter().any(|(question, _)| question + 1 == at)
        });
        self.render(facts);
    }

    /// What was taken over from other tools.
    pub fn imports(&self) -> &[Import] {
        &self.draft.imports
    }

    /// Takes places out again that can't stay; says whether there was one.
    pub fn doubt(&mut self, facts: &Facts, doubts: &[Doubt]) -> bool {
        let found = doubt::leave_out(&mut self.draft, doubts);
        if found {
            self.render(facts);
        }
        found
    }

    /// Is there a place in it?
    pub fn takes_any(&self) -> bool {
        self.draft.sites.iter().any(|site| site.verdict == Verdict::Taken)
    }

    /// A row for each track, the leading one first.
    pub fn tracks(&self) -> Vec<TrackRow> {
        write::used(&self.draft).into_iter().map(|track| track_row(track, &self.draft)).collect()
    }
}

fn track_row(track: &Track, draft: &Draft) -> TrackRow {
    let taken = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken);
    let sites: Vec<&Site> = taken.filter(|site| write::states(site, &track.name)).collect();
    let folders = track.family.as_ref().map(|members| members.folders.len());
    let number = match (folders, &track.current) {
        (Some(1), _) => String::from("1 of them"),
        (Some(many), _) => format!("{many} of them"),
        (None, Some(current)) => current.clone(),
        (None, None) => sites.first().map_or_else(|| String::from("?"), |site| site.number.clone()),
    };
    let with = track.with.as_ref().map(|with| format!("with `{with}`"));
    let why = moved_words(&sites).or(with).unwrap_or_else(|| track.evidence.clone());
    TrackRow { name: track.name.clone(), number, places: sites.len(), why }
}

fn row(site: &Site) -> Row {
    Row {
        path: site.path.clone(),
        locator: site.shown(),
        value: site.value.clone(),
        template: site.template.clone(),
        verdict: site.verdict,
        reason: site.reason.clone(),
    }
}
