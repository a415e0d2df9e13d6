"""What people call a coin -> one asset, and each provider's own name for it. Answered from memory.

Symbols are not unique: the coin with the best rank wins. The index is read from the tables on first use, and anew
within about a second of a change: one small query a second, by one thread, tells whether anything changed.
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
EARLY_S = 0.5
"""In a process that follows the database, the check is made by that thread, before it is due for anybody."""
LATE_S = 5.0
"""There, who asks looks for himself only when that thread has not looked for so long: it is gone, or the machine is."""
REREAD_S = 60.0
"""The check compares counts and times; what it could miss (clocks of two writers apart) is seen after this."""


class _Read(NamedTuple):
    """An index, what the tables looked like when it was read, and the times (monotonic) it was read and checked."""

    found: AssetIndex
    stamp: object
    read_at: float
    checked_at: float


class IndexCache:
    """This process's index. It is replaced as a whole, so readers need no lock."""

    def __init__(self) -> None:
        self.held: _Read | None = None
        self._every = CHECK_S
        self._looking = threading.Lock()

    def index(self, now: float) -> AssetIndex:
        """The index at ``now`` (monotonic seconds)."""
        held = self.held
        if held is not None and not _due(held, now, self._every):
            return held.found
        if not self._looking.acquire(blocking=held is None) and held is not None:
            return held.found  # another thread is looking
        try:
            if self.held is None or _due(self.held, now, self._every):
                self.held = _looked_again(self.held, now)
            return self.held.found
        finally:
            self._looking.release()

    def follow(self, now: float) -> None:
        """Look a little before it is due: then nobody who asks has to."""
        self._every = LATE_S
        if self.held is None or not _due(self.held, now, EARLY_S) or not self._looking.acquire(blocking=False):
            return
        try:
            self.held = _looked_again(self.held, now)
        finally:
            self._looking.release()


def _due(held: _Read, now: float, every: float = CHECK_S) -> bool:
    return now - held.checked_at >= every


def _looked_again(held: _Read | None, now: float) -> _Read:
    """The index after a look at the tables. While the database is away, the last one stands."""
    try:
        stamp = [_stamp(Asset.objects), _stamp(AssetAlias.objects)]
        if held is None or held.stamp != stamp or now - held.read_at >= REREAD_S:
            return _Read(_read(), stamp, now, now)
    except (DatabaseError, InterfaceError) as error:
        if held is None:
            raise
        log.warning("assets could not be read: %s", type(error).__name__)
    return held._replace(checked_at=now)


def _stamp(rows: DatedManager) -> object:
    return rows.aggregate(count=Count("pk"), newest=Max("changed_at"))


def _read() -> AssetIndex:
    rows = Asset.objects.order_by("rank", "pk").values_list("slug", "symbol", "name", "rank", "enabled")
    aliases = AssetAlias.objects.filter(verified=True, asset__enabled=True)
    return build(rows, aliases.values_list("provider", "asset__slug", "name"))


_cache = IndexCache()


def _index() -> AssetIndex:
    return _cache.index(time.monotonic())


def follow() -> None:
    """Keep the index fresh behind those who ask: for a thread that looks at the database again and again."""
    _cache.follow(time.monotonic())


def find(text: str) -> Instrument | None:
    """The instrument that a symbol ("btc"), an id ("bitcoin") or a pair ("BTCUSDT", "BTC-USD", "eth/btc") names."""
    return _index().find(text)


def get(slug: str) -> AssetRef | None:
    """The asset with this slug, also one that is switched off."""
    return _index().by_slug.get(slug)


def search(text: str, limit: int = 20) -> list[AssetRef]:
    """For autocomplete: symbols that begin so first, then names with a word that does, then ids; best rank first."""
    return _index().search(text, limit)


def top(limit: int) -> list[AssetRef]:
    """The first assets by rank."""
    return list(_index().ranked[:limit])


def provider_names(provider_slug: str) -> Mapping[str, str]:
    """Asset slug -> the provider's own name for it; verified names only."""
    return _index().provider_names.get(provider_slug, {})


def current_index() -> object:
    """What names are read from now: the same object until they are read anew."""
    return _index()


def last_index() -> object:
    """What names were read from last, without a look whether it still holds."""
    return _cache.held and _cache.held.found


def reset() -> None:
    """Forget what was read, and by whom."""
    _cache.held, _cache._every = None, CHECK_S
