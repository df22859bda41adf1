//! What there is in the end: everything that others see of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{IMAGES, PLATFORMS, REPOSITORY, World};

impl World {
    /// Everything that others see in the end: the references of the remote with their ids, what each tag of each
    /// registry stands for and how often it was moved, the releases of the forge with what is in them, pull requests.
    pub fn state(&self) -> BTreeMap<String, String> {
        let mut state = BTreeMap::new();
        for line in self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]).lines() {
            let (name, id) = line.split_once(' ').unwrap();
            if !name.ends_with("/lockstep-ledger") {
                state.insert(name.to_owned(), id.to_owned());
            }
        }
        state.extend(self.images());
        for (number, release) in self.forge.releases(REPOSITORY).iter().rev().enumerate() {
            state.insert(format!("release {number}"), about_release(release));
        }
        for pull in self.pulls() {
            let about =
                [&pull["head"]["ref"], &pull["base"]["ref"], &pull["title"], &pull["state"], &pull["merge_commit_sha"]];
            state.insert(format!("pull request {}", pull["number"]), json!(about).to_string());
        }
        state
    }

    /// What each tag of each registry stands for, and how often it was moved.
    pub fn images(&self) -> BTreeMap<String, String> {
        let mut images = BTreeMap::new();
        for (label, registry) in ["registry", "mirror"].into_iter().zip(self.registries()) {
            for name in IMAGES {
                for tag in registry.tags(name) {
                    let (digest, pushes) = (registry.digest(name, &tag), registry.pushes(name, &tag));
                    let about = format!("{}, pushed {pushes} times", digest.unwrap_or_default());
                    images.insert(format!("{label} {name}:{tag}"), about);
                }
            }
        }
        images
    }

    /// What doesn't depend on when the release was claimed: the layers of all images, and what the releases say and
    /// have, without the commit that they name.
    pub fn content(&self) -> BTreeMap<String, String> {
        let mut content = BTreeMap::new();
        let reader = self.reader();
        for (name, image, registry) in self.places() {
            for tag in registry.tags(image) {
                let layers = PLATFORMS.iter().map(|platform| {
                    let digest = reader.platform_digest(&format!("{name}:{tag}"), platform).unwrap_or_default();
                    format!("{platform} {}", reader.manifest(&format!("{name}@{digest}"))["layers"])
                });
                let layers: Vec<String> = layers.collect();
                let which = if registry.login().is_some() { "registry" } else { "mirror" };
                content
                    .insert(format!("{which} {image}:{tag}"), format!("{layers:?}, {}", registry.pushes(image, &tag)));
            }
        }
        for mut release in self.forge.releases(REPOSITORY) {
            let body = release["body"].as_str().unwrap_or_default();
            let body = body.split("<!--").next().unwrap_or_default().to_owned();
            release["body"] = body.into();
            content.insert(format!("release {}", release["tag_name"]), about_release(&release));
        }
        content
    }
}

/// What a reader of a release sees, without what is the forge's own.
fn about_release(release: &Value) -> String {
    let assets = release["assets"].as_array().into_iter().flatten();
    let mut assets: Vec<String> = assets
        .map(|asset| format!("{} {} {} {}", asset["name"], asset["size"], asset["state"], asset["digest"]))
        .collect();
    assets.sort();
    let keys = ["tag_name", "name", "draft", "prerelease", "body"].map(|key| &release[key]);
    format!("{} {assets:?}", json!(keys))
}
