//! Small histories: what is made of them.

use std::collections::BTreeMap;

use super::*;

/// A history, the oldest commit first, as somebody would make it.
#[derive(Default)]
struct History {
    tree: BTreeMap<String, String>,
    texts: BTreeMap<String, String>,
    commits: Vec<Logged>,
    marks: Vec<(String, String)>,
}

impl History {
    /// Sets files; an empty text takes one away.
    fn commit(&mut self, subject: &str, files: &[(&str, &str)]) -> &mut Self {
        let mut commit = Logged {
            oid: format!("c{}", self.commits.len()),
            seconds: self.commits.len() as u64,
            subject: subject.to_owned(),
            files: files.len(),
            ..Logged::default()
        };
        for (path, text) in files {
            let text = text.replace(" / ", "\n");
            let old = if text.is_empty() {
                self.tree.remove(*path)
            } else {
                self.tree.insert((*path).to_owned(), text.clone())
            };
            let new = (!text.is_empty()).then(|| self.blob(&text));
            let old = old.map(|old| self.blob(&old));
            commit.touched.push(Touched { path: (*path).to_owned(), from: None, old, new });
        }
        self.commits.push(commit);
        self
    }

    fn blob(&mut self, text: &str) -> String {
        let oid = format!("{text:?}");
        self.texts.insert(oid.clone(), text.to_owned());
        oid
    }

    /// Git finds that a file of the last commit was renamed.
    fn renamed(&mut self, from: &str, path: &str) -> &mut Self {
        let last = self.commits.last_mut().unwrap();
        let old = last.touched.iter().find(|file| file.path == from).unwrap().old.clone();
        let new = last.touched.iter().find(|file| file.path == path).unwrap().new.clone();
        let (path, from) = (path.to_owned(), Some(from.to_owned()));
        last.touched.push(Touched { path, from, old, new });
        self
    }

    fn tag(&mut self, name: &str) -> &mut Self {
        self.marks.push((name.to_owned(), self.commits.last().unwrap().oid.clone()));
        self
    }

    fn past(&self) -> Past {
        let files: Vec<String> = self.tree.keys().cloned().collect();
        let read = |path: &str| self.tree.get(path).cloned();
        let mut miner = Miner::new(&files, &read);
        for commit in self.commits.iter().rev() {
            miner.add(commit.clone());
        }
        miner.plan();
        // In lots of two commits, so that files are put away and taken up again.
        for end in (2..self.commits.len() + 2).step_by(2) {
            let asks = miner.asks(end);
            self.answer(&mut miner, &asks);
        }
        let numbers = self.marks.iter().filter_map(|(name, _)| number(name)).collect();
        let asks = miner.asks_beside(&numbers);
        self.answer(&mut miner, &asks);
        miner.past(&self.marks, End::Root)
    }

    fn answer(&self, miner: &mut Miner, asks: &[Ask]) {
        for ask in asks {
            miner.take(ask, self.texts.get(&ask.oid).map(|text| text.clone().into_bytes()));
        }
        miner.settle();
    }

    #[track_caller]
    fn check(&self, want: &str) {
        assert_eq!(shown(&self.past()), want.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim());
    }
}

/// `commit tags | path:line today: from>to …`, a line each.
fn shown(past: &Past) -> String {
    let mut lines = Vec::new();
    for Change { oid, tags, moves, inserted, .. } in &past.changes {
        for Move { path, new_line, today, tokens, .. } in moves {
            let today = today.map_or_else(|| String::from("-"), |line| line.to_string());
            let tokens: Vec<String> = tokens.iter().map(|(old, new)| format!("{old}>{new}")).collect();
            lines.push(format!("{oid} {}| {path}:{new_line} {today}: {}", tags.join(" "), tokens.join(" ")));
        }
        lines.extend(inserted.iter().map(|row| format!("{oid} + {}:{} {}", row.path, row.line, row.tokens.join(" "))));
    }
    lines.join("\n")
}

#[test]
fn a_history_from_today_back() {
    let mut history = History::default();
    history.commit("start", &[("Chart.yaml", "version: 0.1.0 / appVersion: 1.0.0"), ("main.c", "x")]);
    history.commit("1.1.0", &[("Chart.yaml", "version: 0.1.1 / appVersion: 1.1.0")]).tag("v1.1.0");
    history.commit("work", &[("main.c", "y")]);
    history.commit("comment", &[("Chart.yaml", "# a chart / version: 0.1.1 / appVersion: 1.1.0")]);
    history.commit("1.2.0", &[("Chart.yaml", "# a chart / version: 0.1.2 / appVersion: 1.2.0")]);
    history.check(
        "c4 | Chart.yaml:2 2: 0.1.1>0.1.2
         c4 | Chart.yaml:3 3: 1.1.0>1.2.0
         c1 v1.1.0| Chart.yaml:1 2: 0.1.0>0.1.1
         c1 v1.1.0| Chart.yaml:2 3: 1.0.0>1.1.0",
    );
    assert_eq!(history.past().read, 5);
}

#[test]
fn a_line_that_went_is_nowhere_today() {
    let mut history = History::default();
    history.commit("start", &[("a", "x: 1.0.0 / y: 1.0.0")]);
    history.commit("up", &[("a", "x: 1.1.0 / y: 1.1.0")]);
    history.commit("less", &[("a", "y: 1.1.0")]);
    history.check(
        "c1 | a:1 -: 1.0.0>1.1.0
         c1 | a:2 1: 1.0.0>1.1.0",
    );
}

#[test]
fn renames_are_followed() {
    let mut history = History::default();
    history.commit("start", &[("old", "v: 1.0.0")]);
    history.commit("up", &[("old", "v: 1.1.0")]);
    history.commit("rename", &[("old", ""), ("docs/new", "v: 1.1.0")]).renamed("old", "docs/new");
    history.commit("up", &[("docs/new", "v: 1.2.0")]);
    history.commit("rename and up", &[("docs/new", ""), ("docs/newer", "v: 1.3.0")]).renamed("docs/new", "docs/newer");
    history.check(
        "c4 | docs/newer:1 1: 1.2.0>1.3.0
         c3 | docs/newer:1 1: 1.1.0>1.2.0
         c1 | docs/newer:1 1: 1.0.0>1.1.0",
    );
}

#[test]
fn a_picked_bump_counts_once() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0"), ("b", "v: 1.0.0")]);
    history.commit("up", &[("a", "v: 1.1.0"), ("b", "v: 1.1.0")]).tag("1.1.0");
    // The same on another branch, where only one of the files is.
    let mut twin = history.commits[1].clone();
    (twin.oid, twin.touched) = (String::from("twin"), vec![twin.touched[0].clone()]);
    history.commits.push(twin);
    history.check(
        "c1 1.1.0| a:1 1: 1.0.0>1.1.0
         c1 1.1.0| b:1 1: 1.0.0>1.1.0",
    );
}

#[test]
fn a_revert_is_no_twin() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0")]);
    history.commit("up", &[("a", "v: 1.1.0")]);
    history.commit("revert", &[("a", "v: 1.0.0")]);
    history.commit("up again", &[("a", "v: 1.1.0")]);
    history.check(
        "c3 | a:1 1: 1.0.0>1.1.0
         c2 | a:1 1: 1.1.0>1.0.0
         c1 | a:1 1: 1.0.0>1.1.0",
    );
}

#[test]
fn a_tag_of_a_later_commit_speaks_of_the_bump() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0"), ("b", "x")]);
    history.commit("up", &[("a", "v: 1.1.0")]);
    history.commit("work", &[("b", "y")]).tag("v1.1.0");
    history.commit("work", &[("b", "z")]).tag("v9.9.9");
    history.check("c1 v1.1.0| a:1 1: 1.0.0>1.1.0");
}

#[test]
fn lock_files_where_something_else_moved() {
    let mut history = History::default();
    history.commit("start", &[("Cargo.toml", "version = \"1.0.0\""), ("Cargo.lock", "version = \"1.0.0\"")]);
    history.commit("dependency", &[("Cargo.lock", "version = \"1.0.1\"")]);
    history.commit("up", &[("Cargo.toml", "version = \"1.1.0\""), ("Cargo.lock", "version = \"1.1.0\"")]);
    history.check(
        "c2 | Cargo.lock:1 1: 1.0.1>1.1.0
         c2 | Cargo.toml:1 1: 1.0.0>1.1.0",
    );
}

#[test]
fn of_a_large_lock_file_the_releases_are_read() {
    let lock = |version: &str| format!("version = \"{version}\" / {}", "x / ".repeat(300_000));
    let mut history = History::default();
    history.commit("start", &[("v", "1.0.0"), ("dep", "7.0"), ("Cargo.lock", &lock("1.0.0"))]);
    history.commit("up", &[("v", "1.1.0"), ("Cargo.lock", &lock("1.1.0"))]).tag("v1.1.0");
    for minor in 1..4 {
        let dependency = format!("7.{minor}");
        history.commit("dependency", &[("dep", &dependency), ("Cargo.lock", &lock(&format!("1.1.0-{minor}")))]);
    }
    history.commit("up", &[("v", "1.2.0"), ("Cargo.lock", &lock("1.2.0"))]).tag("v1.2.0");
    let past = history.past();
    let moved = |change: &&Change| change.moves.iter().any(|of| of.path == "Cargo.lock");
    let read: Vec<&str> = past.changes.iter().filter(moved).map(|change| change.oid.as_str()).collect();
    assert_eq!(read, ["c5", "c1"]);
}

#[test]
fn other_branches_are_bridged() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0")]);
    history.commit("here", &[("a", "one / v: 1.1.0")]);
    history.commit("there", &[("a", "two / v: 1.1.0 / end")]);
    history.commit("up", &[("a", "two / v: 1.2.0 / end")]);
    // The commit in between isn't seen: a merge, say.
    history.commits.remove(2);
    history.check(
        "c3 | a:2 2: 1.1.0>1.2.0
         c1 | a:2 2: 1.0.0>1.1.0",
    );
}

#[test]
fn what_is_no_text_is_no_obstacle() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0")]);
    history.commit("binary", &[("a", "\0")]);
    history.commit("text", &[("a", "v: 1.1.0")]);
    history.commit("up", &[("a", "v: 1.2.0")]);
    history.texts.retain(|oid, _| oid != "\"v: 1.1.0\"");
    history.check("");
    assert_eq!(History::default().past(), Past::default());
}

#[test]
fn commits_with_too_many_files_are_left_out() {
    let mut history = History::default();
    history.commit("start", &[("a", "v: 1.0.0")]);
    history.commit("all", &[("a", "v: 1.1.0")]);
    history.commits[1].files = MOST_FILES + 1;
    history.check("");
}
