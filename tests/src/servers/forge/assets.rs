//! Assets as GitHub has them: with what they hold, with a digest, and with names of its own choice.

use serde_json::{Value, json};

use super::super::image::digest;
use super::super::wire::{Reply, Request};
use super::releases::in_seconds;
use super::state::{Asked, Outcome, State, invalid, not_found, refuse};

impl State {
    /// What the emulator knows of an asset, as GitHub says it.
    pub(super) fn show_asset(&self, asset: &mut Value, download: &str) {
        let id = asset["id"].as_u64().unwrap_or_default();
        let bytes = self.assets.get(&id).and_then(Option::as_ref);
        asset["state"] = if bytes.is_some() { "uploaded" } else { "starter" }.into();
        asset["size"] = bytes.map_or(0, Vec::len).into();
        asset["digest"] = bytes.map_or(Value::Null, |bytes| digest(bytes).into());
        asset["browser_download_url"] = format!("{download}/{}", asset["name"].as_str().unwrap_or_default()).into();
        for key in ["created_at", "updated_at"] {
            in_seconds(&mut asset[key]);
        }
    }

    pub(super) fn about_asset(&mut self, asked: &Asked, id: &str) -> Outcome {
        let id: u64 = id.parse().map_err(|_| not_found())?;
        let releases = self.all_releases(self.repository(asked));
        let of = |release: &&Value| {
            release["assets"].as_array().is_some_and(|all| all.iter().any(|asset| asset["id"] == id))
        };
        let release = releases.iter().find(of).ok_or_else(not_found)?;
        // Who may not see it is told that it isn't there.
        self.release(asked, &release["id"].to_string())?;
        let assets = release["assets"].as_array().map_or(&[][..], Vec::as_slice);
        let asset = assets.iter().find(|asset| asset["id"] == id).ok_or_else(not_found)?;
        match asked.request.method.as_str() {
            "GET" if asked.request.header("Accept").is_some_and(|kind| kind.contains("octet-stream")) => {
                let place = format!("https://objects.githubusercontent.com/{id}");
                let is_whole = self.assets.get(&id).is_some_and(Option::is_some);
                if is_whole { Ok(Reply::empty(302).with("Location", place)) } else { Err(not_found()) }
            }
            "GET" => Ok(Reply::json(200, asset)),
            _ if release["immutable"] == true => {
                Err(refuse(422, "Cannot change or delete assets of an immutable release."))
            }
            "DELETE" => {
                self.assets.remove(&id);
                Ok(self.pass(asked.request))
            }
            "PATCH" => {
                let name = asked.body()?["name"].as_str().map(named);
                if assets.iter().any(|other| {
                    other["id"] != id && Some(&other["name"]) == name.as_ref().map(|name| json!(name)).as_ref()
                }) {
                    return Err(invalid("ReleaseAsset", "name", "already_exists", None));
                }
                self.pass(asked.request);
                let release = self.release(asked, &release["id"].to_string())?;
                let assets = release["assets"].as_array().cloned().unwrap_or_default();
                assets.iter().find(|asset| asset["id"] == id).map(|asset| Reply::json(200, asset)).ok_or_else(not_found)
            }
            _ => Err(not_found()),
        }
    }

    /// What an asset holds, where its address sends everybody.
    pub(super) fn object(&self, request: &Request) -> Reply {
        let id = request.path.trim_start_matches('/').parse().unwrap_or_default();
        let Some(bytes) = self.bytes(id) else { return Reply::empty(404) };
        let headers = vec![("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        Reply { status: 200, headers, body: bytes, length: None }
    }
}

/// The name that GitHub gives to an asset: everything odd is a period, and a hidden file isn't hidden.
pub(super) fn named(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        let is_plain = letter.is_ascii_alphanumeric() || "-_+@~".contains(letter);
        if is_plain {
            out.push(letter);
        } else if !out.ends_with('.') {
            out.push('.');
        }
    }
    let inner = out.trim_end_matches('.');
    if inner.starts_with('.') { format!("default{inner}") } else { inner.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn odd_names() {
        for (asked, given) in [
            ("web-1.0.tar.gz", "web-1.0.tar.gz"),
            ("web 1.0 (1).zip", "web.1.0.1.zip"),
            (".env", "default.env"),
            ("a.", "a"),
            ("naïve_v1+2@x.txt", "na.ve_v1+2@x.txt"),
        ] {
            assert_eq!(named(asked), given);
        }
    }
}
