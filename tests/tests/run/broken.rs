//! Remotes that aren't there or don't answer, disks that are full or can't be written.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use expect_test::expect;
use lockstep_tests::sandbox::skip;
use lockstep_tests::twin::Twin;

use crate::failure;

#[test]
fn a_remote_that_is_not_found_is_not_an_empty_one() {
    let twin = Twin::new();
    let before = twin.refs();
    let (there, away) = (twin.sandbox.path("../remotes/charts.git"), twin.sandbox.path("../remotes/away.git"));
    fs::rename(&there, &away).unwrap();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 3
        error: `git -c core.fsmonitor=false -c core.quotepath=off ls-remote --quiet --end-of-options [SANDBOX]/remotes/charts.git` failed with exit code 128
          fatal: '[SANDBOX]/remotes/charts.git' does not appear to be a git repository
          fatal: Could not read from remote repository.
          Please make sure you have the correct access rights
          and the repository exists.
        hint: a remote that may not be seen looks like one that isn't there: check `../remotes/charts.git`, and that you are logged in
    "#]].assert_eq(&failure(&ran));
    twin.run(&["plan", "1.27.0"]).code(3);
    fs::rename(&away, &there).unwrap();
    twin.expect_nothing_pushed(&before);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn all_remotes_that_are_not_found_are_named() {
    let twin = Twin::new();
    let (there, away) = (twin.sandbox.path("../remotes"), twin.sandbox.path("../away"));
    fs::rename(&there, &away).unwrap();
    twin.release(&[]).code(3).says("remotes/app.git").says("remotes/charts.git");
    fs::rename(&away, &there).unwrap();
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_remote_goes_away_half_way() {
    let twin = Twin::new();
    twin.release(&["--until", "acme/push"]).code(0);
    let (there, away) = (twin.sandbox.path("../remotes/charts.git"), twin.sandbox.path("../remotes/away.git"));
    fs::rename(&there, &away).unwrap();
    twin.release(&[]).code(3);
    twin.run(&["status"]).code(3);
    fs::rename(&away, &there).unwrap();
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_remote_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/charts.git", silent.local_addr().unwrap().port());
    let twin = Twin::replaced("url = \"../remotes/charts.git\"", &format!("url = \"{url}\""));
    let before = twin.refs();
    // The tool lets git wait for half a minute; nobody waits so long for a test.
    let hurry = [("GIT_HTTP_LOW_SPEED_TIME", "3")];
    let start = Instant::now();
    let ran = twin.release_with(&hurry, &[]);
    expect![[r#"
        exit 3
        error: `git -c core.fsmonitor=false -c core.quotepath=off ls-remote --quiet --end-of-options URL` failed with exit code 128
          fatal: unable to access 'URL/': Operation too slow. Less than 1000 bytes/sec transferred the last 3 seconds
        hint: see that `URL` can be reached, then run the same command again
    "#]].assert_eq(&failure(&ran).replace(&url, "URL"));
    let took = start.elapsed();
    assert!(took < Duration::from_millis(5900), "it is asked once: {took:?}");
    twin.expect_nothing_pushed(&before);
    drop(silent);
    twin.release(&[]).code(3).says("hint: see that");
    twin.sandbox.replace("release-config/release.toml", &url, "../remotes/charts.git");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

/// A small file system of its own, where the machine lets one make it.
struct Small<'t>(&'t Path);

impl<'t> Small<'t> {
    fn new(path: &'t Path, options: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(path);
        let done = mount.output().is_ok_and(|output| output.status.success());
        if !done {
            skip("run", "no file system can be mounted here");
        }
        done.then_some(Self(path))
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{options}")]).arg(self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn the_cache_is_full() {
    let twin = Twin::new();
    let before = twin.refs();
    let path = twin.sandbox.root().join("small");
    let Some(small) = Small::new(&path, "size=64k") else { return };
    fs::write(path.join("ballast"), vec![0; 1 << 20]).unwrap_err();
    let ran = twin.release_with(&[("LOCKSTEP_CACHE", path.to_str().unwrap())], &[]);
    assert_eq!(ran.code, 3, "{ran}");
    ran.says("No space left on device");
    twin.expect_nothing_pushed(&before);
    small.remount("size=16m");
    fs::remove_file(path.join("ballast")).unwrap();
    twin.release_with(&[("LOCKSTEP_CACHE", path.to_str().unwrap())], &[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn the_cache_fills_up_half_way() {
    for ballast in [24, 48, 72, 96, 128, 160] {
        let twin = Twin::new();
        let path = twin.sandbox.root().join("small");
        let Some(small) = Small::new(&path, "size=256k") else { return };
        fs::write(path.join("ballast"), vec![0; ballast << 10]).unwrap();
        let cache = [("LOCKSTEP_CACHE", path.to_str().unwrap())];
        let ran = twin.release_with(&cache, &[]);
        assert!([0, 3].contains(&ran.code), "{ballast}: {ran}");
        fs::remove_file(path.join("ballast")).unwrap();
        small.remount("size=16m");
        twin.release_with(&cache, &[]).code(0);
        twin.expect_undisturbed();
    }
}

#[test]
fn the_cache_can_not_be_written() {
    let twin = Twin::new();
    let before = twin.refs();
    let path = twin.sandbox.root().join("small");
    let cache = [("LOCKSTEP_CACHE", path.to_str().unwrap())];
    fs::write(&path, "a file").unwrap();
    let ran = twin.release_with(&cache, &[]);
    expect![[r#"
        exit 3
        error: cannot create `[SANDBOX]/small/repos`: not a directory
    "#]]
    .assert_eq(&failure(&ran));
    fs::remove_file(&path).unwrap();
    let Some(small) = Small::new(&path, "size=16m,ro") else { return };
    let ran = twin.release_with(&cache, &[]);
    expect![[r#"
        exit 3
        error: cannot create `[SANDBOX]/small/repos`: read-only file system
        hint: mount it writable, then run the same command again
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    small.remount("rw");
    twin.release_with(&cache, &[]).code(0);
    twin.expect_undisturbed();
}
