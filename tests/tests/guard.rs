//! Nothing private reaches a public remote (G8): random histories, random settings of git, random pushes; then what
//! the public bare repository really holds.
//!
//! `LOCKSTEP_GUARD_GRAPHS` sets the number; the long form is 10,000.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use lockstep_tests::alone::{World, alone, settings, update, who, write};
use lockstep_tests::faults::random::Random;
use lockstep_tests::sandbox::Sandbox;
use xtask::remotes::{Pushed, Remotes, Update};
use xtask::tools::git::{Git, NewTag};

type Objects = BTreeSet<String>;

/// A history in two bare repositories.
struct Graph {
    private: PathBuf,
    public: PathBuf,
    /// Every commit of both.
    commits: Vec<String>,
    /// What only the private one has.
    secret: Objects,
}

fn git(folder: &std::path::Path, args: &[&str], stdin: &str) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("GIT_CONFIG_GLOBAL", "/dev/null").spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything that a repository has, reachable or not.
fn objects(repo: &std::path::Path) -> Objects {
    let listing = git(repo, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"], "");
    listing.lines().map(str::to_owned).collect()
}

impl Graph {
    /// Commits with random parents and dates; some of them are public, with all that they stand on.
    fn new(sandbox: &Sandbox, random: &mut Random, round: usize) -> Self {
        let root = sandbox.root().join(format!("g{round}"));
        std::fs::create_dir_all(&root).unwrap();
        let (private, public) = (root.join("private.git"), root.join("public.git"));
        for repo in [&private, &public] {
            git(&root, &["init", "-q", "--bare", "--template=", "-b", "main", repo.to_str().unwrap()], "");
        }
        let count = 4 + random.below(9);
        let mut stream = String::new();
        for at in 1..=count {
            let date = 1_700_000_000 + random.below(100_000_000);
            let who = format!("X <x@example.com> {date} +0000");
            let _ = writeln!(
                stream,
                "reset refs/heads/c{at}\ncommit refs/heads/c{at}\nmark :{at}\nauthor {who}\ncommitter {who}"
            );
            let _ = writeln!(stream, "data <<.\nCommit {round} {at}\n.\n");
            if at > 1 && !random.one_in(6) {
                let first = 1 + random.below(at - 1);
                let _ = writeln!(stream, "from :{first}");
                let second = 1 + random.below(at - 1);
                if random.one_in(4) && second != first {
                    let _ = writeln!(stream, "merge :{second}");
                }
            }
            let _ = writeln!(stream, "M 644 inline f{at}\ndata <<.\nfile {round} {at}\n.\n");
        }
        for at in (1..=count).filter(|_| random.one_in(3)) {
            let _ = writeln!(
                stream,
                "tag t{at}\nfrom :{at}\ntagger X <x@example.com> 1700000000 +0000\ndata <<.\ntag {at}\n.\n"
            );
        }
        let marks: String = (1..=count).map(|at| format!("get-mark :{at}\n")).collect();
        let commits = git(&private, &["fast-import", "--quiet", "--force"], &(stream + &marks));
        let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
        let shown: Vec<usize> = (1..=count).filter(|_| random.one_in(3)).collect();
        if !shown.is_empty() {
            let specs: Vec<String> = shown.iter().map(|at| format!("refs/heads/c{at}:refs/heads/c{at}")).collect();
            let mut args = vec!["push", "-q", public.to_str().unwrap()];
            args.extend(specs.iter().map(String::as_str));
            git(&private, &args, "");
        }
        // Some commits are of no branch any more: a clone may still have them.
        let hide: String =
            (1..=count).filter(|_| random.one_in(8)).map(|at| format!("delete refs/heads/c{at}\n")).collect();
        git(&private, &["update-ref", "--stdin"], &hide);
        let secret = objects(&private).difference(&objects(&public)).cloned().collect();
        Self { private, public, commits, secret }
    }
}

/// Settings of a user that would carry more along, or to another place.
fn odd_settings(random: &mut Random, graph: &Graph) -> (String, bool) {
    let (private, public) = (graph.private.display(), graph.public.display());
    let mut text = String::new();
    let mut elsewhere = false;
    for (odds, harmless, setting) in [
        (2, true, "[push]\n\tfollowTags = true\n\tdefault = matching\n\trecurseSubmodules = on-demand\n".to_owned()),
        (3, true, "[push]\n\tgpgSign = if-asked\n\tpushOption = x\n[remote]\n\tpushDefault = private\n".to_owned()),
        (3, true, format!("[remote \"private\"]\n\turl = {private}\n\tmirror = true\n\tpushurl = {public}\n")),
        (4, true, "[fetch]\n\tprune = true\n\tunpackLimit = 1000\n[protocol]\n\tversion = 0\n".to_owned()),
        (
            12,
            false,
            format!("[remote \"{private}\"]\n\turl = {private}\n\tpushurl = {public}\n\tpushurl = {private}\n"),
        ),
        (25, false, format!("[remote \"{public}\"]\n\tmirror = true\n\turl = {public}\n")),
        (25, false, format!("[url \"{public}\"]\n\tpushInsteadOf = {private}\n")),
        (25, false, format!("[url \"{public}\"]\n\tinsteadOf = {private}\n")),
        (25, false, format!("[url \"{private}\"]\n\tinsteadOf = {public}\n")),
    ] {
        if random.one_in(odds) {
            text.push_str(&setting);
            elsewhere |= !harmless;
        }
    }
    (text, elsewhere)
}

/// What became of the rounds: a property that holds because nothing happens is none.
#[derive(Debug, Default)]
struct Count {
    settings_refused: usize,
    to_public: usize,
    to_private: usize,
    refused: usize,
    objects: usize,
}

/// Commits come into the clone: one of them, or everything that both repositories have, as after a long life of it.
fn learn(world: &World, graph: &Graph, only: Option<&String>) -> anyhow::Result<Remotes> {
    let remotes = world.try_open()?;
    if let Some(only) = only {
        let remote = usize::from(!graph.secret.contains(only));
        remotes.refs(remote)?;
        remotes.fetch(remote, &[only])?;
        return Ok(remotes);
    }
    for remote in 0..2 {
        let refs = remotes.refs(remote)?;
        remotes.fetch(remote, &refs.oids.values().map(String::as_str).collect::<Vec<_>>())?;
    }
    // Once more, by hand: what no branch has any more.
    let dir = remotes.git(0).dir.clone();
    let here = objects(&dir);
    let lost: Vec<&String> = graph.commits.iter().filter(|oid| !here.contains(*oid)).collect();
    if !lost.is_empty() {
        let mut args = vec!["fetch", "-q", graph.private.to_str().unwrap()];
        args.extend(lost.iter().map(|oid| oid.as_str()));
        git(&dir, &args, "");
    }
    Ok(remotes)
}

/// What is pushed: something new on a random commit with a tag or without, or an old commit or tag as it is.
fn wanted(random: &mut Random, git: &Git, base: &str, round: usize) -> Vec<Update> {
    let branch = format!("refs/heads/new{round}");
    if random.one_in(4) {
        return vec![update(&branch, base, None)];
    }
    let oids = git.build_commits(&[write(base, "VERSION", &format!("version {round}\n"))], &who()).unwrap();
    let mut updates = vec![update(&branch, &oids[0], None)];
    if random.one_in(2) {
        let target = if random.one_in(3) { base.to_owned() } else { oids[0].clone() };
        let tag = NewTag { name: format!("v{round}"), target, message: "Version".to_owned(), signed: false };
        updates.push(update(&format!("refs/tags/v{round}"), &git.build_tag(&tag, &who()).unwrap(), None));
    }
    updates
}

fn play(sandbox: &Sandbox, random: &mut Random, round: usize, count: &mut Count) {
    settings("");
    let graph = Graph::new(sandbox, random, round);
    let (text, elsewhere) = odd_settings(random, &graph);
    let urls = [(graph.private.to_str().unwrap(), false), (graph.public.to_str().unwrap(), true)];
    let mut world = World::new(sandbox, &urls);
    world.cache = graph.private.with_file_name("cache");
    // In the user's home, or in the checkout.
    let local = random.one_in(2);
    settings(if local { "" } else { &text });
    let config = sandbox.path(".git/config");
    let plain = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, if local { plain.clone() + &text } else { plain.clone() }).unwrap();
    let base = graph.commits[random.below(graph.commits.len())].clone();
    let opened = learn(&world, &graph, Some(&base).filter(|_| random.one_in(2)));
    std::fs::write(&config, plain).unwrap();
    let remotes = match opened {
        Ok(remotes) => remotes,
        Err(error) => {
            assert!(elsewhere, "round {round}: {error:#}\n{text}");
            count.settings_refused += 1;
            std::fs::remove_dir_all(graph.private.parent().unwrap()).unwrap();
            return;
        }
    };
    assert!(!elsewhere, "round {round}: not refused:\n{text}");
    let updates = wanted(random, remotes.git(0), &base, round);
    let target = random.below(2);
    let pushed = remotes.push(target, &updates);
    let may = target == 0 || !graph.secret.contains(&base);
    match pushed {
        Ok(Pushed::Done) if may && target == 1 => count.to_public += 1,
        Ok(Pushed::Done) if may => count.to_private += 1,
        Err(error) if !may => {
            assert!(error.to_string().contains("is public, and the push would show it"), "round {round}: {error:#}");
            count.refused += 1;
        }
        other => panic!("round {round}: {other:?}, may it: {may}\n{text}"),
    }
    let now = objects(&graph.public);
    count.objects += now.len();
    let leaked: Vec<&String> = now.intersection(&graph.secret).collect();
    assert!(leaked.is_empty(), "round {round}: {leaked:?}\n{text}");
    std::fs::remove_dir_all(graph.private.parent().unwrap()).unwrap();
}

#[test]
fn nothing_private_reaches_a_public_remote() {
    alone("nothing_private_reaches_a_public_remote", &[], |sandbox| {
        let rounds = std::env::var("LOCKSTEP_GUARD_GRAPHS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
        let (mut random, mut count) = (Random::new("guard"), Count::default());
        (0..rounds).for_each(|round| play(sandbox, &mut random, round, &mut count));
        println!("note: {rounds} graphs: {count:?}");
        let least = rounds / 30;
        assert!(count.to_public > least && count.to_private > least && count.refused > least, "{count:?}");
        assert!(count.settings_refused > least, "{count:?}");
    });
}
