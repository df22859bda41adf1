//! Pull requests: the emulator keeps number, title and state, the bare repository has the commits and the merge.

use serde_json::{Value, json};

use super::super::wire::Reply;
use super::bare::Merge;
use super::state::{Asked, OWN, Outcome, Pull, Repository, State, for_pages, invalid, not_found, page, refuse};

/// What only a single pull request has, and no list.
const SINGLE: &[&str] = &[
    "merged",
    "mergeable",
    "rebaseable",
    "mergeable_state",
    "merged_by",
    "comments",
    "review_comments",
    "commits",
    "additions",
    "deletions",
    "changed_files",
];

impl State {
    pub(super) fn about_pulls(&mut self, asked: &Asked, words: &[&str]) -> Outcome {
        match (asked.request.method.as_str(), words) {
            ("GET", []) => self.list_pulls(asked),
            ("POST", []) => self.open_pull(asked),
            ("GET", [number]) => self.pull(asked, number).map(|pull| Reply::json(200, &self.judged(asked, pull))),
            ("PATCH", [number]) => {
                let old = self.pull(asked, number)?;
                let closes = asked.body()?["state"] == "closed" && old["state"] == "open";
                if closes {
                    self.remember(asked, &old, None);
                }
                self.pass(asked.request);
                self.pull(asked, number).map(|pull| Reply::json(200, &pull))
            }
            ("GET", [number, "merge"]) => {
                let merged = self.pull(asked, number)?["merged"] == true;
                Ok(if merged { Reply::empty(204) } else { not_found() })
            }
            ("PUT", [number, "merge"]) => self.merge_pull(asked, number),
            ("GET", [number, "commits"]) => {
                let pull = self.pull(asked, number)?;
                let bare = &self.repository(asked).bare;
                let url = self.repository(asked).url();
                let (base, head) = (text(&pull["base"]["sha"]), text(&pull["head"]["sha"]));
                let commits = bare.between(base, head);
                let commits: Vec<Value> = commits.iter().rev().filter_map(|id| bare.commit_value(&url, id)).collect();
                Ok(page(asked, &commits))
            }
            _ => Ok(self.pass(asked.request)),
        }
    }

    fn list_pulls(&mut self, asked: &Asked) -> Outcome {
        let repository = self.repository(asked).name.clone();
        let kept =
            asked.request.query.split('&').filter(|pair| !pair.starts_with("page=") && !pair.starts_with("per_page="));
        let query: Vec<&str> = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("state=")).collect();
        let wanted = asked.request.parameter("state").unwrap_or_else(|| "open".to_owned());
        let raw = self.emulator.all(OWN, &format!("/repos/{repository}/pulls?state=all&{}", query.join("&")));
        let mut all = Vec::new();
        for raw in raw {
            let mut pull = self.show_pull(asked, raw);
            if wanted == "all" || pull["state"] == wanted {
                pull.as_object_mut()
                    .into_iter()
                    .for_each(|object| SINGLE.iter().for_each(|key| drop(object.remove(*key))));
                all.push(pull);
            }
        }
        Ok(page(asked, &all))
    }

    pub(super) fn pull(&mut self, asked: &Asked, number: &str) -> Outcome<Value> {
        let path = format!("/repos/{}/pulls/{number}", self.repository(asked).name);
        let reply = self.emulator.ask(OWN, "GET", &path, None);
        if reply.status != 200 {
            return Err(not_found());
        }
        Ok(self.show_pull(asked, reply.value()))
    }

    /// What the emulator knows of a pull request, with the commits that it is about. One whose commits somebody pushed
    /// to its base is merged.
    fn show_pull(&mut self, asked: &Asked, mut raw: Value) -> Value {
        let number = raw["number"].as_u64().unwrap_or_default();
        let repository = self.repository(asked);
        let known = repository.pulls.get(&number).cloned().unwrap_or_default();
        let (base_ref, head_ref) = (text(&raw["base"]["ref"]).to_owned(), text(&raw["head"]["ref"]).to_owned());
        let bare = &repository.bare;
        let (base, head) = known.closed.clone().unwrap_or_else(|| {
            let of = |name: &str, old: &Value| bare.branch(name).unwrap_or_else(|| text(old).to_owned());
            (of(&base_ref, &raw["base"]["sha"]), of(&head_ref, &raw["head"]["sha"]))
        });
        for_pages(&mut raw);
        raw["base"]["sha"] = base.clone().into();
        raw["head"]["sha"] = head.clone().into();
        raw["merge_commit_sha"] = known.merge_commit.map_or(Value::Null, Value::from);
        let default = bare.default_branch();
        for side in ["base", "head"] {
            raw[side]["repo"]["default_branch"] = default.clone().into();
        }
        let by_hand = known.closed.is_none() && raw["state"] == "open" && bare.has(&base, &head);
        if by_hand {
            let range = format!("{head}..{base}");
            let merges = bare.git(&["rev-list", "--ancestry-path", "--merges", &range]).unwrap_or_default();
            let commit = merges.lines().last().map_or(head.clone(), str::to_owned);
            self.remember(asked, &raw, Some(commit));
            let path = format!("/repos/{}/pulls/{number}", self.repository(asked).name);
            let reply = self.emulator.ask(OWN, "PUT", &format!("{path}/merge"), Some(&json!({})));
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            let fresh = self.emulator.ask(OWN, "GET", &path, None).value();
            return self.show_pull(asked, fresh);
        }
        raw
    }

    /// Whether it can be merged is found out after the first question for it.
    fn judged(&mut self, asked: &Asked, mut pull: Value) -> Value {
        if pull["state"] != "open" {
            return pull;
        }
        let sides = (text(&pull["base"]["sha"]).to_owned(), text(&pull["head"]["sha"]).to_owned());
        let number = pull["number"].as_u64().unwrap_or_default();
        let repository = self.of(asked);
        let known = repository.pulls.entry(number).or_default();
        let is_known = known.judged.as_ref() == Some(&sides);
        known.judged = Some(sides.clone());
        let can = is_known.then(|| repository.bare.merged_tree(&sides.0, &sides.1).is_some());
        let state = can.map_or("unknown", |can| if can { "clean" } else { "dirty" });
        pull["mergeable"] = can.map_or(Value::Null, Value::from);
        pull["mergeable_state"] = state.into();
        pull
    }

    fn remember(&mut self, asked: &Asked, pull: &Value, merge_commit: Option<String>) {
        let sides = (text(&pull["base"]["sha"]).to_owned(), text(&pull["head"]["sha"]).to_owned());
        let number = pull["number"].as_u64().unwrap_or_default();
        let known = Pull { closed: Some(sides), merge_commit, judged: None };
        self.of(asked).pulls.insert(number, known);
    }

    fn open_pull(&mut self, asked: &Asked) -> Outcome {
        let body = asked.body()?;
        let repository = self.repository(asked);
        for field in ["title", "head", "base"] {
            if text(&body[field]).is_empty() {
                return Err(invalid("PullRequest", field, "missing_field", None));
            }
        }
        let head = text(&body["head"]);
        let head = head.strip_prefix(&format!("{}:", repository.owner())).unwrap_or(head).to_owned();
        let base = text(&body["base"]).to_owned();
        let wrong = |field: &str| invalid("PullRequest", field, "invalid", None);
        let custom = |words: String| {
            let error = json!({ "resource": "PullRequest", "code": "custom", "message": words });
            Reply::json(422, &json!({ "message": "Validation Failed", "errors": [error] }))
        };
        let head_commit = repository.bare.branch(&head).ok_or_else(|| wrong("head"))?;
        let base_commit = repository.bare.branch(&base).ok_or_else(|| wrong("base"))?;
        if repository.bare.between(&base_commit, &head_commit).is_empty() {
            return Err(custom(format!("No commits between {base} and {head}")));
        }
        let raw = self.emulator.all(OWN, &format!("/repos/{}/pulls?state=open", repository.name));
        let same = |pull: &Value| pull["head"]["ref"] == *head && pull["base"]["ref"] == *base;
        if raw.iter().any(same) {
            return Err(custom(format!("A pull request already exists for {}:{head}.", repository.owner())));
        }
        let mut passed = body.clone();
        passed["head"] = head.into();
        let path = format!("/repos/{}/pulls", repository.name);
        let reply = self.emulator.ask(asked.token(), "POST", &path, Some(&passed));
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let pull = self.show_pull(asked, reply.value());
        let mut pull = pull;
        (pull["mergeable"], pull["mergeable_state"]) = (Value::Null, "unknown".into());
        Ok(Reply::json(201, &pull))
    }

    fn merge_pull(&mut self, asked: &Asked, number: &str) -> Outcome {
        let body = asked.body()?;
        let pull = self.pull(asked, number)?;
        let repository = self.repository(asked);
        let head = text(&pull["head"]["sha"]).to_owned();
        if pull["state"] != "open" {
            return Err(refuse(405, "Pull Request is not mergeable"));
        }
        if pull["draft"] == true {
            return Err(refuse(405, "Pull Request is still a draft"));
        }
        if body["sha"].as_str().is_some_and(|sha| sha != head) {
            return Err(refuse(409, "Head branch was modified. Review and try the merge again."));
        }
        if let Some(words) = &repository.misses {
            return Err(refuse(405, words));
        }
        let squash = match body["merge_method"].as_str().unwrap_or("merge") {
            "merge" => false,
            "squash" => true,
            _ => return Err(refuse(405, "Rebase merges are not allowed on this repository.")),
        };
        let message = message(repository, &pull, &body, squash);
        let user = asked.user.map_or("admin", |user| user.login);
        let email = format!("{user}@example.org");
        let branch = text(&pull["base"]["ref"]);
        let base = text(&pull["base"]["sha"]);
        let merge = Merge { base, head: &head, message: &message, author: (user, &email), squash, at: self.clock };
        let commit = repository.bare.merge(branch, &merge);
        let commit = commit.ok_or_else(|| refuse(405, "Pull Request is not mergeable"))?;
        if repository.deletes {
            repository.bare.git(&["update-ref", "-d", &format!("refs/heads/{}", text(&pull["head"]["ref"]))]);
        }
        let path = format!("/repos/{}/pulls/{number}/merge", repository.name);
        self.remember(asked, &pull, Some(commit.clone()));
        let reply = self.emulator.ask(asked.token(), "PUT", &path, Some(&json!({})));
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        let words = "Pull Request successfully merged";
        Ok(Reply::json(200, &json!({ "sha": commit, "merged": true, "message": words })))
    }
}

fn message(repository: &Repository, pull: &Value, body: &Value, squash: bool) -> String {
    let (number, title) = (&pull["number"], text(&pull["title"]));
    let (usual, more) = if squash {
        (format!("{title} (#{number})"), "")
    } else {
        (format!("Merge pull request #{number} from {}/{}", repository.owner(), text(&pull["head"]["ref"])), title)
    };
    let first = body["commit_title"].as_str().filter(|text| !text.is_empty()).unwrap_or(&usual);
    let more = body["commit_message"].as_str().unwrap_or(more);
    format!("{first}\n\n{more}").trim_end().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
