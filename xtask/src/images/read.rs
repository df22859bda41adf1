//! What manifests and configurations of images say.

use std::collections::BTreeMap;

use super::Found;
use crate::json::Json;

/// The annotation, and label, that says the commit.
pub const REVISION: &str = "org.opencontainers.image.revision";
/// The one that says the version.
pub const VERSION: &str = "org.opencontainers.image.version";

/// An index or a manifest; none if it is neither.
pub fn manifest(bytes: &[u8], digest: String) -> Option<Found> {
    let json = Json::parse(str::from_utf8(bytes).ok()?)?;
    let parts = json.get("manifests").and_then(Json::items);
    if parts.is_none() && json.get("config").is_none() && json.get("fsLayers").is_none() {
        return None;
    }
    let mut platforms = BTreeMap::new();
    for part in parts.unwrap_or_default() {
        let digest = part.get("digest")?.text()?;
        if let Some(platform) = part.get("platform").and_then(platform) {
            platforms.entry(platform).or_insert_with(|| digest.to_owned());
        }
    }
    let (revision, version) = (note(&json, "annotations", REVISION), note(&json, "annotations", VERSION));
    let is_own_word = version.is_some();
    Some(Found { digest, platforms, revision, version, is_own_word, is_index: parts.is_some() })
}

/// Adds what the configuration of one of its platforms says.
pub fn add(found: &mut Found, image: &Json) {
    if !found.is_index
        && let Some(platform) = platform(image)
    {
        found.platforms.insert(platform, found.digest.clone());
    }
    if let Some(config) = image.get("config") {
        found.revision = found.revision.take().or_else(|| note(config, "Labels", REVISION));
        found.version = found.version.take().or_else(|| note(config, "Labels", VERSION));
    }
}

/// `linux/arm/v7`; none for an attestation.
pub fn platform(json: &Json) -> Option<String> {
    let part = |name| json.get(name).and_then(Json::text).filter(|text| !text.is_empty());
    let (os, architecture) = (part("os")?, part("architecture")?);
    let variant = part("variant").map(|variant| format!("/{variant}")).unwrap_or_default();
    (os != "unknown").then(|| format!("{os}/{architecture}{variant}"))
}

fn note(json: &Json, key: &str, name: &str) -> Option<String> {
    json.get(key)?.get(name)?.text().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_and_its_attestations() {
        let text = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"digest":"sha256:a","platform":{"architecture":"amd64","os":"linux"}},
            {"digest":"sha256:b","platform":{"architecture":"arm","os":"linux","variant":"v7"}},
            {"digest":"sha256:c","platform":{"architecture":"unknown","os":"unknown"}}],
            "annotations":{"org.opencontainers.image.revision":"0a1b","org.opencontainers.image.version":"1.2.3"}}"#;
        let found = manifest(text.as_bytes(), "sha256:x".to_owned()).unwrap();
        let platforms: Vec<(&str, &str)> = found.platforms.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(platforms, [("linux/amd64", "sha256:a"), ("linux/arm/v7", "sha256:b")]);
        assert_eq!((found.revision.as_deref(), found.version.as_deref()), (Some("0a1b"), Some("1.2.3")));
        assert!(found.is_index && found.is_own_word);
    }

    #[test]
    fn a_manifest_gets_its_platform_and_labels_from_its_configuration() {
        let mut found = manifest(br#"{"config":{},"layers":[]}"#, "sha256:x".to_owned()).unwrap();
        let image =
            r#"{"architecture":"arm64","os":"linux","config":{"Labels":{"org.opencontainers.image.version":"2"}}}"#;
        add(&mut found, &Json::parse(image).unwrap());
        assert_eq!(found.platforms["linux/arm64"], "sha256:x");
        assert_eq!((found.revision, found.version.as_deref(), found.is_own_word), (None, Some("2"), false));
        for other in ["", "[]", "{}", "null", r#"{"errors":[]}"#] {
            assert_eq!(manifest(other.as_bytes(), String::new()), None, "{other}");
        }
    }
}
