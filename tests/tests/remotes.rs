//! The tool's own clones, and what goes between them and real remotes.

use std::fs;

use lockstep_tests::alone::{World, alone, update, who, write};
use xtask::remotes::Pushed;
use xtask::tools::git::{NewCommit, NewTag, Parent};

#[test]
fn a_release_goes_out_and_is_seen() {
    alone("a_release_goes_out_and_is_seen", &[], |sandbox| {
        sandbox.remote("origin");
        let world = World::new(sandbox, &[("../origin.git", true)]);
        let remotes = world.open();
        let refs = remotes.refs(0).unwrap();
        let tip = &refs.oids["refs/heads/main"];
        remotes.fetch(0, &[tip]).unwrap();
        let git = remotes.git(0);
        let new = [write(tip, "VERSION", "1.1.0\n"), NewCommit { parent: Parent::Previous, ..write(tip, "a/b", "x") }];
        let oids = git.build_commits(&new, &who()).unwrap();
        assert_eq!(oids, git.build_commits(&new, &who()).unwrap());
        let tag =
            NewTag { name: "v1.1.0".to_owned(), target: oids[1].clone(), message: "One".to_owned(), signed: false };
        let tag = git.build_tag(&tag, &who()).unwrap();
        let updates = [update("refs/heads/main", &oids[1], Some(tip)), update("refs/tags/v1.1.0", &tag, None)];
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
        let refs = remotes.refs(0).unwrap();
        assert_eq!((&refs.oids["refs/heads/main"], &refs.peeled["refs/tags/v1.1.0"]), (&oids[1], &oids[1]));
        sandbox.git_in("../origin.git", &["fsck", "--strict"]);
        let log = git.commits(Some(tip), &oids[1], false).unwrap();
        assert_eq!(log.iter().map(|commit| commit.paths.join(" ")).collect::<Vec<_>>(), ["a/b", "VERSION"]);
        assert_eq!(git.read_file(&oids[1], "VERSION").unwrap().as_deref(), Some(&b"1.1.0\n"[..]));
        let copy = git.scratch_clone(&oids[1], &sandbox.root().join("copy")).unwrap();
        assert_eq!(fs::read_to_string(copy.dir.join("a/b")).unwrap(), "x");
        git.export(&oids[1], "a", &sandbox.root().join("out")).unwrap();
        assert_eq!(fs::read_to_string(sandbox.root().join("out/b")).unwrap(), "x");
        let moved = remotes.push(0, &[update("refs/heads/main", &oids[1], Some(&oids[0]))]).unwrap();
        assert_eq!(moved, Pushed::Done, "what is there already is no harm");
    });
}
