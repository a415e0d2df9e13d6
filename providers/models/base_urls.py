"""Rules for an endpoint's base URL. Names are not resolved here; the transport checks addresses when it connects."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from providers.domain.addresses import is_public

MAX_LENGTH = 300
ALLOWED_FORM = "http:// or https://, a host, an optional port and path, as in https://api.example.com/v1"


def check_base_url(url: str) -> None:
    """Raise ValidationError, stating what is allowed, unless requests may be sent below this URL."""
    problem = base_url_problem(url, allow_private=settings.ALLOW_PRIVATE_UPSTREAMS)
    if problem:
        raise ValidationError(problem)


def base_url_problem(url: str, *, allow_private: bool) -> str | None:
    """Return the first reason why this is no valid base URL, without repeating credentials; None if it is valid."""
    try:
        parts = urlsplit(url)
        port_is_zero = parts.port == 0
    except ValueError:
        return f"is not a URL; allowed: {ALLOWED_FORM}"
    if parts.username is not None or parts.password is not None:
        return "must not carry a user name or password; keys are set on the provider"
    shape = _shape_problem(url, parts)
    if shape or port_is_zero:
        return shape or "has port 0; allowed: 1 to 65535"
    if not allow_private and _is_private(parts.hostname or ""):
        return "is a private address; allowed: public hosts, or set ALLOW_PRIVATE_UPSTREAMS"
    return None


def _shape_problem(url: str, parts: SplitResult) -> str | None:
    if parts.scheme not in {"http", "https"}:
        return f"has the scheme {parts.scheme!r}; allowed: {ALLOWED_FORM}"
    if not parts.hostname or any(character.isspace() or not character.isprintable() for character in url):
        return f"is not a URL; allowed: {ALLOWED_FORM}"
    if "?" in url or "#" in url:
        return "must not carry a query or a fragment; parameters belong to the adapter"
    if url.endswith("/"):
        return "must not end with a slash; paths are appended to it"
    if len(url) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    return None


def _is_private(host: str) -> bool:
    """Return True if the host is a private address or a local name."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False
