//! Which steps images have, as a page: ids, then what is left out.

use super::*;
use crate::model::testing::project;

const TRACKS: &str = "[track.app]\ntag = '{version}'\n[track.chart]\nwith = 'app'\nrepo = 'charts'\n\
                      [repo.charts]\nurl = 'https://example.com/acme/charts.git'\n[[manifest]]\npath = 'VERSION'\n\
                      line.1 = '{app}'\n[[manifest]]\nrepo = 'charts'\npath = 'Chart.yaml'\nyaml.version = '{chart}'\n";
const COMMIT: &str = "0123456789012345678901234567890123456789";

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

/// The steps of a release in which these tracks move. The app is at 1.28.0 else, the chart at 0.4.2.
#[track_caller]
fn page(images: &str, moves: &[(&str, &str)], tagged: &[&str]) -> String {
    let project = project(&format!("{TRACKS}{images}"));
    let moved = |&(track, to): &(&str, &str)| Moved { track: track.to_owned(), from: None, to: version(to) };
    let moves: Vec<Moved> = moves.iter().map(moved).collect();
    let mut versions =
        BTreeMap::from([("app", "1.28.0"), ("chart", "0.4.2")].map(|(track, at)| (track.to_owned(), version(at))));
    versions.extend(moves.iter().map(|moved| (moved.track.clone(), moved.to.clone())));
    let tagged = BTreeMap::from([("app".to_owned(), tagged.iter().map(|tag| version(tag)).collect())]);
    let prepared = [Rc::new(Prepared::of_commit((0, "app"), (0, "main"), COMMIT, 0))];
    let mut setting = Setting::new(&project, &moves, &versions, &tagged);
    let planned = project.release.images.iter().try_for_each(|image| setting.image(image, &prepared));
    setting.builder();
    let step = |(id, step): &(String, Step)| match step {
        Step::Build(build) => format!("{id} {} {}\n", build.version, build.tags.join(" ")),
        Step::Candidate(candidate) => format!("{id} of {}\n", candidate.version),
        _ => format!("{id}\n"),
    };
    let mut page: String = setting.steps.iter().map(step).collect();
    page.extend(setting.left_out.iter().map(|(id, why)| format!("- {id}: {why}\n")));
    page.extend(planned.err().map(|failure| format!("! {}\n", failure.message)));
    page
}

#[track_caller]
fn check(images: &str, moves: &[(&str, &str)], tagged: &[&str], expected: &[&str]) {
    let lines: String = expected.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(page(images, moves, tagged), lines);
}

const BUILT: &str = "[[image]]\nname = 'acme/app'\nregistries = ['one.example.com', 'two.example.com']\ntags = ['{app}']\n\
                     channels = 'latest'\nplatforms = 'linux/amd64'\ndockerfile = 'Dockerfile'\n";

#[test]
fn an_image_is_built_once_and_named_everywhere() {
    check(
        BUILT,
        &[("app", "1.28.0"), ("chart", "0.4.3")],
        &["1.27.0", "1.28.0-rc.1"],
        &[
            "build/acme/app 1.28.0 1.28.0",
            "name/one.example.com/acme/app:1.28.0",
            "name/two.example.com/acme/app:1.28.0",
            "channel/one.example.com/acme/app:latest",
            "channel/two.example.com/acme/app:latest",
            "builder/lockstep",
        ],
    );
}

#[test]
fn a_chart_that_is_released_alone_builds_no_image() {
    check(BUILT, &[("chart", "0.4.3")], &[], &["- build/acme/app: `app` doesn't move"]);
    // Its tag names the chart too, and it is the app's image all the same: of the two the app follows nobody.
    let both = BUILT.replace("'{app}'", "'{chart}-{app}'");
    check(&both, &[("chart", "0.4.3")], &[], &["- build/acme/app: `app` doesn't move"]);
    let first = page(&both, &[("app", "1.29.0"), ("chart", "0.4.3")], &[]);
    assert!(first.starts_with("build/acme/app 1.29.0 0.4.3-1.29.0\n"), "{first}");
    // What others build is waited for as ever: the chart names it.
    let others = BUILT.replace("dockerfile = 'Dockerfile'\n", "").replace("channels = 'latest'\n", "");
    let waits = ["image/one.example.com/acme/app:1.28.0", "image/two.example.com/acme/app:1.28.0"];
    check(&others, &[("chart", "0.4.3")], &[], &waits);
    check(&others, &[("app", "1.28.0")], &[], &waits);
}

#[test]
fn a_final_version_takes_its_last_candidate_over() {
    let promoted = BUILT.replace("'Dockerfile'\n", "'Dockerfile'\npromote = true\n").replace(", 'two.example.com'", "");
    let named = ["name/one.example.com/acme/app:1.28.0", "channel/one.example.com/acme/app:latest"];
    check(
        &promoted,
        &[("app", "1.28.0")],
        &["1.28.0-rc.2", "1.28.0-rc.10", "1.28.0", "1.29.0-rc.1", "1.27.0"],
        &[&["build/acme/app of 1.28.0-rc.10"], &named[..]].concat(),
    );
    check(
        &promoted,
        &[("app", "1.28.0")],
        &["1.29.0-rc.1"],
        &["! `acme/app` is promoted, and no candidate of `1.28.0` was released"],
    );
    check(
        &promoted,
        &[("app", "1.28.0-rc.1")],
        &[],
        &[
            "build/acme/app 1.28.0-rc.1 1.28.0-rc.1",
            "name/one.example.com/acme/app:1.28.0-rc.1",
            "builder/lockstep",
            "- channel/one.example.com/acme/app:latest: `1.28.0-rc.1` is a candidate",
        ],
    );
}

#[test]
fn a_channel_belongs_to_the_highest_of_its_line() {
    let image = "[[image]]\nname = 'acme/app'\nregistries = 'one.example.com'\ntags = ['v{app}']\nsuffix = '-scratch'\n\
                 channels = ['latest', '{app.major}.{app.minor}']\nplatforms = 'linux/amd64'\n";
    check(
        image,
        &[("app", "1.27.5")],
        &["1.27.4", "1.28.0", "2.0.0-rc.1"],
        &[
            "image/one.example.com/acme/app:v1.27.5-scratch",
            "channel/one.example.com/acme/app:1.27-scratch",
            "- channel/one.example.com/acme/app:latest-scratch: `1.28.0` is higher than `1.27.5`, and keeps it",
        ],
    );
}

#[test]
fn a_name_is_one_images_and_stays() {
    let one = BUILT.replace(", 'two.example.com'", "").replace("channels = 'latest'\n", "");
    let scratch = one.replace("'{app}'", "'{app}-scratch'");
    let two = format!("{scratch}{}", one.replace("tags", "suffix = '-scratch'\ntags"));
    let named = page(&two, &[("app", "1.28.0")], &[]);
    assert!(named.ends_with("! `one.example.com/acme/app:1.28.0-scratch` is named by two `[[image]]`\n"), "{named}");
    let moving = one.replace("tags", "channels = '{app.major}.{app.minor}'\ntags");
    for (tagged, ends) in [
        (
            &["2026.11"][..],
            "! the channel `one.example.com/acme/app:2026.11` would move the name of the version `2026.11`\n",
        ),
        (&["2026.10"], "builder/lockstep\n"),
    ] {
        let page = page(&moving, &[("app", "2026.11.1")], tagged);
        assert!(page.ends_with(ends), "{page}");
    }
}
