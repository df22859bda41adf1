//! The tags of a merge commit: pushed when it is there.

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::tag::Tag;
use super::{Detail, Effect, Observed, Reach, World};

/// See the module.
#[derive(Debug)]
pub struct PushTag {
    /// The commits of the version branch.
    pub prepared: Rc<Prepared>,
    /// The tags.
    pub tags: Vec<Rc<Tag>>,
    /// The remote's URL, without credentials.
    pub url: String,
    /// May everybody read the remote?
    pub public: bool,
}

impl Effect for PushTag {
    fn title(&self) -> String {
        {
            let tags: Vec<String> = self.tags.iter().map(|tag| format!("tag `{}`", tag.name)).collect();
            format!("push {} to {}", tags.join(", "), self.url)
        }
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }

    fn observe(&self, _world: &World<'_>) -> Result<Observed> {
        unimplemented!("skeleton")
    }

    fn apply(&self, _world: &World<'_>) -> Result<()> {
        unimplemented!("skeleton")
    }
}
