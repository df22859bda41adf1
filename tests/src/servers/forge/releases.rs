//! Releases as GitHub has them: drafts, tags that appear when a release does, the latest one, immutable ones.

use serde_json::{Value, json};

use super::super::wire::{Reply, encode};
use super::bare::Bare;
use super::state::{Asked, OWN, Outcome, Repository, State, for_pages, invalid, not_found, page, refuse};
use super::{APP, Right};

/// What stands between a tag and the number that makes it different from others. No tag has it in its name.
const MARK: char = '~';

impl State {
    pub(super) fn about_releases(&mut self, asked: &Asked, words: &[&str]) -> Outcome {
        let method = asked.request.method.as_str();
        if method != "GET" && self.repository(asked).late.is_some() {
            let now = self.visible(asked);
            self.of(asked).late = Some(Some(now));
        }
        match (method, words) {
            ("GET", []) => {
                let late = self.of(asked).late.as_mut().and_then(Option::take);
                Ok(page(asked, &late.unwrap_or_else(|| self.visible(asked))))
            }
            ("GET", ["latest"]) => self.latest(asked).map(|release| Reply::json(200, &release)),
            // A draft has no tag, so nobody finds it by one.
            ("GET", ["tags", tag @ ..]) => {
                let tag = tag.join("/");
                let releases = self.all_releases(self.repository(asked));
                let release = releases.iter().find(|release| release["draft"] == false && release["tag_name"] == tag);
                release.map(|release| Reply::json(200, release)).ok_or_else(not_found)
            }
            ("POST", []) => self.create_release(asked),
            (_, ["generate-notes"]) => Ok(self.pass(asked.request)),
            (_, ["assets", id]) => self.about_asset(asked, id),
            ("GET", [id]) => self.release(asked, id).map(|release| Reply::json(200, &release)),
            ("PATCH", [id]) => self.update_release(asked, id),
            ("DELETE", [id]) => self.delete_release(asked, id),
            ("GET", [id, "assets"]) => {
                let release = self.release(asked, id)?;
                Ok(page(asked, release["assets"].as_array().map_or(&[], Vec::as_slice)))
            }
            ("POST", [id, "assets"]) => {
                let bytes = asked.request.body.clone();
                self.upload(asked, id, Some(bytes))
            }
            _ => Err(not_found()),
        }
    }

    /// Every release, youngest first.
    pub(super) fn all_releases(&self, repository: &Repository) -> Vec<Value> {
        let raw = self.emulator.all(OWN, &format!("/repos/{}/releases", repository.name));
        let mut all: Vec<Value> = raw.into_iter().map(|release| self.show(repository, release)).collect();
        all.sort_by_key(|release| std::cmp::Reverse(release["id"].as_u64()));
        all
    }

    fn visible(&self, asked: &Asked) -> Vec<Value> {
        let mut all = self.all_releases(self.repository(asked));
        let may_write = asked.user.is_some_and(|user| user.right >= Right::Write);
        all.retain(|release| may_write || release["draft"] == false);
        all
    }

    pub(super) fn release(&self, asked: &Asked, id: &str) -> Outcome<Value> {
        let id: u64 = id.parse().map_err(|_| not_found())?;
        self.visible(asked).into_iter().find(|release| release["id"] == id).ok_or_else(not_found)
    }

    /// What the emulator knows of a release, as GitHub says it.
    fn show(&self, repository: &Repository, mut release: Value) -> Value {
        for_pages(&mut release);
        let stored = release["tag_name"].as_str().unwrap_or_default();
        let tag = stored.split(MARK).next().unwrap_or_default().to_owned();
        let id = release["id"].as_u64().unwrap_or_default();
        let is_draft = release["draft"] == true;
        let shown = if is_draft { format!("untagged-{id:020x}") } else { tag.clone() };
        let page = format!("https://github.com/{}/releases", repository.name);
        let target = release["target_commitish"].as_str().unwrap_or_default();
        let commit = tag_or_target(&repository.bare, &tag, target);
        if let Some(date) = commit.and_then(|commit| repository.bare.date(&commit)) {
            release["created_at"] = date.into();
        }
        release["updated_at"] = release["published_at"].clone();
        release["html_url"] = format!("{page}/tag/{shown}").into();
        release["upload_url"] =
            format!("https://uploads.github.com/repos/{}/releases/{id}/assets{{?name,label}}", repository.name).into();
        for kind in ["tarball", "zipball"] {
            release[format!("{kind}_url")] =
                if is_draft { Value::Null } else { format!("{}/{kind}/{tag}", repository.url()).into() };
        }
        release["immutable"] = repository.frozen.contains(&id).into();
        release["tag_name"] = tag.into();
        for asset in release["assets"].as_array_mut().into_iter().flatten() {
            self.show_asset(asset, &format!("{page}/download/{shown}"));
        }
        for key in ["created_at", "published_at", "updated_at"] {
            in_seconds(&mut release[key]);
        }
        release
    }

    /// The one that somebody made it; else the youngest that nobody kept from it.
    fn latest(&self, asked: &Asked) -> Outcome<Value> {
        let repository = self.repository(asked);
        let mut all = self.all_releases(repository);
        all.retain(|release| release["draft"] == false && release["prerelease"] == false);
        if let Some(chosen) = all.iter().find(|release| release["id"].as_u64() == repository.latest) {
            return Ok(chosen.clone());
        }
        all.retain(|release| release["id"].as_u64().is_some_and(|id| !repository.not_latest.contains(&id)));
        all.into_iter().max_by_key(|release| release["created_at"].as_str().map(str::to_owned)).ok_or_else(not_found)
    }

    fn create_release(&mut self, asked: &Asked) -> Outcome {
        let body = asked.body()?;
        let tag = body["tag_name"].as_str().ok_or_else(|| invalid("Release", "tag_name", "missing_field", None))?;
        let publish = body["draft"] != true;
        self.check_release(asked, &body, tag, publish, None)?;
        let (path, stored) =
            (format!("/repos/{}/releases", self.repository(asked).name), self.stored(&body, Some(tag)));
        let reply = self.emulator.ask(asked.token(), "POST", &path, Some(&stored));
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let id = reply.value()["id"].as_u64().unwrap_or_default();
        if publish {
            self.publish(asked, id, &body)?;
        }
        Ok(Reply::json(201, &self.release(asked, &id.to_string())?))
    }

    fn update_release(&mut self, asked: &Asked, id: &str) -> Outcome {
        let body = asked.body()?;
        let old = self.release(asked, id)?;
        let number = old["id"].as_u64().unwrap_or_default();
        if old["immutable"] == true {
            let differs = |key: &str| !body[key].is_null() && body[key] != old[key];
            if ["tag_name", "target_commitish", "draft"].into_iter().any(differs) {
                return Err(refuse(422, "Cannot update the tag, the target or the state of an immutable release."));
            }
        }
        let tag = body["tag_name"].as_str().or(old["tag_name"].as_str()).unwrap_or_default().to_owned();
        let publish = old["draft"] == true && body["draft"] == false;
        let is_public = publish || old["draft"] == false && body["draft"] != true;
        let mut whole = body.clone();
        for key in ["target_commitish", "prerelease"] {
            if whole[key].is_null() {
                whole[key] = old[key].clone();
            }
        }
        self.check_release(asked, &whole, &tag, is_public, Some(number))?;
        let given = body["tag_name"].as_str();
        let path = format!("/repos/{}/releases/{id}", self.repository(asked).name);
        let stored = self.stored(&body, given);
        let reply = self.emulator.ask(asked.token(), "PATCH", &path, Some(&stored));
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        if publish {
            self.publish(asked, number, &whole)?;
        } else if is_public && !body["make_latest"].is_null() {
            self.make_latest(asked, number, &whole);
        }
        Ok(Reply::json(200, &self.release(asked, id)?))
    }

    /// Everything that GitHub looks at before it does what is asked.
    fn check_release(&self, asked: &Asked, body: &Value, tag: &str, publish: bool, id: Option<u64>) -> Outcome<()> {
        let repository = self.repository(asked);
        if asked.token() == APP && asked.body()?["target_commitish"].is_string() {
            // It says so of commits with workflows, whether the tag is there or not.
            return Err(refuse(403, "Resource not accessible by integration"));
        }
        let custom = |field: &str, words: &str| Err(invalid("Release", field, "custom", Some(words)));
        if repository.bare.git(&["check-ref-format", &format!("refs/tags/{tag}")]).is_none() {
            return custom("tag_name", "tag_name is not well-formed");
        }
        if repository.burnt.contains(tag) {
            return custom("tag_name", "tag_name was used by an immutable release");
        }
        let usual = repository.bare.default_branch();
        let target = body["target_commitish"].as_str().filter(|text| !text.is_empty()).unwrap_or(&usual);
        if tag_or_target(&repository.bare, tag, target).is_none() {
            return Err(invalid("Release", "target_commitish", "invalid", None));
        }
        if publish && body["prerelease"] == true && body["make_latest"] == "true" {
            return custom("make_latest", "A pre-release cannot be the latest release");
        }
        let taken = self
            .all_releases(repository)
            .into_iter()
            .any(|other| other["draft"] == false && other["tag_name"] == tag && other["id"].as_u64() != id);
        if publish && taken {
            return Err(invalid("Release", "tag_name", "already_exists", None));
        }
        Ok(())
    }

    /// A release appears: with it its tag, if nobody made it before.
    fn publish(&mut self, asked: &Asked, id: u64, body: &Value) -> Outcome<()> {
        let release = self.release(asked, &id.to_string())?;
        let tag = release["tag_name"].as_str().unwrap_or_default().to_owned();
        let repository = self.of(asked);
        let target = release["target_commitish"].as_str().unwrap_or_default();
        let name = format!("refs/tags/{tag}");
        if repository.bare.reference(&name).is_none() {
            let usual = repository.bare.default_branch();
            let commit = repository.bare.commit(target).or_else(|| repository.bare.commit(&usual));
            let made = commit.is_some_and(|commit| repository.bare.create(&name, &commit));
            assert!(made, "{name} can't be made at {target}");
        }
        if repository.immutable {
            repository.frozen.insert(id);
            repository.bare.freeze(&tag);
        }
        if body["prerelease"] != true {
            self.make_latest(asked, id, body);
        }
        Ok(())
    }

    fn make_latest(&mut self, asked: &Asked, id: u64, body: &Value) {
        let repository = self.of(asked);
        repository.not_latest.remove(&id);
        match body["make_latest"].as_str().unwrap_or("true") {
            "false" => {
                repository.not_latest.insert(id);
                repository.latest = repository.latest.filter(|&latest| latest != id);
            }
            "legacy" => repository.latest = None,
            _ => repository.latest = Some(id),
        }
    }

    fn delete_release(&mut self, asked: &Asked, id: &str) -> Outcome {
        let release = self.release(asked, id)?;
        let path = format!("/repos/{}/releases/{id}", self.repository(asked).name);
        let reply = self.emulator.ask(asked.token(), "DELETE", &path, None);
        if release["immutable"] == true {
            self.of(asked).burnt.insert(release["tag_name"].as_str().unwrap_or_default().to_owned());
        }
        Ok(reply)
    }

    /// A body as the emulator gets it, with a tag that no other release has.
    fn stored(&mut self, body: &Value, tag: Option<&str>) -> Value {
        let mut stored = body.clone();
        if let Some(tag) = tag {
            self.count += 1;
            stored["tag_name"] = format!("{tag}{MARK}{}", self.count).into();
        }
        stored
    }

    /// Takes an asset; only its name where no more came.
    pub(super) fn upload(&mut self, asked: &Asked, id: &str, bytes: Option<Vec<u8>>) -> Outcome {
        let release = self.release(asked, id)?;
        if release["immutable"] == true {
            return Err(refuse(422, "Cannot upload assets to an immutable release."));
        }
        if bytes.is_some() && asked.request.is_chunked() {
            return Err(refuse(400, "Bad Content-Length: "));
        }
        let name = asked.request.parameter("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| invalid("ReleaseAsset", "name", "missing_field", None))?;
        if bytes.as_ref().is_some_and(Vec::is_empty) {
            let words = "size must be greater than or equal to 1";
            return Err(invalid("ReleaseAsset", "size", "custom", Some(words)));
        }
        let name = super::assets::named(&name);
        let is_taken = |asset: &Value| asset["name"] == name;
        if release["assets"].as_array().is_some_and(|assets| assets.iter().any(is_taken)) {
            return Err(invalid("ReleaseAsset", "name", "already_exists", None));
        }
        let mut target = format!("/repos/{}/releases/{id}/assets?name={}", self.repository(asked).name, encode(&name));
        if let Some(label) = asked.request.parameter("label") {
            target.push_str(&format!("&label={}", encode(&label)));
        }
        let media_type = asked.request.header("Content-Type").unwrap_or("application/octet-stream");
        let reply = self.emulator.send(asked.token(), "POST", &target, media_type, bytes.clone().unwrap_or_default());
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let number = reply.value()["id"].as_u64().unwrap_or_default();
        self.assets.insert(number, bytes);
        let release = self.release(asked, id)?;
        let asset = release["assets"].as_array().and_then(|assets| assets.iter().find(|asset| asset["id"] == number));
        Ok(Reply::json(201, asset.unwrap_or(&json!(null))))
    }
}

/// The commit of a tag; where there is none that of what it is going to be made from.
fn tag_or_target(bare: &Bare, tag: &str, target: &str) -> Option<String> {
    let name = format!("refs/tags/{tag}^{{commit}}");
    bare.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).or_else(|| bare.commit(target))
}

/// GitHub's moments have no fractions of a second.
pub(super) fn in_seconds(moment: &mut Value) {
    if let Some((whole, _)) = moment.as_str().and_then(|text| text.split_once('.')) {
        *moment = format!("{whole}Z").into();
    }
}
