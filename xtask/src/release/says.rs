//! What a commit's manifests say of a release's versions.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::context::Context;
use crate::model::{Model, Site};
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::survey::{Source, Survey, survey};
use crate::version::Version;

/// A commit of one repository, seen through the configuration.
pub struct Seen<'p> {
    survey: Survey<'p>,
}

impl<'p> Seen<'p> {
    /// Reads the manifests of a commit; those of other repositories are left out.
    pub fn read(
        context: &Context,
        project: &'p Project,
        remotes: &Remotes,
        (repo, commit): (usize, &str),
    ) -> Result<Self> {
        let own = |at: usize| (at == repo).then(|| (remotes.git(repo).clone(), commit.to_owned()));
        let source = Source::Tips((0..project.repos.len()).map(own).collect());
        Ok(Self { survey: survey(context, project, &source, false)? })
    }

    fn model(&self) -> &Model<'p> {
        &self.survey.model
    }

    /// The first place that says something else than these versions, as a clause; none where none does.
    pub fn find_other(&self, versions: &BTreeMap<String, Version>) -> Option<String> {
        let model = self.model();
        let to = |track: usize| versions.get(&model.tracks[track].name);
        let moves = |site: &&Site| model.site_tracks(site).into_iter().any(|track| to(track).is_some());
        let mut others = model.sites.iter().filter(moves).filter(|site| model.find_allow(site).is_none());
        others.find_map(|site| {
            let (path, value) = (&model.files[site.file].path, &site.value);
            match model.wanted(site, &to) {
                Ok(wanted) if wanted == *value => None,
                Ok(wanted) => Some(format!("`{path}` says `{value}`, not `{wanted}`")),
                Err(reason) => Some(format!("`{path}` says `{value}`: {reason}")),
            }
        })
    }

    /// What is wrong with the manifests themselves, whatever they say: a place that isn't there any more.
    pub fn find_fault(&self) -> Option<String> {
        self.model().findings.first().map(|finding| format!("{}: {}", finding.place, finding.message))
    }
}
