//! An independent reader of images: regctl, which shares no code with docker or BuildKit.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::Value;

use super::{Folder, Registry, tool};

/// Somebody with a login at some registries. References are whole: `127.0.0.1:40123/acme/app:1.2.3`, or `…@sha256:…`.
pub struct Reader {
    folder: Folder,
}

impl Reader {
    /// Who reads these registries: ask [`super::ready`] for `regctl`.
    #[track_caller]
    pub fn new(registries: &[&Registry]) -> Self {
        let folder = Folder::new("reader");
        let host = |registry: &&Registry| {
            let mut host = serde_json::json!({ "tls": "disabled" });
            if let Some((user, password)) = registry.login() {
                host["user"] = user.into();
                host["pass"] = password.into();
            }
            (registry.host(), host)
        };
        let hosts: serde_json::Map<_, _> = registries.iter().map(host).collect();
        std::fs::write(folder.join("config.json"), serde_json::json!({ "hosts": hosts }).to_string()).unwrap();
        Self { folder }
    }

    /// The digest that a reference stands for; none where there is nothing.
    #[track_caller]
    pub fn digest(&self, reference: &str) -> Option<String> {
        let output = self.ask(&["image", "digest", reference]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || words.contains("404"), "{reference}: {words}");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The tags of a repository, in order; none where there is no repository.
    #[track_caller]
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let output = self.ask(&["tag", "ls", repository]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || words.contains("404"), "{repository}: {words}");
        let mut tags: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        tags.sort();
        tags
    }

    /// The index, or the manifest if there is no index, as the registry has it.
    #[track_caller]
    pub fn manifest(&self, reference: &str) -> Value {
        self.json(&["manifest", "get", "--format", "raw-body", reference])
    }

    /// The platforms of an image, in their order: `linux/arm/v7`. Attestations are no platform. Of a manifest without an
    /// index its configuration tells.
    #[track_caller]
    pub fn platforms(&self, reference: &str) -> Vec<String> {
        let manifest = self.manifest(reference);
        let Some(entries) = manifest["manifests"].as_array() else {
            return vec![platform(&self.json(&["image", "config", "--format", "{{json .}}", reference]))];
        };
        entries.iter().map(|entry| platform(&entry["platform"])).filter(|name| name != "unknown/unknown").collect()
    }

    /// The digest of one platform's manifest, as the index names it.
    #[track_caller]
    pub fn platform_digest(&self, reference: &str, wanted: &str) -> Option<String> {
        let manifest = self.manifest(reference);
        let mut entries = manifest["manifests"].as_array().into_iter().flatten();
        let entry = entries.find(|entry| platform(&entry["platform"]) == wanted)?;
        entry["digest"].as_str().map(str::to_owned)
    }

    /// The configuration of one platform: `architecture`, `config.Labels`, `rootfs`, `created`, …
    #[track_caller]
    pub fn config(&self, reference: &str, platform: &str) -> Value {
        self.json(&["image", "config", "--platform", platform, "--format", "{{json .}}", reference])
    }

    /// The labels of one platform.
    #[track_caller]
    pub fn labels(&self, reference: &str, platform: &str) -> BTreeMap<String, String> {
        texts(&self.config(reference, platform)["config"]["Labels"])
    }

    /// The annotations of the index, or of the manifest if there is no index.
    #[track_caller]
    pub fn annotations(&self, reference: &str) -> BTreeMap<String, String> {
        texts(&self.manifest(reference)["annotations"])
    }

    /// The text of a file in one platform's layers; none if it isn't there.
    #[track_caller]
    pub fn file(&self, reference: &str, platform: &str, path: &str) -> Option<String> {
        let output = self.ask(&["image", "get-file", "--platform", platform, reference, path]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || words.contains("not found"), "{reference} {path}: {words}");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let output = self.ask(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    fn ask(&self, args: &[&str]) -> Output {
        let mut regctl = Command::new(tool("regctl"));
        regctl.env_clear().env("HOME", self.folder.join("")).env("REGCTL_CONFIG", self.folder.join("config.json"));
        regctl.args(args).output().expect("regctl starts")
    }
}

fn platform(of: &Value) -> String {
    let parts = ["os", "architecture", "variant"].iter().filter_map(|key| of[key].as_str());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn texts(of: &Value) -> BTreeMap<String, String> {
    let entries = of.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
