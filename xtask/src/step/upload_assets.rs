//! The files that are attached to the release, each with its checksum compared.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::{Exit, Failure};
use crate::forge::asked::{await_same, list_assets, settle};
use crate::forge::compare::{self, File};
use crate::forge::files::{Files, gather};
use crate::forge::judge::{self, There};
use crate::forge::release::{Asset, Release};
use crate::forge::{Looks, Wanted};
use crate::fsx::WorkFolder;
use crate::json::Json;
use crate::resolve::release::CommandPlace;
use crate::tools::gh::{Gh, encode, was_lost};
use crate::tools::{expect_not_stopped, pause};
use crate::world;

/// The pauses before a file is sent again.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// See the module.
#[derive(Debug)]
pub struct UploadAssets {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for UploadAssets {
    fn title(&self) -> String {
        format!("attach the assets to the draft of `{}`", self.wanted.tag)
    }

    fn reach(&self) -> Reach {
        Reach::Hidden
    }

    fn details(&self) -> Vec<Detail> {
        let wanted = &self.wanted;
        let mut details = Vec::new();
        for (rule, name) in &wanted.assets {
            for glob in &rule.paths {
                let name = name.as_deref().unwrap_or("NAME");
                details.push(Detail::Command(self.typed(name, glob.as_str())));
                details.push(Detail::Note(match rule.place {
                    CommandPlace::Prepared => "a file of the commit that is released".to_owned(),
                    CommandPlace::Checkout => "a file of this checkout, as it is then".to_owned(),
                }));
            }
        }
        if let Some(name) = &wanted.checksums {
            details.push(Detail::Command(self.typed(name, name)));
            details.push(Detail::Note("what `sha256sum` prints of all others, sorted by name".to_owned()));
        }
        details
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let wanted = &self.wanted;
        let releases = world.forge.releases(world, &wanted.repository)?;
        Ok(match judge::find(wanted, &releases) {
            There::Ours(public, mark) if mark.assets.is_some() && judge::is_whole(wanted, public, &mark) => {
                Observed::Same
            }
            // Our draft, published by a person.
            There::Ours(public, mark) if mark.assets.is_none() => {
                let files = gather(world, wanted)?;
                judge::attached_by_others(wanted, public, &files.files, files.is_whole())
            }
            There::Ours(public, mark) => judge::repair(wanted, public, &mark, &gather(world, wanted)?.files),
            There::Theirs(public) => {
                let files = gather(world, wanted)?;
                judge::attached_by_others(wanted, public, &files.files, files.is_whole())
            }
            // What is said of the draft isn't said once more.
            There::Unclear(failure) => Observed::Different(failure),
            There::Nothing => gather(world, wanted).map(|_| Observed::Absent)?,
            There::Draft(draft, _) => {
                let files = gather(world, wanted)?;
                judge::attached(wanted, draft, &files.files, files.is_whole())
            }
        })
    }

    fn obstacle(&self, world: &World<'_>) -> Result<Option<Failure>> {
        gather(world, &self.wanted).map(|_| None)
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        world.forge.forget();
        let files = gather(world, &self.wanted)?;
        files.expect_whole()?;
        let release = match self.observe(world)? {
            Observed::Same => return Ok(()),
            Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
            Observed::Absent | Observed::Partial(_) => self.find(world)?,
        };
        {
            let _forget = Forget(world.forge);
            Sender { world, wanted: &self.wanted, files: &files, release: &release }.send_all()?;
        }
        await_same(world, || self.observe(world))
    }
}

impl UploadAssets {
    /// What stops it where nothing makes files any more before its turn.
    pub fn lack(&self, world: &World<'_>) -> Result<Option<Failure>> {
        Ok(gather(world, &self.wanted)?.expect_whole().err())
    }

    /// The upload as a person would do it; which files there are is known when they are there.
    fn typed(&self, name: &str, file: &str) -> Vec<String> {
        let repository = &self.wanted.repository;
        let host = match repository.host.as_str() {
            host if host == "github.com" || host.ends_with(".ghe.com") => format!("uploads.{host}"),
            host => format!("{host}/api/uploads"),
        };
        let url = format!("https://{host}/{}?name={}", repository.path("releases/ID/assets"), encode(name));
        let header = format!("Content-Type: {}", content_type(if name == "NAME" { file } else { name }));
        let words = ["gh", "api", "--hostname", &repository.host, "--method", "POST", &url, "--header", &header];
        words.iter().chain(&["--input", file]).map(|&word| word.to_owned()).collect()
    }

    /// What is attached to: the draft, or the release that lacks something again.
    fn find(&self, world: &World<'_>) -> Result<Release> {
        let releases = world.forge.releases(world, &self.wanted.repository)?;
        match judge::find(&self.wanted, &releases) {
            There::Draft(release, _) | There::Ours(release, _) => Ok(release.clone()),
            _ => Err(Failure::world(format!("there is no draft of `{}`", self.wanted.tag))
                .hint("run the same command again: it makes one")
                .into()),
        }
    }
}

/// Whatever comes of it, what was heard before is old.
struct Forget<'a>(&'a Looks);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

/// Sends files to one release.
struct Sender<'a> {
    world: &'a World<'a>,
    wanted: &'a Wanted,
    files: &'a Files,
    release: &'a Release,
}

impl Sender<'_> {
    fn gh(&self) -> Gh<'_> {
        self.wanted.repository.gh(self.world)
    }

    fn list(&self) -> Result<Vec<Asset>> {
        list_assets(self.world, &self.wanted.repository, self.release.id)
    }

    fn send_all(&self) -> Result<()> {
        let work = WorkFolder::new(&world::cache_dir()?)?;
        let there = self.list()?;
        // Of a release that is public somebody else may be attaching more just now.
        let is_ours =
            |asset: &&Asset| self.release.draft || self.files.files.iter().any(|file| file.name == asset.name);
        for half in there.iter().filter(|asset| !asset.is_whole()).filter(is_ours) {
            self.delete(half)?;
        }
        for file in &self.files.files {
            let is_there = there.iter().any(|asset| asset.is_whole() && asset.name == file.name);
            if !is_there {
                expect_not_stopped()?;
                self.send(file, &work)?;
            }
        }
        Ok(())
    }

    /// Sends one file until it is there as a whole: what came through only in part is taken away and sent again.
    fn send(&self, file: &File, work: &WorkFolder) -> Result<()> {
        let path = self.files.on_disk(self.world, self.wanted, &file.name, work)?;
        let url = format!("{}?name={}", self.release.upload_url, encode(&file.name));
        let mut pauses = PAUSES.iter();
        loop {
            let gh = self.gh();
            let why = match gh.upload(&url, &path, file.size, content_type(&file.name)) {
                Ok(answer) if answer.is_good() => match Asset::read(&answer.body) {
                    Some(asset) if asset.is_whole() && is_file(file, &asset) => return Ok(()),
                    Some(asset) => self.arrived_otherwise(file, &asset)?,
                    None => Failure::tool(format!("`{}` says nothing of what it was sent", gh.host())),
                },
                Ok(answer) if answer.is_passing() || answer.status == 422 => {
                    gh.refused(&format!("`{}` can't be attached", file.name), &answer)
                }
                Ok(answer) => return Err(gh.refused(&format!("`{}` can't be attached", file.name), &answer).into()),
                Err(error) if was_lost(&error) => error.downcast()?,
                Err(error) => return Err(error),
            };
            let Some(length) = pauses.next() else { return Err(why.into()) };
            pause(*length)?;
            if self.look_again(file, why)? {
                return Ok(());
            }
        }
    }

    /// Is it there by now? What is there of it in part is taken away.
    fn look_again(&self, file: &File, why: Failure) -> Result<bool> {
        let there = self.list()?;
        let Some(asset) = there.iter().find(|asset| asset.name == file.name) else {
            // It was refused, and not because it is there: that doesn't pass.
            return if why.exit == Exit::World { Err(why.into()) } else { Ok(false) };
        };
        if !asset.is_whole() {
            return self.delete(asset).map(|()| false);
        }
        match compare::differs(file, asset) {
            None => Ok(true),
            Some(words) => Err(Failure::world(format!("somebody else attached another file meanwhile: {words}"))
                .hint(format!("look at {}", self.release.url))
                .into()),
        }
    }

    /// It was sent just now and isn't what was sent, so it is taken away again.
    fn arrived_otherwise(&self, file: &File, asset: &Asset) -> Result<Failure> {
        self.delete(asset)?;
        let words = match compare::differs(file, asset) {
            _ if asset.name != file.name => format!("it is called `{}` there", asset.name),
            Some(words) => words,
            None => format!("it is `{}`", asset.state),
        };
        Ok(Failure::tool(format!("`{}` didn't arrive as it was sent: {words}", file.name))
            .hint("does anything change the file meanwhile? run the same command again"))
    }

    fn delete(&self, asset: &Asset) -> Result<()> {
        let gh = self.gh();
        let path = self.wanted.repository.path(&format!("releases/assets/{}", asset.id));
        let what = format!("the half of `{}` can't be taken away", asset.name);
        let is_gone = || Ok(self.list()?.iter().all(|other| other.id != asset.id));
        let send = || {
            let mut answer = gh.send("DELETE", &path, &Json::Null)?;
            // Somebody was faster.
            answer.status = if answer.status == 404 { 204 } else { answer.status };
            Ok(answer)
        };
        settle(gh, &what, send, is_gone)
    }
}

/// Is this asset the file, under its name?
fn is_file(file: &File, asset: &Asset) -> bool {
    asset.name == file.name && compare::differs(file, asset).is_none()
}

/// What a browser is told of a file.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "gz" | "tgz" => "application/gzip",
        "zip" => "application/zip",
        "json" => "application/json",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
