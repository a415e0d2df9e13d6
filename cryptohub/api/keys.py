"""Clients' keys: made, revoked, and recognised without SQL once they are known.

A process keeps the keys it has seen, by their digest, and reads their rows again, all in one statement, whenever the
snapshot looks at the database: five times a second where a process serves. What was last read more than a second ago is
not trusted but read again by whoever asks. So a key that was revoked, or whose owner was switched off, stops working
everywhere within a second; an expiry needs no reading.

The race that is tolerated: a request that comes within that second may still be answered. And while the database cannot
be read, a key that was good when it was last read stays good until it expires: nobody can revoke it meanwhile.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseTrouble
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
"""A key that was not used for so long is not read along any more."""
MAX_CACHED = 2000
_KEY = re.compile(PREFIX + r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CachedKey:
    """A key that was good when it was last read."""

    digest: str
    prefix: str
    scope: KeyScope
    user: User
    expires: float
    """Unix seconds."""
    used_at: datetime | None
    """The hour of its last use, as far as the database knows."""
    read_at: float


class KeyCache:
    """The keys this process knows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cached: OrderedDict[str, CachedKey] = OrderedDict()
        self._last_verified: dict[str, float] = {}
        self._unsaved_hours: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def verify(self, token: str, now: datetime) -> CachedKey | None:
        """Whose key this is; None for one that is none, or none any more. Raises the database's errors."""
        if not _KEY.fullmatch(token):
            return None
        digest = hash_token(token)
        found = self._fresh(digest)
        if found is None or found.expires <= now.timestamp():
            return None
        self._last_verified[digest] = self._clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        if found.used_at is None or found.used_at < hour:
            self._unsaved_hours[digest] = hour
        return found

    def _fresh(self, digest: str) -> CachedKey | None:
        held = self._cached.get(digest)
        if held is not None and self._clock() - held.read_at <= MAX_AGE_S:
            return held
        try:
            read = _read([digest], self._clock()).get(digest)
        except DatabaseTrouble:
            if held is None:
                raise
            return held
        self._store({digest: read})
        return read

    def _store(self, read: dict[str, CachedKey | None]) -> None:
        with self._lock:
            for digest, known in read.items():
                if known is None:
                    self._cached.pop(digest, None)
                else:
                    self._cached[digest] = known
            while len(self._cached) > MAX_CACHED:
                self._cached.popitem(last=False)

    def refresh(self) -> None:
        """Read anew what is known: for the snapshot's looks at the database."""
        since = self._clock() - IDLE_S
        for digest in [digest for digest, at in list(self._last_verified.items()) if at < since or digest not in self._cached]:
            self._last_verified.pop(digest, None)
            self._cached.pop(digest, None)
        digests = list(self._cached)
        if digests:
            read = _read(digests, self._clock())
            self._store({digest: read.get(digest) for digest in digests})

    def flush(self) -> None:
        """Write down the hours in which keys were used: once an hour each at most."""
        while self._unsaved_hours:
            digest, hour = self._unsaved_hours.popitem()
            unsaid = Q(last_used_at=None) | Q(last_used_at__lt=hour)
            ApiKey.objects.filter(unsaid, digest=digest).update(last_used_at=hour)
            with self._lock:
                if (held := self._cached.get(digest)) is not None:
                    self._cached[digest] = replace(held, used_at=hour)


def _read(digests: list[str], read_at: float) -> dict[str, CachedKey]:
    """Those of these keys that are good, as the database has them now."""
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


def _scope(word: str) -> KeyScope:
    """A row may hold anything, and what is not understood allows the least."""
    return KeyScope(word) if word in list(KeyScope) else KeyScope.MARKET


_cache = KeyCache()
_refreshed_by: RuntimeState | None = None


def verify(token: str, now: datetime) -> CachedKey | None:
    """Whose key this is, from what this process knows. Raises the database's errors where it has to be asked."""
    global _refreshed_by  # noqa: PLW0603 - the state that reads along; a new one after a restart
    current = runtime()
    if _refreshed_by is not current:
        _refreshed_by = current
        current.add_follower(_cache.refresh)
        current.writer.add_flusher(_cache.flush)
    return _cache.verify(token, now)


def reset(clock: Callable[[], float] = time.monotonic) -> None:
    """Know no key, as a process that has just started (tests)."""
    global _cache, _refreshed_by
    _cache, _refreshed_by = KeyCache(clock), None


def create(user: User, name: str, scope: KeyScope, days: int) -> tuple[ApiKey, str]:
    """A new key: its row, and the key itself, which nobody can be told again.

    Raises ValidationError for what a key cannot be, for too many, and for an operators' key of someone who is none.
    """
    name = name.strip()
    if not name:
        raise ValidationError({"name": "Give it a name, so that you know it again."})
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise ValidationError({"days": f"A key lives {MIN_DAYS} to {MAX_DAYS} days."})
    if scope is KeyScope.OPERATE and not user.is_staff:
        raise ValidationError({"scope": "Only operators can have a key for their routes."})
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=user.pk)
        if ApiKey.objects.owned_by(owner).count() >= MAX_KEYS:
            raise ValidationError(f"You can have at most {MAX_KEYS} keys. Revoke one first.")
        lives = timedelta(days=days)
        made: tuple[ApiKey, str] = ApiKey.objects.create(owner, lives, name=name, scope=scope.value)  # type: ignore[no-untyped-call]  # knox ships no types
        return made


def now() -> datetime:
    return datetime.now(UTC)
