//! What can't stay in a proposal, because the tree or a bump would contradict it.

use std::ops::Range;

use super::draft::Draft;
use super::{Site, Verdict};

/// A place that a proposal must not name as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Its file.
    pub path: String,
    /// Its bytes; none for every place of the file.
    pub span: Option<Range<usize>>,
    /// Why a bump would refuse; none where the place only says something else than it must, which may be meant.
    pub refused: Option<String>,
}

impl Doubt {
    fn is_of(&self, site: &Site) -> bool {
        let here = self.span.as_ref().is_none_or(|span| site.spans.contains(span));
        // What a person should see disagree is in the proposal for that.
        let meant = self.refused.is_none() && site.reason.starts_with("disagrees");
        self.path == site.path && here && !meant
    }
}

/// Leaves out what is doubted; says whether there was something.
pub(super) fn leave_out(draft: &mut Draft, doubts: &[Doubt]) -> bool {
    let mut found = false;
    for site in draft.sites.iter_mut().filter(|site| site.verdict == Verdict::Taken) {
        let Some(doubt) = doubts.iter().find(|doubt| doubt.is_of(site)) else { continue };
        let unsaid = || format!("no track says `{}` for sure", site.value);
        let reason = doubt.refused.clone().unwrap_or_else(unsaid);
        site.set(Verdict::Left, String::new(), reason);
        found = true;
    }
    found
}
