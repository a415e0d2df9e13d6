"""Coins by any name a user may type, and each provider's own name for a coin. Answered from memory.

Symbols are not unique: the coin with the best rank wins. The index is read from the tables on first use and again
within about a second of a change, which one small query a second, by one thread, detects.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Max

from markets.assets.index import AssetIndex, AssetRef, build
from markets.models import Asset, AssetAlias, DatedManager
from providers.domain.market_data import Instrument

__all__ = [
    "AssetRef",
    "IndexCache",
    "current_index",
    "find",
    "follow",
    "get",
    "last_index",
    "provider_names",
    "reset",
    "search",
    "top",
]

log = logging.getLogger(__name__)

CHECK_S = 1.0
"""Interval at which readers check the tables in a process without a follower thread."""
FOLLOW_S = 0.5
"""Interval of the follower thread: shorter, so that readers never need to check."""
FOLLOWED_CHECK_S = 5.0
"""After this time readers of a followed index check for themselves: the follower is gone, or the machine is busy."""
REREAD_S = 60.0
"""The check compares counts and times; what it could miss (clocks of two writers apart) is found by this reread."""


class _IndexState(NamedTuple):
    """An index, the tables' stamp when it was read, and the times (monotonic) it was read and checked."""

    asset_index: AssetIndex
    stamp: object
    read_at: float
    checked_at: float


class IndexCache:
    """This process's index. It is replaced as a whole, so readers need no lock."""

    def __init__(self) -> None:
        self.state: _IndexState | None = None
        self._check_every_s = CHECK_S
        self._lock = threading.Lock()

    def index(self, now: float) -> AssetIndex:
        """Return the index at ``now`` (monotonic seconds), after a check of the tables if one is due."""
        state = self.state
        if state is not None and not _is_due(state, now, self._check_every_s):
            return state.asset_index
        if not self._lock.acquire(blocking=state is None) and state is not None:
            return state.asset_index  # another thread is checking
        try:
            if self.state is None or _is_due(self.state, now, self._check_every_s):
                self.state = _checked(self.state, now)
            return self.state.asset_index
        finally:
            self._lock.release()

    def follow(self, now: float) -> None:
        """Check the tables before a check is due for readers; called again and again by one thread."""
        self._check_every_s = FOLLOWED_CHECK_S
        if self.state is None or not _is_due(self.state, now, FOLLOW_S) or not self._lock.acquire(blocking=False):
            return
        try:
            self.state = _checked(self.state, now)
        finally:
            self._lock.release()

    def reset(self) -> None:
        """Forget the index and its follower."""
        self.state, self._check_every_s = None, CHECK_S


def _is_due(state: _IndexState, now: float, every_s: float) -> bool:
    return now - state.checked_at >= every_s


def _checked(state: _IndexState | None, now: float) -> _IndexState:
    """Check the tables and read them again if they changed; keep the last index while the database is unavailable."""
    try:
        stamp = [_stamp(Asset.objects), _stamp(AssetAlias.objects)]
        if state is None or state.stamp != stamp or now - state.read_at >= REREAD_S:
            return _IndexState(_read(), stamp, now, now)
    except (DatabaseError, InterfaceError) as error:
        if state is None:
            raise
        log.warning("assets could not be read: %s", type(error).__name__)
    return state._replace(checked_at=now)


def _stamp(rows: DatedManager) -> object:
    return rows.aggregate(count=Count("pk"), newest=Max("changed_at"))


def _read() -> AssetIndex:
    rows = Asset.objects.order_by("rank", "pk").values_list("slug", "symbol", "name", "rank", "enabled")
    aliases = AssetAlias.objects.filter(verified=True, asset__enabled=True)
    return build(rows, aliases.values_list("provider", "asset__slug", "name"))


_cache = IndexCache()


def current_index() -> AssetIndex:
    """Return the index, the same object until the tables change."""
    return _cache.index(time.monotonic())


def last_index() -> AssetIndex | None:
    """Return the index as it was read last, without checking the tables."""
    return _cache.state and _cache.state.asset_index


def follow() -> None:
    """Keep the index fresh in the background: for a thread that checks the database regularly."""
    _cache.follow(time.monotonic())


def find(text: str) -> Instrument | None:
    """Return the instrument of a symbol ("btc"), an id ("bitcoin") or a pair ("BTCUSDT", "BTC-USD", "eth/btc")."""
    return current_index().find(text)


def get(slug: str) -> AssetRef | None:
    """Return the asset with this slug, also a disabled one."""
    return current_index().by_slug.get(slug)


def search(text: str, limit: int = 20) -> list[AssetRef]:
    """Return matches for autocomplete: by symbol prefix, then by a word of the name, then by id; best rank first."""
    return current_index().search(text, limit)


def top(limit: int) -> list[AssetRef]:
    """Return the first assets by rank."""
    return list(current_index().ranked[:limit])


def provider_names(slug: str) -> Mapping[str, str]:
    """Return a provider's own names by our asset slugs; verified names only."""
    return current_index().provider_names.get(slug, {})


def reset() -> None:
    """Forget the index, as a new process would."""
    _cache.reset()
