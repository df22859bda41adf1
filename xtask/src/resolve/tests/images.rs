//! `[[image]]`, `[builder]`, `[forge]` and `[[asset]]`: defaults, and what is said of every mistake.

use super::super::release::Builder;
use super::*;

const IMAGE: &str = "[[image]]\nname = 'a'\nregistries = 'ghcr.io'\ntags = '{app}'\n";

/// An image with these further lines is refused.
#[track_caller]
fn image(more: &str, there: &str, message: &str, hint: &str) {
    check(&format!("{IMAGE}{more}"), there, message, hint);
}

#[test]
fn an_image_is_built_where_it_says_how() {
    let images = |more: &str| project(&format!("{PLAIN}{IMAGE}{more}")).release.images;
    assert!(images("platforms = 'linux/amd64'\n")[0].build.is_none());
    let built = images("context = '.'\nplatforms = 'linux/amd64'\n");
    let rule = built[0].build.as_ref().expect("a build");
    assert_eq!((rule.repo, rule.dockerfile.as_str(), rule.context.as_str()), (0, "Dockerfile", ""));
    assert_eq!((rule.timeout.as_secs(), rule.provenance, rule.sbom), (3600, false, false));
    let built = images("context = './docker/'\ndockerfile = 'docker/Dockerfile'\nplatforms = 'linux/amd64'\n");
    assert_eq!(built[0].build.as_ref().expect("a build").context, "docker");
}

#[test]
fn what_is_about_a_build_needs_one() {
    let message = "`target` is about a build, and this image isn't built";
    image("target = 'slim'\n", "[[image]]", message, "add `dockerfile = \"Dockerfile\"`, or take it out");
    let hint = "add `platforms = [\"linux/amd64\", \"linux/arm64\"]`";
    image("context = '.'\n", "[[image]]", "an image that is built says for which platforms", hint);
}

#[test]
fn what_a_build_is_told() {
    let image = |more: &str, there: &str, message: &str, hint: &str| {
        image(&format!("context = '.'\nplatforms = 'linux/amd64'\n{more}"), there, message, hint);
    };
    image("target = '-o'\n", "'-o'", "`-o` is no stage of a Dockerfile", "name it as `FROM … AS NAME` does");
    let hint = "a build argument is called like `APP_VERSION`";
    image("args = { 'A-B' = 'x' }\n", "'A-B'", "`A-B` is no name for it", hint);
    image("args = { A = '{ap}' }\n", "'{ap}'", "unknown track `ap`", "did you mean `app`?");
    image("suffix = '/x'\n", "'/x'", "no image tag can end with `/x`", "a suffix is like `-scratch`");
    image("timeout = '0s'\n", "'0s'", "no build ends in no time", "leave it out for an hour, or write it as in `30m`");
    let said = "`a b` is not an image tag: it is 1 to 128 of `A-Z a-z 0-9 _ . -`";
    image("channels = 'a b'\n", "'a b'", said, "a channel is called like `latest` or `{app.major}`");
    let hint = "write its path from the repository's root";
    image("dockerfile = '../D'\n", "'../D'", "the path `../D` leaves the repository", hint);
}

#[test]
fn variants_have_a_suffix() {
    let build = "dockerfile = 'D'\nplatforms = 'linux/amd64'\n";
    let hint = "give the variant a `suffix`, as in `-scratch`, or make one table of them";
    check(&format!("{IMAGE}{build}{IMAGE}{build}"), "[[image]]", "`a` is there twice", hint);
    project(&format!("{PLAIN}{IMAGE}{build}{IMAGE}{build}suffix = '-scratch'\n"));
}

#[test]
fn builders() {
    let builder = Builder::default();
    assert_eq!(project(PLAIN).release.builder, builder);
    assert_eq!(builder.name, "lockstep");
    check("[builder]\nname = '-x'\n", "'-x'", "`-x` is no name for a builder", "a builder is called like `lockstep`");
    let hint = "write it as in `network=host`";
    check("[builder]\noptions = 'host'\n", "'host'", "`host` is no option of a driver", hint);
    let hint = "name a docker context, or an address as `ssh://arm.example.com`";
    check("[builder]\nnodes = '-x'\n", "'-x'", "`-x` is no node", hint);
}

#[test]
fn forges() {
    let forge = |more: &str| format!("[forge]\nrepository = 'acme/app'\n{more}");
    let project = project(&format!("{PLAIN}{}[[asset]]\npath = 'dist/*'\n", forge("")));
    let release = project.release.forge.expect("a forge");
    assert_eq!((release.host.as_str(), release.title.is_none()), ("github.com", true));
    assert_eq!(release.notes.map(|notes| notes.as_str().to_owned()).as_deref(), Some("release-config/notes/{app}.md"));
    assert_eq!((release.assets.len(), release.assets[0].place), (1, CommandPlace::Prepared));
    let hint = "write owner and name, as in `acme/app`; another host than github.com is `host`";
    let url = "https://github.com/acme/app";
    let message = format!("`{url}` is no repository of a forge");
    check(&format!("[forge]\nrepository = '{url}'\n"), &format!("'{url}'"), &message, hint);
    check(&forge("host = 'a/b'\n"), "'a/b'", "`a/b` is no host", "write its name, as in `github.example.com`");
    let said = "GitHub gives an asset another name than `my sums`: it takes letters, digits, `_`, `-` and single periods inside";
    check(&forge("checksums = 'my sums'\n"), "'my sums'", said, "an asset is called like `{app}_checksums.txt`");
    let several = forge("[[asset]]\npath = 'a/*'\nname = 'b'\n");
    check(&several, "'b'", "several files can't have one name", "name one file, or leave `name` out");
    let hint = "add `[forge]` with its `repository`, as in `acme/app`";
    check("[[asset]]\npath = 'a'\n", "[[asset]]", "there is no release that it could be attached to", hint);
    let merge = "[branch]\nname = 'release-{app}'\nmerge = 'main'\n";
    check(merge, "'main'", "a pull request is merged on a forge, and none is configured", hint);
    let itself = forge("[branch]\nname = 'release-{app}'\nmerge = 'release-1.2.0'\n");
    let said = "`release-1.2.0` is called like a release branch, which can't be merged into itself";
    check(&itself, "'release-1.2.0'", said, "name the branch that gets all releases, as in `main`");
}

#[test]
fn a_merge_commit_is_tagged_after_the_push() {
    let merge = "[branch]\nname = 'r-{app}'\nmerge = 'main'\n[forge]\nrepository = 'acme/app'\n[process.release]\n";
    let steps = "steps = ['commit', 'app/push', 'pull-request', 'merge', 'tag', 'push-tag', 'charts/push']\n";
    project(&format!("{PLAIN}{merge}{steps}"));
    let early = "steps = ['commit', 'push', 'push-tag', 'pull-request', 'merge', 'tag']\n";
    let failure = parse("release.toml", &format!("{PLAIN}{merge}{early}")).and_then(resolve).expect_err("a mistake");
    assert_eq!(failure.message, "`push-tag` comes before `merge`, which it needs");
}
