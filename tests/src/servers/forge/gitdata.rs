//! Branches, tags and commits: all of it is asked of the bare repository.

use serde_json::{Value, json};

use super::super::wire::Reply;
use super::state::{Asked, OWN, Outcome, Repository, State, not_found, page, refuse};

impl State {
    pub(super) fn about_git(&mut self, asked: &Asked, words: &[&str]) -> Outcome {
        let repository = self.repository(asked);
        let (bare, url) = (&repository.bare, repository.url());
        match (asked.request.method.as_str(), words) {
            ("GET", ["branches"]) => {
                let branches = bare.references("refs/heads/");
                Ok(page(asked, &branches.iter().map(|(name, id)| named(&url, &name[11..], id)).collect::<Vec<_>>()))
            }
            ("GET", ["branches", name @ ..]) => {
                let name = name.join("/");
                let id = bare.branch(&name).ok_or_else(|| refuse(404, "Branch not found"))?;
                let mut branch = named(&url, &name, &id);
                branch["commit"] = bare.commit_value(&url, &id).unwrap_or_default();
                Ok(Reply::json(200, &branch))
            }
            ("GET", ["tags"]) => {
                let tags = bare.references("refs/tags/");
                let tag = |(name, _): &(String, String)| Some(named(&url, &name[10..], &bare.commit(&name[10..])?));
                Ok(page(asked, &tags.iter().filter_map(tag).collect::<Vec<_>>()))
            }
            ("GET", ["git", "ref", name @ ..]) => {
                let name = format!("refs/{}", name.join("/"));
                let id = bare.reference(&name).ok_or_else(not_found)?;
                Ok(Reply::json(200, &reference(repository, &name, &id)))
            }
            ("GET", ["git", "matching-refs", name @ ..]) => {
                let found = bare.references(&format!("refs/{}", name.join("/")));
                let all: Vec<Value> = found.iter().map(|(name, id)| reference(repository, name, id)).collect();
                Ok(Reply::json(200, &Value::Array(all)))
            }
            ("POST", ["git", "refs"]) => create_reference(repository, &asked.body()?),
            ("DELETE", ["git", "refs", name @ ..]) => {
                let name = format!("refs/{}", name.join("/"));
                bare.reference(&name).ok_or_else(|| refuse(422, "Reference does not exist"))?;
                bare.git(&["update-ref", "-d", &name]);
                Ok(Reply::empty(204))
            }
            ("GET", ["git", "tags", id]) => tag(repository, id),
            ("GET", ["git", "commits", id]) => {
                let commit = bare.commit_value(&url, id).ok_or_else(not_found)?;
                let mut value = commit["commit"].clone();
                (value["sha"], value["parents"]) = (commit["sha"].clone(), commit["parents"].clone());
                Ok(Reply::json(200, &value))
            }
            ("GET", ["commits"]) => {
                let from = asked.request.parameter("sha").unwrap_or_else(|| bare.default_branch());
                let from = bare.commit(&from).ok_or_else(not_found)?;
                let ids = bare.git(&["rev-list", "--max-count=1000", &from]).unwrap_or_default();
                Ok(page(asked, &ids.lines().filter_map(|id| bare.commit_value(&url, id)).collect::<Vec<_>>()))
            }
            ("GET", ["commits", id, "pulls"]) => self.pulls_of(asked, id),
            ("GET", ["commits", name @ ..]) => {
                let words = format!("No commit found for SHA: {}", name.join("/"));
                let id = bare.commit(&name.join("/")).ok_or_else(|| refuse(422, &words))?;
                bare.commit_value(&url, &id).map(|commit| Reply::json(200, &commit)).ok_or_else(not_found)
            }
            ("GET", ["compare", range @ ..]) => compare(repository, &range.join("/")),
            _ => Err(not_found()),
        }
    }

    /// The merged pull requests that brought a commit.
    fn pulls_of(&mut self, asked: &Asked, id: &str) -> Outcome {
        let repository = self.repository(asked);
        let commit =
            repository.bare.commit(id).ok_or_else(|| refuse(422, &format!("No commit found for SHA: {id}")))?;
        let numbers: Vec<u64> = self
            .emulator
            .all(OWN, &format!("/repos/{}/pulls?state=all", repository.name))
            .iter()
            .filter_map(|pull| pull["number"].as_u64())
            .collect();
        let mut found = Vec::new();
        for number in numbers {
            let pull = self.pull(asked, &number.to_string())?;
            let bare = &self.repository(asked).bare;
            let (base, head) =
                (pull["base"]["sha"].as_str().unwrap_or_default(), pull["head"]["sha"].as_str().unwrap_or_default());
            if pull["merge_commit_sha"] == commit || bare.between(base, head).contains(&commit) {
                found.push(pull);
            }
        }
        Ok(page(asked, &found))
    }
}

fn named(url: &str, name: &str, id: &str) -> Value {
    json!({ "name": name, "commit": { "sha": id, "url": format!("{url}/commits/{id}") }, "protected": false })
}

fn reference(repository: &Repository, name: &str, id: &str) -> Value {
    let kind = repository.bare.git(&["cat-file", "-t", id]).unwrap_or_default();
    let url = repository.url();
    let object = json!({ "sha": id, "type": kind, "url": format!("{url}/git/{kind}s/{id}") });
    json!({ "ref": name, "url": format!("{url}/git/{name}"), "object": object })
}

fn create_reference(repository: &Repository, body: &Value) -> Outcome {
    let (Some(name), Some(id)) = (body["ref"].as_str(), body["sha"].as_str()) else {
        return Err(refuse(422, "Invalid request.\n\n\"ref\", \"sha\" weren't supplied."));
    };
    if !name.starts_with("refs/") || repository.bare.git(&["check-ref-format", name]).is_none() {
        return Err(refuse(422, "Reference name is not valid"));
    }
    if repository.bare.reference(name).is_some() {
        return Err(refuse(422, "Reference already exists"));
    }
    if !repository.bare.create(name, id) {
        return Err(refuse(422, "Object does not exist"));
    }
    Ok(Reply::json(201, &reference(repository, name, id)))
}

/// An annotated tag.
fn tag(repository: &Repository, id: &str) -> Outcome {
    let text = repository.bare.git(&["cat-file", "tag", id]).ok_or_else(not_found)?;
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    let object = json!({ "sha": of("object"), "type": of("type") });
    Ok(Reply::json(200, &json!({ "sha": id, "tag": of("tag"), "message": message, "object": object })))
}

fn compare(repository: &Repository, range: &str) -> Outcome {
    let bare = &repository.bare;
    let sides = range.split_once("...").and_then(|(base, head)| Some((bare.commit(base)?, bare.commit(head)?)));
    let (base, head) = sides.ok_or_else(not_found)?;
    let (ahead, behind) = (bare.between(&base, &head), bare.between(&head, &base));
    let status = match (ahead.len(), behind.len()) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let url = repository.url();
    let commits: Vec<Value> = ahead.iter().rev().take(250).filter_map(|id| bare.commit_value(&url, id)).collect();
    Ok(Reply::json(
        200,
        &json!({ "status": status, "ahead_by": ahead.len(), "behind_by": behind.len(),
        "total_commits": ahead.len(), "commits": commits }),
    ))
}
