//! Process B, an app with images for several platforms, from end to end.

use lockstep_tests::app::{IMAGES, NEEDS, PLATFORMS, Setting, World};
use lockstep_tests::servers::ready;

#[test]
fn the_world_is_put_back() {
    if !ready("the_world_is_put_back", NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    let state = world.state();
    println!("{state:#?}");
    world.run(&["check"]).code(0).says("consistent");
    assert_eq!(world.git(&["tag"]), "1.2.0\n1.3.0");
    let reader = world.reader();
    for (name, ..) in world.places() {
        assert_eq!(reader.platforms(&format!("{name}:latest")), PLATFORMS, "{name}");
        assert_eq!(reader.digest(&format!("{name}:latest")), reader.digest(&format!("{name}:1.3.0")), "{name}");
    }
    assert_eq!(world.gh(&["api", "repos/acme/app", "--jq", ".full_name"]), "acme/app\n");
    world.colleague_pushes("main", "More (#33)", "acme/more.py", "");
    world.mirror.put_image(IMAGES[1], "9", &["linux/amd64"]);
    assert_ne!(world.state(), state);
    let begin = std::time::Instant::now();
    world.reset();
    println!("put back in {:?}", begin.elapsed());
    assert_eq!(world.state(), state);
    world.run(&["check"]).code(0);
}
