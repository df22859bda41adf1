//! A docker engine of the test's own, which runs containers: those of BuildKit.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use super::{Folder, find, tool};

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name under which buildx looks for BuildKit.
const BUILDKIT: &str = "moby/buildkit:buildx-stable-1";

/// The capability that containers with all privileges want, and that not every machine has: `CAP_SYS_RESOURCE`.
const WANTED: u32 = 24;

/// Runs the engine until its own stdin ends, which it does with the test, however that ends; then takes away what is
/// left. In process and mount namespaces of its own, so that everything that the engine started ends with it. For the
/// sockets of its containers there is no other place than `/run/containerd`.
const GUARD: &str = r#"
folder=$1; shift
mkdir -p /run/containerd /run/docker
# shellcheck disable=SC2016
setpriv --pdeathsig KILL -- unshare --mount --pid --fork --kill-child --mount-proc sh -c '
    mount -t tmpfs none /run/containerd && mount -t tmpfs none /run/docker && exec "$@"' sh "$@" </dev/null >>"$folder/log" 2>&1 &
engine=$!
read -r _
kill -9 $engine
wait
for container in $(ls "$folder/data/containers" 2>/dev/null); do
    find /sys/fs/cgroup -depth -type d -path "*/$container*" -exec rmdir {} \; 2>/dev/null
done
tries=0
until rm -rf "$folder" 2>/dev/null || [ $tries = 100 ]; do tries=$((tries + 1)); sleep 0.05; done
"#;

/// Takes that capability out of what a container is to have, then starts it.
const LOWCAPS: &str = r#"#!/bin/sh
file= last=
for word; do
    case $last in
        --bundle) file=$word/config.json ;;
        --process) file=$word ;;
    esac
    last=$word
done
[ -z "$file" ] || sed -i -e 's/"CAP_SYS_RESOURCE",//g' -e 's/,"CAP_SYS_RESOURCE"//g' "$file"
exec runc "$@"
"#;

/// A running engine.
pub struct Engine {
    guard: Child,
    folder: PathBuf,
    buildkit: OnceLock<()>,
}

impl Engine {
    /// Starts one. It wants to be root: ask [`super::ready`] for `dockerd`, `docker` and `setpriv` before.
    pub fn start() -> Self {
        // The guard takes it away.
        let folder = Folder::new("engine").leave();
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(&folder).args(daemon(&folder));
        command.env_clear().env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
        // Who types control-C ends the test, and with it this.
        let guard = command.process_group(0).spawn().expect("sh starts");
        let engine = Self { guard, folder, buildkit: OnceLock::new() };
        let begin = Instant::now();
        while !engine.answers() {
            let log = || fs::read_to_string(engine.folder.join("log")).unwrap_or_default();
            assert!(begin.elapsed() < PATIENCE, "no engine:\n{}", log());
            thread::sleep(Duration::from_millis(20));
        }
        engine
    }

    /// The one that all tests of this process share, with BuildKit; it ends with the process. Tests that stop it, or
    /// look at all that is in it, start their own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        let engine = SHARED.get_or_init(Self::start);
        engine.with_buildkit();
        engine
    }

    /// Loads BuildKit, once, as the image that buildx starts builders from. Ask [`super::ready`] for [`super::BUILD`].
    pub fn with_buildkit(&self) -> &Self {
        self.buildkit.get_or_init(|| {
            let image = Folder::new("buildkit");
            lay_out_buildkit(&image.join(""));
            let mut tar = Command::new("tar");
            tar.arg("-C").arg(image.join("")).args(["-cf", "-", "."]).stdout(Stdio::piped());
            let mut tar = tar.spawn().expect("tar starts");
            let mut import = self.docker();
            import.args(["import", "--change", "ENTRYPOINT [\"buildkitd\"]", "--change", "ENV PATH=/usr/bin:/bin"]);
            let output = import.args(["-", BUILDKIT]).stdin(tar.stdout.take().expect("a pipe")).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            tar.wait().unwrap();
        });
        self
    }

    /// What `DOCKER_HOST` must be.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }

    /// The same engine by another address: buildx wants another one for each node of a builder.
    pub fn second_host(&self) -> String {
        format!("unix://{}", self.folder.join("second.sock").display())
    }

    /// `docker`, told to ask this engine, with nobody's logins.
    pub fn docker(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.args(["--host", &self.host()]).env("DOCKER_CONFIG", self.folder.join("nobody"));
        docker
    }

    fn answers(&self) -> bool {
        self.folder.join("docker.sock").exists()
            && self.docker().args(["version", "--format", "{{.Server.Version}}"]).output().unwrap().status.success()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// The command line of an engine that keeps everything in this folder and changes no network.
fn daemon(folder: &Path) -> Vec<String> {
    let at = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    let socket = |name: &str| format!("--host=unix://{}", folder.join(name).display());
    let mut words = vec![find("dockerd").expect("dockerd is here").to_string_lossy().into_owned()];
    words.extend([socket("docker.sock"), socket("second.sock")]);
    words.extend([at("data-root", "data"), at("exec-root", "exec"), at("pidfile", "pid")]);
    words.extend(["--bridge=none", "--iptables=false", "--log-level=error"].map(str::to_owned));
    // systemd would look for the processes by numbers that are ours alone.
    words.push("--exec-opt=native.cgroupdriver=cgroupfs".to_owned());
    if !has_capability() {
        let wrapper = folder.join("lowcaps");
        fs::write(&wrapper, LOWCAPS).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        words.extend([at("add-runtime=lowcaps", "lowcaps"), "--default-runtime=lowcaps".to_owned()]);
    }
    words
}

fn has_capability() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).expect("a process has capabilities");
    u64::from_str_radix(mask.trim(), 16).expect("a mask") >> WANTED & 1 == 1
}

/// The files of an image that BuildKit runs from: itself, what it starts containers with, a shell.
fn lay_out_buildkit(root: &Path) {
    for folder in ["bin", "usr/bin", "lib64", "etc", "tmp", "root", "proc", "sys", "dev", "var/lib"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let copy = |from: &Path, to: &str| {
        let to = root.join(to.trim_start_matches('/'));
        fs::create_dir_all(to.parent().expect("a file lies in a folder")).unwrap();
        fs::copy(from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    };
    for name in ["buildkitd", "buildctl"] {
        copy(&tool(name), &format!("usr/bin/{name}"));
    }
    let runc = find("runc").expect("runc is here");
    copy(&runc, "usr/bin/buildkit-runc");
    // `libc.so.6 => /lib/libc.so.6 (0x…)`, and the loader without an arrow; of a static one nothing.
    let libraries = Command::new("ldd").arg(&runc).output().expect("ldd runs");
    for library in String::from_utf8_lossy(&libraries.stdout).split_whitespace().filter(|word| word.starts_with('/')) {
        copy(Path::new(library), library);
    }
    copy(&find("busybox").expect("busybox is here"), "bin/busybox");
    for name in ["sh", "ls", "cat", "cp", "mkdir", "rm", "mount", "umount", "sleep", "true", "env", "id"] {
        symlink("busybox", root.join("bin").join(name)).unwrap();
    }
}
