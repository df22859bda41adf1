"""The app: people log in, create schemas and edit records."""

import json

from acme import __version__

USERS = {"first": "let-me-in"}


class App:
    """All that there is, in memory."""

    def __init__(self):
        self.schemas = {}

    def __call__(self, environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        body = json.loads(environ["wsgi.input"].read() or b"{}")
        status, answer = self.answer(method, path.strip("/").split("/"), body, environ)
        start_response(status, [("Content-Type", "application/json"), ("X-Acme-Version", __version__)])
        return [json.dumps(answer).encode()]

    def answer(self, method, path, body, environ):
        if path == ["login"]:
            known = USERS.get(body.get("user")) == body.get("password")
            return ("200 OK", {"token": "session"}) if known else ("403 Forbidden", {})
        if environ.get("HTTP_AUTHORIZATION") != "Bearer session":
            return "401 Unauthorized", {}
        if path[0] != "schemas" or len(path) not in (2, 3):
            return "404 Not Found", {}
        if method == "PUT" and len(path) == 2:
            self.schemas[path[1]] = {}
            return "201 Created", {}
        schema = self.schemas.get(path[1])
        if schema is None:
            return "404 Not Found", {}
        if method == "PUT":
            schema[path[2]] = body
        return "200 OK", schema.get(path[2])
