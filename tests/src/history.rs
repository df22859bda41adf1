//! Repositories that have been lived in, made in one go: `git fast-import`, the same ids every time.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Files by their paths from the top: may it be run, and what it holds.
pub type Files = BTreeMap<String, (bool, Vec<u8>)>;

/// Ada releases, Grace builds.
pub const ADA: &str = "Ada <ada@example.com>";
/// See [`ADA`].
pub const GRACE: &str = "Grace <grace@example.com>";

const DAY: u64 = 24 * 60 * 60;
/// Noon of 2026-06-10, when 1.24.0 was released.
const BEGIN: u64 = 1_781_092_800;

/// Every file below a folder.
pub fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    look(folder, "", &mut files);
    files
}

fn look(folder: &Path, name: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = format!("{name}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            look(&path, &format!("{name}/"), files);
        } else {
            let runs = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o100 != 0;
            files.insert(name, (runs, fs::read(&path).unwrap()));
        }
    }
}

/// Puts another text in the place of one that must be there.
#[track_caller]
pub fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let (_, bytes) = files.get_mut(path).unwrap_or_else(|| panic!("no {path}"));
    let text = String::from_utf8(std::mem::take(bytes)).unwrap();
    assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
    *bytes = text.replace(from, to).into_bytes();
}

/// A stream for `git fast-import`.
#[derive(Default)]
pub struct History {
    stream: Vec<u8>,
    seconds: u64,
}

impl History {
    /// Days go by.
    pub fn days(&mut self, days: u64) -> &mut Self {
        self.seconds += days * DAY;
        self
    }

    /// A branch that begins where another one is now.
    pub fn branch(&mut self, name: &str, from: &str) -> &mut Self {
        self.stream.extend(format!("reset refs/heads/{name}\nfrom refs/heads/{from}\n\n").bytes());
        self
    }

    /// A commit on a branch, with these files and no others.
    pub fn commit(&mut self, branch: &str, who: &str, message: &str, files: &Files) -> &mut Self {
        self.add(branch, None, who, message, files)
    }

    /// A merge of another branch, with these files and no others.
    pub fn merge(&mut self, branch: &str, other: &str, who: &str, message: &str, files: &Files) -> &mut Self {
        self.add(branch, Some(other), who, message, files)
    }

    fn add(&mut self, branch: &str, other: Option<&str>, who: &str, message: &str, files: &Files) -> &mut Self {
        // Two of one second would have no order.
        self.seconds += 60;
        let now = self.now();
        self.stream.extend(format!("commit refs/heads/{branch}\ncommitter {who} {now} +0000\n").bytes());
        self.data(message.as_bytes());
        self.stream.extend(other.map(|other| format!("merge refs/heads/{other}\n")).unwrap_or_default().bytes());
        self.stream.extend(b"deleteall\n");
        for (path, (runs, bytes)) in files {
            self.stream.extend(format!("M {} inline {path}\n", if *runs { "100755" } else { "100644" }).bytes());
            self.data(bytes);
        }
        self
    }

    /// An annotated tag where a branch is now.
    pub fn tag(&mut self, branch: &str, name: &str, message: &str) -> &mut Self {
        let now = self.now();
        self.stream.extend(format!("tag {name}\nfrom refs/heads/{branch}\ntagger {ADA} {now} +0000\n").bytes());
        self.data(message.as_bytes());
        self
    }

    /// The whole stream.
    pub fn end(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.stream)
    }

    fn now(&self) -> u64 {
        BEGIN + self.seconds
    }

    fn data(&mut self, bytes: &[u8]) {
        self.stream.extend(format!("data {}\n", bytes.len()).bytes());
        self.stream.extend(bytes);
        self.stream.push(b'\n');
    }
}

/// A colleague pushes a commit with this file to a branch, which may be new.
pub fn push_file(repository: &Path, (branch, seconds): (&str, u64), message: &str, (path, text): (&str, &str)) {
    let name = format!("refs/heads/{branch}");
    let mut stream = format!("commit {name}\ncommitter {GRACE} {seconds} +0000\ndata {}\n{message}\n", message.len());
    let mut git = Command::new("git");
    let found = git.args(["show-ref", "--verify", "--quiet", &name]).current_dir(repository).env_remove("GIT_DIR");
    if found.status().unwrap().success() {
        stream.push_str(&format!("from {name}^0\n"));
    }
    stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
    import(repository, stream.as_bytes());
}

/// Copies files and folders as they are, with all that is below them.
pub fn copy(from: &Path, to: &Path, names: &[&str]) {
    let status = Command::new("cp").arg("-a").args(names).arg(to).current_dir(from).status().unwrap();
    assert!(status.success());
}

/// Feeds a history into a repository.
pub fn import(repository: &Path, stream: &[u8]) {
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet", "--force", "--date-format=raw"]).current_dir(repository).stdin(Stdio::piped());
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR");
    let mut child = git.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stream).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(stream));
}
