//! The text of a release on the forge: a file of the checkout that a person wrote, or the changelog's section.

use anyhow::Result;

use super::changelog::Section;
use super::facts::Facts;
use super::line::Look;
use super::plan::{Plan, fill};
use super::tips::Tip;
use crate::error::{Exit, Failure, Place};
use crate::fsx;
use crate::plan::bump::Move;
use crate::plan::{changelog, notes};
use crate::step::Step;
use crate::version::Version;

/// Where the text of a release comes from.
struct Wanted<'l, 'p> {
    look: &'l Look<'l, 'p>,
    tip: &'l Tip,
    version: &'l Version,
    /// Is its tag at the remote? Then it may be published, and only the forge has its text.
    tagged: bool,
}

/// Finds what a person wrote. What is still to be done about it doesn't keep the rest from being planned.
pub(super) fn look(look: &Look<'_, '_>, tip: &Tip, section: &Section, facts: &mut Facts) -> Result<()> {
    let Some(forge) = &look.project.release.forge else { return Ok(()) };
    // A chart that is released alone has no notes of its own.
    let leads = |moved: &&Move| {
        let track = &look.project.tracks[look.model().tracks[moved.track].rule];
        track.repo == 0 && track.with.is_empty() && track.tag.is_some()
    };
    let Some(leader) = look.bump.moves.iter().find(leads) else { return Ok(()) };
    let track = &look.model().tracks[leader.track];
    let pattern = look.project.tracks[track.rule].tag.as_ref();
    let tag = pattern.map(|pattern| pattern.render(&track.name, &leader.to)).transpose().map_err(Failure::usage)?;
    let refs = look.remotes.refs(tip.remote)?;
    let tagged = tag.is_some_and(|tag| refs.oids.contains_key(&format!("refs/tags/{tag}")));
    let wanted = Wanted { look, tip, version: &leader.to, tagged };
    let found = match &forge.notes {
        Some(file) => wanted.file(&fill(file, &facts.versions)?, &mut facts.notes)?,
        None => wanted.section(section)?,
    };
    match found {
        Ok(body) => facts.body = body,
        Err(failures) => facts.unwritten = failures,
    }
    Ok(())
}

/// A plan that makes a draft waits for what it says; what the changelog waits for already is said once.
pub(super) fn expect_written(plan: &Plan, facts: &mut Facts) {
    if !plan.steps.iter().any(|planned| matches!(planned.step, Step::Draft(_))) {
        return;
    }
    for failure in std::mem::take(&mut facts.unwritten) {
        if !facts.waiting.iter().any(|known| known.message == failure.message) {
            facts.waiting.push(failure);
        }
    }
}

type Found = Result<Option<String>, Vec<Failure>>;

impl Wanted<'_, '_> {
    /// What the file says, in this checkout or else on the branch: whoever goes on elsewhere has it from there. When the
    /// release has its tag, the file may be gone again.
    fn file(&self, file: &str, notes: &mut Vec<String>) -> Result<Found> {
        let path = self.look.context.root.join(file);
        if !fsx::is_there(&path)? {
            if let Some(text) = self.committed(file)? {
                return Ok(notes::check(file, &text, self.version, &self.tracks()).map(Some));
            }
            let message = format!("nobody has written what `{}` brings: there is no `{file}`", self.version);
            let hint = "`cargo xtask notes --write` begins it; then run the same command again";
            return Ok(if self.tagged { Ok(None) } else { Err(vec![Failure::waiting(message).hint(hint)]) });
        }
        let text = match fsx::read_manifest(&path).map_err(|error| error.downcast::<Failure>()) {
            Ok(text) => text,
            Err(Ok(failure)) if failure.exit == Exit::World => {
                return Ok(Err(vec![Failure { exit: Exit::Waiting, ..failure }.at(Place::file(file))]));
            }
            Err(Ok(failure)) => return Err(failure.into()),
            Err(Err(error)) => return Err(error),
        };
        if !self.tagged {
            notes.extend(self.uncommitted(file, &text)?);
        }
        Ok(notes::check(file, &text, self.version, &self.tracks()).map(Some))
    }

    fn committed(&self, file: &str) -> Result<Option<String>> {
        let bytes = self.look.remotes.git(0).read_file(&self.tip.oid, file)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What is published although the branch doesn't have it, as a sentence.
    fn uncommitted(&self, file: &str, text: &str) -> Result<Option<String>> {
        let plain = |text: &str| text.replace("\r\n", "\n");
        let branch = &self.tip.branch;
        Ok(match self.committed(file)? {
            None => Some(format!("`{file}` isn't committed to `{branch}`: its text is published all the same")),
            Some(there) if plain(&there) == plain(text) => None,
            Some(_) => {
                Some(format!("`{file}` differs from that of `{branch}`: the text of this checkout is published"))
            }
        })
    }

    /// What the changelog of the release says of its version, whether it is on the branch already or will be.
    fn section(&self, section: &Section) -> Result<Found> {
        let Some(rule) = &self.look.project.release.changelog else { return Ok(Ok(None)) };
        let text = match section {
            Section::None => return Ok(Ok(None)),
            Section::Missing(change, _) => change.new.clone(),
            Section::There(_) => {
                let bytes = self.look.remotes.git(0).read_file(&self.tip.oid, &rule.file)?;
                String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
            }
        };
        let Some(body) = changelog::section(&rule.file, &text, self.version)? else { return Ok(Ok(None)) };
        if self.tagged {
            // It stands in the released commit: nobody can mend it any more.
            return Ok(Ok(Some(body)));
        }
        Ok(notes::check_section(&rule.file, (&text, &body), self.version, &self.tracks()).map(Some))
    }

    fn tracks(&self) -> Vec<&str> {
        self.look.project.tracks.iter().map(|track| track.name.as_str()).collect()
    }
}
