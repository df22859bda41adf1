//! Process A, the weekly app and its chart repository, from end to end. Each step of it is named where it is seen.

use std::time::Instant;

use lockstep_tests::servers::ready;
use lockstep_tests::weekly::{NEEDS, Setting, World};

#[test]
fn the_world_is_in_order() {
    if !ready("the_world_is_in_order", NEEDS) {
        return;
    }
    for (http, helm) in [(false, 3), (true, 4), (false, 3)] {
        let begin = Instant::now();
        let world = World::new(Setting { http, helm, ..Setting::default() });
        println!("a world in {:?}", begin.elapsed());
        world.run(&["check", "--images"]).code(0).says("consistent");
        let state = world.state();
        let index = &state["index.yaml"];
        assert_eq!(index.matches("version: 0.4.").count(), 2, "{index}");
        assert_eq!(world.git("app", &["tag"]), "1.24.0\n1.25.0\n1.26.0\n");
        let lint = world.sandbox.output({
            let mut helm = world.sandbox.command("helm", "../charts");
            helm.args(["lint", "charts/acme"]);
            helm
        });
        lint.code(0);
        world.colleague_pushes("app", "main", "More (#43)", "acme/more.py", "");
        world.registry.put_image("acme/app", "release-9", &["linux/amd64"]);
        assert_ne!(world.state(), state);
        let begin = Instant::now();
        world.reset();
        println!("again in {:?}", begin.elapsed());
        assert_eq!(world.state(), state);
        world.run(&["check", "--images"]).code(0);
        println!("{}", world.run(&["plan"]));
    }
}
