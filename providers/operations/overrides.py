"""Manual changes of breakers and cooldowns by an operator. Every process adopts them within 200 ms.

Only the breaker's own columns are written; counters and other observations stay. The increased revision makes
concurrent writes of other processes fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from providers.models import Cooldown, Health


def is_breaker(key: str) -> bool:
    """Return True if the scope has a breaker: an endpoint, or an endpoint or provider in a category."""
    return key.startswith("endpoint:") or (key.startswith("provider:") and "|" in key)


def trip(keys: Iterable[str], now: datetime) -> list[str]:
    """Open breakers until they are closed by hand; return the keys that were not tripped before."""
    changed = []
    with transaction.atomic():
        for key in filter(is_breaker, keys):
            Health.objects.get_or_create(key=key)
            rows = Health.objects.filter(key=key, forced_open=False)
            if rows.update(forced_open=True, opened_at=now, revision=F("revision") + 1):
                changed.append(key)
    return changed


def close(keys: Iterable[str], now: datetime) -> list[str]:
    """Close breakers at once, as after a recovery; return the keys that exist."""
    reset = {
        "forced_open": False,
        "opened_at": None,
        "open_until": None,
        "suspect_since": None,
        "closed_at": now,
        "trips": 0,
        "consecutive_failures": 0,
    }
    with transaction.atomic():
        return [
            key
            for key in filter(is_breaker, keys)
            if Health.objects.filter(key=key).update(**reset, revision=F("revision") + 1)
        ]


def end_cooldown(keys: Iterable[str]) -> list[str]:
    """Delete cooldowns before their end; return the keys that had one."""
    with transaction.atomic():
        return [key for key in keys if Cooldown.objects.filter(key=key).delete()[0]]
