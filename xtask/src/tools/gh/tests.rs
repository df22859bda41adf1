//! What gh prints, read: as measured with gh 2.23.

use super::*;

fn printed(code: i32, stdout: &str, stderr: &str) -> Output {
    Output { code: Some(code), stdout: stdout.as_bytes().to_vec(), stderr: stderr.to_owned() }
}

#[track_caller]
fn answer(code: i32, stdout: &str) -> Answer {
    Answer::read(&printed(code, stdout, "")).expect("an answer")
}

#[test]
fn head_and_body_are_read() {
    let link = "Link: <https://api.github.com/x?page=2>; rel=\"next\", <https://api.github.com/x?page=3>; rel=\"last\"";
    let good =
        answer(0, &format!("HTTP/2.0 200 OK\r\nContent-Type: application/json\r\n{link}\r\n\r\n[{{\"id\": 7}}]"));
    assert_eq!((good.status, good.link_next, good.retry_after), (200, true, None));
    assert_eq!(good.body.items().and_then(|items| items[0].get("id")?.number()), Some(7));
    assert_eq!(answer(0, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n").body, Json::Null);
    let html = answer(1, "HTTP/1.1 502 Bad Gateway\r\nX: y\r\n\r\n<html>");
    assert!(html.is_passing() && html.body == Json::Null && html.words() == "HTTP 502", "{html:?}");
}

#[test]
fn half_an_answer_is_none() {
    for (code, stdout) in [
        (1, ""),
        (1, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        (1, "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"id\""),
        (0, "HTTP/1.1 200 OK\r\n\r\n<html>"),
        (1, "gh: something\n"),
    ] {
        assert_eq!(Answer::read(&printed(code, stdout, "unexpected EOF")), None, "{stdout:?}");
    }
}

#[test]
fn how_long_it_asks_to_wait() {
    let seconds =
        |head: &str, body: &str| answer(1, &format!("HTTP/1.1 {head}\r\n\r\n{body}")).wait().map(|wait| wait.as_secs());
    assert_eq!(seconds("429 Too Many Requests\r\nRetry-After: 3", "{}"), Some(3));
    assert_eq!(seconds("429 Too Many Requests", ""), Some(60));
    assert_eq!(seconds("403 Forbidden", r#"{"message": "You have exceeded a secondary rate limit."}"#), Some(60));
    let used_up = "403 Forbidden\r\nDate: Wed, 01 Jul 2026 12:00:00 GMT\r\nX-Ratelimit-Remaining: 0\r\n\
                   X-Ratelimit-Reset: 1782907260";
    assert_eq!(seconds(used_up, "{}"), Some(60));
    assert_eq!(seconds("403 Forbidden\r\nX-Ratelimit-Remaining: 12", r#"{"message": "Forbidden"}"#), None);
    assert_eq!(seconds("503 Service Unavailable\r\nRetry-After: 9", ""), Some(9));
    let moment =
        "503 Service Unavailable\r\nDate: Wed, 01 Jul 2026 12:00:00 GMT\r\nRetry-After: Wed, 01 Jul 2026 12:00:07 GMT";
    assert_eq!(seconds(moment, ""), Some(7));
    assert_eq!(seconds("404 Not Found\r\nX-Ratelimit-Remaining: 0", ""), None);
}

#[test]
fn a_refusal_says_what_it_means() {
    let gh = Gh::new("github.com", Path::new("/"));
    let body = r#"{"message": "Validation Failed", "errors": [
        {"resource": "Release", "code": "already_exists", "field": "tag_name"}, {"message": "and\nmore"}, "x"]}"#;
    let failure = gh.refused("no release", &answer(1, &format!("HTTP/1.1 422 X\r\n\r\n{body}")));
    let expected = "no release: Validation Failed (HTTP 422): Release.tag_name already_exists; and more; x";
    assert_eq!(failure.message, expected);
    let failure = gh.refused("x", &answer(1, "HTTP/1.1 401 Unauthorized\r\n\r\n{\"message\": \"Bad credentials\"}"));
    assert_eq!(failure.message, "`github.com` refuses gh's token: Bad credentials (HTTP 401)");
    assert!(failure.hint.is_some_and(|hint| hint.contains("gh auth login --hostname github.com")));
    let sso = "HTTP/1.1 403 Forbidden\r\nX-Github-Sso: required; url=https://github.com/orgs/acme/sso?x=1\r\n\r\n{}";
    let failure = gh.refused("x", &answer(1, sso));
    assert_eq!(failure.hint.as_deref(), Some("allow the token there: https://github.com/orgs/acme/sso?x=1"));
}

#[test]
fn who_has_no_token_is_told() {
    let words = "To get started with GitHub CLI, please run:  gh auth login";
    assert!(is_logged_out(&printed(4, "", words)));
    assert!(!is_logged_out(&printed(1, "HTTP/1.1 404 Not Found\r\n\r\n{}", "gh: Not Found (HTTP 404)")));
}

#[test]
fn a_file_goes_to_the_forge_alone() {
    let gh = Gh::new("github.com", Path::new("/"));
    for own in ["https://uploads.github.com/repos/a/b/releases/1/assets?name=x", "https://github.com/api/uploads/x"] {
        assert!(gh.expect_own(own).is_ok(), "{own}");
    }
    for other in [
        "http://uploads.github.com/x",
        "https://uploads.github.com.example.org/x",
        "https://uploads.github.com@example.org/x",
        "https://example.org/uploads.github.com",
        "repos/x",
    ] {
        assert!(gh.expect_own(other).is_err(), "{other}");
    }
}

#[test]
fn words_in_paths() {
    assert_eq!(encode("v1.2.0-rc.1_x~"), "v1.2.0-rc.1_x~");
    assert_eq!(encode("a/b {owner}é?"), "a%2Fb%20%7Bowner%7D%C3%A9%3F");
}
