//! The tool's own clones, and what goes between them and real remotes.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lockstep_tests::alone::{World, alone, settings, update, who, write};
use lockstep_tests::sandbox::Sandbox;
use lockstep_tests::servers::{self, Fault, HttpGit};
use xtask::error::{Exit, Failure};
use xtask::remotes::{Limits, Pushed, Remotes};
use xtask::tools::git::{NewCommit, NewTag, Parent, Verified};

/// The remote that most of these tests have: `origin.git` beside the project, with its `main`.
const ORIGIN: &str = "../origin.git";

/// A project with a public `origin`, its clones, and the commit of the remote's `main`, which is here.
fn origin(sandbox: &Sandbox) -> (Remotes, String) {
    sandbox.remote("origin");
    let remotes = World::new(sandbox, &[(ORIGIN, true)]).open();
    let tip = remotes.refs(0).unwrap().oids["refs/heads/main"].clone();
    remotes.fetch(0, &[&tip]).unwrap();
    (remotes, tip)
}

fn build(remotes: &Remotes, parent: &str, text: &str) -> String {
    remotes.git(0).build_commits(&[write(parent, "VERSION", text)], &who()).unwrap().remove(0)
}

fn tag(remotes: &Remotes, name: &str, target: &str) -> String {
    let tag = NewTag { name: name.to_owned(), target: target.to_owned(), message: name.to_owned(), signed: false };
    remotes.git(0).build_tag(&tag, &who()).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: anyhow::Result<T>, exit: Exit, words: &[&str]) -> Failure {
    let error = result.unwrap_err();
    let failure = error.downcast::<Failure>().unwrap();
    let hint = failure.hint.clone().unwrap_or_default();
    let all = words.iter().all(|words| failure.message.contains(words) || hint.contains(words));
    assert!(failure.exit == exit && all && !hint.is_empty(), "{words:?}: {failure:?}");
    failure
}

fn listing(sandbox: &Sandbox, repo: &str) -> String {
    sandbox.git_in(repo, &["for-each-ref", "--format=%(refname) %(objectname)"])
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_release_goes_out_and_is_seen() {
    alone("a_release_goes_out_and_is_seen", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let git = remotes.git(0);
        let new =
            [write(&tip, "VERSION", "1.1.0\n"), NewCommit { parent: Parent::Previous, ..write(&tip, "a/b", "x") }];
        let oids = git.build_commits(&new, &who()).unwrap();
        assert_eq!(oids, git.build_commits(&new, &who()).unwrap());
        let tag = tag(&remotes, "v1.1.0", &oids[1]);
        let updates = [update("refs/heads/main", &oids[1], Some(&tip)), update("refs/tags/v1.1.0", &tag, None)];
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
        let refs = remotes.refs(0).unwrap();
        assert_eq!((&refs.oids["refs/heads/main"], &refs.peeled["refs/tags/v1.1.0"]), (&oids[1], &oids[1]));
        sandbox.git_in(ORIGIN, &["fsck", "--strict"]);
        // Nobody knows whether a push went through whose answer was lost: the same push again is no harm.
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
        assert_eq!(listing(sandbox, ORIGIN).lines().count(), 2);
        // The user's checkout is as it was.
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
        assert_eq!(sandbox.git(&["rev-parse", "HEAD"]).trim(), tip);
        assert_eq!(sandbox.git(&["tag"]), "");
    });
}

#[test]
fn a_moved_branch_or_a_taken_tag_moves_nothing() {
    alone("a_moved_branch_or_a_taken_tag_moves_nothing", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let new = build(&remotes, &tip, "1.1.0\n");
        let made = tag(&remotes, "v1.1.0", &new);
        let updates = [update("refs/heads/main", &new, Some(&tip)), update("refs/tags/v1.1.0", &made, None)];
        sandbox.git(&["tag", "v1.1.0"]);
        sandbox.git(&["push", "-q", "origin", "v1.1.0"]);
        let before = listing(sandbox, ORIGIN);
        let words = |name: &str, words: &str| Pushed::Moved(vec![(name.to_owned(), words.to_owned())]);
        let stale = words("refs/tags/v1.1.0", "[rejected] (stale info)");
        assert_eq!(remotes.push(0, &updates).unwrap(), stale);
        assert_eq!(listing(sandbox, ORIGIN), before);
        sandbox.git(&["push", "-q", "origin", ":v1.1.0"]);
        sandbox.commit("A colleague's");
        sandbox.git(&["push", "-q", "origin", "main"]);
        let before = listing(sandbox, ORIGIN);
        assert_eq!(remotes.push(0, &updates).unwrap(), words("refs/heads/main", "[rejected] (stale info)"));
        assert_eq!(listing(sandbox, ORIGIN), before);
    });
}

#[test]
fn what_is_never_pushed() {
    alone("what_is_never_pushed", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let (new, other) = (build(&remotes, &tip, "1.1.0\n"), build(&remotes, &tip, "1.2.0\n"));
        let zero = "0".repeat(40);
        let before = listing(sandbox, ORIGIN);
        for (updates, words) in [
            (vec![update("refs/tags/v1", &new, Some(&tip))], "a published tag never moves"),
            (vec![update("refs/heads/main", &zero, Some(&tip))], "would be deleted"),
            (vec![update("refs/heads/main", "", Some(&tip))], "would be deleted"),
            (vec![update("refs/heads/main", "HEAD", Some(&tip))], "would be deleted"),
            (vec![update("refs/heads/main", &new, Some(&other))], "a branch only moves forward"),
            (vec![update("refs/notes/x", &new, None)], "is neither a branch nor a tag"),
            (vec![update("refs/heads/x", &new, None), update("refs/heads/x", &other, None)], "is named twice"),
        ] {
            refused(remotes.push(0, &updates), Exit::World, &[words]);
        }
        for name in ["refs/heads/a:b", "refs/heads/-x y", "main", "refs/heads/../x", "--force", "+refs/heads/main"] {
            assert!(remotes.push(0, &[update(name, &new, None)]).is_err(), "{name}");
        }
        assert_eq!(listing(sandbox, ORIGIN), before);
    });
}

#[test]
fn a_server_that_refuses_has_the_word() {
    alone("a_server_that_refuses_has_the_word", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let new = build(&remotes, &tip, "1.1.0\n");
        let made = tag(&remotes, "v1.1.0", &new);
        let updates = [update("refs/heads/main", &new, Some(&tip)), update("refs/tags/v1.1.0", &made, None)];
        let before = listing(sandbox, ORIGIN);
        let hook = sandbox.path(ORIGIN).join("hooks/update");
        program(&hook, "#!/bin/sh\necho Only Grace may tag. >&2\ncase $1 in refs/tags/*) exit 1;; esac\n");
        let failure =
            refused(remotes.push(0, &updates), Exit::World, &["hook declined", "Only Grace may tag.", "owner"]);
        assert!(!failure.message.contains("refs/heads/main"), "{failure:?}");
        assert_eq!(listing(sandbox, ORIGIN), before);
        fs::rename(&hook, hook.with_file_name("pre-receive")).unwrap();
        program(&hook.with_file_name("pre-receive"), "#!/bin/sh\necho Frozen. >&2\nexit 1\n");
        refused(remotes.push(0, &updates), Exit::World, &["pre-receive hook declined", "Frozen."]);
        assert_eq!(listing(sandbox, ORIGIN), before);
        fs::remove_file(hook.with_file_name("pre-receive")).unwrap();
        // What a server hides it refuses while it takes the rest, atomic or not.
        sandbox.git_in(ORIGIN, &["config", "receive.hideRefs", "refs/tags/v1"]);
        let words = ["hides these references", "`refs/heads/main` went through", "deny updating a hidden ref"];
        let other = [updates[0].clone(), update("refs/tags/v1", &made, None)];
        refused(remotes.push(0, &other), Exit::World, &words);
        assert!(listing(sandbox, ORIGIN).contains(&new));
    });
}

#[test]
fn a_server_without_atomic_pushes() {
    alone("a_server_without_atomic_pushes", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        sandbox.git_in(ORIGIN, &["config", "receive.advertiseAtomic", "false"]);
        let new = build(&remotes, &tip, "1.1.0\n");
        let made = tag(&remotes, "v1.1.0", &new);
        // The tag stands first, and goes last.
        let updates = [update("refs/tags/v1.1.0", &made, None), update("refs/heads/main", &new, Some(&tip))];
        sandbox.git(&["tag", "v1.1.0"]);
        sandbox.git(&["push", "-q", "origin", "v1.1.0"]);
        let failure =
            refused(remotes.push(0, &updates), Exit::World, &["`refs/heads/main` went through", "stale info"]);
        assert!(failure.hint.unwrap().contains("no atomic push"));
        sandbox.git(&["push", "-q", "origin", ":v1.1.0"]);
        assert_eq!(remotes.push(0, &updates[..1]).unwrap(), Pushed::Done);
        assert_eq!(remotes.refs(0).unwrap().peeled["refs/tags/v1.1.0"], new);
        let next = build(&remotes, &new, "1.2.0\n");
        let stale = [
            update("refs/tags/v1.2.0", &tag(&remotes, "v1.2.0", &next), None),
            update("refs/heads/main", &next, Some(&new)),
        ];
        sandbox.git_in(ORIGIN, &["update-ref", "refs/heads/main", &tip]);
        let before = listing(sandbox, ORIGIN);
        assert!(matches!(remotes.push(0, &stale).unwrap(), Pushed::Moved(_)));
        assert_eq!(listing(sandbox, ORIGIN), before);
    });
}

#[test]
fn both_kinds_of_object_ids_and_empty_remotes() {
    alone("both_kinds_of_object_ids_and_empty_remotes", &[], |sandbox| {
        for (format, length) in [("sha1", 40), ("sha256", 64)] {
            let (repo, source) = (format!("../{format}.git"), format!("../{format}"));
            sandbox.git(&["init", "-q", "--bare", &format!("--object-format={format}"), "-b", "main", &repo]);
            let mut world = World::new(sandbox, &[(&repo, true)]);
            // A checkout of it, which says what an empty remote can't.
            sandbox.git(&["init", "-q", &format!("--object-format={format}"), "-b", "main", &source]);
            world.context.root = sandbox.path(&source).canonicalize().unwrap();
            let remotes = world.open();
            assert_eq!(*remotes.refs(0).unwrap(), Default::default());
            let first = NewCommit { parent: Parent::None, ..write("", "VERSION", "1.0.0\n") };
            let first = remotes.git(0).build_commits(&[first], &who()).unwrap().remove(0);
            assert_eq!(first.len(), length);
            let made = tag(&remotes, "v1", &first);
            let updates = [update("refs/heads/main", &first, None), update("refs/tags/v1", &made, None)];
            assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
            sandbox.git_in(&repo, &["fsck", "--strict"]);
            // Another machine, whose checkout is of another kind: the listing says what the clone must be.
            let mut other = World::new(sandbox, &[(&repo, true)]);
            other.cache = sandbox.root().join("other");
            let remotes = other.open();
            let tip = remotes.refs(0).unwrap().oids["refs/heads/main"].clone();
            remotes.fetch(0, &[&tip]).unwrap();
            let next = build(&remotes, &tip, "1.1.0\n");
            assert_eq!(remotes.push(0, &[update("refs/heads/main", &next, Some(&tip))]).unwrap(), Pushed::Done);
        }
    });
}

#[test]
fn what_is_not_there_is_not_nothing() {
    alone("what_is_not_there_is_not_nothing", &[], |sandbox| {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (git, http) = (format!("git://{closed}/x.git"), format!("http://{closed}/x.git"));
        let urls = [("../missing.git", true), (&git, true), (&http, true)];
        let remotes = World::new(sandbox, &urls).open();
        let mut answers = remotes.listen(&[0, 1, 2]).into_iter();
        refused(answers.next().unwrap(), Exit::Tool, &["does not appear to be a git repository", "may not be seen"]);
        refused(answers.next().unwrap(), Exit::Tool, &["Connection refused", "can be reached"]);
        refused(answers.next().unwrap(), Exit::Tool, &["can be reached"]);
        // It is asked again, once it is there.
        sandbox.git(&["init", "-q", "--bare", "../missing.git"]);
        assert_eq!(*remotes.refs(0).unwrap(), Default::default());
        refused(remotes.fetch(0, &["1".repeat(40).as_str()]), Exit::Tool, &["1111111111"]);
    });
}

#[test]
fn a_remote_that_never_answers_has_its_time() {
    alone("a_remote_that_never_answers_has_its_time", &[], |sandbox| {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, two) =
            (format!("git://{}/x", silent.local_addr().unwrap()), format!("http://{}/y", silent.local_addr().unwrap()));
        let second = Duration::from_secs(1);
        let limits = Limits { listen: second, fetch: second, push: second };
        let remotes = World::new(sandbox, &[(&one, true), (&two, true)]).open().with_limits(limits);
        let start = Instant::now();
        for answer in remotes.listen(&[0, 1]) {
            refused(answer, Exit::Tool, &["longer than 1 s", "can be reached"]);
        }
        assert!(start.elapsed() < 3 * second, "both at once: {:?}", start.elapsed());
        refused(remotes.fetch(0, &["1".repeat(40).as_str()]), Exit::Tool, &["longer than 1 s"]);
    });
}

#[test]
fn names_of_any_bytes_are_told_apart() {
    alone("names_of_any_bytes_are_told_apart", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        for bytes in [&b"refs/heads/\xff"[..], b"refs/heads/\xfe", "refs/heads/é".as_bytes()] {
            let mut command = sandbox.command("git", ORIGIN);
            command.arg("update-ref").arg(OsStr::from_bytes(bytes)).arg(&tip);
            assert!(command.status().unwrap().success());
        }
        remotes.forget(0);
        let refs = remotes.refs(0).unwrap();
        let names: Vec<&str> = refs.oids.keys().map(String::as_str).collect();
        assert_eq!(names, ["refs/heads/\\xfe", "refs/heads/\\xff", "refs/heads/main", "refs/heads/é"]);
        let new = build(&remotes, &tip, "1.1.0\n");
        assert_eq!(remotes.push(0, &[update("refs/heads/main", &new, Some(&tip))]).unwrap(), Pushed::Done);
    });
}

#[test]
fn a_shallow_checkout_and_one_that_is_elsewhere_do_not_matter() {
    alone("a_shallow_checkout_and_one_that_is_elsewhere_do_not_matter", &[], |sandbox| {
        sandbox.commit("Second");
        sandbox.remote("origin");
        let url = format!("file://{}", sandbox.path(ORIGIN).canonicalize().unwrap().display());
        sandbox.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
        let mut world = World::new(sandbox, &[(ORIGIN, true)]);
        world.context.root = sandbox.path("../shallow").canonicalize().unwrap();
        let remotes = world.open();
        let tip = remotes.refs(0).unwrap().oids["refs/heads/main"].clone();
        remotes.fetch(0, &[&tip]).unwrap();
        assert_eq!(remotes.git(0).commits(None, &tip, false).unwrap().len(), 2);
        let new = build(&remotes, &tip, "1.1.0\n");
        assert_eq!(remotes.push(0, &[update("refs/heads/main", &new, Some(&tip))]).unwrap(), Pushed::Done);
    });
}

#[test]
fn a_clone_is_whole_or_made_anew() {
    alone("a_clone_is_whole_or_made_anew", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let dir = remotes.git(0).dir.clone();
        assert!(dir.starts_with(sandbox.root().join("cache/repos")), "{}", dir.display());
        drop(remotes);
        let world = World::new(sandbox, &[(ORIGIN, true)]);
        let again = |what: &str| {
            let remotes = world.open();
            remotes.fetch(0, &[&tip]).unwrap();
            assert_eq!(remotes.git(0).commits(None, &tip, false).unwrap().len(), 1, "{what}");
        };
        // An older version of the tool, or a person, wrote another configuration: the objects are kept.
        let config = fs::read_to_string(dir.join("config")).unwrap();
        fs::write(dir.join("config"), config.replace("auto = 0", "auto = 7") + "[core]\n\thooksPath = /x\n").unwrap();
        drop(world.open());
        assert_eq!(fs::read_to_string(dir.join("config")).unwrap(), config);
        assert!(dir.join("refs/lockstep/have").is_dir());
        again("mended");
        for (what, damage) in [
            ("no configuration", Box::new(|| fs::write(dir.join("config"), "").unwrap()) as Box<dyn Fn()>),
            ("no head", Box::new(|| fs::remove_file(dir.join("HEAD")).unwrap())),
            ("no objects", Box::new(|| fs::remove_dir_all(dir.join("objects")).unwrap())),
            (
                "a file",
                Box::new(|| {
                    fs::remove_dir_all(&dir).unwrap();
                    fs::create_dir(&dir).unwrap();
                }),
            ),
            (
                "emptied",
                Box::new(|| {
                    fs::remove_dir_all(dir.join("objects")).unwrap();
                    fs::create_dir(dir.join("objects")).unwrap();
                }),
            ),
        ] {
            damage();
            again(what);
        }
        // What a fetch that was killed may leave: a commit without its files. Nobody takes it for a whole one.
        let bytes = sandbox.git_in("", &["cat-file", "commit", &tip]);
        fs::remove_dir_all(dir.join("objects")).unwrap();
        fs::remove_dir_all(dir.join("refs/lockstep")).unwrap();
        fs::create_dir(dir.join("objects")).unwrap();
        sandbox.write("half", bytes);
        sandbox.git(&["--git-dir", dir.to_str().unwrap(), "hash-object", "-t", "commit", "-w", "half"]);
        again("half an object");
        let remotes = world.open();
        assert_eq!(remotes.git(0).read_file(&tip, "VERSION").unwrap().as_deref(), Some(&b"1.0.0\n"[..]));
    });
}

#[test]
fn many_may_look_and_one_may_release() {
    alone("many_may_look_and_one_may_release", &[], |sandbox| {
        let (first, tip) = origin(sandbox);
        first.hold().unwrap();
        first.hold().unwrap();
        let second = World::new(sandbox, &[(ORIGIN, true)]).open();
        assert_eq!(second.refs(0).unwrap().oids["refs/heads/main"], tip);
        build(&second, &tip, "1.1.0\n");
        refused(second.hold(), Exit::Tool, &[".release"]);
        drop(first);
        second.hold().unwrap();
    });
}

/// What a user may have set, of all that changes what git does: nothing of it counts in a push.
#[test]
fn settings_of_the_user_carry_nothing_along() {
    let env = [
        ("GIT_DIR", "/nonexistent"),
        ("GIT_WORK_TREE", "/nonexistent"),
        ("GIT_INDEX_FILE", "/nonexistent"),
        ("GIT_CONFIG", "/nonexistent"),
        ("GIT_OBJECT_DIRECTORY", "/nonexistent"),
        ("GIT_TEMPLATE_DIR", "/nonexistent"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_DEFAULT_REF_FORMAT", "reftable"),
        ("GIT_CONFIG_COUNT", "3"),
        ("GIT_CONFIG_KEY_0", "push.pushOption"),
        ("GIT_CONFIG_VALUE_0", "x"),
        ("GIT_CONFIG_KEY_1", "push.followTags"),
        ("GIT_CONFIG_VALUE_1", "true"),
        ("GIT_CONFIG_KEY_2", "push.gpgSign"),
        ("GIT_CONFIG_VALUE_2", "true"),
    ];
    alone("settings_of_the_user_carry_nothing_along", &env, |sandbox| {
        let hooks = sandbox.root().join("hooks");
        let canary = sandbox.root().join("canary");
        for hook in ["pre-push", "reference-transaction", "post-checkout", "pre-commit", "commit-msg"] {
            let script = format!("#!/bin/sh\necho \"$0 $* in $PWD\" >>'{}'\n", canary.display());
            program(&hooks.join(hook), &script);
        }
        let template = sandbox.root().join("template");
        program(&template.join("hooks/reference-transaction"), "#!/bin/sh\nexit 1\n");
        sandbox.remote("origin");
        // The far end of a push to a path is this user too.
        sandbox.git_in(ORIGIN, &["config", "core.hooksPath", "hooks"]);
        settings(&format!(
            "[core]\n\thooksPath = {}\n\tautocrlf = true\n[init]\n\ttemplateDir = {}\n[safe]\n\tbareRepository = \
             explicit\n[push]\n\tfollowTags = true\n\tdefault = matching\n\tpushOption = y\n[remote \"origin\"]\n\tmirror = \
             true\n\tpushurl = /nonexistent\n[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n\tforceSignAnnotated = \
             true\n[user]\n\tname = Eve\n[i18n]\n\tcommitEncoding = latin1\n[fetch]\n\tprune = true\n\tunpackLimit = \
             1000\n[gc]\n\tauto = 1\n[transfer]\n\tunpackLimit = 1000\n[url \"ssh://git@127.0.0.1/\"]\n\tpushInsteadOf \
             = https://127.0.0.1/\n",
            hooks.display(),
            template.display()
        ));
        let remotes = World::new(sandbox, &[(ORIGIN, true)]).open();
        let tip = remotes.refs(0).unwrap().oids["refs/heads/main"].clone();
        remotes.fetch(0, &[&tip]).unwrap();
        let new = build(&remotes, &tip, "1.1.0\r\n");
        let made = tag(&remotes, "v1.1.0", &new);
        // In the clone there is a tag that a push by name or with its followers would take along.
        sandbox.git_in(&remotes.git(0).dir, &["update-ref", "refs/tags/follower", &tag(&remotes, "follower", &new)]);
        let updates = [update("refs/heads/main", &new, Some(&tip)), update("refs/tags/v1.1.0", &made, None)];
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
        let log = sandbox.git_in(ORIGIN, &["cat-file", "commit", "main"]);
        assert!(
            log.contains("author Ada <ada@example.com> 1782907200 +0000\ncommitter Ada <ada@example.com>"),
            "{log}"
        );
        assert!(!log.contains("gpgsig") && !log.contains("encoding"), "{log}");
        assert_eq!(sandbox.git_in(ORIGIN, &["cat-file", "blob", "main:VERSION"]), "1.1.0\r\n");
        assert_eq!(listing(sandbox, ORIGIN).lines().count(), 2, "{}", listing(sandbox, ORIGIN));
        let copy = remotes.git(0).scratch_clone(&new, &sandbox.root().join("copy")).unwrap();
        assert_eq!(fs::read(copy.dir.join("VERSION")).unwrap(), b"1.1.0\r\n");
        assert!(!canary.exists(), "{}", fs::read_to_string(&canary).unwrap());
    });
}

#[test]
fn settings_that_lead_elsewhere_are_refused() {
    alone("settings_that_lead_elsewhere_are_refused", &[], |sandbox| {
        sandbox.remote("origin");
        sandbox.remote("evil");
        let url = sandbox.path(ORIGIN).canonicalize().unwrap();
        let (url, evil) = (url.to_str().unwrap(), sandbox.path("../evil.git").canonicalize().unwrap());
        let world = World::new(sandbox, &[(ORIGIN, true)]);
        for (text, key) in [
            (format!("[url \"{}\"]\n\tpushInsteadOf = {url}\n", evil.display()), ".pushinsteadof"),
            (format!("[url \"{}\"]\n\tinsteadOf = {url}\n", evil.display()), ".insteadof"),
            (format!("[remote \"{url}\"]\n\tpushurl = {}\n", evil.display()), "pushurl"),
        ] {
            settings(&text);
            let hint = "release.toml names the exact URL";
            refused(world.try_open().map(drop), Exit::World, &[key, ".gitconfig", hint]);
            settings("");
            fs::write(sandbox.path("more"), &text).unwrap();
            sandbox.git(&["config", "include.path", "../more"]);
            refused(world.try_open().map(drop), Exit::World, &[key, "more", hint]);
            sandbox.git(&["config", "--unset", "include.path"]);
        }
        world.open();
        let secret = World::new(sandbox, &[("https://ada:hunter2@example.com/x.git", true)]).try_open().map(drop);
        let failure = refused(secret, Exit::Usage, &["has a password in it", "credential.helper"]);
        assert!(!failure.message.contains("hunter2"));
    });
}

#[test]
fn two_public_remotes_and_a_private_one() {
    alone("two_public_remotes_and_a_private_one", &[], |sandbox| {
        for name in ["origin", "mirror", "private"] {
            sandbox.remote(name);
        }
        let base = sandbox.git(&["rev-parse", "main"]).trim().to_owned();
        let push = |text: &str, to: &str, branch: &str| {
            sandbox.write("VERSION", text);
            sandbox.commit(text);
            sandbox.git(&["push", "-q", to, &format!("HEAD:refs/heads/{branch}")]);
            let oid = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
            sandbox.git(&["reset", "-q", "--hard", &base]);
            oid
        };
        let shown = push("shown", "mirror", "shown");
        let secret = push("secret", "private", "secret");
        let urls = [("../private.git", false), (ORIGIN, true), ("../mirror.git", true)];
        let remotes = World::new(sandbox, &urls).open();
        remotes.fetch(0, &[&base, &secret]).unwrap();
        remotes.fetch(2, &[&shown]).unwrap();
        // What another public remote has may go.
        assert_eq!(remotes.push(1, &[update("refs/heads/shown", &shown, None)]).unwrap(), Pushed::Done);
        let before = listing(sandbox, ORIGIN);
        let on_secret = build(&remotes, &secret, "2\n");
        for new in [&secret, &on_secret, &tag(&remotes, "v2", &secret)] {
            let pushed = remotes.push(1, &[update("refs/heads/x", new, None)]);
            refused(pushed, Exit::World, &["a commit that no public remote has", &secret[..10], "secret"]);
        }
        // By the tag too, and in company.
        let fine = build(&remotes, &base, "3\n");
        let both = [
            update("refs/heads/main", &fine, Some(&base)),
            update("refs/tags/v2", &tag(&remotes, "v2", &secret), None),
        ];
        refused(remotes.push(1, &both), Exit::World, &["no public remote has"]);
        assert_eq!(listing(sandbox, ORIGIN), before);
        assert_eq!(remotes.push(0, &[update("refs/heads/x", &on_secret, None)]).unwrap(), Pushed::Done);
        // Where a public one can't be asked, nobody knows what is public.
        fs::rename(sandbox.path("../mirror.git"), sandbox.path("../gone.git")).unwrap();
        remotes.forget(2);
        refused(remotes.push(1, &[update("refs/heads/y", &secret, None)]), Exit::Tool, &["mirror.git"]);
        assert_eq!(remotes.push(1, &[update("refs/heads/main", &fine, Some(&base))]).unwrap(), Pushed::Done);
    });
}

/// An object of an earlier run of the tool is as good as one of this run, where the tool kept it.
#[test]
fn a_tag_of_an_earlier_run_may_go() {
    alone("a_tag_of_an_earlier_run_may_go", &[], |sandbox| {
        let (remotes, tip) = origin(sandbox);
        let new = build(&remotes, &tip, "1.1.0\n");
        let made = tag(&remotes, "v1.1.0", &new);
        let dir = remotes.git(0).dir.clone();
        drop(remotes);
        let remotes = World::new(sandbox, &[(ORIGIN, true)]).open();
        let updates = [update("refs/heads/main", &new, Some(&tip)), update("refs/tags/v1.1.0", &made, None)];
        refused(remotes.push(0, &updates), Exit::World, &["2 commits that no public remote has"]);
        for (name, oid) in [("prepared/main/0", &new), ("tags/v1.1.0", &made)] {
            sandbox.git_in(&dir, &["update-ref", &format!("refs/lockstep/{name}"), oid]);
        }
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
    });
}

#[test]
fn files_come_out_as_they_were_committed() {
    alone("files_come_out_as_they_were_committed", &[], |sandbox| {
        sandbox.write(".gitattributes", "*.txt text eol=crlf export-ignore\n*.bin filter=lfs\nident ident\n");
        sandbox.write("chart/a.txt", "a\n");
        sandbox.write("chart/run", "#!/bin/sh\n");
        sandbox.write("chart/data.bin", "pointer");
        sandbox.write("ident", "$Id$\n");
        fs::set_permissions(sandbox.path("chart/run"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("a.txt", sandbox.path("chart/link")).unwrap();
        sandbox.commit("Files");
        settings("[filter \"lfs\"]\n\tsmudge = false\n\tprocess = false\n\trequired = true\n");
        let (remotes, tip) = origin(sandbox);
        let git = remotes.git(0);
        let out = sandbox.root().join("out");
        git.export(&tip, "chart", &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.txt")).unwrap(), "a\n");
        assert_eq!(fs::read_link(out.join("link")).unwrap(), PathBuf::from("a.txt"));
        assert_eq!(fs::metadata(out.join("run")).unwrap().permissions().mode() & 0o111, 0o111);
        assert_eq!(fs::read_dir(&out).unwrap().count(), 4);
        assert!(git.export(&tip, "nothing", &sandbox.root().join("out2")).is_err());
        let tree = sandbox.root().join("tree");
        let copy = git.scratch_clone(&tip, &tree).unwrap();
        assert_eq!(copy.resolve("HEAD").unwrap(), tip);
        assert_eq!(fs::read(tree.join("chart/data.bin")).unwrap(), b"pointer");
        assert_eq!(sandbox.git_in(&tree, &["status", "--porcelain"]), "");
        assert_eq!(sandbox.git_in(&tree, &["remote"]), "");
        // What a program does there stays there.
        sandbox.git_in(&tree, &["commit", "-q", "--allow-empty", "-m", "x"]);
        sandbox.git_in(&tree, &["gc", "-q", "--prune=now"]);
        assert_eq!(git.commits(None, &tip, false).unwrap().len(), 2);
    });
}

// ---- over http ----

/// A bare repository served over http, with one commit on its `main`; its URL, and the commit.
fn http(sandbox: &Sandbox, login: Option<(&str, &str)>) -> (HttpGit, String, String) {
    sandbox.remote("origin");
    let root = sandbox.root().join("served");
    fs::create_dir_all(&root).unwrap();
    fs::rename(sandbox.path(ORIGIN), root.join("app.git")).unwrap();
    let server = HttpGit::start(&root, login);
    let url = server.url("app.git");
    (server, url, sandbox.git(&["rev-parse", "main"]).trim().to_owned())
}

#[test]
fn over_http_an_answer_may_be_lost() {
    let name = "over_http_an_answer_may_be_lost";
    if !servers::ready(name, &["lighttpd", "setpriv"]) {
        return;
    }
    alone(name, &[], |sandbox| {
        let (server, url, tip) = http(sandbox, None);
        let missing = server.url("missing.git");
        let second = Duration::from_secs(5);
        let limits = Limits { listen: second, fetch: second, push: second };
        let remotes = World::new(sandbox, &[(&url, true), (&missing, true)]).open().with_limits(limits);
        refused(remotes.refs(1), Exit::Tool, &["not found", "may not be seen"]);
        let before = server.requests().len();
        assert_eq!(remotes.refs(0).unwrap().oids["refs/heads/main"], tip);
        remotes.fetch(0, &[&tip]).unwrap();
        remotes.fetch(0, &[&tip]).unwrap();
        let listing: Vec<String> = server.requests().split_off(before);
        let infos = listing.iter().filter(|line| line.contains("info/refs")).count();
        assert!(infos <= 2, "one for the listing, one for the objects: {listing:?}");
        let new = build(&remotes, &tip, "1.1.0\n");
        let updates =
            [update("refs/heads/main", &new, Some(&tip)), update("refs/tags/v1", &tag(&remotes, "v1", &new), None)];
        for fault in [Fault::Refuse, Fault::Hang] {
            server.fault(Some(fault));
            remotes.forget(0);
            refused(remotes.refs(0), Exit::Tool, &[&url]);
            refused(remotes.push(0, &updates), Exit::Tool, &[&url]);
            server.fault(None);
        }
        server.fault(Some(Fault::DropPush));
        refused(remotes.push(0, &updates), Exit::Tool, &["500"]);
        assert_eq!(remotes.refs(0).unwrap().oids["refs/heads/main"], tip, "it didn't happen, and a look says so");
        server.fault(Some(Fault::LoseAnswer));
        refused(remotes.push(0, &updates), Exit::Tool, &["500"]);
        assert_eq!(remotes.refs(0).unwrap().oids["refs/heads/main"], new, "it happened, and a look says so");
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
    });
}

#[test]
fn the_login_of_the_checkout_counts_in_the_clone() {
    let name = "the_login_of_the_checkout_counts_in_the_clone";
    if !servers::ready(name, &["lighttpd", "setpriv", "htpasswd"]) {
        return;
    }
    alone(name, &[], |sandbox| {
        let (_server, url, tip) = http(sandbox, Some(("ada", "hunter2")));
        let world = World::new(sandbox, &[(&url, true)]);
        refused(world.open().refs(0), Exit::Tool, &["log in to"]);
        // As the checkout action of a build server writes it, into the checkout's own configuration.
        let header = "AUTHORIZATION: basic YWRhOmh1bnRlcjI=";
        sandbox.git(&["config", &format!("http.{url}.extraheader"), header]);
        let remotes = world.open();
        assert_eq!(remotes.refs(0).unwrap().oids["refs/heads/main"], tip);
        remotes.fetch(0, &[&tip]).unwrap();
        let new = build(&remotes, &tip, "1.1.0\n");
        assert_eq!(remotes.push(0, &[update("refs/heads/main", &new, Some(&tip))]).unwrap(), Pushed::Done);
        let config = fs::read_to_string(remotes.git(0).dir.join("config")).unwrap();
        assert!(!config.contains("YWRh"), "no secret on the disk");
        sandbox.git(&["config", "--unset", &format!("http.{url}.extraheader")]);
        // As a person has it: a helper in their home.
        settings("[credential]\n\thelper = \"!f() { echo username=ada; echo password=hunter2; }; f\"\n");
        let remotes = world.open();
        assert_eq!(remotes.refs(0).unwrap().oids["refs/heads/main"], new);
        settings("[includeIf \"gitdir:**/app/.git\"]\n\tpath = more\n");
        fs::write(
            Path::new(&std::env::var_os("GIT_CONFIG_GLOBAL").unwrap()).with_file_name("more"),
            format!("[http \"{url}\"]\n\textraHeader = {header}\n"),
        )
        .unwrap();
        assert_eq!(world.open().refs(0).unwrap().oids["refs/heads/main"], new);
    });
}

// ---- signatures ----

fn signed(name: &str, target: &str) -> NewTag {
    NewTag { name: name.to_owned(), target: target.to_owned(), message: "Signed".to_owned(), signed: true }
}

/// Signs in a checkout that is set up for it; signs once, and sees what is wrong.
fn check_signing(sandbox: &Sandbox, forget_keys: impl FnOnce()) {
    let (remotes, tip) = origin(sandbox);
    let git = remotes.git(0);
    let made = git.build_tag(&signed("v1", &tip), &who()).unwrap();
    assert_eq!(git.build_tag(&signed("v1", &tip), &who()).unwrap(), made, "signed once");
    let said = git.find_tag_object(&made).unwrap().unwrap();
    assert_eq!((said.target.as_str(), said.name.as_str(), said.message.as_str()), (tip.as_str(), "v1", "Signed\n"));
    assert_eq!((said.tagger.as_str(), said.signed), ("Ada <ada@example.com> 1782907200 +0000", true));
    assert_eq!(git.verify_tag(&made).unwrap(), Verified::Good);
    assert_eq!(git.verify_tag(&tag(&remotes, "v2", &tip)).unwrap(), Verified::Unsigned);
    let new = build(&remotes, &tip, "1.1.0\n");
    assert_ne!(git.build_tag(&signed("v1", &new), &who()).unwrap(), made, "another target is another tag");
    assert_eq!(sandbox.git_in(&git.dir, &["tag"]), "");
    let object = sandbox.git_in(&git.dir, &["cat-file", "tag", &made]).replace("Signed", "Forged");
    sandbox.write("forged", object);
    let args = ["--git-dir", git.dir.to_str().unwrap(), "hash-object", "-t", "tag", "-w", "forged"];
    let forged = sandbox.git(&args).trim().to_owned();
    assert!(matches!(git.verify_tag(&forged).unwrap(), Verified::Bad(_)), "{:?}", git.verify_tag(&forged));
    assert_eq!(remotes.push(0, &[update("refs/tags/v1", &made, None)]).unwrap(), Pushed::Done);
    forget_keys();
    let remotes = World::new(sandbox, &[(ORIGIN, true)]).open();
    assert!(matches!(remotes.git(0).verify_tag(&made).unwrap(), Verified::Unknown(_)));
    refused(remotes.git(0).build_tag(&signed("v3", &tip), &who()), Exit::Tool, &["user.signingkey"]);
}

#[test]
fn tags_are_signed_with_a_key_of_ssh() {
    let name = "tags_are_signed_with_a_key_of_ssh";
    if !servers::ready(name, &["ssh-keygen"]) {
        return;
    }
    alone(name, &[], |sandbox| {
        let key = sandbox.root().join("key");
        let mut command = sandbox.command("ssh-keygen", "");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f"]).arg(&key);
        assert!(sandbox.output(command).code == 0);
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let allowed = sandbox.root().join("allowed");
        fs::write(&allowed, format!("ada@example.com {public}")).unwrap();
        // In the checkout's own configuration: the clone is another repository.
        sandbox.git(&["config", "gpg.format", "ssh"]);
        sandbox.git(&["config", "user.signingkey", key.to_str().unwrap()]);
        sandbox.git(&["config", "gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()]);
        check_signing(sandbox, || {
            fs::write(&allowed, "").unwrap();
            fs::remove_file(&key).unwrap();
            fs::remove_file(key.with_extension("pub")).unwrap();
        });
    });
}

#[test]
fn tags_are_signed_with_a_key_of_gpg() {
    let name = "tags_are_signed_with_a_key_of_gpg";
    if !servers::ready(name, &["gpg", "gpgconf"]) {
        return;
    }
    let home = std::env::temp_dir().join(format!("lockstep-gpg-{}", std::process::id()));
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    alone(name, &[("GNUPGHOME", home.to_str().unwrap())], |sandbox| {
        let home = std::env::var("GNUPGHOME").unwrap();
        let gpg = |args: &[&str]| {
            let mut command = sandbox.command("gpg", "");
            command.args(["--batch", "--quiet", "--passphrase", ""]).args(args).env("GNUPGHOME", &home);
            let ran = sandbox.output(command);
            assert_eq!(ran.code, 0, "{ran}");
        };
        gpg(&["--quick-generate-key", "Ada <ada@example.com>", "ed25519", "sign", "never"]);
        check_signing(sandbox, || {
            let mut kill = sandbox.command("gpgconf", "");
            kill.args(["--kill", "gpg-agent"]).env("GNUPGHOME", &home);
            sandbox.output(kill);
            fs::remove_dir_all(&home).unwrap();
            fs::create_dir_all(&home).unwrap();
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        });
    });
    let _ = fs::remove_dir_all(&home);
}
