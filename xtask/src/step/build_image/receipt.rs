//! What the ledger keeps of an image that was built: `sha256:… built by 0123456789ab`, its digest and that of its recipe.

use super::Recipe;
use crate::sha256;

const BUILT_BY: &str = " built by ";
/// So much of a recipe's digest tells it from the others.
const SHORT: usize = 12;

impl Recipe {
    /// By which it is known again: whatever decides what is in the image, and not how long it may take.
    pub(super) fn digest(&self, platforms: &[String]) -> String {
        let mut platforms = platforms.to_vec();
        platforms.sort();
        let pairs = |pairs: &[(String, String)]| {
            let mut lines: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}\0{value}")).collect();
            lines.sort();
            lines.join("\0")
        };
        let parts = [
            ("platforms", platforms.join("\0")),
            ("dockerfile", self.dockerfile.clone()),
            ("context", self.context.clone()),
            ("target", self.target.clone().unwrap_or_default()),
            ("args", pairs(&self.args)),
            ("labels", pairs(&self.labels)),
            ("provenance", self.provenance.to_string()),
            ("sbom", self.sbom.to_string()),
        ];
        // No word of a command line holds a NUL, so two of them end a part.
        let text: String = parts.iter().map(|(name, words)| format!("{name}\0{words}\0\0")).collect();
        let hex = sha256::hex(text.as_bytes());
        hex[..SHORT].to_owned()
    }
}

/// What is kept.
pub(super) fn write(digest: &str, recipe: &str) -> String {
    format!("{digest}{BUILT_BY}{recipe}")
}

/// The digest of the image, unless another recipe made it. One that says no recipe counts: nothing speaks against it.
pub(super) fn read<'w>(words: &'w str, recipe: &str) -> Option<&'w str> {
    let (digest, by) = words.split_once(BUILT_BY).map_or((words, recipe), |(digest, by)| (digest, by));
    (by == recipe && sha256::is_digest(digest)).then_some(digest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn recipe(arg: &str) -> Recipe {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Recipe {
            dockerfile: "Dockerfile".to_owned(),
            context: String::new(),
            target: None,
            args: vec![pair("PHP", arg), pair("A", "b")],
            labels: Vec::new(),
            provenance: false,
            sbom: false,
            timeout: Duration::from_secs(60),
        }
    }

    #[test]
    fn a_receipt_counts_for_its_recipe() {
        let [amd, arm] = ["linux/amd64", "linux/arm64"].map(str::to_owned);
        let both = [amd.clone(), arm.clone()];
        let (old, new) = (recipe("16").digest(&both), recipe("17").digest(&both));
        let digest = sha256::digest(b"image");
        let words = write(&digest, &old);
        assert_eq!(words, format!("{digest} built by {old}"));
        assert_eq!(read(&words, &old), Some(&*digest));
        assert_eq!(read(&words, &new), None);
        assert_eq!(read(&digest, &new), Some(&*digest), "an older one");
        assert_eq!(read("done", &new), None);

        assert_eq!(old.len(), 12);
        assert_ne!(old, recipe("16").digest(std::slice::from_ref(&amd)));
        assert_eq!(old, recipe("16").digest(&[arm, amd]));
        let slow = Recipe { timeout: Duration::from_secs(90), ..recipe("16") };
        assert_eq!(old, slow.digest(&both));
        let mut turned = recipe("16");
        turned.args.reverse();
        assert_eq!(old, turned.digest(&both));
        turned.labels = std::mem::take(&mut turned.args);
        assert_ne!(old, turned.digest(&both));
    }
}
