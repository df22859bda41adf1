//! A folder of its own for a test: an application's repository `app`, room for others beside it, a home, and nothing
//! of the user's: the environment is cleared, git reads no settings from outside, dates and today are fixed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::binary;

/// The day that counts as today in every sandbox.
pub const TODAY: &str = "2026-07-01";

/// Folders of a test. Paths are relative to `app`; another repository is `../charts`.
pub struct Sandbox {
    root: PathBuf,
    env: Vec<(String, String)>,
}

/// What a run of a program gave. As text it is a snapshot: exit code, stdout and stderr together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// With the sandbox's own path replaced by `[SANDBOX]`, and object ids by `[OID]`.
    pub stdout: String,
    /// See [`Ran::stdout`].
    pub stderr: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "⏎\n" };
                write!(f, "--- {name}\n{text}{end}")?;
            }
        }
        Ok(())
    }
}

impl Ran {
    /// The same, which must have ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// The same, which must say this on stdout or stderr.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.stdout.contains(words) || self.stderr.contains(words), "`{words}` is not in\n{self}");
        self
    }

    /// The same, which must not say this.
    #[track_caller]
    pub fn says_nothing_of(self, words: &str) -> Self {
        assert!(!self.stdout.contains(words) && !self.stderr.contains(words), "`{words}` is in\n{self}");
        self
    }
}

/// Everything below the sandbox: what a file holds, what it may be used for, and whether it was written again.
pub type State = BTreeMap<String, String>;

impl Sandbox {
    /// `app` with these files, in a repository that has no commit.
    pub fn bare(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::folder(files);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    /// `app` with these files, all of them committed on `main`.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::bare(files);
        sandbox.commit("Begin");
        sandbox
    }

    /// `app` with these files, and no repository.
    pub fn folder(files: &[(&str, &str)]) -> Self {
        Self::named("app", files)
    }

    /// Like [`Sandbox::folder`], with another name for the project's folder. Paths are relative to it all the same.
    pub fn named(name: &str, files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("lockstep-e2e-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["home", "tmp", "bin", name] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let root = root.canonicalize().unwrap();
        let sandbox = Self { env: vec![("APP".to_owned(), name.to_owned())], root };
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox
    }

    /// The folder of the project, or something below or beside it.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(&self.env[0].1).join(path)
    }

    /// The folder above all of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A variable for every later run.
    pub fn env(&mut self, name: &str, value: impl Into<String>) {
        self.env.push((name.to_owned(), value.into()));
    }

    /// Writes a file, with its folders.
    pub fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }

    /// What a file holds.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Replaces a piece of a file, which must be there.
    #[track_caller]
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
        self.write(path, text.replace(from, to));
    }

    /// Puts a program in front of those of the machine.
    pub fn put_program(&self, name: &str, script: &str) {
        let path = self.root.join("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A program in `folder`, in the sandbox's environment.
    pub fn command(&self, program: impl AsRef<Path>, folder: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().current_dir(self.path(folder)).stdin(Stdio::null());
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.root.join("bin").display()));
        command.env("HOME", self.root.join("home")).env("TMPDIR", self.root.join("tmp"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("TZ", "UTC").env("LC_ALL", "C").env("LOCKSTEP_TODAY", TODAY);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-07-01T12:00:00Z");
        }
        command.envs(self.env.iter().skip(1).map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn output(&self, mut command: Command) -> Ran {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: self.shown(&output.stdout),
            stderr: self.shown(&output.stderr),
        }
    }

    /// Runs the tool in the project's folder.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_in("", args)
    }

    /// Runs the tool in a folder. Whatever it is asked for, it doesn't panic, and ends with a documented exit code.
    #[track_caller]
    pub fn run_in(&self, folder: impl AsRef<Path>, args: &[&str]) -> Ran {
        let mut command = self.command(binary::xtask(), folder);
        command.args(args);
        self.sane(self.output(command), args)
    }

    /// Runs the tool with one more variable in its environment.
    #[track_caller]
    pub fn run_with(&self, env: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = self.command(binary::xtask(), "");
        command.args(args).envs(env.iter().copied());
        self.sane(self.output(command), args)
    }

    /// Runs the tool on a terminal, where these lines are typed; none where the machine has no `script`. What it says is
    /// in `stdout`, what is typed too. Then the input ends.
    #[track_caller]
    pub fn run_typing(&self, args: &[&str], typed: &str) -> Option<Ran> {
        let mut command = self.command("script", "");
        let program = binary::xtask().to_string_lossy().into_owned();
        let words = std::iter::once(program.as_str()).chain(args.iter().copied());
        let words: Vec<String> = words.map(|word| format!("'{word}'")).collect();
        command.args(["-qec", &words.join(" "), "/dev/null"]).env("TERM", "dumb").env("SHELL", "/bin/sh");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().ok()?;
        running.stdin.take().unwrap().write_all(format!("{typed}\u{4}").as_bytes()).unwrap();
        let output = running.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: self.shown(text.as_bytes()),
            stderr: self.shown(&output.stderr),
        };
        Some(self.sane(ran, args))
    }

    #[track_caller]
    fn sane(&self, ran: Ran, args: &[&str]) -> Ran {
        assert!(!ran.stderr.contains("panicked"), "{args:?}\n{ran}");
        assert!((0..=5).contains(&ran.code), "{args:?}\n{ran}");
        ran
    }

    /// Runs git in the project's folder, well.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in("", args)
    }

    /// Runs git in a folder, well; gives what it printed, as it is.
    #[track_caller]
    pub fn git_in(&self, folder: impl AsRef<Path>, args: &[&str]) -> String {
        let mut command = self.command("git", folder);
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs git in the project's folder, whatever becomes of it.
    pub fn try_git(&self, args: &[&str]) -> Ran {
        let mut command = self.command("git", "");
        command.args(args);
        self.output(command)
    }

    /// Commits everything that there is.
    #[track_caller]
    pub fn commit(&self, message: &str) {
        self.commit_in("", message);
    }

    /// Commits everything that there is in another repository.
    #[track_caller]
    pub fn commit_in(&self, folder: &str, message: &str) {
        self.git_in(folder, &["add", "-A"]);
        self.git_in(folder, &["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
    }

    /// Another repository beside the project, with these files committed.
    #[track_caller]
    pub fn sibling(&self, name: &str, files: &[(&str, &str)]) {
        let folder = format!("../{name}");
        fs::create_dir_all(self.path(&folder)).unwrap();
        self.git_in(&folder, &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            self.write(Path::new(&folder).join(path), text);
        }
        self.commit_in(&folder, "Begin");
    }

    /// A bare repository beside the project, known to it as a remote of the same name, with its `main`.
    #[track_caller]
    pub fn remote(&self, name: &str) {
        let folder = format!("../{name}.git");
        self.git(&["init", "-q", "--bare", "-b", "main", &folder]);
        self.git(&["remote", "add", name, &folder]);
        self.git(&["push", "-q", name, "main"]);
    }

    /// Everything that there is, files of git's included. The tool's own lock is no byte of the project.
    pub fn state(&self) -> State {
        let mut state = State::new();
        self.look(&self.root, false, &mut state);
        state
    }

    /// The same, with the moments at which folders changed: a file that came and went is seen too.
    pub fn state_and_times(&self) -> State {
        let mut state = State::new();
        self.look(&self.root, true, &mut state);
        state
    }

    fn look(&self, folder: &Path, times: bool, state: &mut State) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&self.root).unwrap().as_os_str().as_bytes().escape_ascii().to_string();
            let meta = path.symlink_metadata().unwrap();
            let about = format!("{:o}", meta.mode());
            let time = format!("{}.{:09}", meta.mtime(), meta.mtime_nsec());
            if meta.is_dir() {
                if !times && name.ends_with(".git/lockstep") {
                    continue;
                }
                state.insert(name, if times { format!("{about} {time}") } else { about });
                self.look(&path, times, state);
            } else if meta.is_symlink() {
                state.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
            } else if !meta.is_file() {
                state.insert(name, about);
            } else {
                let bytes = if meta.len() < 1 << 20 { fs::read(&path).unwrap_or_default() } else { Vec::new() };
                let text = bytes.escape_ascii();
                state.insert(name, format!("{about} {} {time} {} {text}", meta.ino(), meta.len()));
            }
        }
    }

    /// Output as text, the same in every sandbox.
    fn shown(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).replace(&*self.root.to_string_lossy(), "[SANDBOX]");
        hide_ids(&text)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !std::thread::panicking() || std::env::var_os("LOCKSTEP_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// The two states are one, or the difference is what went wrong.
#[track_caller]
pub fn assert_untouched(before: &State, after: &State, what: &str) {
    let gone = before.iter().filter(|(path, about)| after.get(*path) != Some(about)).map(|pair| ('-', pair));
    let come = after.iter().filter(|(path, about)| before.get(*path) != Some(about)).map(|pair| ('+', pair));
    let differences: Vec<String> =
        gone.chain(come).map(|(sign, (path, about))| format!("{sign} {path}  {about}")).collect();
    assert!(differences.is_empty(), "{what} changed something:\n{}", differences.join("\n"));
}

/// Object ids of ten, forty and sixty-four digits: what they are depends on everything before them.
fn hide_ids(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || ('a'..='f').contains(&c) {
            run.push(c);
            continue;
        }
        let id = matches!(run.len(), 10 | 40 | 64) && run.contains(|c: char| c.is_ascii_alphabetic());
        out.push_str(if id { "[OID]" } else { &run });
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// A test that can't run on this machine says so and passes; under `CI=true`, where everything is there, it fails.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {why}");
    // Not by `eprintln!`, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
