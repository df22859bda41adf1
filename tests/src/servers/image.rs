//! Tiny real images: a layer with one file, its configuration, a manifest for each platform, an index over them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An image to be put into a registry.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// `linux/amd64`, `linux/arm/v7`
    pub platforms: &'a [&'a str],
    /// In the media types of docker; else of OCI.
    pub docker: bool,
    /// An index over the platforms, also where there is only one.
    pub index: bool,
    /// The index names an attestation for each platform, as buildx makes them.
    pub attested: bool,
    /// What its files hold follows from this word, if not from name and tag.
    pub word: Option<&'a str>,
    /// What the index says of itself; none in docker's media types.
    pub annotations: &'a [(&'a str, &'a str)],
    /// The labels of every platform's configuration.
    pub labels: &'a [(&'a str, &'a str)],
}

impl<'a> Image<'a> {
    /// An index over these platforms, which every docker reads; for a single one its manifest alone.
    pub fn of(platforms: &'a [&'a str]) -> Self {
        let index = platforms.len() > 1;
        Self { platforms, docker: true, index, attested: false, word: None, annotations: &[], labels: &[] }
    }

    /// The names of the media types: index, manifest, configuration, layer.
    pub(super) fn types(&self) -> [&'static str; 4] {
        if self.docker {
            [
                "application/vnd.docker.distribution.manifest.list.v2+json",
                "application/vnd.docker.distribution.manifest.v2+json",
                "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
            ]
        } else {
            [
                "application/vnd.oci.image.index.v1+json",
                "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.oci.image.config.v1+json",
                "application/vnd.oci.image.layer.v1.tar+gzip",
            ]
        }
    }

    /// The layer and the configuration of one platform, and the manifest over them. What they hold follows from `word`.
    pub(super) fn platform(&self, platform: &str, word: &str) -> ([Vec<u8>; 2], Vec<u8>) {
        let [_, manifest, config, layer] = self.types();
        let tar = tar("version", format!("{word} {platform}\n").as_bytes());
        let packed = gzip(&tar);
        let mut about = about_platform(platform);
        about["config"] = json!({ "Cmd": ["/version"] });
        if !self.labels.is_empty() {
            about["config"]["Labels"] = texts(self.labels);
        }
        about["rootfs"] = json!({ "type": "layers", "diff_ids": [digest(&tar)] });
        // Without it no registry gives the image to who asks in an older form, as those do who push over it.
        about["history"] = json!([{ "created_by": "COPY version /" }]);
        let about = about.to_string().into_bytes();
        let text = json!({
            "schemaVersion": 2,
            "mediaType": manifest,
            "config": descriptor(config, &about),
            "layers": [descriptor(layer, &packed)],
        });
        ([packed, about], text.to_string().into_bytes())
    }

    /// What buildx puts beside a platform's manifest: another one, for no platform.
    pub(super) fn attestation(&self, word: &str) -> ([Vec<u8>; 2], Vec<u8>) {
        let [_, manifest, config, _] = self.types();
        let statement = json!({ "_type": "https://in-toto.io/Statement/v0.1", "word": word }).to_string().into_bytes();
        let about = json!({ "architecture": "unknown", "os": "unknown", "config": {},
            "rootfs": { "type": "layers", "diff_ids": [digest(&statement)] } });
        let about = about.to_string().into_bytes();
        let text = json!({
            "schemaVersion": 2,
            "mediaType": manifest,
            "config": descriptor(config, &about),
            "layers": [descriptor("application/vnd.in-toto+json", &statement)],
        });
        ([statement, about], text.to_string().into_bytes())
    }

    /// The index over the manifests of platforms.
    pub(super) fn index(&self, manifests: &[(Option<&str>, &[u8])]) -> Vec<u8> {
        let [index, manifest, ..] = self.types();
        let entry = |(platform, bytes): &(Option<&str>, &[u8])| {
            let mut entry = descriptor(manifest, bytes);
            entry["platform"] =
                platform.map_or_else(|| json!({ "architecture": "unknown", "os": "unknown" }), about_platform);
            entry
        };
        let manifests: Vec<Value> = manifests.iter().map(entry).collect();
        let mut text = json!({ "schemaVersion": 2, "mediaType": index, "manifests": manifests });
        if !self.annotations.is_empty() {
            assert!(!self.docker, "docker's lists have no annotations");
            text["annotations"] = texts(self.annotations);
        }
        text.to_string().into_bytes()
    }
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect::<serde_json::Map<_, _>>().into()
}

fn about_platform(platform: &str) -> Value {
    let mut parts = platform.split('/');
    let mut about = json!({ "os": parts.next(), "architecture": parts.next() });
    if let Some(variant) = parts.next() {
        about["variant"] = variant.into();
    }
    about
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest(bytes) })
}

/// `sha256:…`
pub(super) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// An archive with one file.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = [0_u8; 512];
    let mut put = |at: usize, text: &str| head[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", bytes.len()));
    put(136, "00000000000\0");
    put(148, "        0");
    put(257, "ustar\x0000");
    let sum: u32 = head.iter().map(|&byte| u32::from(byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = bytes.len().next_multiple_of(512) - bytes.len() + 1024;
    [&head[..], bytes, &vec![0; padding]].concat()
}

/// The bytes as a gzip file that doesn't compress.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a layer is tiny");
    let crc = !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    let sizes = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    let end = [crc.to_le_bytes(), u32::from(length).to_le_bytes()].concat();
    [&head[..], &sizes, bytes, &end].concat()
}
