//! The next bump before anybody asks for it: which places could not take it.

use crate::model::Model;
use crate::plan::bump::Write;
use crate::version::{Date, Version};

/// What the next bump of every track would write, as far as it is known, and the places that could not say it.
pub fn rehearse(model: &Model<'_>, today: Date) -> (Vec<Write>, Vec<usize>) {
    let next = |track: usize| {
        let (current, _) = model.tracks[track].current.as_ref()?;
        let rule = &model.project.tracks[model.tracks[track].rule];
        current.bump(&rule.bump, rule.scheme, today).ok()
    };
    let to: Vec<Option<Version>> = (0..model.tracks.len()).map(next).collect();
    let (mut writes, mut unsayable) = (Vec::new(), Vec::new());
    for (site, place) in model.sites.iter().enumerate().filter(|(_, site)| model.find_allow(site).is_none()) {
        match model.wanted(place, &|track| to[track].as_ref()) {
            Ok(wanted) => writes.push(Write { site, wanted }),
            Err(_) => unsayable.push(site),
        }
    }
    (writes, unsayable)
}
