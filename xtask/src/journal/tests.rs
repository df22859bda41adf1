//! The promise, at every step: all old or all new, and nobody's own bytes are lost.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::probe::Stop;
use super::*;
use crate::fsx::scratch::Scratch;

const OLD: [&str; 3] = ["version: 1.2.0\nname: a\n", "1.2.0", "[package]\r\nversion = \"1.2.0\"\r\n"];
const NEW: [&str; 3] = ["version: 1.3.0\nname: a\n", "1.3.0", "[package]\r\nversion = \"1.3.0\"\r\n"];
const NAMES: [&str; 3] = ["Chart.yaml", "VERSION", "deep/er/Cargo.toml"];

struct World(Scratch);

impl World {
    fn new() -> Self {
        let world = Self(Scratch::new());
        for (name, text) in NAMES.iter().zip(OLD) {
            world.0.file(name, text);
        }
        world
    }

    fn changes() -> Vec<Change> {
        let texts = NAMES.iter().zip(OLD).zip(NEW);
        texts.map(|((name, old), new)| Change { path: name.into(), old: old.into(), new: new.into() }).collect()
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.0.path().join(".lockstep"), self.0.path()).unwrap()
    }

    fn apply(&self, probe: &Probe) -> Result<()> {
        self.journal().apply_with(&Self::changes(), "bump", probe)
    }

    fn recover(&self, probe: &Probe) -> Result<Option<Recovered>> {
        self.journal().recover_with(probe)
    }

    fn is(&self, texts: [&str; 3]) -> bool {
        let expected: Vec<_> =
            NAMES.iter().zip(texts).map(|(name, text)| ((*name).to_owned(), text.to_owned())).collect();
        self.0.contents(".lockstep") == expected
    }

    /// Whether the edit has happened, though perhaps not in every file yet.
    fn is_committed(&self) -> bool {
        self.journal().dir.join(COMMITTED).exists() || self.is(NEW)
    }

    #[track_caller]
    fn expect_settled(&self) -> bool {
        assert!(self.is(OLD) || self.is(NEW), "{:#?}", self.0.contents(".lockstep"));
        let left: Vec<String> = self
            .journal()
            .dir
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(left, [LOCK]);
        self.is(NEW)
    }
}

fn steps_of(work: impl FnOnce(&Probe)) -> usize {
    let probe = Probe::none();
    work(&probe);
    probe.taken()
}

fn steps_of_apply() -> usize {
    steps_of(|probe| World::new().apply(probe).unwrap())
}

#[test]
fn undisturbed() {
    let world = World::new();
    world.apply(&Probe::none()).unwrap();
    assert!(world.expect_settled());
    assert_eq!(world.recover(&Probe::none()).unwrap(), None);
    assert!(steps_of_apply() > 10);
}

#[test]
fn killed_at_every_step() {
    for step in 0..steps_of_apply() {
        let world = World::new();
        assert_eq!(world.apply(&Probe::at(step, Stop::Killed)).unwrap_err().root_cause().to_string(), "killed");
        let first = world.recover(&Probe::none()).unwrap();
        let is_new = world.expect_settled();
        // Killed after the journal was removed, there is nothing left to do.
        assert_eq!(first.is_some(), is_new && step + 1 < steps_of_apply(), "step {step}");
        if let Some(recovered) = first {
            assert_eq!((recovered.purpose.as_str(), recovered.files.len()), ("bump", 3));
        }
        assert_eq!(world.recover(&Probe::none()).unwrap(), None);
        assert_eq!(world.expect_settled(), is_new);
    }
}

#[test]
fn recovery_killed_at_every_step() {
    let mut pairs = 0;
    for step in 0..steps_of_apply() {
        for again in 0.. {
            let world = World::new();
            world.apply(&Probe::at(step, Stop::Killed)).unwrap_err();
            let committed = world.is_committed();
            let finished = world.recover(&Probe::at(again, Stop::Killed)).is_ok();
            world.recover(&Probe::none()).unwrap();
            assert_eq!(world.expect_settled(), committed, "steps {step}, {again}");
            pairs += 1;
            if finished {
                break;
            }
        }
    }
    assert!(pairs > 100, "{pairs}");
}

#[test]
fn killed_instead_of_recovering_first() {
    for step in 0..steps_of_apply() {
        let world = World::new();
        world.apply(&Probe::at(step, Stop::Killed)).unwrap_err();
        let committed = world.is_committed();
        assert_eq!(world.apply(&Probe::none()).is_err(), committed, "an unfinished edit comes first");
        world.recover(&Probe::none()).unwrap();
        assert!(world.expect_settled());
    }
}

#[test]
fn the_disk_is_full_at_every_step() {
    for step in 0..steps_of_apply() {
        let world = World::new();
        let error = world.apply(&Probe::at(step, Stop::Full)).unwrap_err();
        assert!(error.to_string().contains("cannot write `/"), "{error}");
        if !world.is_committed() {
            assert!(world.is(OLD), "step {step}: nothing is left behind");
        }
        world.recover(&Probe::none()).unwrap();
        world.expect_settled();
    }
}

#[test]
fn a_users_edit_after_the_crash_is_kept() {
    let mut refused = 0;
    for step in 0..steps_of_apply() {
        let world = World::new();
        world.apply(&Probe::at(step, Stop::Killed)).unwrap_err();
        let theirs = world.0.file("VERSION", "9.9.9");
        let committed = world.journal().dir.join(COMMITTED).exists();
        let before: Vec<_> = NAMES.iter().map(|name| std::fs::read(world.0.path().join(name)).unwrap()).collect();
        let result = world.recover(&Probe::none());
        assert_eq!(result.is_err(), committed, "step {step}");
        assert_eq!(std::fs::read(&theirs).unwrap(), b"9.9.9");
        if let Err(error) = result {
            let failure = error.downcast_ref::<Failure>().unwrap();
            assert!(failure.exit == Exit::World && failure.message.contains("VERSION"), "{failure:?}");
            assert!(failure.hint.as_ref().unwrap().contains("rm "), "{failure:?}");
            let after: Vec<_> = NAMES.iter().map(|name| std::fs::read(world.0.path().join(name)).unwrap()).collect();
            assert_eq!(before, after);
            world.0.file("VERSION", OLD[1]);
            world.recover(&Probe::none()).unwrap();
            assert!(world.expect_settled());
            refused += 1;
        }
    }
    assert!(refused >= 5);
}

#[track_caller]
fn refused(exit: Exit, text: &str, prepare: impl FnOnce(&World) -> Vec<Change>) {
    let world = World::new();
    let changes = prepare(&world);
    let before = world.0.contents(".lockstep");
    let error = world.journal().apply(&changes, "").unwrap_err();
    let failure = error.downcast_ref::<Failure>().unwrap();
    assert!(failure.exit == exit && failure.message.contains(text) && failure.hint.is_some(), "{failure:?}");
    assert_eq!(world.0.contents(".lockstep"), before);
}

#[test]
fn looked_at_before_anything_happens() {
    refused(Exit::World, "was changed by someone else", |world| {
        world.0.file("VERSION", "1.2.1");
        World::changes()
    });
    refused(Exit::World, "doesn't exist", |world| {
        std::fs::remove_dir_all(world.0.path().join("deep")).unwrap();
        World::changes()
    });
    refused(Exit::World, "is a symlink to", |world| {
        symlink("VERSION", world.0.path().join("link")).unwrap();
        let mut changes = World::changes();
        changes[1].path = "link".into();
        changes
    });
    refused(Exit::World, "has 2 hard links", |world| {
        std::fs::hard_link(world.0.path().join("VERSION"), world.0.path().join("other")).unwrap();
        World::changes()
    });
    refused(Exit::World, "is read-only", |world| {
        let path = world.0.path().join("VERSION");
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o444)).unwrap();
        World::changes()
    });
    refused(Exit::Usage, "are the same file", |_| {
        let mut changes = World::changes();
        changes.push(Change { path: "deep/../VERSION".into(), ..changes[1].clone() });
        changes
    });
}

#[test]
fn two_at_once() {
    let world = World::new();
    let first = world.journal();
    let error = apply(&first.dir, world.0.path(), &World::changes()).unwrap_err();
    assert!(error.to_string().contains("another command"), "{error}");
    assert!(world.is(OLD));
    drop(first);
    apply(&world.0.path().join(".lockstep"), world.0.path(), &World::changes()).unwrap();
    assert!(world.is(NEW));
}

#[test]
fn a_damaged_journal_is_not_guessed_at() {
    let world = World::new();
    world.0.file(".lockstep/journal", "lockstep journal 1\nnonsense");
    let error = recover(&world.0.path().join(".lockstep"), world.0.path()).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    assert!(world.is(OLD));
}

#[test]
fn nothing_to_do_writes_nothing() {
    let world = World::new();
    assert_eq!(recover(&world.0.path().join(".lockstep"), world.0.path()).unwrap(), None);
    assert!(!world.0.path().join(".lockstep").exists());
    let same = Change { path: "VERSION".into(), old: OLD[1].into(), new: OLD[1].into() };
    world.journal().apply(&[same], "").unwrap();
    assert!(world.is(OLD));
}

#[test]
fn many_files_in_several_threads() {
    let scratch = Scratch::new();
    let change = |at: usize| Change {
        path: format!("{}/{at}", at % 7).into(),
        old: format!("v1 {at}").into(),
        new: format!("v2 {at}"),
    };
    let changes: Vec<Change> = (0..300).map(change).collect();
    for change in &changes {
        scratch.file(change.path.to_str().unwrap(), change.old.as_bytes());
    }
    let journal = Journal::open(&scratch.path().join(".lockstep"), scratch.path()).unwrap();
    journal.apply_with(&changes, "", &Probe::at(200, Stop::Killed)).unwrap_err();
    journal.recover().unwrap();
    journal.apply_with(&changes, "", &Probe::at(450, Stop::Killed)).unwrap_err();
    assert!(journal.recover().unwrap().is_some_and(|recovered| recovered.rewritten > 0));
    assert!(scratch.contents(".lockstep").iter().all(|(_, text)| text.starts_with("v2")));
    assert_eq!(scratch.contents(".lockstep").len(), changes.len());
}
