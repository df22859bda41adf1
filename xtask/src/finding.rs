//! What a look at a tree finds: one kind of fault, one place, one sentence.

use crate::error::{Exit, Place};

/// The rules that a tree keeps. The names are stable: reports and `--format json` use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A place says something else than its template.
    Drift,
    /// A path or a pattern finds no file.
    NoFile,
    /// A file can't be read, or its format can't.
    Unreadable,
    /// The system fails to read a file.
    ReadFailed,
    /// A locator hits nothing.
    NoHit,
    /// A locator hits more or less often than it says.
    HitCount,
    /// Two entries claim the same place.
    TwoClaims,
    /// No place says the whole version of a track.
    NoVersion,
    /// A template names a track that isn't configured.
    UnknownTrack,
    /// Two tracks have one name.
    SameName,
    /// The version breaks the rules of its track's scheme.
    BadVersion,
    /// The commit of a tag says another version than the tag.
    TagDiffers,
    /// The version can't be written as the template asks.
    NoRendering,
    /// An allowed disagreement that no longer is one.
    AllowStale,
    /// An allowed disagreement past its date.
    AllowExpired,
    /// An image that is named isn't in its registry, or not for every platform.
    NoImage,
    /// It can't be told whether an image is in its registry.
    UnknownImage,
    /// A chart changed since the tag of the version that it still has.
    ChartVersion,
    /// A place that mentions the version and belongs to no manifest.
    Stray,
    /// A place that said another version than the tag in past releases.
    PastDrift,
}

impl Rule {
    /// Every rule, in the order of the reference.
    pub const ALL: &[Self] = &[
        Self::Drift,
        Self::NoFile,
        Self::Unreadable,
        Self::ReadFailed,
        Self::NoHit,
        Self::HitCount,
        Self::TwoClaims,
        Self::NoVersion,
        Self::UnknownTrack,
        Self::SameName,
        Self::BadVersion,
        Self::TagDiffers,
        Self::NoRendering,
        Self::AllowStale,
        Self::AllowExpired,
        Self::NoImage,
        Self::UnknownImage,
        Self::ChartVersion,
        Self::Stray,
        Self::PastDrift,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        self.describe().0
    }

    /// One sentence for the reference and for SARIF viewers.
    pub fn about(self) -> &'static str {
        self.describe().1
    }

    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Drift => ("drift", "A place says something else than its template."),
            Self::NoFile => ("no-file", "A path or a pattern of a manifest finds no file."),
            Self::Unreadable => ("unreadable", "A manifest can't be read, or not as its format."),
            Self::ReadFailed => {
                ("read-failed", "The system refuses or fails to read a manifest: permissions, or the disk.")
            }
            Self::NoHit => ("no-hit", "A locator hits nothing."),
            Self::HitCount => ("hit-count", "A locator hits more or less often than it says."),
            Self::TwoClaims => ("two-claims", "Two entries claim the same place."),
            Self::NoVersion => ("no-version", "No place says the whole version of a track."),
            Self::UnknownTrack => ("unknown-track", "A template names a track that isn't configured."),
            Self::SameName => ("same-name", "Two tracks have one name."),
            Self::BadVersion => ("bad-version", "A version breaks the rules of its track's scheme."),
            Self::TagDiffers => ("tag-differs", "The commit of a tag says another version than the tag."),
            Self::NoRendering => ("no-rendering", "The version can't be written as the template asks."),
            Self::AllowStale => ("allow-stale", "An allowed disagreement that no longer is one."),
            Self::AllowExpired => ("allow-expired", "An allowed disagreement past its date."),
            Self::NoImage => {
                ("no-image", "An image that is named isn't in its registry, or not for every platform (`--images`).")
            }
            Self::UnknownImage => {
                ("unknown-image", "It can't be told whether an image is in its registry (`--images`).")
            }
            Self::ChartVersion => {
                ("chart-version", "A chart's files changed since the tag of the version that it still has.")
            }
            Self::Stray => ("stray", "A place mentions the version and belongs to no manifest."),
            Self::PastDrift => {
                ("past-drift", "A place said another version than the tag in past releases (`--history`).")
            }
        }
    }

    /// Drift is for `check --fix`, an image for who builds it, a stray is a hint and what is past is news, everything else is for the
    /// configuration's author. A registry that doesn't answer and a file that the system doesn't give are no verdict.
    pub fn exit(self) -> Option<Exit> {
        match self {
            Self::Stray | Self::PastDrift => None,
            Self::Drift
            | Self::TagDiffers
            | Self::AllowStale
            | Self::AllowExpired
            | Self::NoImage
            | Self::ChartVersion => Some(Exit::Drift),
            Self::UnknownImage | Self::ReadFailed => Some(Exit::Tool),
            _ => Some(Exit::Usage),
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule is broken.
    pub rule: Rule,
    /// Where; the path is relative to its repository.
    pub place: Place,
    /// What is wrong: lowercase, values in backticks, no period.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
}
