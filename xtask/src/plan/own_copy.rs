//! The copy of this tool in a project: its numbers are not the project's.

/// The folder of the copy, and what says that it is one.
const FOLDER: &str = "xtask/";
const MARK: &str = "xtask/.lockstep/installed";
/// How a workspace begins that was made for the copy alone.
const MADE: &str = "# Made by Lockstep,";

/// Takes out what the installation brought: the copy's folder, and the files of a workspace that holds nothing else.
pub fn leave_out(files: &mut Vec<String>, read: &dyn Fn(&str) -> Option<String>) {
    if !files.iter().any(|path| path == MARK) && read(MARK).is_none() {
        return;
    }
    let made = |text: String| text.starts_with(MADE) && !text.contains("package]");
    let others = files.iter().any(|path| path.ends_with("/Cargo.toml") && !path.starts_with(FOLDER));
    let whole = !others && read("Cargo.toml").is_some_and(made);
    let brought =
        |path: &String| path.starts_with(FOLDER) || whole && ["Cargo.toml", "Cargo.lock"].contains(&path.as_str());
    files.retain(|path| !brought(path));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], workspace: &str, want: &[&str]) {
        let mut files: Vec<String> = files.iter().map(|path| (*path).to_owned()).collect();
        leave_out(&mut files, &|path| (path == "Cargo.toml").then(|| workspace.to_owned()));
        assert_eq!(files, want);
    }

    #[test]
    fn only_what_was_installed_is_left_out() {
        let files = ["Cargo.lock", "Cargo.toml", "app.py", "xtask/.lockstep/installed", "xtask/Cargo.toml"];
        let made = "# Made by Lockstep, so that `cargo xtask` works here.\n[workspace]\n";
        check(&files, made, &["app.py"]);
        check(&files, &format!("{made}[workspace.package]\nversion = \"1.2.3\"\n"), &files[..3]);
        let with_core = ["Cargo.lock", "Cargo.toml", "core/Cargo.toml", "xtask/.lockstep/installed"];
        check(&with_core, made, &with_core[..3]);
        check(&files, "[package]\nversion = \"1.2.3\"\n", &files[..3]);
        check(&["xtask/Cargo.toml", "xtask/src/main.rs"], made, &["xtask/Cargo.toml", "xtask/src/main.rs"]);
    }
}
