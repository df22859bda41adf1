//! The forge that other tests stand on, asked by the real gh, and each thing that can go wrong on the way to it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{ADMIN, Forge, Hosted, Proxy, READER, Registry, Rule, STRANGER, Trouble, WRITES, ready};
use serde_json::{Value, json};

const NEEDED: &[&str] = &["gh", "emulate", "octokit-openapi", "node", "setpriv", "git"];

/// A forge with `acme/app`, its bare repository and a clone of it that has a commit on `main`.
struct World {
    forge: Forge,
    sandbox: Sandbox,
    bare: PathBuf,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n")]);
        let bare = sandbox.root().join("app.git");
        sandbox.git(&["init", "-q", "--bare", "-b", "main", &bare.to_string_lossy()]);
        sandbox.git(&["remote", "add", "origin", &bare.to_string_lossy()]);
        sandbox.git(&["push", "-q", "origin", "main"]);
        let hidden = Hosted { name: "acme/hidden", bare: &bare, private: true };
        let forge = Forge::start(&[Hosted::public("acme/app", &bare), hidden]);
        forge.configure(&sandbox.root().join("gh"));
        Self { forge, sandbox, bare }
    }

    fn gh(&self, token: &str, args: &[&str]) -> Ran {
        let mut command = self.sandbox.command("gh", "");
        command.args(args).env("GH_CONFIG_DIR", self.sandbox.root().join("gh")).env("GH_TOKEN", token);
        // As it is: the sandbox would hide digests.
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// `gh api --include`, with a body from a file.
    fn api(&self, method: &str, target: &str, body: Option<&Value>) -> Ran {
        let file = self.sandbox.path("../body.json");
        let mut args = vec!["api", "--include", "--method", method, target];
        let file = file.to_string_lossy().into_owned();
        if let Some(body) = body {
            self.sandbox.write("../body.json", body.to_string());
            args.extend(["--input", &file]);
        }
        self.gh(ADMIN, &args)
    }

    fn upload(&self, release: &Value, name: &str, bytes: &[u8]) -> Ran {
        self.sandbox.write("../asset", bytes);
        let url = release["upload_url"].as_str().unwrap().replace("{?name,label}", &format!("?name={name}"));
        let file = self.sandbox.path("../asset");
        let kind = "Content-Type: application/octet-stream";
        self.gh(ADMIN, &["api", "--include", "--method", "POST", &url, "-H", kind, "--input", &file.to_string_lossy()])
    }

    fn draft(&self, tag: &str) -> Value {
        let body = json!({ "tag_name": tag, "draft": true, "name": format!("Web {tag}") });
        value(&self.api("POST", "repos/acme/app/releases", Some(&body)).code(0))
    }

    fn git(&self, args: &[&str]) -> String {
        let bare = self.bare.to_string_lossy().into_owned();
        self.sandbox.git(&[&["--git-dir", &bare], args].concat())
    }
}

/// The status that gh printed.
#[track_caller]
fn status(ran: &Ran) -> u16 {
    let word = ran.stdout.split_whitespace().nth(1).unwrap_or_default();
    word.parse().unwrap_or_else(|_| panic!("no status:\n{ran}"))
}

/// The body that gh printed behind the head.
#[track_caller]
fn value(ran: &Ran) -> Value {
    let text = ran.stdout.replace('\r', "");
    let body = text.split_once("\n\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}:\n{ran}"))
}

#[test]
fn a_release_is_drafted_filled_and_published() {
    if !ready("a_release_is_drafted_filled_and_published", NEEDED) {
        return;
    }
    let world = World::new();
    let repository = value(&world.api("GET", "repos/acme/app", None).code(0));
    assert_eq!((&repository["permissions"]["push"], &repository["private"]), (&json!(true), &json!(false)));
    let draft = world.draft("v1.0.0");
    assert_eq!((&draft["draft"], &draft["immutable"]), (&json!(true), &json!(false)));
    assert!(draft["html_url"].as_str().unwrap().starts_with("https://github.com/acme/app/releases/tag/untagged-"));
    assert_eq!(status(&world.api("GET", "repos/acme/app/releases/tags/v1.0.0", None).code(1)), 404);
    assert!(world.git(&["tag"]).is_empty(), "a draft makes no tag");

    let asset = value(&world.upload(&draft, "web%201.0.zip", b"hello").code(0));
    assert_eq!(
        (&asset["name"], &asset["state"], &asset["size"]),
        (&json!("web.1.0.zip"), &json!("uploaded"), &json!(5))
    );
    let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(asset["digest"], hello);
    let again = world.upload(&draft, "web%201.0.zip", b"hello").code(1);
    assert_eq!(value(&again)["errors"][0]["code"], "already_exists");
    assert_eq!(value(&world.upload(&draft, "empty", b"").code(1))["message"], "Bad Content-Length: ");

    // Two drafts of one tag are two.
    world.draft("v1.0.0");
    world.draft("v0.9.0");
    let page = world.api("GET", "repos/acme/app/releases?per_page=2", None).code(0).says("rel=\"next\"");
    assert_eq!(value(&page).as_array().unwrap().len(), 2);
    assert_eq!(
        value(&world.api("GET", "repos/acme/app/releases?per_page=2&page=2", None)).as_array().unwrap().len(),
        1
    );

    let target = format!("repos/acme/app/releases/{}", draft["id"]);
    let publish = json!({ "draft": false, "body": "Notes.", "make_latest": "true" });
    world.api("PATCH", &target, Some(&publish)).code(0);
    let read = value(&world.api("GET", "repos/acme/app/releases/tags/v1.0.0", None).code(0));
    assert_eq!(
        (&read["id"], &read["body"], &read["assets"][0]["digest"]),
        (&draft["id"], &json!("Notes."), &json!(hello))
    );
    assert_eq!(value(&world.api("GET", "repos/acme/app/releases/latest", None).code(0))["id"], draft["id"]);
    // The trap: nobody had pushed the tag.
    assert_eq!(world.git(&["rev-parse", "v1.0.0"]), world.git(&["rev-parse", "main"]));

    let url = asset["url"].as_str().unwrap();
    let bytes = world.gh(ADMIN, &["api", url, "-H", "Accept: application/octet-stream"]).code(0);
    assert_eq!(bytes.stdout, "hello");
    assert_eq!(world.forge.asset("acme/app", "v1.0.0", "web.1.0.zip").as_deref(), Some(&b"hello"[..]));
    assert_eq!(world.forge.violations(), [""; 0]);
}

#[test]
fn the_latest_release_is_the_one_that_was_made_it() {
    if !ready("the_latest_release_is_the_one_that_was_made_it", NEEDED) {
        return;
    }
    let world = World::new();
    let release = |tag: &str, more: Value| {
        let mut body = json!({ "tag_name": tag });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.api("POST", "repos/acme/app/releases", Some(&body))
    };
    let latest = || value(&world.api("GET", "repos/acme/app/releases/latest", None))["tag_name"].clone();
    assert_eq!(latest(), Value::Null);
    release("v2.0.0", json!({})).code(0);
    release("v1.0.1", json!({ "make_latest": "false" })).code(0);
    release("v3.0.0-rc.1", json!({ "prerelease": true })).code(0);
    assert_eq!(latest(), "v2.0.0");
    release("v1.0.2", json!({})).code(0);
    assert_eq!(latest(), "v1.0.2", "whoever says nothing takes it");
    let taken = release("v1.0.2", json!({})).code(1);
    assert_eq!(value(&taken)["errors"][0]["code"], "already_exists");
    let nowhere = release("v4.0.0", json!({ "target_commitish": "none" })).code(1);
    assert_eq!(value(&nowhere)["errors"][0]["field"], "target_commitish");

    world.forge.make_immutable("acme/app");
    let id = value(&release("v5.0.0", json!({})).code(0));
    assert_eq!(id["immutable"], true);
    let refused = world.upload(&id, "late", b"x").code(1).says("Cannot upload assets to an immutable release.");
    assert_eq!(status(&refused), 422);
    let bare = world.bare.to_string_lossy().into_owned();
    let push = world.sandbox.command("git", "");
    let mut push = push;
    push.args(["push", &bare, ":refs/tags/v5.0.0"]);
    world.sandbox.output(push).code(1).says("GH013");
    // Words that GitHub doesn't know are found, whoever asks.
    assert_eq!(world.forge.violations(), [""; 0]);
    release("v6.0.0", json!({ "latest": true, "prerelease": "no" }));
    world.api("GET", "repos/acme/app/releases?per_page=x&all=1", None);
    world.api("GET", "repos/acme/app/published", None).code(1);
    let found = world.forge.violations().join("\n");
    for words in [
        "there is no body.latest",
        "body.prerelease is no \"boolean\"",
        "parameter `per_page` is no \"integer\"",
        "there is no parameter `all`",
        "GitHub has no such path and method",
    ] {
        assert!(found.contains(words), "{words}\n{found}");
    }
}

#[test]
fn who_may_not_see_is_told_that_nothing_is_there() {
    if !ready("who_may_not_see_is_told_that_nothing_is_there", NEEDED) {
        return;
    }
    let world = World::new();
    let draft = world.draft("v1.0.0");
    let wrong = world.gh("wrong", &["api", "--include", "user"]).code(1).says("gh: Bad credentials (HTTP 401)");
    assert_eq!(status(&wrong), 401);
    let own = world.gh(READER, &["api", "user", "--jq", ".login"]).code(0);
    assert_eq!(own.stdout, "reader\n");
    world.gh(READER, &["api", "repos/acme/hidden"]).code(0);
    world.gh(STRANGER, &["api", "repos/acme/hidden"]).code(1).says("gh: Not Found (HTTP 404)");
    world.gh(READER, &["api", &format!("repos/acme/app/releases/{}", draft["id"])]).code(1).says("HTTP 404");
    assert_eq!(world.gh(READER, &["api", "repos/acme/app/releases"]).code(0).stdout, "[]");
    world.gh(READER, &["api", "repos/acme/app/releases", "-f", "tag_name=v2"]).code(1).says("HTTP 404");
    world.gh(ADMIN, &["auth", "status"]).code(0).says("Logged in to github.com as admin");
    let mut nobody = world.sandbox.command("gh", "");
    nobody.args(["api", "user"]).env("GH_CONFIG_DIR", world.sandbox.root().join("gh"));
    world.sandbox.output(nobody).code(4).says("GH_TOKEN");
    let mut enterprise = world.sandbox.command("gh", "");
    enterprise.args(["api", "repos/acme/app/releases", "--jq", ".[0].upload_url"]);
    enterprise.env("GH_CONFIG_DIR", world.sandbox.root().join("gh"));
    enterprise.env("GH_HOST", "git.acme.test").env("GH_ENTERPRISE_TOKEN", ADMIN);
    world.sandbox.output(enterprise).code(0).says("https://git.acme.test/api/uploads/repos/acme/app/releases/");
}

#[test]
fn a_pull_request_is_merged_in_the_bare_repository() {
    if !ready("a_pull_request_is_merged_in_the_bare_repository", NEEDED) {
        return;
    }
    let world = World::new();
    let push = |branch: &str, path: &str, text: &str| {
        world.sandbox.git(&["checkout", "-q", "-B", branch, "main"]);
        world.sandbox.write(path, text);
        world.sandbox.commit(&format!("Write {path}"));
        world.sandbox.git(&["push", "-q", "--force", "origin", branch]);
    };
    let open = |branch: &str| {
        let body = json!({ "title": format!("Release {branch}"), "head": branch, "base": "main", "body": "Words." });
        world.api("POST", "repos/acme/app/pulls", Some(&body))
    };
    let missing = open("release/1.1.0").code(1);
    assert_eq!(value(&missing)["errors"][0]["field"], "head");
    push("release/1.1.0", "VERSION", "1.1.0\n");
    let pull = value(&open("release/1.1.0").code(0));
    let head = world.git(&["rev-parse", "release/1.1.0"]);
    assert_eq!(pull["head"]["sha"], head.trim());
    open("release/1.1.0").code(1).says("A pull request already exists for acme:release/1.1.0.");
    let list = value(&world.api("GET", "repos/acme/app/pulls?head=acme:release/1.1.0&state=all", None).code(0));
    assert_eq!((list.as_array().unwrap().len(), &list[0]["merged"]), (1, &Value::Null));
    let target = format!("repos/acme/app/pulls/{}", pull["number"]);
    assert_eq!(value(&world.api("GET", &target, None))["mergeable"], Value::Null, "not found out yet");
    assert_eq!(value(&world.api("GET", &target, None))["mergeable"], true);

    let stale = json!({ "merge_method": "merge", "sha": "0".repeat(40) });
    assert_eq!(status(&world.api("PUT", &format!("{target}/merge"), Some(&stale)).code(1)), 409);
    let merge = json!({ "merge_method": "merge", "sha": head.trim() });
    let merged = value(&world.api("PUT", &format!("{target}/merge"), Some(&merge)).code(0));
    assert_eq!(merged["sha"], world.git(&["rev-parse", "main"]).trim());
    let shown = world.git(&["log", "-1", "--format=%s|%b|%cn <%ce>|%an", "main"]);
    assert_eq!(
        shown.trim(),
        "Merge pull request #1 from acme/release/1.1.0|Release release/1.1.0|GitHub <noreply@github.com>|admin"
            .replace("|GitHub", "\n|GitHub")
    );
    assert_eq!(world.git(&["rev-parse", "main^2"]), head);
    let after = value(&world.api("GET", &target, None).code(0));
    assert_eq!((&after["merged"], &after["merge_commit_sha"]), (&json!(true), &merged["sha"]));
    assert_eq!(status(&world.api("PUT", &format!("{target}/merge"), Some(&merge)).code(1)), 405);
    let commit = format!("repos/acme/app/commits/{}/pulls", merged["sha"].as_str().unwrap());
    assert_eq!(value(&world.api("GET", &commit, None).code(0))[0]["number"], pull["number"]);

    // Another one is in its way, and a third was merged by a push.
    push("other", "VERSION", "1.2.0\n");
    let other = value(&open("other").code(0));
    let target = format!("repos/acme/app/pulls/{}", other["number"]);
    world.api("GET", &target, None).code(0);
    assert_eq!(value(&world.api("GET", &target, None))["mergeable"], false);
    world.api("PUT", &format!("{target}/merge"), Some(&json!({}))).code(1).says("Pull Request is not mergeable");
    push("third", "THIRD", "3\n");
    let third = value(&open("third").code(0));
    world.sandbox.git(&["fetch", "-q", "origin"]);
    world.sandbox.git(&["merge", "-q", "--no-edit", "origin/main"]);
    world.sandbox.git(&["push", "-q", "origin", "HEAD:main"]);
    let third = value(&world.api("GET", &format!("repos/acme/app/pulls/{}", third["number"]), None).code(0));
    assert_eq!((&third["merged"], &third["state"]), (&json!(true), &json!("closed")));
    let branch = value(&world.api("GET", "repos/acme/app/branches/release/1.1.0", None).code(0));
    assert_eq!(branch["commit"]["sha"], head.trim());
    let reference = value(&world.api("GET", "repos/acme/app/git/ref/heads/main", None).code(0));
    assert_eq!(reference["object"]["sha"], world.git(&["rev-parse", "main"]).trim());
    assert_eq!(world.forge.violations(), [""; 0]);
}

#[test]
fn what_gh_says_of_every_trouble() {
    if !ready("what_gh_says_of_every_trouble", NEEDED) {
        return;
    }
    let world = World::new();
    let draft = world.draft("v1.0.0");
    let names = || {
        let releases = world.forge.releases("acme/app");
        let names = |asset: &Value| format!("{} {}", asset["name"], asset["state"]).replace('"', "");
        releases[0]["assets"].as_array().unwrap().iter().map(names).collect::<Vec<_>>().join(", ")
    };
    let bytes = vec![b'x'; 300_000];
    let mut state = String::new();
    for (name, trouble, words, came) in [
        ("a", Trouble::LoseAnswer, ": EOF", "a uploaded"),
        ("b", Trouble::Fail(500), "gh: HTTP ", ""),
        ("c", Trouble::Fail(503), "gh: HTTP ", ""),
        ("d", Trouble::Half, "gh: HTTP ", "d starter"),
        ("e", Trouble::Cut, "Post \"https://uploads.github.com", "e starter"),
        ("f", Trouble::RetryAfter(3), "(HTTP 429)", ""),
        ("g", Trouble::CutAnswer, "unexpected EOF", "g uploaded"),
        ("h", Trouble::Instead(502), "gh: HTTP ", "h uploaded"),
    ] {
        world.forge.faults().set([Rule::new("POST", "/repos/*/assets", 1, trouble)]);
        let ran = world.upload(&draft, name, &bytes).code(1).says(words);
        assert_eq!(world.forge.faults().fired().len(), 1, "{trouble:?}");
        let said = ran.stdout.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let expected = match trouble {
            Trouble::Fail(status) | Trouble::Instead(status) => status.to_string(),
            Trouble::Half => "502".to_owned(),
            Trouble::RetryAfter(_) => "429".to_owned(),
            Trouble::CutAnswer => "201".to_owned(),
            _ => String::new(),
        };
        assert_eq!(said, expected, "{trouble:?}");
        if trouble == Trouble::RetryAfter(3) {
            ran.says("Retry-After: 3");
        }
        if !came.is_empty() {
            state = format!("{state}{}{came}", if state.is_empty() { "" } else { ", " });
        }
        assert_eq!(names(), state, "{trouble:?}");
    }
    // A half is in the way until it is deleted.
    world.forge.faults().set([]);
    world.upload(&draft, "d", &bytes).code(1).says("already_exists");
    let assets = world.forge.releases("acme/app")[0]["assets"].clone();
    let half = assets.as_array().unwrap().iter().find(|asset| asset["name"] == "d").unwrap();
    assert_eq!((&half["size"], &half["digest"]), (&json!(0), &Value::Null));
    world.api("DELETE", &format!("repos/acme/app/releases/assets/{}", half["id"]), None).code(0);
    world.upload(&draft, "d", &bytes).code(0);

    // gh waits as long as it is let.
    world.forge.faults().set([Rule::new("*", "*", 1, Trouble::Silence)]);
    let mut slow = world.sandbox.command("timeout", "");
    slow.args(["1", "gh", "api", "user"]).env("GH_CONFIG_DIR", world.sandbox.root().join("gh"));
    world.sandbox.output({
        slow.env("GH_TOKEN", ADMIN);
        slow
    });
    assert_eq!(world.forge.faults().fired(), ["GET /user Silence"]);
    world.forge.faults().set([Rule::new("GET", "/user", 1, Trouble::Drip(1000))]);
    let begin = Instant::now();
    world.gh(ADMIN, &["api", "user"]).code(0);
    assert!(begin.elapsed() > Duration::from_millis(800), "{:?}", begin.elapsed());
    assert_eq!(world.forge.violations(), [""; 0]);
}

#[test]
fn a_registry_behind_a_wire_that_breaks() {
    if !ready("a_registry_behind_a_wire_that_breaks", &["docker-registry", "htpasswd", "setpriv", "skopeo"]) {
        return;
    }
    let registry = Registry::start(None);
    registry.put_image("acme/app", "1", &["linux/amd64", "linux/arm64"]);
    let to = Registry::start(None);
    let proxy = Proxy::start(&to.host());
    let sandbox = Sandbox::folder(&[]);
    let copy = |name: &str| {
        let mut skopeo = sandbox.command("skopeo", "");
        skopeo.args([
            "copy",
            "--insecure-policy",
            "--quiet",
            "--all",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
        ]);
        skopeo.arg(format!("docker://{}/acme/app:1", registry.host()));
        skopeo.arg(format!("docker://{}/acme/{name}:1", proxy.host()));
        sandbox.output(skopeo)
    };
    copy("app").code(0);
    assert_eq!(to.digest("acme/app", "1"), registry.digest("acme/app", "1"));
    let direct: Vec<String> = to.requests().iter().map(|line| line.replace("HTTP/1.1 ", "")).collect();
    let seen = proxy.faults().lines();
    assert_eq!(seen.len(), direct.len(), "nobody went past the proxy:\n{seen:#?}\n{direct:#?}");
    let writes = seen.iter().filter(|line| WRITES.split('|').any(|method| line.starts_with(method))).count();
    assert!(writes > 6, "{seen:#?}");

    for trouble in [
        Trouble::LoseAnswer,
        Trouble::CutAnswer,
        Trouble::Instead(500),
        Trouble::Fail(500),
        Trouble::Half,
        Trouble::Cut,
        Trouble::Drip(2000),
        Trouble::RetryAfter(1),
    ] {
        for (kind, path) in [("PATCH|PUT", "/v2/*/blobs/uploads/*"), ("PUT", "/v2/*/manifests/*")] {
            let name = format!("{trouble:?}{}", path.len()).to_lowercase().replace(['(', ')'], "-");
            proxy.faults().set([Rule::new(kind, path, 1, trouble)]);
            let ran = copy(&name);
            assert_eq!(proxy.faults().fired().len(), 1, "{trouble:?} {path}\n{ran}");
            if ran.code == 0 {
                assert_eq!(to.digest(&format!("acme/{name}"), "1"), registry.digest("acme/app", "1"));
            } else {
                proxy.faults().set([]);
                copy(&name).code(0);
            }
        }
    }
    assert_eq!(to.content("acme/app", "1"), registry.content("acme/app", "1"));
}
