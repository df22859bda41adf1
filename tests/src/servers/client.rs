//! What a docker command reads of its user: logins, the plugin buildx, the builders that it knows.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Engine, Folder, Registry, tool, write_logins};

/// Somebody at a docker engine.
pub struct Client {
    host: String,
    second_host: String,
    folder: Folder,
}

impl Client {
    /// Somebody without any login, who has buildx and no builder yet.
    pub fn new(engine: &Engine) -> Self {
        let folder = Folder::new("docker");
        fs::create_dir_all(folder.join("buildx")).unwrap();
        give_buildx(&folder.join("config"));
        let client = Self { host: engine.host(), second_host: engine.second_host(), folder };
        client.log_in(&[]);
        client
    }

    /// From now on these logins and no others: host, user, password, right or wrong.
    pub fn log_in(&self, logins: &[(&str, &str, &str)]) {
        write_logins(&self.config(), logins);
    }

    /// The right login of every one of these registries that wants one.
    pub fn log_in_at(&self, registries: &[&Registry]) {
        let hosts: Vec<String> = registries.iter().map(|registry| registry.host()).collect();
        let login = |(registry, host): (&&'_ Registry, &'_ String)| {
            registry.login().map(|(user, password)| (host.clone(), user.to_owned(), password.to_owned()))
        };
        let logins: Vec<_> = registries.iter().zip(&hosts).filter_map(login).collect();
        let logins: Vec<_> = logins.iter().map(|(host, user, word)| (&**host, &**user, &**word)).collect();
        self.log_in(&logins);
    }

    /// The folder of the logins, as `DOCKER_CONFIG` is to say.
    pub fn config(&self) -> PathBuf {
        self.folder.join("config")
    }

    /// What a program's environment must have so that its docker is this one.
    pub fn environment(&self) -> [(&'static str, OsString); 3] {
        [
            ("DOCKER_HOST", (&self.host).into()),
            ("DOCKER_CONFIG", self.config().into()),
            ("BUILDX_CONFIG", self.folder.join("buildx").into()),
        ]
    }

    /// `docker`, as this client.
    pub fn docker(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.envs(self.environment());
        docker
    }

    /// Makes a builder with these platforms, or whatever it says itself if there are none, and waits until it runs.
    /// Gives its name, which no other client's builder has.
    #[track_caller]
    pub fn builder(&self, platforms: &str) -> String {
        let name = self.free_name();
        self.create(&["--name", &name], platforms, &self.host);
        name
    }

    /// Adds a node for these platforms to a builder that has one; docker knows it as another engine.
    #[track_caller]
    pub fn add_node(&self, builder: &str, platforms: &str) {
        let node = format!("{builder}-second");
        self.create(&["--name", builder, "--append", "--node", &node], platforms, &self.second_host);
    }

    /// A name for a builder that nobody has.
    pub fn free_name(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        format!("builder-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
    }

    #[track_caller]
    fn create(&self, words: &[&str], platforms: &str, host: &str) {
        let mut docker = self.docker();
        docker.args(["buildx", "create", "--bootstrap", "--driver", "docker-container"]);
        // The registries listen on this machine's loopback.
        docker.args(["--driver-opt", "network=host"]).args(words);
        if !platforms.is_empty() {
            docker.args(["--platform", platforms]);
        }
        let output = docker.arg(host).output().expect("docker starts");
        assert!(output.status.success(), "{docker:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The nodes of all builders that this client knows, whoever made them.
    fn nodes(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.join("buildx/instances")).into_iter().flatten();
        let texts = files.filter_map(|file| fs::read(file.ok()?.path()).ok());
        let builders: Vec<serde_json::Value> = texts.filter_map(|text| serde_json::from_slice(&text).ok()).collect();
        let nodes = builders.iter().flat_map(|builder| builder["Nodes"].as_array().into_iter().flatten());
        nodes.filter_map(|node| node["Name"].as_str()).map(str::to_owned).collect()
    }
}

/// Puts buildx into a folder that may become `DOCKER_CONFIG`. Images in registries are looked at and named without an
/// engine.
pub fn give_buildx(folder: &Path) {
    fs::create_dir_all(folder.join("cli-plugins")).unwrap();
    symlink(tool("docker-buildx"), folder.join("cli-plugins/docker-buildx")).unwrap();
}

impl Drop for Client {
    fn drop(&mut self) {
        let containers: Vec<String> = self.nodes().iter().map(|node| format!("buildx_buildkit_{node}")).collect();
        if !containers.is_empty() {
            let _ = self.docker().args(["rm", "--force", "--volumes"]).args(&containers).output();
            let volumes = containers.iter().map(|container| format!("{container}_state"));
            let _ = self.docker().args(["volume", "rm", "--force"]).args(volumes).output();
        }
    }
}
