//! Charts: packaged once, the same archive on every place, an index that loses nothing, and what stops all of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{Registry, helm3, helm4, ready};

const SETTINGS: &str = "acme/settings.py";

/// A chart's files, below its folder.
fn chart(name: &str, version: &str, more: &str) -> Vec<(String, String)> {
    let folder = format!("charts/{name}");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  text: {{ .Values.text | quote }}\n";
    vec![
        (
            format!("{folder}/Chart.yaml"),
            format!("apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: \"1.26.0\"\n{more}"),
        ),
        (format!("{folder}/values.yaml"), "text: hello # what it says\n".to_owned()),
        (format!("{folder}/templates/config.yaml"), template.to_owned()),
        (format!("{folder}/.helmignore"), "*.orig\n".to_owned()),
    ]
}

fn config(charts: &str) -> String {
    format!(
        "[project]\nname = \"acme\"\n\n[track.app]\ntag = \"{{version}}\"\n\n[track.chart]\nscheme = \"chart\"\nwith = \"app\"\n\
         repo = \"charts\"\ntag = \"{{name}}-{{version}}\"\n\n[repo.charts]\nurl = \"../charts.git\"\n\n[[manifest]]\npath = \
         \"{SETTINGS}\"\npython.VERSION = \"{{app}}\"\n\n[[manifest]]\nrepo = \"charts\"\npath = \
         \"charts/{{chart}}/Chart.yaml\"\nyaml.version = \"{{chart}}\"\nyaml.appVersion = {{ template = \"{{app}}\", on = \"bump\" }}\n\n{charts}"
    )
}

/// An app, its charts in a repository beside it, both with a bare remote; `helm` is this one.
struct World {
    sandbox: Sandbox,
}

impl World {
    fn new(helm: &Path, config: &str, charts: &[Vec<(String, String)>]) -> Self {
        let mut sandbox = Sandbox::new(&[(CONFIG, config), (SETTINGS, "VERSION = \"1.26.0\"\n")]);
        sandbox.put_program("helm", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", helm.display()));
        let files: Vec<(&str, &str)> =
            charts.iter().flatten().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        sandbox.sibling("charts", &files);
        sandbox.git(&["clone", "-q", "--bare", "../charts", "../charts.git"]);
        sandbox.git_in("../charts", &["remote", "add", "origin", "../charts.git"]);
        sandbox.remote("origin");
        let cache = sandbox.path("../cache").display().to_string();
        sandbox.env("LOCKSTEP_CACHE", cache);
        Self { sandbox }
    }

    #[track_caller]
    fn publish(&self, args: &[&str]) -> Ran {
        let args: Vec<&str> = ["publish-charts"].iter().chain(args).copied().collect();
        self.sandbox.run(&args)
    }

    /// A file of the pages' branch.
    #[track_caller]
    fn page(&self, path: &str) -> String {
        self.sandbox.git_in("../charts.git", &["show", &format!("gh-pages:{path}")])
    }

    fn page_bytes(&self, path: &str) -> Vec<u8> {
        let mut git = self.sandbox.command("git", "../charts.git");
        git.args(["show", &format!("gh-pages:{path}")]).output().unwrap().stdout
    }

    fn pages(&self) -> String {
        self.sandbox.git_in("../charts.git", &["log", "--format=%an %ad %s", "--date=iso-strict", "gh-pages"])
    }

    /// Commits new texts of a chart's files to the remote.
    fn change(&self, path: &str, from: &str, to: &str) {
        self.sandbox.replace(&format!("../charts/{path}"), from, to);
        self.sandbox.commit_in("../charts", "Change");
        self.sandbox.git_in("../charts", &["push", "-q", "origin", "main"]);
    }

    /// Puts files on the pages' branch by hand.
    fn put_pages(&self, files: &[(&str, Vec<u8>)]) {
        let there = self.sandbox.try_git(&["-C", "../charts.git", "rev-parse", "-q", "--verify", "gh-pages"]).code == 0;
        let folder = self.sandbox.path("../pages");
        let _ = fs::remove_dir_all(&folder);
        self.sandbox.git(&["clone", "-q", "../charts.git", "../pages"]);
        let args: &[&str] =
            if there { &["checkout", "-q", "gh-pages"] } else { &["checkout", "-q", "--orphan", "gh-pages"] };
        self.sandbox.git_in("../pages", args);
        if !there {
            self.sandbox.git_in("../pages", &["rm", "-rfq", "."]);
        }
        for (path, bytes) in files {
            self.sandbox.write(format!("../pages/{path}"), bytes);
        }
        self.sandbox.commit_in("../pages", "By hand");
        self.sandbox.git_in("../pages", &["push", "-q", "origin", "gh-pages"]);
    }

    #[track_caller]
    fn helm(&self, folder: &str, args: &[&str]) -> Ran {
        let mut helm = self.sandbox.command("helm", folder);
        helm.args(args);
        self.sandbox.output(helm).code(0)
    }
}

const PAGES: &str = "[[chart]]\nrepo = \"charts\"\npath = \"charts/{chart}\"\npages = \"gh-pages\"\n";

fn both(test: &str) -> Vec<PathBuf> {
    if ready(test, &["helm3", "helm4", "docker-registry", "htpasswd", "setpriv"]) {
        vec![helm3(), helm4()]
    } else {
        vec![]
    }
}

#[test]
fn a_chart_goes_to_the_pages_and_to_the_registry() {
    let mut archives = Vec::new();
    for helm in both("a_chart_goes_to_the_pages_and_to_the_registry") {
        let registry = Registry::start(Some(("ada", "secret")));
        let host = registry.host();
        let oci = format!("{PAGES}url = \"https://acme.github.io/charts\"\noci = [\"oci://{host}/charts\"]\n");
        let mut world = World::new(&helm, &config(&oci), &[chart("acme", "0.4.2", "")]);
        // Nobody is logged in: nothing is published anywhere.
        world.publish(&["--yes"]).code(3).says("hint: log in with `helm registry login");
        assert!(world.sandbox.git_in("../charts.git", &["branch", "--list", "gh-pages"]).is_empty());
        let home = world.sandbox.path("../home/docker");
        registry.docker_config(&home);
        world.sandbox.env("DOCKER_CONFIG", home.display().to_string());

        let before = world.sandbox.state();
        world.publish(&["--dry-run"]).code(0).says("to do").says("charts/oci:acme");
        world.publish(&[]).code(2).says("`--yes` agrees");
        assert!(
            world
                .sandbox
                .state()
                .iter()
                .all(|(path, about)| path.starts_with("cache") || before.get(path) == Some(about))
        );

        world.publish(&["--yes"]).code(0).says("published: 1 chart").says("sha256:");
        let index = world.page("index.yaml");
        assert!(index.contains("    - https://acme.github.io/charts/acme-0.4.2.tgz\n"), "{index}");
        assert!(index.contains("    created: \"2026-07-01T12:00:00Z\"\n"), "{index}");
        assert_eq!(registry.tags("charts/acme"), ["0.4.2"]);
        assert_eq!(world.pages(), "Ada 2026-07-01T12:00:00+00:00 Publish acme 0.4.2\n");
        let (commit, state) = (world.sandbox.git_in("../charts.git", &["rev-parse", "gh-pages"]), registry.state());

        // The same command again changes nothing, with the cache deleted too.
        world.publish(&["--yes"]).code(0).says("whole: everything is published already");
        fs::remove_dir_all(world.sandbox.path("../cache")).unwrap();
        world.publish(&["--yes"]).code(0).says("whole");
        assert_eq!(world.sandbox.git_in("../charts.git", &["rev-parse", "gh-pages"]), commit);
        assert_eq!(registry.state(), state);

        // What the registry gives is what the pages have, and what Helm takes.
        world.helm("..", &["pull", &format!("oci://{host}/charts/acme"), "--version", "0.4.2", "--plain-http"]);
        let archive = world.page_bytes("acme-0.4.2.tgz");
        assert_eq!(fs::read(world.sandbox.path("../acme-0.4.2.tgz")).unwrap(), archive);
        world.helm("..", &["template", "acme-0.4.2.tgz"]).says("text: \"hello\"");
        archives.push((archive, index, registry.digest("charts/acme", "0.4.2")));
    }
    // Helm 3 and Helm 4, in another second, give the same archive, index and manifest.
    assert!(archives.windows(2).all(|pair| pair[0] == pair[1]));
}

/// A server of the files of a folder, for Helm, which reads no index from a disk.
fn serve(files: BTreeMap<String, Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let (status, body) = files.get(path).map_or(("404 Not Found", &b""[..]), |body| ("200 OK", body));
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    port
}

#[test]
fn helm_reads_the_index_and_no_old_entry_changes() {
    for helm in both("helm_reads_the_index_and_no_old_entry_changes") {
        let world = World::new(&helm, &config(PAGES), &[chart("acme", "0.4.2", ""), chart("web", "1.0.0", "")]);
        let old = "apiVersion: v1\nentries:\n  acme:\n    - apiVersion: v2 # first\n      created: '2020-01-01T00:00:00Z'\n      \
                   name: acme\n      urls:\n        - acme-0.1.0.tgz\n      version: 0.1.0\ngenerated: '2020-01-01T00:00:00Z'\n";
        world.put_pages(&[("index.yaml", old.as_bytes().to_vec()), ("CNAME", b"x\n".to_vec())]);
        world.publish(&["acme", "--yes"]).code(0);
        let index = world.page("index.yaml");
        let (head, tail) = old.split_once("    - apiVersion").unwrap();
        let tail = format!(
            "    - apiVersion{}",
            tail.replace("generated: '2020-01-01", "generated: '2026-07-01")
                .replace("01T00:00:00Z'\n", "01T12:00:00Z'\n")
        );
        let tail = tail.replace("created: '2020-01-01T12", "created: '2020-01-01T00");
        assert!(index.starts_with(head) && index.ends_with(&tail), "{index}\n---\n{tail}");
        world.publish(&["--yes"]).code(0).says("published: 2 charts");
        assert!(world.page("CNAME") == "x\n");

        let names = ["index.yaml", "acme-0.4.2.tgz", "web-1.0.0.tgz"];
        let port = serve(names.iter().map(|name| ((*name).to_owned(), world.page_bytes(name))).collect());
        world.helm("..", &["repo", "add", "ours", &format!("http://127.0.0.1:{port}")]);
        let found = world.helm("..", &["search", "repo", "ours", "--versions"]).stdout;
        let lines: Vec<Vec<&str>> =
            found.lines().skip(1).map(|line| line.split_whitespace().take(2).collect()).collect();
        assert_eq!(lines, [["ours/acme", "0.4.2"], ["ours/acme", "0.1.0"], ["ours/web", "1.0.0"]], "{found}");
        world.helm("..", &["pull", "ours/web", "--version", "1.0.0"]);
        assert_eq!(fs::read(world.sandbox.path("../web-1.0.0.tgz")).unwrap(), world.page_bytes("web-1.0.0.tgz"));
    }
}

#[test]
fn the_same_files_are_the_same_archive() {
    for helm in both("the_same_files_are_the_same_archive") {
        let mut archives = Vec::new();
        for (at, (zone, mask)) in [("UTC", "022"), ("Asia/Kathmandu", "077")].into_iter().enumerate() {
            let world = World::new(&helm, &config(PAGES), &[chart("acme", "0.4.2", "")]);
            thread::sleep(std::time::Duration::from_millis(1100 * at as u64));
            let mut shell = world.sandbox.command("sh", "");
            let xtask = lockstep_tests::binary::xtask();
            shell
                .env("TZ", zone)
                .args(["-c", &format!("umask {mask}; exec '{}' publish-charts --yes", xtask.display())]);
            world.sandbox.output(shell).code(0);
            archives.push((world.page_bytes("acme-0.4.2.tgz"), world.page("index.yaml")));
        }
        assert!(archives[0] == archives[1]);
    }
}

#[test]
fn a_version_that_is_taken_stops_everything() {
    for helm in both("a_version_that_is_taken_stops_everything") {
        let registry = Registry::start(None);
        let oci = format!("{PAGES}oci = [\"oci://{}/charts\"]\n", registry.host());
        let world = World::new(&helm, &config(&oci), &[chart("acme", "0.4.2", "")]);
        world.publish(&["--yes"]).code(0);
        let (pages, state) = (world.pages(), registry.state());
        // The same version with other files.
        world.change("charts/acme/values.yaml", "hello", "goodbye");
        let ran = world.publish(&["--yes"]).code(4);
        ran.says("acme 0.4.2 is in `gh-pages:index.yaml` already, and its `acme/values.yaml` is another one")
            .says(&format!("acme 0.4.2 is in oci://{}/charts already", registry.host()))
            .says("hint: a published version never changes: give `acme` the next one");
        world.publish(&["--dry-run", "--format", "json"]).code(4).says("\"state\": \"differs\"");
        assert_eq!((world.pages(), registry.state()), (pages, state));
        // What doesn't change the chart doesn't matter: `.helmignore` names it.
        world.change("charts/acme/values.yaml", "goodbye", "hello");
        world.sandbox.write("../charts/charts/acme/x.orig", "new\n");
        world.sandbox.commit_in("../charts", "Change");
        world.sandbox.git_in("../charts", &["push", "-q", "origin", "main"]);
        world.publish(&["--yes"]).code(0).says("whole");
        // The next version goes where the first one is.
        world.change("charts/acme/Chart.yaml", "0.4.2", "0.4.3");
        world.publish(&["--yes"]).code(0);
        assert_eq!(registry.tags("charts/acme"), ["0.4.2", "0.4.3"]);
        let index = world.page("index.yaml");
        assert!(index.find("version: 0.4.3") < index.find("version: 0.4.2"), "{index}");
        assert!(registry.pushes("charts/acme", "0.4.2") == 1);
    }
}

/// Somebody packaged and published it by hand, with another Helm: it is the same chart, and that archive goes on.
#[test]
fn what_others_published_is_taken_over() {
    for (helm, other) in both("what_others_published_is_taken_over").iter().zip([helm4(), helm3()]) {
        let registry = Registry::start(None);
        let oci = format!("{PAGES}oci = [\"oci://{}/charts\"]\n", registry.host());
        let world = World::new(helm, &config(&oci), &[chart("acme", "0.4.2", "keywords:\n- b\n- a\n")]);
        let run = |args: &[&str]| {
            let mut helm = world.sandbox.command(&other, "../charts");
            helm.args(args);
            world.sandbox.output(helm).code(0)
        };
        run(&["package", "charts/acme"]);
        run(&["push", "acme-0.4.2.tgz", &format!("oci://{}/charts", registry.host()), "--plain-http"]);
        let theirs = fs::read(world.sandbox.path("../charts/acme-0.4.2.tgz")).unwrap();
        world.publish(&["--yes"]).code(0).says("done     charts/oci:acme").says("to do    charts/pages:gh-pages");
        assert!(world.page_bytes("acme-0.4.2.tgz") == theirs);
        world.publish(&["--yes"]).code(0).says("whole");
        // And half of it: the archive lies on the branch, the index doesn't name it.
        let world = World::new(helm, &config(PAGES), &[chart("acme", "0.4.2", "keywords:\n- b\n- a\n")]);
        world.put_pages(&[("acme-0.4.2.tgz", theirs.clone())]);
        world.publish(&["--dry-run"]).code(0).says("the archive of acme 0.4.2 is there, its entry isn't");
        world.publish(&["--yes"]).code(0);
        assert!(world.page_bytes("acme-0.4.2.tgz") == theirs && world.page("index.yaml").contains("version: 0.4.2"));
        world.publish(&["--yes"]).code(0).says("whole");
    }
}

#[test]
fn siblings_come_first_and_are_inside() {
    for helm in both("siblings_come_first_and_are_inside") {
        let lib = chart("lib", "0.2.0", "");
        let web = chart("web", "1.0.0", "dependencies:\n- name: lib\n  version: 0.2.0\n  repository: file://../lib\n");
        let all = chart("all", "2.0.0", "dependencies:\n- name: web\n  version: 1.x.x\n  repository: file://../web\n");
        let world = World::new(&helm, &config(PAGES), &[lib, web, all]);
        world.publish(&["--yes"]).code(0).says("published: 3 charts");
        world.sandbox.write("../all.tgz", world.page_bytes("all-2.0.0.tgz"));
        let listed = world.sandbox.output({
            let mut tar = world.sandbox.command("tar", "..");
            tar.args(["-tzf", "all.tgz"]);
            tar
        });
        listed.says("all/charts/web/charts/lib/values.yaml").says_nothing_of("Chart.lock");
        fs::remove_dir_all(world.sandbox.path("../cache")).unwrap();
        world.publish(&["--yes"]).code(0).says("whole");
        world.change(
            "charts/lib/Chart.yaml",
            "name: lib",
            "name: lib\ndependencies: [{name: web, version: 1.x.x, repository: file://../web}]",
        );
        world.publish(&["--yes"]).code(4).says("the charts depend on each other in a circle");
    }
}

#[test]
fn what_it_would_need_is_said() {
    let Some(helm) = both("what_it_would_need_is_said").pop() else { return };
    let world = World::new(&helm, &config(""), &[chart("acme", "0.4.2", "")]);
    world.publish(&["--yes"]).code(2).says("no chart is configured");
    let world = World::new(&helm, &config(PAGES), &[chart("acme", "0.4.2", "")]);
    world.publish(&["acm", "--yes"]).code(2).says("there is no chart `acm`").says("there are acme");
    world.change("charts/acme/templates/config.yaml", "| quote", "| quot");
    world
        .publish(&["--yes"])
        .code(4)
        .says("chart `acme`: `helm lint` finds faults")
        .says("function \"quot\" not defined");
    world.change("charts/acme/templates/config.yaml", "| quot", "| quote");
    world.put_pages(&[("index.yaml", b"apiVersion: v1\nentries:\n  acme: []\n  acme: []\n".to_vec())]);
    let ran = world.publish(&["--yes"]).code(4);
    ran.says("gh-pages:index.yaml:4:3: the key `acme` stands twice");
    world.put_pages(&[("index.yaml", b"<html>\n".to_vec())]);
    world.publish(&["--yes"]).code(4).says("gh-pages:index.yaml:1:1: this is no index of charts");
    world.sandbox.put_program("helm", "#!/bin/sh\necho v2.17.0\n");
    // Both are told at once, and what contradicts the plan gives the code.
    world.publish(&["--yes"]).code(4).says("`helm` is v2.17.0, and 3.8 is the oldest that will do");
    fs::remove_file(world.sandbox.root().join("bin/helm")).unwrap();
    world.publish(&["--yes"]).code(4).says("https://helm.sh/docs/intro/install says how to get it");
    // Nobody listens there: that isn't "not there".
    let oci = "[[chart]]\nrepo = \"charts\"\npath = \"charts/{chart}\"\noci = [\"oci://127.0.0.1:1/charts\"]\n";
    let world = World::new(&helm, &config(oci), &[chart("acme", "0.4.2", "")]);
    world.publish(&["--yes"]).code(3).says("can't be reached");
}

#[test]
fn a_chart_that_changed_wants_a_new_version() {
    let path = PathBuf::from("/bin/true");
    let world = World::new(&path, &config(PAGES), &[chart("acme", "0.4.2", ""), chart("web", "1.0.0", "")]);
    let check = |args: &[&str]| world.sandbox.run(&[&["check"], args].concat());
    // Without a tag nobody can have published it.
    world.sandbox.write("../charts/charts/acme/README.md", "# Acme\n");
    check(&[]).code(0).says("consistent");
    world.sandbox.commit_in("../charts", "Describe");
    world.sandbox.git_in("../charts", &["tag", "-a", "-m", "acme", "acme-0.4.2"]);
    check(&[]).code(0);
    world.sandbox.write("../charts/charts/acme/README.md", "# Acme!\n");
    let said = "the chart is still 0.4.2, and `charts/acme/README.md` changed since its tag `acme-0.4.2`";
    check(&[]).code(1).says(said).says("hint: give it a new version: `cargo xtask bump acme=patch`");
    check(&["--format", "json"]).code(1).says("\"chart-version\"");
    check(&["--staged"]).code(0);
    world.sandbox.commit_in("../charts", "Describe more");
    world.sandbox.replace("../charts/charts/acme/values.yaml", "hello", "goodbye");
    check(&[]).code(1).says("`charts/acme/README.md` and 1 more changed");
    world.sandbox.replace("../charts/charts/acme/Chart.yaml", "0.4.2", "0.4.3");
    check(&[]).code(0);
}

/// A release moves the sibling's version: what locks it is made anew, in the commit itself.
#[test]
fn a_lock_follows_its_sibling() {
    for helm in both("a_lock_follows_its_sibling") {
        let lib = chart("lib", "0.2.0", "");
        let web = chart("web", "1.0.0", "dependencies:\n- name: lib\n  version: 0.x.x\n  repository: file://../lib\n");
        let world = World::new(&helm, &config(PAGES), &[lib, web]);
        world.helm("../charts/charts/web", &["dependency", "update", "."]);
        fs::remove_dir_all(world.sandbox.path("../charts/charts/web/charts")).unwrap();
        world.sandbox.commit_in("../charts", "Lock");
        world.sandbox.git_in("../charts", &["push", "-q", "origin", "main"]);
        world.publish(&["--yes"]).code(0);
        let old = world.sandbox.read("../charts/charts/web/Chart.lock");
        assert!(old.contains("version: 0.2.0"), "{old}");
        world.sandbox.run(&["run", "minor", "--yes"]).code(0);
        let lock = world.sandbox.git_in("../charts.git", &["show", "main:charts/web/Chart.lock"]);
        assert!(lock.contains("version: 0.2.1") && !lock.contains("version: 0.2.0"), "{lock}");
        let generated = lock.lines().find(|line| line.starts_with("generated:"));
        assert_eq!(generated, Some("generated: \"2026-07-01T12:00:00Z\""));
        let index = world.page("index.yaml");
        assert!(index.contains("web-1.0.1.tgz") && index.contains("lib-0.2.1.tgz"), "{index}");
        world.publish(&["--yes"]).code(0).says("whole");
    }
}

#[test]
fn half_of_it_is_completed() {
    for helm in both("half_of_it_is_completed") {
        let world = World::new(&helm, &config(PAGES), &[chart("acme", "0.4.2", "")]);
        world.publish(&["--yes"]).code(0);
        let (archive, index) = (world.page_bytes("acme-0.4.2.tgz"), world.page("index.yaml"));
        let put_index = |index: &str| {
            world.sandbox.git(&["-C", "../charts.git", "branch", "-D", "gh-pages"]);
            world.put_pages(&[("index.yaml", index.as_bytes().to_vec())]);
        };
        // The archive got lost: it is made again, though what is kept of it was cut off.
        put_index(&index);
        let kept = walk(&world.sandbox.path("../cache/charts"));
        fs::write(&kept[0], &archive[..archive.len() / 2]).unwrap();
        world.publish(&["--yes"]).code(0).says("acme 0.4.2 is in the index, its archive isn't there");
        assert!(world.page_bytes("acme-0.4.2.tgz") == archive && world.page("index.yaml") == index);
        // It lies elsewhere, as the index says.
        put_index(&index.replace("- acme-0.4.2.tgz", "- https://example.com/acme-0.4.2.tgz"));
        world.publish(&["--yes"]).code(0).says("whole");
        // It lies elsewhere, and is another one.
        let digest = index.split_once("digest: ").unwrap().1;
        put_index(&index.replace(&digest[..4], "0000"));
        world.publish(&["--yes"]).code(4).says("acme 0.4.2 is in `gh-pages:index.yaml` already, with another digest");
    }
}

fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_version_with_build_metadata_is_a_version() {
    for helm in both("a_version_with_build_metadata_is_a_version") {
        let registry = Registry::start(None);
        let oci = format!("{PAGES}oci = [\"oci://{}/charts\"]\n", registry.host());
        let world = World::new(&helm, &config(&oci), &[chart("acme", "0.4.2-rc.1+x5", "")]);
        world.publish(&["--yes"]).code(0);
        assert_eq!(registry.tags("charts/acme"), ["0.4.2-rc.1_x5"]);
        assert!(world.page("index.yaml").contains("acme-0.4.2-rc.1+x5.tgz"));
        world.publish(&["--yes"]).code(0).says("whole");
    }
}

/// G6: eight publishers, each with its own clone and cache, on one branch at the same time; none loses an entry.
#[test]
fn publishers_at_the_same_time_lose_nothing() {
    let Some(helm) = both("publishers_at_the_same_time_lose_nothing").pop() else { return };
    let rounds = std::env::var("LOCKSTEP_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    const PUBLISHERS: usize = 8;
    let charts: Vec<_> = (0..PUBLISHERS).map(|at| chart(&format!("c{at}"), "1.0.0", "")).collect();
    let world = World::new(&helm, &config(PAGES), &charts);
    let xtask = lockstep_tests::binary::xtask();
    for round in 0..rounds {
        let version = format!("1.0.{round}");
        for at in 0..PUBLISHERS {
            let path = format!("../charts/charts/c{at}/Chart.yaml");
            let text = world.sandbox.read(&path);
            let old = text.lines().find(|line| line.starts_with("version: ")).unwrap().to_owned();
            world.sandbox.replace(&path, &old, &format!("version: {version}"));
        }
        world.sandbox.commit_in("../charts", &format!("Round {round}"));
        world.sandbox.git_in("../charts", &["push", "-q", "origin", "main"]);
        let children: Vec<_> = (0..PUBLISHERS)
            .map(|at| {
                let mut command: Command = world.sandbox.command(xtask, "");
                command.env("LOCKSTEP_CACHE", world.sandbox.path(format!("../cache-{at}")));
                command.args(["publish-charts", &format!("c{at}"), "--yes"]);
                thread::spawn(move || command.output().unwrap())
            })
            .collect();
        for child in children {
            let output = child.join().unwrap();
            assert!(output.status.success(), "round {round}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let index: serde_yaml::Value = serde_yaml::from_str(&world.page("index.yaml")).unwrap();
        for at in 0..PUBLISHERS {
            let list = index["entries"][format!("c{at}")].as_sequence().unwrap();
            let versions: Vec<&str> = list.iter().map(|entry| entry["version"].as_str().unwrap()).collect();
            let expected: Vec<String> = (0..=round).rev().map(|round| format!("1.0.{round}")).collect();
            assert_eq!(versions, expected, "c{at}");
        }
        let files = world.sandbox.git_in("../charts.git", &["ls-tree", "--name-only", "gh-pages"]);
        assert_eq!(files.lines().count(), 1 + PUBLISHERS * (round + 1));
    }
    println!("{rounds} rounds of {PUBLISHERS} publishers: nothing lost");
}
