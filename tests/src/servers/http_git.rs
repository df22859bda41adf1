//! git over http, with git's own server behind lighttpd.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::fault::{Faults, Rule, Trouble};
use super::{Folder, Proxy, Server, find, run};

/// What goes wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It takes every question and never answers.
    Hang,
    /// It answers every question with 503.
    Refuse,
    /// It does what the next push wants and answers with 500.
    LoseAnswer,
    /// It answers the next push with 500 and does nothing.
    DropPush,
}

/// A running server of bare repositories.
pub struct HttpGit {
    proxy: Proxy,
    _server: Server,
    _folder: Folder,
}

impl HttpGit {
    /// Serves the bare repositories below a folder, for reading and pushing. With a login nobody else does either.
    ///
    /// # Panics
    /// If it can't be had: ask [`super::ready`] for `lighttpd` and `setpriv` before, and for `htpasswd` with a login.
    pub fn start(root: &Path, login: Option<(&str, &str)>) -> Self {
        let folder = Folder::new("http-git");
        let log = folder.join("log");
        let auth = login.map_or_else(String::new, |login| auth(&folder, login));
        write_backend(&folder, &root.canonicalize().expect("the folder is there"));
        let program = find("lighttpd").expect("lighttpd is here");
        let server = Server::start(&log, |port| {
            let config = folder.join("lighttpd.conf");
            let text = format!(
                r#"server.modules = ("mod_alias", "mod_cgi", "mod_auth", "mod_authn_file")
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-connections = 256
alias.url = ("" => "{backend}")
cgi.assign = ("" => "")
{auth}"#,
                folder = folder.join("").display(),
                backend = folder.join("backend").display(),
            );
            fs::write(&config, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-D").arg("-f").arg(config).env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command
        });
        let proxy = Proxy::start(&format!("127.0.0.1:{}", server.port));
        Self { proxy, _server: server, _folder: folder }
    }

    /// Where a repository is found, such as `charts.git`.
    pub fn url(&self, repository: &str) -> String {
        format!("http://{}/{repository}", self.proxy.host())
    }

    /// From now on this goes wrong; `None`: nothing more.
    pub fn fault(&self, fault: Option<Fault>) {
        let push = |trouble| Rule::new("POST", "*/git-receive-pack", 1, trouble);
        let always = |trouble| Rule::new("*", "*", 1, trouble).times(usize::MAX);
        self.proxy.faults().set(fault.map(|fault| match fault {
            Fault::Hang => always(Trouble::Silence),
            Fault::Refuse => always(Trouble::Fail(503)),
            Fault::LoseAnswer => push(Trouble::Instead(500)),
            Fault::DropPush => push(Trouble::Fail(500)),
        }));
    }

    /// What goes wrong, and what was asked.
    pub fn faults(&self) -> &Faults {
        self.proxy.faults()
    }

    /// What was asked so far, in order: `GET /charts.git/info/refs?service=git-upload-pack`.
    pub fn requests(&self) -> Vec<String> {
        let seen = self.proxy.faults().seen();
        seen.iter().map(|seen| format!("{} {}", seen.request.method, seen.request.target())).collect()
    }
}

fn auth(folder: &Folder, (user, password): (&str, &str)) -> String {
    let users = folder.join("users");
    fs::write(&users, run("htpasswd", &["-m", "-b", "-n", user, password])).unwrap();
    format!(
        "auth.backend = \"htpasswd\"\nauth.backend.htpasswd.userfile = \"{}\"\n\
         auth.require = (\"\" => (\"method\" => \"basic\", \"realm\" => \"test\", \"require\" => \"valid-user\"))\n",
        users.display()
    )
}

/// The program that answers: git's own.
fn write_backend(folder: &Folder, root: &Path) {
    let git = PathBuf::from(run("git", &["--exec-path"]).trim()).join("git-http-backend");
    let script = format!(
        r#"#!/bin/sh
cd '{here}' || exit 1
PATH_INFO=${{REQUEST_URI%%\?*}}
GIT_PROJECT_ROOT='{root}' GIT_HTTP_EXPORT_ALL=1 HOME='{here}' GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=http.receivepack GIT_CONFIG_VALUE_0=true GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1='*'
export PATH_INFO GIT_PROJECT_ROOT GIT_HTTP_EXPORT_ALL HOME GIT_CONFIG_NOSYSTEM
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_CONFIG_KEY_1 GIT_CONFIG_VALUE_1
exec '{git}'
"#,
        here = folder.join("").display(),
        root = root.display(),
        git = git.display(),
    );
    let backend = folder.join("backend");
    fs::write(&backend, script).unwrap();
    fs::set_permissions(&backend, fs::Permissions::from_mode(0o755)).unwrap();
}
