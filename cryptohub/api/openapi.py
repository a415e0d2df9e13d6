"""What the OpenAPI document says of every route: how one says who one is, and what may always be answered."""

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
WHO = "Neither signed in nor a valid key."
SCOPE = "The key's scope does not reach this far, or a form came without its CSRF token."
NOT_JSON = "The body is malformed or has members that are wrong."
NO_JSON = "The body is of another type than JSON."
ALWAYS = {
    "406": "Only JSON can be had.",
    "429": "Beyond the limit of this key, user or address. Retry-After says when the next window begins.",
    "503": "The hub cannot answer just now. Retry-After says when to ask again.",
}

HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Policy": {
        "description": "The limit that applies: requests (q) in a window of seconds (w), to a key, user or address.",
        "schema": {"type": "string", "example": '"address";q=300;w=60'},
    },
    "RateLimit": {
        "description": "What is left of it (r), and for how many seconds (t) the window still lasts.",
        "schema": {"type": "string", "example": '"address";r=287;t=42'},
    },
    "X-Request-ID": {
        "description": "The request's id: its own if it brought one, else one made for it.",
        "schema": {"type": "string"},
    },
}
RETRY = {"description": "Seconds until it is worth asking again.", "schema": {"type": "integer", "minimum": 1}}
CHALLENGE = {"description": "How to say who you are.", "schema": {"type": "string"}}
KEY_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": f"A key as “{SCHEME} hub_…”. Keys are made on the page “API keys” of your account; each has a "
    "scope: market, read, write or operate. A key raises the limit on every route.",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it ships no types
    """``Authorization: Token hub_…``."""

    target_class = "cryptohub.api.authentication.KeyAuthentication"
    name = KEY

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return KEY_SCHEME


def say_what_is_common(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation the refusals that any request may meet, the headers all answers have, and that a key may
    be sent to public routes as well.
    """
    for operation in _operations(result):
        private = {} not in operation.get("security", [{}])
        if not private:
            operation["security"] = [{KEY: []}, {}]
        answers = operation["responses"]
        answers.setdefault("401", _problem(WHO if private else BAD_KEY))
        if private:
            answers.setdefault("403", _problem(SCOPE))
        if "requestBody" in operation:
            answers.setdefault("400", _problem(NOT_JSON))
            answers.setdefault("413", _problem(f"The body has more than {MAX_BYTES} bytes."))
            answers.setdefault("415", _problem(NO_JSON))
        for status, said in ALWAYS.items():
            answers.setdefault(status, _problem(said))
        for status, answer in answers.items():
            answer["headers"] = answer.get("headers", {}) | _headers(status)
    components = result.setdefault("components", {})
    components.setdefault("securitySchemes", {}).setdefault(KEY, KEY_SCHEME)
    components.setdefault("headers", {}).update(HEADERS | {"Retry-After": RETRY, "WWW-Authenticate": CHALLENGE})
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in result["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def _problem(said: str) -> dict[str, Any]:
    return {"description": said, "content": {CONTENT_TYPE: {"schema": PROBLEM}}}


def _headers(status: str) -> dict[str, Any]:
    names = [*HEADERS]
    if status in {"429", "503"}:
        names.append("Retry-After")
    if status == "401":
        names.append("WWW-Authenticate")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
