"""Read environment variables strictly: a value that is not allowed stops the process with one line."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from cryptohub.conf import rates

Network = IPv4Network | IPv6Network

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
POSTGRES = frozenset({"postgres", "postgresql"})
REDIS = frozenset({"redis", "rediss"})
MAIL = ("consolemail", "smtp", "smtp+tls", "smtp+ssl")
MIN_SECRET = 32

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
}
"""WAL: readers do not wait for the writer. IMMEDIATE: a writer takes the lock first and cannot fail half-way."""


def refuse(name: str, value: str | None, allowed: str) -> NoReturn:
    """Exit with one line. Pass None as `value` of a secret, so that it is not printed."""
    problem = "is not usable" if value is None else f"is {value!r}"
    raise SystemExit(f"CryptoHub cannot start: {name} {problem}; allowed: {allowed}")


def text(name: str) -> str:
    """Return the value without surrounding blanks; "" if unset."""
    return os.environ.get(name, "").strip()


def header(name: str, default: str) -> str:
    """Return a value for an HTTP header: printable ASCII."""
    value = text(name) or default
    if not value.isascii() or not value.isprintable():
        refuse(name, value, "printable ASCII characters")
    return value


def boolean(name: str, default: bool) -> bool:
    """Return a truth value."""
    value = text(name)
    if not value:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    refuse(name, value, "true or false (also 1/0, yes/no, on/off)")


def debug(name: str, host: str) -> bool:
    """Return whether to show debug pages. They show code and variables, so only to this machine."""
    value = boolean(name, False)
    if value and not _is_loopback(host or "127.0.0.1"):
        refuse(name, text(name), f"true only while HOST is this machine's own address (127.0.0.1), not {host}")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def comma_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return a list of values separated by commas."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def hosts(name: str, default: Sequence[str]) -> list[str]:
    """Return host names for ALLOWED_HOSTS: without scheme, path and port."""
    values = comma_list(name, default)
    for host in values:
        bare = host.strip("[]") if host.startswith("[") else host
        if "/" in host or " " in host or (":" in bare and not host.startswith("[")):
            refuse(name, host, "host names separated by commas, without scheme, port or path, as in hub.example.org")
    return values


def origins(name: str) -> list[str]:
    """Return origins with their scheme, as browsers send them."""
    values = comma_list(name)
    for origin in values:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
            refuse(name, origin, "origins separated by commas, as in https://hub.example.org")
    return values


def exact_origins(name: str) -> list[str]:
    """Return origins in lower case, without wildcards."""
    values = origins(name)
    for origin in values:
        if "*" in origin or "@" in origin or origin != origin.lower():
            refuse(name, origin, "whole origins in lower case separated by commas, as in https://app.example.org")
    return values


def rate(name: str, default: str) -> rates.Rate:
    """Return a rate such as 600/minute."""
    value = text(name) or default
    try:
        return rates.parse(value)
    except ValueError:
        refuse(name, value, rates.ALLOWED)


def networks(name: str) -> list[Network]:
    """Return addresses or CIDR blocks as networks."""
    return [_network(name, word) for word in comma_list(name)]


def _network(name: str, word: str) -> Network:
    try:
        return ip_network(word)
    except ValueError:
        refuse(name, word, "addresses or CIDR blocks separated by commas, as in 10.0.0.0/8,::1")


def secret(name: str) -> str:
    """Return a secret of at least MIN_SECRET characters; "" if unset."""
    value = text(name)
    if value and len(value) < MIN_SECRET:
        refuse(name, None, f"at least {MIN_SECRET} characters, or nothing to have one generated")
    return value


def fernet_keys(name: str) -> list[str]:
    """Return Fernet keys; the first encrypts, all decrypt."""
    keys = comma_list(name)
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            refuse(name, None, "Fernet keys separated by commas (32 bytes as URL-safe base64 each), or nothing")
    return keys


def database(name: str, default_file: Path) -> dict[str, Any]:
    """Return Django's database settings from a URL; SQLite in `default_file` if unset."""
    url = text(name)
    scheme = url.partition(":")[0]
    if not url:
        return _sqlite(default_file)
    if scheme == "sqlite":
        return _sqlite(_sqlite_file(name, url))
    if scheme in POSTGRES:
        return _postgres(name, url)
    refuse(name, without_password(url), "sqlite:////absolute/path or postgres://user:password@host:port/name")


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": dict(SQLITE_OPTIONS),
        "CONN_MAX_AGE": 60,
    }


def _sqlite_file(name: str, url: str) -> Path:
    """Return the file of sqlite:////abs/file or sqlite:///relative/file. Processes cannot share :memory:."""
    location = url.removeprefix("sqlite:///")
    if location == url or location in {"", ":memory:"} or location.endswith("/") or "?" in location:
        refuse(name, url, "a file, as in sqlite:////srv/cryptohub/db.sqlite3")
    return Path(location).absolute()


def _postgres(name: str, url: str) -> dict[str, Any]:
    parsed = _parse(name, url, environ.Env.db_url_config, "postgres://user:password@host:port/name")
    if not parsed["NAME"]:
        refuse(name, without_password(url), "postgres://user:password@host:port/name, with a database name")
    return {**parsed, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def cache(name: str) -> dict[str, Any]:
    """Return Django's cache settings: Redis if a URL is set, else a table of the database."""
    url = text(name)
    if not url:
        return {
            "BACKEND": "cryptohub.conf.json_cache.JSONDatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    allowed = "redis://host:port/number or rediss://…"
    if url.partition(":")[0] not in REDIS:
        refuse(name, without_password(url), allowed)
    parsed = _parse(name, url, environ.Env.cache_url_config, allowed)
    if not urlsplit(url).hostname:
        refuse(name, without_password(url), allowed)
    options = {**parsed.get("OPTIONS", {}), "serializer": "cryptohub.conf.json_cache.JSONSerializer"}
    return {**parsed, "OPTIONS": options}


class SignUp(StrEnum):
    """Groups that may create an account: everybody, holders of an invitation, or nobody."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


def sign_up(name: str) -> SignUp:
    """Return who may create an account; open if unset."""
    value = text(name).lower() or SignUp.OPEN.value
    if value not in set(SignUp):
        refuse(name, value, ", ".join(SignUp))
    return SignUp(value)


def email(name: str) -> dict[str, Any]:
    """Return Django's EMAIL_* settings; messages go to the console if unset."""
    url = text(name) or "consolemail://"
    allowed = "consolemail:// or smtp://user:password@host:port (also smtp+tls://, smtp+ssl://)"
    scheme = url.partition(":")[0]
    if scheme not in MAIL:
        refuse(name, without_password(url), allowed)
    parsed = _parse(name, url, environ.Env.email_url_config, allowed)
    if scheme != "consolemail" and not parsed["EMAIL_HOST"]:
        refuse(name, without_password(url), allowed)
    return {key: value for key, value in parsed.items() if value not in (None, "")}


def _parse(name: str, url: str, parser: Any, allowed: str) -> dict[str, Any]:
    """Run a parser of django-environ; exit with one line if it rejects the URL."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            urlsplit(url).port  # noqa: B018 - reading it raises if the port is not a number
            return dict(parser(url))
    except (ValueError, UserWarning, ImproperlyConfigured):
        refuse(name, without_password(url), allowed)


def without_password(url: str) -> str:
    """Return the URL with its password masked."""
    head, at, tail = url.rpartition("@")
    name, colon, _ = head.removeprefix(scheme := f"{url.partition('://')[0]}://").partition(":")
    return f"{scheme}{name}:***@{tail}" if at and colon else url
