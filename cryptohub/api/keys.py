"""API keys: create them, and verify them without SQL once they are cached.

A process caches the keys it has verified, by digest. `RuntimeState` rereads their rows, all in one statement, five
times a second where a process serves. An entry older than MAX_AGE_S is reread by the request that needs it. A key that
is revoked, or whose owner is deactivated, therefore stops working in every process within a second; expiry is checked
on each request.

Tolerated races: a request within that second may still be answered. While the database is unreachable, a cached key
stays valid until it expires, as nobody can revoke it meanwhile.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.db.models import Q
from knox.crypto import hash_token

from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import ApiKey
from providers.state.runtime import RuntimeState, runtime

PREFIX = "hub_"
MAX_KEYS = 20
MIN_DAYS, MAX_DAYS, DEFAULT_DAYS = 1, 365, 90
MAX_AGE_S = 1.0
IDLE_S = 300.0
"""A key not used for this long leaves the cache."""
MAX_CACHED = 2000
_KEY = re.compile(PREFIX + r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CachedKey:
    """A key that was valid when its row was last read."""

    digest: str
    prefix: str
    scope: KeyScope
    user: User
    expires: float
    """Unix seconds."""
    used_at: datetime | None
    """The hour of its last use that the database knows of."""
    read_at: float
    """Time at which the row was read, on the cache's clock."""


class KeyCache:
    """The keys that this process has verified lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cached: OrderedDict[str, CachedKey] = OrderedDict()
        self._last_verified: dict[str, float] = {}
        self._unsaved_hours: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def verify(self, token: str, now: datetime) -> CachedKey | None:
        """Return the key for a token, or None if it is unknown, revoked or expired. Raises database errors."""
        if not _KEY.fullmatch(token):
            return None
        digest = hash_token(token)
        key = self._fresh(digest)
        if key is None or key.expires <= now.timestamp():
            return None
        self._last_verified[digest] = self._clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        if key.used_at is None or key.used_at < hour:
            self._unsaved_hours[digest] = hour
        return key

    def _fresh(self, digest: str) -> CachedKey | None:
        """Return the cached key, reread if it is older than MAX_AGE_S; the old one if the database is unreachable."""
        cached = self._cached.get(digest)
        if cached is not None and self._clock() - cached.read_at <= MAX_AGE_S:
            return cached
        try:
            key = _read([digest], self._clock()).get(digest)
        except DatabaseFailure:
            if cached is None:
                raise
            return cached
        self._store({digest: key})
        return key

    def _store(self, keys: dict[str, CachedKey | None]) -> None:
        with self._lock:
            for digest, key in keys.items():
                if key is None:
                    self._cached.pop(digest, None)
                else:
                    self._cached[digest] = key
            while len(self._cached) > MAX_CACHED:
                self._cached.popitem(last=False)

    def refresh(self) -> None:
        """Reread all cached keys in one statement and drop idle ones. `RuntimeState` calls this regularly."""
        since = self._clock() - IDLE_S
        idle = [digest for digest, at in list(self._last_verified.items()) if at < since or digest not in self._cached]
        for digest in idle:
            self._last_verified.pop(digest, None)
            self._cached.pop(digest, None)
        digests = list(self._cached)
        if digests:
            keys = _read(digests, self._clock())
            self._store({digest: keys.get(digest) for digest in digests})

    def flush(self) -> None:
        """Save the hours in which keys were used: at most one update per key and hour."""
        while self._unsaved_hours:
            digest, hour = self._unsaved_hours.popitem()
            older = Q(last_used_at=None) | Q(last_used_at__lt=hour)
            ApiKey.objects.filter(older, digest=digest).update(last_used_at=hour)
            with self._lock:
                if (cached := self._cached.get(digest)) is not None:
                    self._cached[digest] = replace(cached, used_at=hour)


def _read(digests: list[str], read_at: float) -> dict[str, CachedKey]:
    """Read the keys with these digests whose owners are active."""
    rows = ApiKey.objects.filter(digest__in=digests, user__is_active=True).select_related("user")
    return {
        row.digest: CachedKey(
            row.digest,
            row.prefix,
            _scope(row.scope),
            row.user,
            row.expiry.timestamp() if row.expiry else 0.0,
            row.last_used_at,
            read_at,
        )
        for row in rows
    }


def _scope(value: str) -> KeyScope:
    """Return the scope stored in a row; an unknown value allows the least."""
    return KeyScope(value) if value in list(KeyScope) else KeyScope.MARKET


_cache = KeyCache()
_refreshed_by: RuntimeState | None = None


def verify(token: str, now: datetime) -> CachedKey | None:
    """Return the key for a token, or None if it is not valid. Raises database errors if it is not cached."""
    global _refreshed_by  # noqa: PLW0603 - a restart replaces the runtime
    current = runtime()
    if _refreshed_by is not current:
        _refreshed_by = current
        current.add_follower(_cache.refresh)
        current.writer.add_flusher(_cache.flush)
    return _cache.verify(token, now)


def reset(clock: Callable[[], float] = time.monotonic) -> None:
    """Empty the cache, as a restart would (for tests)."""
    global _cache, _refreshed_by
    _cache, _refreshed_by = KeyCache(clock), None


def create(user: User, name: str, scope: KeyScope, days: int) -> tuple[ApiKey, str]:
    """Create a key; return its row and the key itself, which is stored nowhere.

    Raises ValidationError for a blank name, a lifetime out of range, too many keys, and an operators' key for a user
    who is not staff.
    """
    name = name.strip()
    if not name:
        raise ValidationError({"name": "Give the key a name, so that you recognise it later."})
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise ValidationError({"days": f"A key is valid for {MIN_DAYS} to {MAX_DAYS} days."})
    if scope is KeyScope.OPERATE and not user.is_staff:
        raise ValidationError({"scope": "Only operators can have a key for their routes."})
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=user.pk)
        if ApiKey.objects.owned_by(owner).count() >= MAX_KEYS:
            raise ValidationError(f"You can have at most {MAX_KEYS} keys. Revoke one first.")
        lifetime = timedelta(days=days)
        created: tuple[ApiKey, str] = ApiKey.objects.create(owner, lifetime, name=name, scope=scope.value)  # type: ignore[no-untyped-call]  # knox ships no types
        return created
