//! Images in registries: what a look finds is remembered for a pass.

/// What registries said of images since the pass began.
#[derive(Debug, Default)]
pub struct Looks {}
