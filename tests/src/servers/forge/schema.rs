//! GitHub's own description of its interface, as a judge of questions: does what was asked exist, and has it the
//! parameters and the body that it wants?

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use super::super::fault::Seen;
use super::super::npm;
use super::super::wire::Request;

/// Each question that isn't as GitHub describes it, with the reason.
///
/// # Panics
/// If the description isn't here: ask [`super::super::ready`] for `octokit-openapi` before.
pub fn violations(seen: &[Seen]) -> Vec<String> {
    let check = |seen: &Seen| {
        let faults = check(&seen.request);
        let line = format!("{} {}", seen.request.method, seen.request.target());
        faults.into_iter().map(move |fault| format!("{line}: {fault}"))
    };
    // What a client never finished says nothing.
    seen.iter().filter(|seen| is_whole(&seen.request)).flat_map(check).collect()
}

fn is_whole(request: &Request) -> bool {
    request.length().is_none_or(|length| length == request.body.len())
}

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let path = npm("octokit-openapi").join("generated/api.github.com.json");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&bytes).expect("the description is JSON")
    })
}

fn check(request: &Request) -> Vec<String> {
    // The client's own: `gh auth status`.
    if request.path == "/graphql" || request.header("Host") == Some("objects.githubusercontent.com") {
        return Vec::new();
    }
    let path = ["/api/v3", "/api/uploads"].iter().find_map(|prefix| request.path.strip_prefix(prefix));
    let Some(operation) = find(path.unwrap_or(&request.path), &request.method) else {
        return vec!["GitHub has no such path and method".to_owned()];
    };
    let mut faults = Vec::new();
    check_host(request, operation, &mut faults);
    check_query(request, operation, &mut faults);
    check_body(request, operation, &mut faults);
    faults
}

/// The operation whose path has the most words in common: `/releases/latest` rather than `/releases/{release_id}`.
fn find(path: &str, method: &str) -> Option<&'static Value> {
    let paths = description()["paths"].as_object()?;
    let words: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &&String| {
        let parts: Vec<&str> = pattern.split('/').collect();
        // The name of a reference or a branch goes on over slashes.
        let long = parts.last().is_some_and(|last| matches!(*last, "{ref}" | "{branch}" | "{tag}" | "{basehead}"));
        (parts.len() == words.len() || long && words.len() > parts.len())
            && parts.iter().zip(&words).all(|(part, word)| part == word || part.starts_with('{') && !word.is_empty())
    };
    let found = paths.keys().filter(fits).filter(|pattern| paths[*pattern].get(method.to_lowercase()).is_some());
    let best = found.max_by_key(|pattern| pattern.split('/').filter(|part| !part.starts_with('{')).count())?;
    paths[best].get(method.to_lowercase())
}

fn check_host(request: &Request, operation: &'static Value, faults: &mut Vec<String>) {
    let server = operation["servers"][0]["url"].as_str().unwrap_or("https://api.github.com");
    let host = request.header("Host").unwrap_or_default();
    if host.ends_with("github.com") && server != format!("https://{host}") {
        faults.push(format!("it belongs to {server}"));
    }
}

fn check_query(request: &Request, operation: &'static Value, faults: &mut Vec<String>) {
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().map(resolve).collect();
    let known: Vec<&&Value> = parameters.iter().filter(|parameter| parameter["in"] == "query").collect();
    let asked = request.parameters();
    for parameter in &known {
        let is_there = asked.iter().any(|(name, _)| parameter["name"] == *name);
        if parameter["required"] == true && !is_there {
            faults.push(format!("the parameter {} is missing", parameter["name"]));
        }
    }
    for (name, value) in &asked {
        let Some(parameter) = known.iter().find(|parameter| parameter["name"] == *name) else {
            faults.push(format!("there is no parameter `{name}`"));
            continue;
        };
        let schema = resolve(&parameter["schema"]);
        let value = match schema["type"].as_str() {
            Some("integer" | "number" | "boolean") => serde_json::from_str(value).unwrap_or(Value::from(value.clone())),
            _ => Value::from(value.clone()),
        };
        faults.extend(judge(schema, &value, &format!("parameter `{name}`")));
    }
}

fn check_body(request: &Request, operation: &'static Value, faults: &mut Vec<String>) {
    let described = resolve(&operation["requestBody"]);
    let Some(content) = described["content"].as_object() else {
        if !request.body.is_empty() {
            faults.push("it has a body".to_owned());
        }
        return;
    };
    let Some(json) = content.get("application/json") else {
        let sent = request.header("Content-Type").unwrap_or_default();
        if sent.contains("json") {
            faults.push(format!("the body says that it is `{sent}`"));
        }
        return;
    };
    if request.body.is_empty() {
        if described["required"] == true {
            faults.push("the body is missing".to_owned());
        }
        return;
    }
    match serde_json::from_slice(&request.body) {
        Ok(body) => faults.extend(judge(&json["schema"], &body, "body")),
        Err(error) => faults.push(format!("the body is no JSON: {error}")),
    }
}

fn resolve(value: &'static Value) -> &'static Value {
    let Some(path) = value["$ref"].as_str() else { return value };
    let found = path.strip_prefix('#').and_then(|pointer| description().pointer(pointer));
    resolve(found.unwrap_or_else(|| panic!("{path} is not in the description")))
}

/// What is wrong with a value. Keys that GitHub doesn't describe are wrong too: it ignores them, so nobody means them.
fn judge(schema: &'static Value, value: &Value, place: &str) -> Vec<String> {
    let schema = resolve(schema);
    if value.is_null() && schema["nullable"] == true {
        return Vec::new();
    }
    for (key, enough) in [("oneOf", 1), ("anyOf", 1)] {
        if let Some(choices) = schema[key].as_array() {
            let faults: Vec<Vec<String>> = choices.iter().map(|choice| judge(choice, value, place)).collect();
            if faults.iter().filter(|faults| faults.is_empty()).count() < enough && schema["properties"].is_null() {
                return vec![format!("{place} is none of what it may be: {}", faults.concat().join("; "))];
            }
        }
    }
    let mut faults = Vec::new();
    if schema["type"].as_str().is_some_and(|kind| !is(kind, value)) {
        faults.push(format!("{place} is no {}: {value}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        faults.push(format!("{place} is none of {}: {value}", schema["enum"]));
    }
    let length =
        value.as_str().map(|text| text.chars().count() as u64).or(value.as_array().map(|all| all.len() as u64));
    for (key, is_over) in [("maxLength", true), ("maxItems", true), ("minLength", false), ("minItems", false)] {
        if let (Some(limit), Some(length)) = (schema[key].as_u64(), length)
            && (if is_over { length > limit } else { length < limit })
        {
            faults.push(format!("{place} breaks {key} {limit}"));
        }
    }
    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
        faults.extend(judge(&schema["items"], value, &format!("{place}[{at}]")));
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                faults.push(format!("{place}.{name} is missing"));
            }
        }
        for (name, value) in object {
            match properties.get(name) {
                Some(schema) => faults.extend(judge(schema, value, &format!("{place}.{name}"))),
                None if schema["additionalProperties"].is_null() || schema["additionalProperties"] == false => {
                    faults.push(format!("there is no {place}.{name}"));
                }
                None => {}
            }
        }
    }
    faults
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}
