//! A registry, with a login or without one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::http::{Answer, ask, base64, basic};
use super::image::{Image, digest};
use super::{Folder, Server, find, run};

/// A running registry.
pub struct Registry {
    login: Option<(String, String)>,
    server: Server,
    folder: Folder,
}

impl Registry {
    /// Starts one. With a login nobody else reads or writes.
    ///
    /// # Panics
    /// If it can't be had: ask [`super::ready`] for `docker-registry`, `htpasswd` and `setpriv` before.
    pub fn start(login: Option<(&str, &str)>) -> Self {
        let folder = Folder::new("registry");
        let mut auth = String::new();
        if let Some((user, password)) = login {
            let users = folder.join("users");
            fs::write(&users, run("htpasswd", &["-B", "-C", "4", "-b", "-n", user, password])).unwrap();
            auth = format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", users.display());
        }
        let program = find("docker-registry").expect("docker-registry is here");
        let server = Server::start(&folder.join("log"), |port| {
            let config = folder.join("config.yml");
            let storage = format!(
                "{{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}, maintenance: {{uploadpurging: {{enabled: false}}}}}}",
                folder.join("data").display()
            );
            let text = format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {storage}\nhttp: {{addr: \"127.0.0.1:{port}\"}}\n{auth}"
            );
            fs::write(&config, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("serve").arg(config).env("OTEL_TRACES_EXPORTER", "none");
            command
        });
        Self { login: login.map(|(user, password)| (user.to_owned(), password.to_owned())), server, folder }
    }

    /// `127.0.0.1:40123`
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }

    /// User and password, if it wants a login.
    pub fn login(&self) -> Option<(&str, &str)> {
        self.login.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Writes the `config.json` of somebody who has logged in, into a folder that may become `DOCKER_CONFIG`.
    pub fn docker_config(&self, folder: &Path) {
        let (user, password) = self.login.as_ref().expect("this registry has a login");
        write_docker_config(folder, &self.host(), user, password);
    }

    /// Puts an image under a name and a tag, as a build would: an index if there are several platforms. Gives its
    /// digest. What it holds follows from name, tag and platforms.
    pub fn put_image(&self, name: &str, tag: &str, platforms: &[&str]) -> String {
        self.put(name, tag, Image::of(platforms))
    }

    /// [`Registry::put_image`], of any kind.
    pub fn put(&self, name: &str, tag: &str, image: Image<'_>) -> String {
        let word = image.word.map_or_else(|| format!("{name}:{tag}"), str::to_owned);
        let mut manifests: Vec<(Option<&str>, Vec<u8>)> = Vec::new();
        for platform in image.platforms {
            let (blobs, manifest) = image.platform(platform, &word);
            blobs.iter().for_each(|blob| self.put_blob(name, blob));
            manifests.push((Some(platform), manifest));
            if image.attested {
                let (blobs, manifest) = image.attestation(&format!("{word} {platform}"));
                blobs.iter().for_each(|blob| self.put_blob(name, blob));
                manifests.push((None, manifest));
            }
        }
        let [index_type, manifest_type, ..] = image.types();
        if !image.index && !image.attested {
            let (_, manifest) = manifests.first().expect("an image has a platform");
            return self.put_manifest(name, tag, manifest_type, manifest);
        }
        for (_, manifest) in &manifests {
            self.put_manifest(name, &digest(manifest), manifest_type, manifest);
        }
        let entries: Vec<(Option<&str>, &[u8])> = manifests.iter().map(|(of, bytes)| (*of, &bytes[..])).collect();
        self.put_manifest(name, tag, index_type, &image.index(&entries))
    }

    fn put_blob(&self, name: &str, blob: &[u8]) {
        let begun = self.ask("POST", &format!("/v2/{name}/blobs/uploads/"), &[], b"").expect(202);
        let place = begun.header("Location").expect("an upload has a place");
        let path = place.find("/v2/").map_or(place, |at| &place[at..]);
        let path = format!("{path}&digest={}", digest(blob));
        self.ask("PUT", &path, &[("Content-Type", "application/octet-stream")], blob).expect(201);
    }

    fn put_manifest(&self, name: &str, reference: &str, media_type: &str, bytes: &[u8]) -> String {
        self.ask("PUT", &format!("/v2/{name}/manifests/{reference}"), &[("Content-Type", media_type)], bytes)
            .expect(201);
        digest(bytes)
    }

    /// Takes a tag away, as no registry should.
    pub fn delete_tag(&self, name: &str, tag: &str) {
        fs::remove_dir_all(self.data().join(name).join("_manifests/tags").join(tag)).unwrap();
    }

    /// The tags of a name, in order; none where nobody pushed.
    pub fn tags(&self, name: &str) -> Vec<String> {
        let folder = fs::read_dir(self.data().join(name).join("_manifests/tags"));
        let entries =
            folder.into_iter().flatten().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut tags: Vec<String> = entries.collect();
        tags.sort();
        tags
    }

    /// The digest that a tag stands for now.
    pub fn digest(&self, name: &str, tag: &str) -> Option<String> {
        fs::read_to_string(self.data().join(name).join("_manifests/tags").join(tag).join("current/link")).ok()
    }

    /// How often a tag was given another digest; 1 for one that never moved.
    pub fn pushes(&self, name: &str, tag: &str) -> usize {
        let history = self.data().join(name).join("_manifests/tags").join(tag).join("index/sha256");
        fs::read_dir(history).map_or(0, Iterator::count)
    }

    /// What a tag stands for, whenever it was pushed: the digests of the parts of an index, or of the configuration and
    /// the layers of a manifest.
    pub fn content(&self, name: &str, tag: &str) -> Vec<String> {
        let digest = self.digest(name, tag).expect("the tag is there");
        let hex = digest.strip_prefix("sha256:").expect("a digest is one of SHA-256");
        let blob = self.folder.join("data/docker/registry/v2/blobs/sha256").join(&hex[..2]).join(hex).join("data");
        let manifest: serde_json::Value = serde_json::from_slice(&fs::read(blob).unwrap()).unwrap();
        let parts = ["manifests", "layers"].iter().flat_map(|key| manifest[key].as_array().into_iter().flatten());
        parts.chain([&manifest["config"]]).filter_map(|part| part["digest"].as_str()).map(str::to_owned).collect()
    }

    /// Copies everything that it holds into a folder.
    pub fn keep(&self, folder: &Path) {
        run("cp", &["-a", &self.folder.join("data").to_string_lossy(), &folder.join("registry").to_string_lossy()]);
    }

    /// Holds again what was in a folder that [`Registry::keep`] filled; what was asked so far is forgotten.
    pub fn restore(&self, folder: &Path) {
        fs::remove_dir_all(self.folder.join("data")).unwrap();
        run("cp", &["-a", &folder.join("registry").to_string_lossy(), &self.folder.join("data").to_string_lossy()]);
        fs::File::options().write(true).open(self.folder.join("log")).unwrap().set_len(0).unwrap();
    }

    /// Everything that was pushed: what each tag stands for, each manifest, each blob. Uploads that were begun and left
    /// are nothing that anybody sees.
    pub fn state(&self) -> BTreeMap<String, String> {
        let mut state = BTreeMap::new();
        look(&self.folder.join("data/docker/registry/v2"), "", &mut state);
        state
    }

    /// What was asked so far, in order: `HEAD /v2/acme/manifests/1 404`.
    pub fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let request = |line: &str| {
            let mut parts = line.split('"');
            let (asked, status) = (parts.nth(1)?, parts.next()?.split_whitespace().next()?);
            Some(format!("{} {status}", asked.strip_suffix(" HTTP/1.1")?))
        };
        log.lines().filter_map(request).collect()
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.join("data/docker/registry/v2/repositories")
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let login = self.login.as_ref().map(|(user, password)| basic(user, password));
        let mut headers = headers.to_vec();
        headers.extend(login.iter().map(|login| ("Authorization", login.as_str())));
        ask(self.server.port, method, path, &headers, body)
    }
}

/// Writes the `config.json` of somebody who has logged in with these words, right or wrong.
pub fn write_docker_config(folder: &Path, host: &str, user: &str, password: &str) {
    write_logins(folder, &[(host, user, password)]);
}

/// The same for several registries, or none: host, user, password. What else is in the folder stays.
pub fn write_logins(folder: &Path, logins: &[(&str, &str, &str)]) {
    let login = |(host, user, password): &(&str, &str, &str)| {
        let login = base64(format!("{user}:{password}").as_bytes());
        format!("\n\t\t\"{host}\": {{\n\t\t\t\"auth\": \"{login}\"\n\t\t}}")
    };
    let logins: Vec<String> = logins.iter().map(login).collect();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.json"), format!("{{\n\t\"auths\": {{{}\n\t}}\n}}", logins.join(","))).unwrap();
}

fn look(folder: &Path, name: &str, state: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let part = entry.file_name().to_string_lossy().into_owned();
        let name = if name.is_empty() { part.clone() } else { format!("{name}/{part}") };
        if part == "_uploads" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            look(&entry.path(), &name, state);
        } else {
            // A blob is called by what it holds: its length is enough.
            let bytes = fs::read(entry.path()).unwrap();
            let about =
                if part == "data" { format!("{} bytes", bytes.len()) } else { bytes.escape_ascii().to_string() };
            state.insert(name, about);
        }
    }
}
