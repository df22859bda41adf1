//! Where charts are published: what is there of one version, and is it ours?

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::{Chart, archive, cache, join};
use crate::error::Failure;
use crate::fsx::{self, WorkFolder};
use crate::plan::charts as plan;
use crate::plan::index::{Index, Published, made};
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::resolve::release::Pages;
use crate::step::{Observed, World};
use crate::tools::helm::{Helm, Pulled};

/// What a branch with an index has now.
pub struct OnPages {
    /// The commit of the branch; none where there is no branch.
    pub tip: Option<String>,
    /// The index; none where there is none.
    pub index: Option<String>,
    /// The index as messages name it.
    pub shown: String,
}

impl OnPages {
    /// Looks at the branch as the remote had it when it was asked last.
    pub fn look(remotes: &Remotes, remote: usize, pages: &Pages) -> Result<Self> {
        let refs = remotes.refs(remote)?;
        let path = join(&pages.folder, "index.yaml");
        let shown = format!("{}:{path}", pages.branch);
        let Some(tip) = refs.oids.get(&format!("refs/heads/{}", pages.branch)).cloned() else {
            return Ok(Self { tip: None, index: None, shown });
        };
        remotes.fetch(remote, &[&tip])?;
        let git = remotes.git(remotes.all()[remote].repo);
        let index = git.read_file(&tip, &path)?.map(|bytes| {
            String::from_utf8(bytes).map_err(|_| {
                Failure::world(format!("`{shown}` is not UTF-8")).hint("write it anew with `helm repo index --merge`")
            })
        });
        Ok(Self { tip: Some(tip), index: index.transpose()?, shown })
    }

    /// What the index says of a chart's version.
    pub fn entry(&self, chart: &Chart) -> Result<Option<Published>> {
        let Some(text) = &self.index else { return Ok(None) };
        let index = Index::parse(text).map_err(|error| plan::at(&self.shown, text, error))?;
        Ok(index.find(&chart.file.name, &chart.file.version))
    }

    /// The chart's archive on the branch.
    pub fn archive(&self, remotes: &Remotes, chart: &Chart, pages: &Pages) -> Result<Option<Vec<u8>>> {
        let Some(tip) = &self.tip else { return Ok(None) };
        remotes.git(chart.repo).read_file(tip, &join(&pages.folder, &chart.file.archive()))
    }
}

/// A registry that has charts: `oci://HOST/FOLDER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oci {
    /// Without the chart's name.
    pub url: String,
    /// Without TLS.
    pub plain_http: bool,
}

impl Oci {
    /// A place of `[[chart]]`, with what `[[registry]]` says of its host.
    pub fn new(project: &Project, url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let host = url.trim_start_matches("oci://").split('/').next().unwrap_or_default();
        Self { url: url.to_owned(), plain_http: project.release.is_plain_http(host) }
    }

    /// `oci://HOST/FOLDER/NAME`
    pub fn of(&self, chart: &Chart) -> String {
        format!("{}/{}", self.url, chart.file.name)
    }

    /// The archive that the registry has of a chart's version; none if it says that it has none.
    pub fn archive(&self, helm: &Helm, chart: &Chart, cache: &Path) -> Result<Option<Vec<u8>>> {
        let work = WorkFolder::new(cache)?;
        match helm.pull(&self.of(chart), &chart.file.version, self.plain_http, work.path())? {
            Pulled::Archive(path, _) => Ok(Some(fsx::read_bytes(&path)?)),
            Pulled::Absent => Ok(None),
        }
    }

    /// Sends an archive; gives the digest that Helm printed.
    pub fn push(&self, helm: &Helm, chart: &Chart, bytes: &[u8], cache: &Path) -> Result<Option<String>> {
        let work = WorkFolder::new(cache)?;
        let path = work.path().join(chart.file.archive());
        fsx::write_own(&path, bytes)?;
        // Helm writes the file's time into the manifest: the same archive has the same digest everywhere.
        fsx::set_modified(&path, archive::MOMENT)?;
        helm.push(&path, &self.url, self.plain_http)
    }
}

/// The archive that every place gets: what one of the chart's places has of this version already, else our own.
///
/// An error if a place has something else under this version. `absent` is a registry that was just seen not to have it.
pub fn agreed(world: &World<'_>, chart: &Chart, absent: Option<&Oci>) -> Result<Arc<Vec<u8>>> {
    let (project, cache) = (world.project, cache()?);
    let rule = &project.release.charts[chart.rule];
    let helm = Helm::find(&cache)?;
    let ours = chart.archive(world.remotes.git(chart.repo), &cache)?;
    let mut published = Vec::new();
    if let (Some(pages), Some(home)) = (&rule.pages, world.remotes.home(chart.repo)) {
        let there = OnPages::look(world.remotes, home, pages)?;
        published.extend(there.archive(world.remotes, chart, pages)?.map(|bytes| (there.shown.clone(), bytes)));
    }
    for url in &rule.oci {
        let place = Oci::new(project, url);
        if absent == Some(&place) {
            continue;
        }
        published.extend(place.archive(&helm, chart, &cache)?.map(|bytes| (place.of(chart), bytes)));
    }
    for (place, bytes) in &published {
        expect_same(chart, &ours, bytes, place)?;
    }
    Ok(Arc::new(published.into_iter().next().map_or(ours, |(_, bytes)| bytes)))
}

/// Is an archive that was published this chart? It needn't be the same bytes.
pub fn expect_same(chart: &Chart, ours: &[u8], theirs: &[u8], place: &str) -> Result<(), Failure> {
    if ours == theirs {
        return Ok(());
    }
    let failure = |what: String| {
        let hint = format!("a published version never changes: give `{}` the next one", chart.file.name);
        Failure::world(format!("{} is in {place} already, and {what}", chart.shown())).hint(hint)
    };
    let read = |bytes: &[u8]| archive::contents(bytes.to_vec()).ok();
    let (Some(ours), Some(theirs)) = (read(ours), read(theirs)) else {
        return Err(failure("its archive can't be read".to_owned()));
    };
    match archive::difference(&ours, &theirs) {
        None => Ok(()),
        Some(path) => Err(failure(format!("its `{path}` is another one"))),
    }
}

/// What `helm repo index` says of one archive, and the digest in it.
pub fn index_of(
    helm: &Helm,
    chart: &Chart,
    bytes: &[u8],
    url: Option<&str>,
    cache: &Path,
) -> Result<(String, Option<String>)> {
    let work = WorkFolder::new(cache)?;
    fsx::write_own(&work.path().join(chart.file.archive()), bytes)?;
    let text = helm.repo_index(work.path(), url)?;
    let (name, version, published) = made(&text).map_err(|error| plan::at("index.yaml", &text, error))?;
    if (&name, &version) != (&chart.file.name, &chart.file.version) {
        let message = format!("the archive of {} says that it is {name} {version}", chart.shown());
        return Err(Failure::world(message).hint("look at its `Chart.yaml`").into());
    }
    Ok((text, published.digest))
}

/// The outcome of several looks as one: what contradicts counts most, then what isn't known.
pub fn together(looks: Vec<(String, Observed)>) -> Observed {
    let (mut there, mut missing, mut partial, mut unknown) = (Vec::new(), Vec::new(), None, None);
    for (name, look) in looks {
        match look {
            Observed::Different(failure) => return Observed::Different(failure),
            Observed::Unknown(failure) => unknown = Some(failure),
            Observed::Partial(what) => partial = Some(what),
            Observed::Same => there.push(name),
            Observed::Absent => missing.push(name),
        }
    }
    match (unknown, partial) {
        (Some(failure), _) => Observed::Unknown(failure),
        (None, Some(what)) => Observed::Partial(what),
        (None, None) if missing.is_empty() => Observed::Same,
        (None, None) if there.is_empty() => Observed::Absent,
        (None, None) => Observed::Partial(format!("{} is there, {} isn't", there.join(", "), missing.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_counts_most() {
        let look = |looks: Vec<Observed>| {
            let names = ["a 1", "b 2", "c 3"].map(str::to_owned);
            format!("{:?}", together(names.into_iter().zip(looks).collect()))
        };
        assert_eq!(look(vec![Observed::Same, Observed::Same]), "Same");
        assert_eq!(look(vec![Observed::Absent, Observed::Absent]), "Absent");
        assert_eq!(look(vec![Observed::Absent, Observed::Same]), "Partial(\"b 2 is there, a 1 isn't\")");
        assert!(look(vec![Observed::Unknown(Failure::tool("x")), Observed::Same]).starts_with("Unknown"));
        let different = || Observed::Different(Failure::world("x"));
        assert!(look(vec![Observed::Unknown(Failure::tool("x")), different()]).starts_with("Different"));
    }
}
