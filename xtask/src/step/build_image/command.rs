//! How an image is built, in words.

use super::BuildImage;
use crate::images::{REVISION, VERSION};
use crate::moment;

const PREFIX: &str = "org.opencontainers.image.";

/// The commit that an image is built from.
pub(super) struct Commit<'c> {
    /// Its id.
    pub id: &'c str,
    /// When it was made: seconds since 1970.
    pub seconds: u64,
}

impl BuildImage {
    /// What the image says of itself: the project's own words, and those by which a release is known again. Those of
    /// its commit are left out where there is none yet.
    pub(super) fn labels(&self, commit: Option<&Commit<'_>>) -> Vec<(String, String)> {
        let mut labels = self.recipe.labels.clone();
        let own = |name: &str| [REVISION, VERSION].contains(&name);
        labels.retain(|(name, _)| !own(name));
        labels.push((VERSION.to_owned(), self.version.clone()));
        if let Some(commit) = commit {
            labels.push((REVISION.to_owned(), commit.id.to_owned()));
            let created = format!("{PREFIX}created");
            if !labels.iter().any(|(name, _)| *name == created) {
                labels.push((created, moment::rfc3339(commit.seconds)));
            }
        }
        labels
    }

    /// Is there more than one manifest, of which an index says which is for whom?
    pub(super) fn makes_index(&self, platforms: &[String]) -> bool {
        platforms.len() > 1 || self.recipe.provenance || self.recipe.sbom
    }

    /// What stands after `docker buildx build`, to push to `HOST/NAME` by digest.
    pub(super) fn build_words(&self, to: &str, platforms: &[String], labels: &[(String, String)]) -> Vec<String> {
        let level = if self.makes_index(platforms) { "index,manifest" } else { "manifest" };
        let mut words = self.common_words(platforms);
        for (name, value) in labels {
            words.extend(["--label".to_owned(), format!("{name}={value}")]);
        }
        // Whoever looks at an index doesn't see the labels of its parts.
        for (name, value) in annotations(labels) {
            words.extend(["--annotation".to_owned(), format!("{level}:{name}={value}")]);
        }
        words.push(format!("--provenance={}", if self.recipe.provenance { "mode=max" } else { "false" }));
        words.push(format!("--sbom={}", self.recipe.sbom));
        // The moments of files count from the commit, too, and names are given last.
        let output = "push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true,oci-mediatypes=true";
        words.extend(["--output".to_owned(), format!("type=image,name={to},{output}")]);
        words.push(self.context());
        words
    }

    /// The same, to get the files of one platform as a tar archive.
    pub(super) fn files_words(&self, platform: &str, labels: &[(String, String)]) -> Vec<String> {
        let mut words = self.common_words(&[platform.to_owned()]);
        for (name, value) in labels {
            words.extend(["--label".to_owned(), format!("{name}={value}")]);
        }
        words.extend(["--provenance=false", "--sbom=false", "--output", "type=tar,dest=-"].map(str::to_owned));
        words.push(self.context());
        words
    }

    fn common_words(&self, platforms: &[String]) -> Vec<String> {
        let recipe = &self.recipe;
        let mut words =
            ["--builder", &self.builder.name, "--platform", &platforms.join(",")].map(str::to_owned).to_vec();
        words.extend(["--file".to_owned(), recipe.dockerfile.clone()]);
        words.extend(recipe.target.iter().flat_map(|target| ["--target".to_owned(), target.clone()]));
        for (name, value) in &recipe.args {
            words.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
        }
        words
    }

    /// The folder that is built from, as it is seen from the top.
    fn context(&self) -> String {
        if self.recipe.context.is_empty() { ".".to_owned() } else { format!("./{}", self.recipe.context) }
    }
}

/// Those labels that have a meaning for everybody.
pub(super) fn annotations(labels: &[(String, String)]) -> Vec<(String, String)> {
    labels.iter().filter(|(name, _)| name.starts_with(PREFIX)).cloned().collect()
}
