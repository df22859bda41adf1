//! A small project on a forge: `acme/app` at 1.26.0 with its remote `../origin.git`, somebody who releases 1.27.0 with the
//! real gh, and nothing to build.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};
use crate::servers::{ADMIN, Forge, Hosted, WRITES, ready};

/// What a world is made of, by the names in `scripts/tools`.
const NEEDS: &[&str] = &["gh", "emulate", "octokit-openapi", "node", "setpriv", "git"];

/// See the module.
pub struct Small {
    /// Where pull requests are merged and releases are shown.
    pub forge: Forge,
    /// The releaser's checkout.
    pub sandbox: Sandbox,
}

impl Small {
    /// A project with these files, which is tagged and then worked on upon a branch; none where a program is missing.
    pub fn new(test: &str, files: &[(&str, &str)], (tag, branch): (&str, &str)) -> Option<Self> {
        if !ready(test, NEEDS) {
            return None;
        }
        let mut sandbox = Sandbox::new(files);
        sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", tag]);
        sandbox.remote("origin");
        sandbox.git(&["push", "-q", "origin", tag]);
        sandbox.git(&["switch", "-q", "-C", branch]);
        sandbox.write("page", "one\n");
        sandbox.commit("Draw a page");
        sandbox.git(&["push", "-q", "origin", branch]);
        let forge = Forge::start(&[Hosted::public("acme/app", &sandbox.path("../origin.git"))]);
        let folder = sandbox.root().join("gh");
        forge.configure(&folder);
        sandbox.env("GH_CONFIG_DIR", folder.to_string_lossy());
        sandbox.env("GH_TOKEN", ADMIN);
        Some(Self { forge, sandbox })
    }

    /// The release.
    pub fn run(&self) -> Ran {
        self.sandbox.run(&["run", "--yes", "1.27.0"])
    }

    /// Runs up to a step, as one who is killed after it.
    pub fn until(&self, step: &str) -> Ran {
        self.sandbox.run(&["run", "--yes", "1.27.0", "--until", step])
    }

    /// The same on a machine that knows nothing of it: no clones, no ledger.
    pub fn elsewhere(&self) {
        for folder in ["../home/.cache", ".git/lockstep"] {
            self.remove(folder);
        }
    }

    /// A folder is gone, if it was there.
    pub fn remove(&self, folder: impl AsRef<Path>) {
        let _ = fs::remove_dir_all(self.sandbox.path(folder));
    }

    /// git in the remote; what it said without the end of its last line.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_in("../origin.git", args).trim_end().to_owned()
    }

    /// Asks as somebody does in a browser.
    #[track_caller]
    pub fn ask(&self, method: &str, rest: &str, body: &Value) -> Value {
        let body = (method != "GET" && !body.is_null()).then_some(body);
        let reply = self.forge.ask(ADMIN, method, &format!("/repos/acme/app/{rest}"), body);
        assert!(reply.status < 300, "{method} {rest}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
        if reply.body.is_empty() { Value::Null } else { reply.value() }
    }

    /// Every request that asked the forge to change something, since it was asked last.
    pub fn writes(&self) -> Vec<String> {
        let faults = self.forge.faults();
        let is_write = |method: &str| WRITES.split('|').any(|write| write == method);
        let writes = faults.lines().into_iter().filter(|line| line.split(' ').next().is_some_and(is_write)).collect();
        faults.forget();
        writes
    }

    /// The digest of the plan that there is now.
    pub fn digest(&self) -> String {
        let plan = self.sandbox.run(&["plan", "1.27.0", "--format", "json"]).stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        plan["digest"].as_str().expect("a digest").to_owned()
    }
}
