"""Parts of the OpenAPI document that all routes share: authentication, common errors and headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from cryptohub.api.clients import SCHEME
from cryptohub.api.errors import CONTENT_TYPE
from cryptohub.api.parsers import MAX_BYTES

KEY = "key"
METHODS = {"get", "put", "post", "delete", "patch"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}

BAD_KEY = "A key that is mistyped, revoked or expired."
NO_LOGIN = "Neither signed in nor a valid key."
SCOPE = "The key's scope does not include this, or a form came without its CSRF token."
NOT_JSON = "The body is malformed or has members that are wrong."
NO_JSON = "The body is of another type than JSON."
ALWAYS = {
    "406": "Only JSON is available.",
    "429": "Beyond the limit of this key, user or address. Retry-After says when the next window begins.",
    "503": "The hub cannot answer now. Retry-After says when to ask again.",
}

HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Policy": {
        "description": "The limit that applies: requests (q) in a window of seconds (w), to a key, user or address.",
        "schema": {"type": "string", "example": '"address";q=300;w=60'},
    },
    "RateLimit": {
        "description": "The requests left in the window (r), and the seconds until it ends (t).",
        "schema": {"type": "string", "example": '"address";r=287;t=42'},
    },
    "X-Request-ID": {
        "description": "The request's id: the one it was sent with, or a new one.",
        "schema": {"type": "string"},
    },
}
RETRY = {"description": "Seconds until the request is worth repeating.", "schema": {"type": "integer", "minimum": 1}}
CHALLENGE = {"description": "The ways to authenticate.", "schema": {"type": "string"}}
KEY_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": f"A key as “{SCHEME} hub_…” or “Bearer hub_…”. Keys are made on your account’s page “API keys”; "
    "each has a scope: market, read, write or operate. A key raises the limit on every route.",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it ships no types
    """``Authorization: Token hub_…``."""

    target_class = "cryptohub.api.authentication.KeyAuthentication"
    name = KEY

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme of keys."""
        return KEY_SCHEME


def say_what_is_common(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation the errors any request may meet, the headers of all responses, and the optional key."""
    for operation in _operations(result):
        private = {} not in operation.get("security", [{}])
        if not private:
            operation["security"] = [{KEY: []}, {}]
        answers = operation["responses"]
        answers.setdefault("401", _problem(NO_LOGIN if private else BAD_KEY))
        if private:
            answers.setdefault("403", _problem(SCOPE))
        if "requestBody" in operation:
            answers.setdefault("400", _problem(NOT_JSON))
            answers.setdefault("413", _problem(f"The body has more than {MAX_BYTES} bytes."))
            answers.setdefault("415", _problem(NO_JSON))
        for status, text in ALWAYS.items():
            answers.setdefault(status, _problem(text))
        for status, answer in answers.items():
            answer["headers"] = answer.get("headers", {}) | _headers(status)
    components = result.setdefault("components", {})
    components.setdefault("securitySchemes", {}).setdefault(KEY, KEY_SCHEME)
    components.setdefault("headers", {}).update(HEADERS | {"Retry-After": RETRY, "WWW-Authenticate": CHALLENGE})
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in result["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {CONTENT_TYPE: {"schema": PROBLEM}}}


def _headers(status: str) -> dict[str, Any]:
    names = [*HEADERS]
    if status in {"429", "503"}:
        names.append("Retry-After")
    if status == "401":
        names.append("WWW-Authenticate")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
