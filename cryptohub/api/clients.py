"""Identify the client of an API request: a key, a signed-in user, or an address."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError

from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.conf.rates import Rate
from cryptohub.middleware import forwarded

SCHEME = "Token"
SCHEMES = frozenset({"token", "bearer"})
CHALLENGE = f'{SCHEME} realm="CryptoHub"'
SESSION_MAX_AGE_S = 10.0
MAX_SESSIONS = 2000
MAX_SESSION_LENGTH = 64
"""Django's session keys have 32 characters; longer values are neither read nor cached."""
_IN_QUERY = re.compile(
    r"(?i)(^|[&;])(api[-_]?key|access[-_]?token|auth[-_]?token|token|authorization)=|\bhub_[0-9a-f]{11}"
)


class BadKey(AuthenticationFailed):
    """A key that is not valid. The detail does not tell why, so that nobody can probe for keys."""

    default_detail = "This key is not valid: it is mistyped, revoked or expired, or its owner's account is closed."
    auth_header = CHALLENGE


class BadScheme(AuthenticationFailed):
    """An Authorization header that carries no key in a known way: answered, so that nobody is anonymous unawares."""

    default_detail = (
        f"The Authorization header is not understood. Send a key as “Authorization: {SCHEME} <key>” or “Bearer <key>”."
    )
    default_code = "scheme"
    auth_header = CHALLENGE


class KeyInQuery(ParseError):  # noqa: N818 - a refusal, named for what is refused
    """A key in the query string, where logs and histories would keep it."""

    default_detail = (
        "Keys are not accepted in the query string, where they end up in logs and histories. "
        f"Send the header “Authorization: {SCHEME} <key>”, and revoke a key that was sent this way."
    )
    default_code = "key_in_query"


class KeysUnreadable(APIException):
    """A key that is not cached while the database is unreachable."""

    status_code = 503
    default_detail = "Keys cannot be checked just now."
    default_code = "unavailable"
    retry_after = 2


class Client(NamedTuple):
    """The client of a request: a name to count by, and the limit that applies."""

    kind: str
    name: str
    rate: Rate
    key: keys.CachedKey | None = None
    refusal: APIException | None = None
    """Why the request is refused, even within the limit."""


def identify(request: HttpRequest, now: datetime) -> Client:
    """Return the client of a request. A request with a refused key counts against its address."""
    if _IN_QUERY.search(request.META.get("QUERY_STRING", "")):
        return _address_client(request, KeyInQuery())
    try:
        token = _token(request)
    except BadScheme as refusal:
        return _address_client(request, refusal)
    if token is not None:
        return _key_client(request, token, now)
    user = _session_user(request) if "HTTP_COOKIE" in request.META else None
    return _address_client(request) if user is None else Client("user", f"user:{user}", settings.API_LIMIT_KEY)


def is_operator(request: HttpRequest, client: Client) -> bool:
    """Tell if a member of the staff asks, with a key for operators or signed in. Reads the session and the user."""
    if client.key is not None:
        return client.key.scope.covers(KeyScope.OPERATE) and client.key.user.is_staff
    if client.kind != "user":
        return False
    store = import_module(settings.SESSION_ENGINE).SessionStore
    holder = HttpRequest()
    holder.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    try:
        user = get_user(holder)
    except (DatabaseFailure, RedisError):
        return False
    return bool(user.is_active and getattr(user, "is_staff", False))


def _session_user(request: HttpRequest) -> str | None:
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return _sessions.user_of(cookie) if cookie else None


def _token(request: HttpRequest) -> str | None:
    """Return the Authorization header's key; None without one, or with Basic, which may be meant for a proxy.

    Raises BadScheme for every other header.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "").strip()
    scheme, _, token = header.partition(" ")
    if scheme.lower() in SCHEMES and token.strip():
        return str(token.strip())
    if not header or scheme.lower() == "basic":
        return None
    raise BadScheme


def _key_client(request: HttpRequest, token: str, now: datetime) -> Client:
    try:
        key = keys.verify(token, now)
    except DatabaseFailure:
        return _address_client(request, KeysUnreadable())
    if key is None:
        return _address_client(request, BadKey())
    return Client("key", f"key:{key.prefix}", settings.API_LIMIT_KEY, key)


def _address_client(request: HttpRequest, refusal: APIException | None = None) -> Client:
    network = forwarded.client_network(request.META.get("REMOTE_ADDR", ""))
    return Client("address", f"address:{network}", settings.API_LIMIT_ANONYMOUS, refusal=refusal)


class SessionUsers:
    """User ids by session cookie, cached for SESSION_MAX_AGE_S. For counting only; they grant no access."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cached: OrderedDict[str, tuple[str | None, float]] = OrderedDict()
        self._lock = threading.Lock()

    def user_of(self, cookie: str) -> str | None:
        """Return the id of the session's user; None if there is none or the session cannot be read."""
        if len(cookie) > MAX_SESSION_LENGTH:
            return None
        cached = self._cached.get(cookie)
        if cached is not None and self._clock() - cached[1] < SESSION_MAX_AGE_S:
            return cached[0]
        user = self._read(cookie)
        with self._lock:
            self._cached[cookie] = (user, self._clock())
            while len(self._cached) > MAX_SESSIONS:
                self._cached.popitem(last=False)
        return user

    def _read(self, cookie: str) -> str | None:
        try:
            store = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
            user: str | None = store.get(SESSION_KEY)
        except (DatabaseFailure, RedisError):
            return None
        return user


_sessions = SessionUsers()
