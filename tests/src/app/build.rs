//! What there is before anybody releases: the app's remote with the last versions in it, their images, their page.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::PLATFORMS;
use crate::history::{ADA, Files, GRACE, History, files, import, replace};
use crate::servers::{ADMIN, Client, Forge, Image, Registry};
use crate::tour::repository;

/// What stands for the registries in the example.
const REGISTRIES: [&str; 2] = ["registry.example.com", "mirror.example.com"];
/// The images of the example.
pub const IMAGES: [&str; 2] = ["acme/app", "acme/app-caddy"];
/// The last version, and the one before it.
const RELEASED: [&str; 2] = ["1.2.0", "1.3.0"];

/// Where things are in a world.
pub struct Places<'p> {
    /// The URL of the app's remote, as the configuration says it.
    pub app: &'p str,
    /// Names and ports of the registries: the one with a login, the open one.
    pub registries: [&'p str; 2],
    /// The builder's name.
    pub builder: &'p str,
    /// What is added to the configuration; it may name the registries of the example.
    pub more: &'p str,
    /// How long an image may take to be built, where that isn't the tool's own limit.
    pub timeout: Option<&'p str>,
    /// Do final versions take over what was built for their last candidate?
    pub promote: bool,
}

/// Makes the remote `remotes/app.git` below a folder.
pub fn build(root: &Path, places: &Places<'_>) {
    let mut app = files(&repository().join("tests/app"));
    app.insert("release-config/release.toml".to_owned(), (false, config(places).into_bytes()));
    let list = "release-config/checklists/smoke.md";
    app.insert(list.to_owned(), (false, fs::read(example().join("checklists/smoke.md")).unwrap()));
    let path = root.join("remotes/app.git");
    let mut git = Command::new("git");
    git.args(["init", "-q", "--bare", "--template=", "-b", "main"]).arg(&path).env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(git.env("GIT_CONFIG_NOSYSTEM", "1").status().unwrap().success());
    import(&path, &history(&app).end());
}

fn example() -> std::path::PathBuf {
    repository().join("release-config/examples/app-with-images")
}

/// The example's configuration, with the addresses of a world in the place of its own.
pub fn config(places: &Places<'_>) -> String {
    let mut text = fs::read_to_string(example().join("release.toml")).unwrap() + places.more;
    // Its registries listen on the loopback of this machine, which a container doesn't see otherwise.
    let builder = format!("[builder]\noptions = [\"network=host\"]\nname = \"{}\" ", places.builder);
    let mut changes = vec![
        ("https://github.com/acme/app.git", places.app.to_owned()),
        (REGISTRIES[0], places.registries[0].to_owned()),
        (REGISTRIES[1], places.registries[1].to_owned()),
        ("[builder]\nname = \"acme\" ", builder),
    ];
    if let Some(timeout) = places.timeout {
        changes.push(("tags = [\"{app}\"]", format!("tags = [\"{{app}}\"]\ntimeout = \"{timeout}\"")));
    }
    if places.promote {
        changes.push(("channels = [\"latest\"]", "promote = true\nchannels = [\"latest\"]".to_owned()));
    }
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the example");
        text = text.replace(from, &to);
    }
    text
}

/// Two versions that were merged and tagged, and what came since.
fn history(now: &Files) -> History {
    let mut history = History::default();
    let at = |version: &str| {
        let mut files = now.clone();
        if version != RELEASED[1] {
            for path in ["acme/__init__.py", "install.sh"] {
                replace(&mut files, path, RELEASED[1], version);
            }
            files.remove("docs/releases/1.3.0.md");
        }
        files
    };
    history.commit("main", ADA, "Begin", &at("1.1.0"));
    for (number, version) in RELEASED.into_iter().enumerate() {
        let branch = format!("release-{version}");
        history.days(7).branch(&branch, "main").commit(&branch, ADA, &format!("Bump version {version}"), &at(version));
        let message = format!("Merge pull request #{} from acme/{branch}\n\nBump version {version}", number + 1);
        history.days(1).merge("main", &branch, ADA, &message, &at(version));
        history.tag("main", version, &format!("Version {version}"));
    }
    let mut files = now.clone();
    files.insert("acme/search.py".to_owned(), (false, b"\"\"\"Search.\"\"\"\n".to_vec()));
    history.days(2).commit("main", GRACE, "Search all schemas (#31)", &files);
    replace(&mut files, "README.md", "A database with a web page", "A web page for a database");
    history.days(1).commit("main", ADA, "Say what it is about (#32)", &files);
    history
}

/// The images of the last versions, and `latest` where the last one is: without a word of the commit they are from.
pub fn put_images(registries: [&Registry; 2], client: &Client) {
    for registry in registries {
        for image in IMAGES {
            for version in RELEASED {
                let kind = Image { docker: false, ..Image::of(PLATFORMS) };
                registry.put(image, version, kind);
            }
            let (from, to) =
                (format!("{}/{image}:1.3.0", registry.host()), format!("{}/{image}:latest", registry.host()));
            let output = client.docker().args(["buildx", "imagetools", "create", "-t", &to, &from]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(registry.digest(image, "1.3.0"), registry.digest(image, "latest"));
        }
    }
}

/// The pages of the last versions, as somebody wrote them by hand.
pub fn put_pages(forge: &Forge) {
    for version in RELEASED {
        let body = json!({ "tag_name": version, "name": format!("Acme {version}"), "body": "By hand." });
        let made = forge.ask(ADMIN, "POST", "/repos/acme/app/releases", Some(&body));
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    }
}
