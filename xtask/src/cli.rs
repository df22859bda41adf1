//! The command line: every command on one page, each with the words of its help.

use clap::{Arg, ArgAction, Command, ValueHint};

/// The whole command line. `cargo xtask release X` and `cargo xtask X` are the same command.
pub fn command() -> Command {
    let commands = commands();
    let release = Command::new("release")
        .about("The same commands: `cargo xtask release check` is `cargo xtask check`")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.clone());
    Command::new("xtask")
        .bin_name("cargo xtask")
        .version(env!("CARGO_PKG_VERSION"))
        .about("One version, many manifests, in lockstep")
        .after_help(EXIT_CODES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .args(global_args())
        .subcommands(commands)
        .subcommand(release)
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 check found drift · 2 usage or configuration · 3 a tool failed, go on with the \
same command · 4 the world contradicts the plan · 5 waiting for a person or a gate";

fn global_args() -> [Arg; 5] {
    [
        Arg::new("directory")
            .short('C')
            .value_name("DIR")
            .value_hint(ValueHint::DirPath)
            .global(true)
            .help("Run as if started in DIR"),
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .global(true)
            .help("Read this file instead of release-config/release.toml"),
        Arg::new("color")
            .long("color")
            .value_name("WHEN")
            .value_parser(["auto", "always", "never"])
            .default_value("auto")
            .hide_default_value(true)
            .hide_possible_values(true)
            .global(true)
            .help("Colour: auto (on a terminal), always, never"),
        flag("quiet", "Say nothing but results and errors").short('q').global(true),
        flag("verbose", "Name every program that is run, how long it took and how it ended").short('v').global(true),
    ]
}

fn commands() -> Vec<Command> {
    vec![
        init(),
        check(),
        versions(),
        bump(),
        branch(),
        notes(),
        plan(),
        run(),
        status(),
        checklist(),
        publish_images(),
        promote(),
        publish_release(),
        publish_charts(),
        tag(),
        hook(),
        schema(),
        completions(),
    ]
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn format<const N: usize>(forms: [&'static str; N]) -> Arg {
    let help = format!("Form of the result: {}", forms.join(", "));
    Arg::new("format")
        .long("format")
        .value_name("FORM")
        .value_parser(forms)
        .default_value("text")
        .hide_default_value(true)
        .hide_possible_values(true)
        .help(help)
}

fn init() -> Command {
    Command::new("init")
        .about("Look at this repository and propose release-config/release.toml")
        .arg(flag("yes", "Write the proposal without asking; what is unsure is left out and listed"))
        .arg(flag("dry-run", "Print the proposal to stdout and write nothing"))
        .arg(flag("force", "Replace a release.toml that is there").conflicts_with("update"))
        .arg(flag("update", "Add to a release.toml that is there what has come since, and name what is gone"))
        .after_help(
            "It reads the tracked files, the tags and the history, and writes nothing but release-config. On a terminal \
             it asks what only a person can know: y takes a place, n or Enter leaves it out, a takes all like it, q stops \
             asking.\n\n\
             It ends with 4 and writes nothing where no file states a version for sure.\n\n\
             --update shows a diff that keeps every byte of the file; a place whose path a comment of the file names is \
             not proposed again. It ends with 0 where there is nothing to propose or it was written, and with 1 where \
             there is: `cargo xtask init --update --dry-run` is a hint for CI.",
        )
}

fn check() -> Command {
    Command::new("check")
        .about("Do all places say what they must?")
        .after_help(
            "`--history` reads every tag's own tree: does each place say what it must for the tag's version? A tag can't be \
             mended, so it ends with 0 all the same, unless `--strict` asks for 1.\n\n\
             Examples:\n  cargo xtask check\n  cargo xtask check --rev v1.27.0\n  cargo xtask check --history --last 30",
        )
        .arg(flag("staged", "Look at what is staged for the next commit").conflicts_with_all(["rev", "fix"]))
        .arg(
            Arg::new("rev")
                .long("rev")
                .value_name("REV")
                .conflicts_with("fix")
                .help("Look at a commit, a branch or a tag"),
        )
        .arg(flag("fix", "Write what the places must say").conflicts_with_all(["format", "strays", "images"]))
        .arg(flag("strays", "Also name places that mention a version and belong to no manifest"))
        .arg(flag("images", "Also ask the registries for every image that is named"))
        .args(history_args())
        .arg(format(crate::report::FORMS))
}

/// A look at the past looks at nothing else.
fn history_args() -> [Arg; 3] {
    [
        flag("history", "Look at every past release instead: which tags disagree with their own trees")
            .conflicts_with_all(["staged", "rev", "fix", "strays", "images"]),
        Arg::new("last")
            .long("last")
            .value_name("N")
            .value_parser(clap::value_parser!(u32).range(1..))
            .requires("history")
            .help("Of the past only the N newest tags of each repository"),
        flag("strict", "End with 1 if a past release has drift").requires("history"),
    ]
}

fn versions() -> Command {
    Command::new("versions").about("The tracks and their versions, in every spelling").arg(format(["text", "json"]))
}

fn bump() -> Command {
    Command::new("bump")
        .about("Move versions: every place of every track, or none")
        .after_help(
            "Levels: major, minor, patch, pre, rc, beta, alpha, final, dev, next; two in one (minor-rc, \
             patch-beta) begin a series; or a version. Without one, the leading \
             track moves by its own level, and what follows it goes along.\n\n\
             Examples:\n  cargo xtask bump minor\n  cargo xtask bump 1.27.0\n  cargo xtask bump app=1.27.0 chart=minor",
        )
        .arg(Arg::new("request").value_name("[TRACK=]LEVEL|VERSION").num_args(0..).help("What moves, and how far"))
        .arg(flag("dry-run", "Show the same plan and write nothing"))
        .arg(flag("commit", "Commit the files that were written, with the configured subject"))
        .arg(flag("strict", "Refuse when a place disagrees beforehand"))
        .arg(flag("allow-lower", "Allow the same or a lower version"))
        .arg(format(["text", "json"]))
}

fn branch() -> Command {
    Command::new("branch")
        .about("Cut the release branch at the remote, and say what is on it")
        .after_help(
            "Which version it is for is decided as `bump` does, by the manifests of the branch that it is cut from.\n\n\
             Examples:\n  cargo xtask branch\n  cargo xtask branch minor --dry-run\n  cargo xtask branch 1.27.0 --yes",
        )
        .arg(Arg::new("request").value_name("[TRACK=]LEVEL|VERSION").num_args(0..).help("What moves, and how far"))
        .arg(flag("dry-run", "Show the same plan and push nothing"))
        .arg(flag("yes", "Don't ask"))
}

fn notes() -> Command {
    let rev = |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("REV").help(help);
    Command::new("notes")
        .about("What changed since the last release, for a person to write notes from")
        .arg(rev("from", "A tag, branch or commit: the last release unless said"))
        .arg(rev("to", "A tag, branch or commit: the release branch if one is cut, else the branch released from"))
        .arg(
            Arg::new("write")
                .long("write")
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .num_args(0..=1)
                .default_missing_value("")
                .help("Write it into a file, the one of `[changelog]` unless said; never over what a person wrote"),
        )
        .arg(format(["text", "markdown", "json"]))
}

/// What a release is asked for: versions, and the process.
fn release_args() -> [Arg; 3] {
    [
        Arg::new("request").value_name("[TRACK=]LEVEL|VERSION").num_args(0..).help(
            "What moves, and how far; the release that was begun, or else the leading track's own level, if nothing is said",
        ),
        process(),
        flag("unchanged", "Release although nothing was committed since the last one"),
    ]
}

fn plan() -> Command {
    Command::new("plan")
        .about("What a release would do, step by step, and how far it has come")
        .args(release_args())
        .arg(flag("diff", "Show every difference, however long"))
        .arg(format(["text", "json"]))
}

fn run() -> Command {
    let steps = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("STEP").action(ArgAction::Append).help(help)
    };
    Command::new("run")
        .about("Make the release, or go on with it: the same command again is all it takes")
        .after_help(
            "What leaves this machine is shown first and asked for; without a terminal, `--yes` agrees.\n\n\
             Examples:\n  cargo xtask run 1.27.0\n  cargo xtask run minor --yes\n  cargo xtask run --only charts/push",
        )
        .args(release_args())
        .arg(Arg::new("plan").long("plan").value_name("DIGEST").help("Run this plan, or nothing"))
        .arg(steps("only", "Do only this step, if what it needs is done; can be given several times"))
        .arg(Arg::new("until").long("until").value_name("STEP").help("Stop after this step"))
        .arg(steps("done", "Record that a person did this step"))
        .arg(steps("again", "Do this step once more, though it was begun"))
        .arg(flag("take-over", "Go on with a release that somebody else began"))
        .arg(
            flag("give-up", "Close the release that is open; what it published stays")
                .conflicts_with_all(["plan", "only", "until", "done", "again", "dry-run"]),
        )
        .arg(flag("yes", "Don't ask"))
        .arg(flag("dry-run", "Show the plan and do nothing"))
        .arg(flag("diff", "Show every difference, however long"))
}

fn process() -> Arg {
    Arg::new("process")
        .long("process")
        .value_name("NAME")
        .default_value(crate::release::RELEASE)
        .hide_default_value(true)
        .help("The process, `release` unless said")
}

fn status() -> Command {
    Command::new("status")
        .about("Where the release stands, whose it is, and on whom it waits")
        .arg(process())
        .arg(format(["text", "json"]))
}

fn checklist() -> Command {
    let items = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("NUMBER|all").num_args(1..).action(ArgAction::Append).help(help)
    };
    Command::new("checklist")
        .about("The checklists of the release: which items are open, and who ticked the others")
        .after_help(
            "A tick is kept in the ledger, with who and when: for the release's commit and for the item's words. When \
             either changes, the item is open again. Anybody may tick, not only the owner. A box that is ticked in the \
             file says nothing.\n\n\
             Examples:\n  cargo xtask checklist\n  cargo xtask checklist smoke --tick 1 2\n  cargo xtask checklist smoke --untick 2",
        )
        .arg(Arg::new("name").value_name("NAME").help("Only this list"))
        .arg(items("tick", "These items are done; `all` of them"))
        .arg(items("untick", "These aren't done after all"))
        .arg(process())
        .arg(format(["text", "json"]))
}

fn tag() -> Command {
    Command::new("tag")
        .about("Make the annotated tag of a track's version on HEAD")
        .arg(Arg::new("track").value_name("TRACK").help("The track; the leading one if none is named"))
        .arg(flag("sign", "Sign it with the key that git is configured for"))
        .arg(
            Arg::new("message")
                .long("message")
                .short('m')
                .value_name("TEXT")
                .help("Its message instead of the configured one"),
        )
        .arg(flag("offline", "Ask no remote whether it has the tag"))
        .arg(flag("dry-run", "Say what would be tagged and make nothing"))
}

fn publish_charts() -> Command {
    Command::new("publish-charts")
        .about("Package the charts of the remotes' branches, and publish those that aren't yet")
        .after_help(
            "Each chart goes to the pages' branch and to the registries of its `[[chart]]`, as one archive. What is \
             published already is left as it is; a version that is there with other files stops everything.\n\n\
             Examples:\n  cargo xtask publish-charts --dry-run\n  cargo xtask publish-charts acme --yes",
        )
        .arg(Arg::new("chart").value_name("CHART").num_args(0..).help("Only charts of these names"))
        .arg(flag("dry-run", "Show the same plan and publish nothing"))
        .arg(flag("yes", "Don't ask"))
        .arg(format(["text", "json"]))
}

fn publish_images() -> Command {
    Command::new("publish-images")
        .about("Build the images of the released versions from their tags, and name them")
        .after_help(
            "The versions are those of the remotes' branches; without its tag at the remote nothing is built. What is \
             there already is left as it is; an image tag that names other content stops everything.\n\n\
             Examples:\n  cargo xtask publish-images --dry-run\n  cargo xtask publish-images acme/app --version 1.27.0 --yes",
        )
        .arg(Arg::new("image").value_name("IMAGE").num_args(0..).help("Only images of these names"))
        .arg(
            Arg::new("version")
                .long("version")
                .value_name("[TRACK=]VERSION")
                .help("A version whose tag is at the remote, instead of the branches'"),
        )
        .arg(flag("dry-run", "Show the same plan and publish nothing"))
        .arg(flag("yes", "Don't ask"))
        .arg(format(["text", "json"]))
}

fn promote() -> Command {
    Command::new("promote")
        .about("Give a candidate's images the names of its version; nothing is built")
        .after_help(
            "The digests stay: what was tested is what is published. The remote must have the version's tag, and nothing \
             may have changed since the candidate's tag but what a release itself writes: manifests, changelog, \
             `release-config`. Names that are there and say other content stop everything; channels such as `latest` only move forward.\n\n\
             Examples:\n  cargo xtask promote 1.28.0-rc.2 1.28.0 --dry-run\n  cargo xtask promote 1.28.0-rc.2 1.28.0 acme/app",
        )
        .arg(Arg::new("from").value_name("FROM").required(true).help("The candidate that is there, with its track if need be"))
        .arg(Arg::new("to").value_name("TO").required(true).help("The version that it is a candidate of; the remote has its tag"))
        .arg(Arg::new("image").value_name("IMAGE").num_args(0..).help("Only images of these names"))
        .arg(flag("dry-run", "Show the same plan and name nothing"))
        .arg(flag("yes", "Don't ask"))
        .arg(format(["text", "json"]))
}

fn publish_release() -> Command {
    Command::new("publish-release")
        .about("Draft, fill, verify and publish the release of a version whose tag the remote has")
        .after_help(
            "What is there already is left as it is; a draft or a release of somebody else's stops everything.\n\n\
             Examples:\n  cargo xtask publish-release --dry-run\n  cargo xtask publish-release 1.27.0 --yes",
        )
        .arg(Arg::new("version").value_name("VERSION").help("The version; the highest that is tagged unless said"))
        .arg(flag("dry-run", "Show the same plan and publish nothing"))
        .arg(flag("yes", "Don't ask"))
        .arg(format(["text", "json"]))
}

fn hook() -> Command {
    Command::new("hook")
        .about("The check before each commit")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("install")
                .about("Put the hook into this repository")
                .arg(flag("strict", "Refuse a commit where the tool can't be built")),
        )
        .subcommand(Command::new("run").about("Check what is staged, as the hook does"))
        .subcommand(Command::new("remove").about("Take the hook out again"))
}

fn schema() -> Command {
    Command::new("schema").about("The JSON Schema of release.toml, for editors")
}

fn completions() -> Command {
    Command::new("completions").about("A completion script for a shell").arg(
        Arg::new("shell")
            .required(true)
            .value_name("SHELL")
            .value_parser(["bash", "elvish", "fish", "powershell", "zsh"])
            .help("Which shell"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }
}
