//! The steps of a release: one module an effect. A step is data; what it does is said by [`Effect`].

pub mod build_image;
pub mod check_forge;
pub mod check_login;
pub mod checklist;
pub mod commit;
pub mod draft_release;
pub mod make_builder;
pub mod merge_pull;
pub mod move_channel;
pub mod name_image;
pub mod open_pull;
pub mod package_chart;
pub mod prepared;
pub mod publish_release;
pub mod push;
pub mod push_oci;
pub mod push_pages;
pub mod push_tag;
pub mod run_command;
mod source;
pub mod tag;
pub mod take_candidate;
pub mod upload_assets;
pub mod wait_image;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::tools::git::{Signature, is_oid};
use crate::{forge, images};

/// How far an effect reaches. A plan's reach never goes down, except where it says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This checkout; git is the undo.
    Checkout,
    /// The tool's own folders on this machine.
    Local,
    /// A place that only the team sees.
    Private,
    /// Public, but nobody is led to it yet.
    Hidden,
    /// Everybody sees it.
    Public,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checkout => "checkout",
            Self::Local => "local",
            Self::Private => "private",
            Self::Hidden => "hidden",
            Self::Public => "public",
        })
    }
}

/// What a look at the world finds of an effect.
#[derive(Debug)]
pub enum Observed {
    /// Not there: to be applied.
    Absent,
    /// There, as wanted: done.
    Same,
    /// A part of it is there, said as a sentence; applying completes it.
    Partial(String),
    /// Something else is there: a person must decide. The failure is [`Failure::world`], with what to do.
    Different(Failure),
    /// It can't be told: a time-out, a 404 that may mean "no permission". Never taken for absent.
    Unknown(Failure),
}

/// One thing that a step will do, exactly, for the plan's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A unified diff.
    Diff(String),
    /// A program and its arguments, which can be pasted into a shell.
    Command(Vec<String>),
    /// A reference of a remote, where it points (none: it isn't there) and where it will.
    Ref {
        /// `refs/heads/main`
        name: String,
        /// An object's id.
        from: Option<String>,
        /// An object's id; none where it is known only when the step runs (a signed tag).
        to: Option<String>,
    },
    /// A sentence.
    Note(String),
}

/// What a step does. Nothing here prints; nothing but [`Effect::apply`] changes anything outside the tool's cache.
pub trait Effect {
    /// In the imperative, with its object: "push `main` and tag `1.27.0` to https://…".
    fn title(&self) -> String;

    /// How far it reaches.
    fn reach(&self) -> Reach;

    /// What exactly it will do. The same for the same plan, whatever the clock, the user or the state of the world:
    /// the plan's digest is made of it.
    fn details(&self) -> Vec<Detail>;

    /// Looks, and changes nothing. An error is taken for [`Observed::Unknown`].
    fn observe(&self, world: &World<'_>) -> Result<Observed>;

    /// What would stop it when its turn comes, as far as this machine and what is fetched can tell: looked at before
    /// anything begins, also where nobody can be asked whether it is done.
    fn obstacle(&self, _world: &World<'_>) -> Result<Option<Failure>> {
        Ok(None)
    }

    /// Acts. Called after `observe` said absent or partial; whether it worked is decided by observing again.
    ///
    /// An error of kind [`crate::error::Exit::Waiting`] means that a person or somebody else's machine is waited for.
    fn apply(&self, world: &World<'_>) -> Result<()>;

    /// What the ledger shall keep of it once it is applied, where the world alone wouldn't show it.
    fn receipt(&self) -> Option<String> {
        None
    }

    /// A word on what the last look found, where it is done and yet isn't as the title says.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// What the ledger knows of a step that the world can't show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was begun.
    Begun,
    /// It was done.
    Done {
        /// What became of it, as a sentence.
        words: String,
        /// The commit that it was for; none where it is for no commit.
        commit: Option<String>,
    },
}

impl Mark {
    /// What a receipt says, with the commit that it is for.
    pub fn receipt(words: &str, commit: Option<&str>) -> String {
        commit.map_or_else(|| words.to_owned(), |commit| format!("{words}, for {commit}"))
    }

    /// The mark of a receipt.
    pub fn of_receipt(what: &str) -> Self {
        match what.rsplit_once(", for ").filter(|(_, commit)| is_oid(commit)) {
            Some((words, commit)) => Self::Done { words: words.to_owned(), commit: Some(commit.to_owned()) },
            None => Self::Done { words: what.to_owned(), commit: None },
        }
    }
}

/// What a step may look at and act on.
pub struct World<'w> {
    /// The checkout in which the command runs.
    pub context: &'w Context,
    /// Its configuration.
    pub project: &'w Project,
    /// The tool's own clones, and what the remotes say.
    pub remotes: &'w Remotes,
    /// Who releases, and the moment that its commits bear.
    pub who: &'w Signature,
    /// What the ledger knows of steps, by id.
    pub marks: &'w BTreeMap<String, Mark>,
    /// What registries said of images.
    pub images: &'w images::Looks,
    /// What the forge said.
    pub forge: &'w forge::Looks,
    /// A folder for work trees and archives; it goes when the command ends.
    pub scratch: &'w Path,
}

/// A step as data.
#[derive(Debug)]
pub enum Step {
    /// See [`check_login::CheckLogin`].
    Login(check_login::CheckLogin),
    /// See [`commit::Commit`].
    Commit(commit::Commit),
    /// See [`tag::Tag`].
    Tag(Rc<tag::Tag>),
    /// See [`package_chart::PackageChart`].
    Package(package_chart::PackageChart),
    /// See [`push::Push`].
    Push(push::Push),
    /// See [`wait_image::WaitImage`].
    Image(wait_image::WaitImage),
    /// See [`push_pages::PushPages`].
    Pages(push_pages::PushPages),
    /// See [`push_oci::PushOci`].
    Oci(push_oci::PushOci),
    /// See [`run_command::RunCommand`].
    Command(run_command::RunCommand),
    /// See [`checklist::Checklist`].
    Checklist(checklist::Checklist),
    /// See [`check_forge::CheckForge`].
    Forge(check_forge::CheckForge),
    /// See [`make_builder::MakeBuilder`].
    Builder(make_builder::MakeBuilder),
    /// See [`build_image::BuildImage`].
    Build(Rc<build_image::BuildImage>),
    /// See [`take_candidate::TakeCandidate`].
    Candidate(Rc<take_candidate::TakeCandidate>),
    /// See [`name_image::NameImage`].
    Name(name_image::NameImage),
    /// See [`move_channel::MoveChannel`].
    Channel(move_channel::MoveChannel),
    /// See [`open_pull::OpenPull`].
    OpenPull(open_pull::OpenPull),
    /// See [`merge_pull::MergePull`].
    MergePull(merge_pull::MergePull),
    /// See [`push_tag::PushTag`].
    PushTag(push_tag::PushTag),
    /// See [`draft_release::DraftRelease`].
    Draft(draft_release::DraftRelease),
    /// See [`upload_assets::UploadAssets`].
    Assets(upload_assets::UploadAssets),
    /// See [`publish_release::PublishRelease`].
    Publish(publish_release::PublishRelease),
}

/// Where the digest of an image comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// It is built.
    Built(Rc<build_image::BuildImage>),
    /// It was built for a candidate.
    Candidate(Rc<take_candidate::TakeCandidate>),
}

/// An image that is pushed, whatever names it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// `sha256:…`
    pub digest: String,
    /// The registries that have it.
    pub hosts: Vec<String>,
}

impl Source {
    /// The image's digest, and where it is; none before it is built.
    pub fn digest(&self, world: &World<'_>) -> Result<Option<Digest>> {
        match self {
            Self::Built(step) => step.known(world),
            Self::Candidate(step) => step.known(world),
        }
    }

    /// The repository in every registry: `acme/app`.
    pub fn name(&self) -> &str {
        match self {
            Self::Built(step) => &step.name,
            Self::Candidate(step) => step.references.first().map_or("", |(reference, _)| reference.name()),
        }
    }
}

impl Step {
    /// What it does.
    pub fn effect(&self) -> &dyn Effect {
        match self {
            Self::Login(step) => step,
            Self::Commit(step) => step,
            Self::Tag(step) => step.as_ref(),
            Self::Package(step) => step,
            Self::Push(step) => step,
            Self::Pages(step) => step,
            Self::Oci(step) => step,
            Self::Image(step) => step,
            Self::Command(step) => step,
            Self::Checklist(step) => step,
            Self::Forge(step) => step,
            Self::Builder(step) => step,
            Self::Build(step) => step.as_ref(),
            Self::Candidate(step) => step.as_ref(),
            Self::Name(step) => step,
            Self::Channel(step) => step,
            Self::OpenPull(step) => step,
            Self::MergePull(step) => step,
            Self::PushTag(step) => step,
            Self::Draft(step) => step,
            Self::Assets(step) => step,
            Self::Publish(step) => step,
        }
    }

    /// May a person ask for it once more, whatever a look says?
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::Command(_) | Self::Checklist(_))
    }

    /// The commit that a receipt is for: another one was neither tested nor signed off.
    pub fn commit(&self, world: &World<'_>) -> Result<Option<String>> {
        match self {
            Self::Command(step) => step.commit(world),
            Self::Checklist(step) => step.commit(world),
            Self::Build(step) => step.prepared.marked(world),
            _ => Ok(None),
        }
    }

    /// Is it seen outside of this machine? A run whose release went to another one does none of these.
    pub fn is_outward(&self) -> bool {
        let inward =
            matches!(self, Self::Login(_) | Self::Forge(_) | Self::Builder(_) | Self::Commit(_) | Self::Tag(_));
        !inward && !matches!(self, Self::Package(_) | Self::Image(_) | Self::Candidate(_))
    }

    /// The registries that it asks.
    pub fn hosts(&self) -> Vec<&str> {
        match self {
            Self::Image(image) => vec![image.reference.host()],
            Self::Oci(oci) => oci.place.url.trim_start_matches("oci://").split('/').take(1).collect(),
            Self::Build(build) => build.registries.iter().map(|(host, _)| host.as_str()).collect(),
            Self::Candidate(candidate) => candidate.references.iter().map(|(name, _)| name.host()).collect(),
            Self::Name(name) => vec![name.reference.host()],
            Self::Channel(channel) => vec![channel.reference.host()],
            _ => Vec::new(),
        }
    }

    /// The images that it looks at first, and whether each is asked for without TLS: all of a plan are asked for at the
    /// same time.
    pub fn images(&self) -> Vec<(String, bool)> {
        match self {
            Self::Candidate(candidate) => {
                candidate.references.iter().map(|(name, plain_http)| (name.to_string(), *plain_http)).collect()
            }
            Self::Name(name) => vec![(name.reference.to_string(), name.plain_http)],
            Self::Channel(channel) => vec![(channel.reference.to_string(), channel.plain_http)],
            _ => Vec::new(),
        }
    }

    /// Is it something on the forge, where [`Step::Forge`] looks whether one may do it?
    pub fn is_on_forge(&self) -> bool {
        let pulls = matches!(self, Self::OpenPull(_) | Self::MergePull(_));
        pulls || matches!(self, Self::Draft(_) | Self::Assets(_) | Self::Publish(_))
    }

    /// Is it the ledger alone that knows whether it was done?
    pub fn is_recorded(&self) -> bool {
        match self {
            Self::Command(command) => command.done.is_empty(),
            Self::Checklist(_) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_for_its_commit() {
        let oid = "0123456789abcdef0123456789abcdef01234567";
        for commit in [None, Some(oid)] {
            let words = "done, says Ada <ada@example.com>, for once";
            let mark = Mark::of_receipt(&Mark::receipt(words, commit));
            assert_eq!(mark, Mark::Done { words: words.to_owned(), commit: commit.map(str::to_owned) });
        }
    }
}
