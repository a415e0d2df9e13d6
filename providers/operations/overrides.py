"""What an operator does by hand to breakers and cooldowns. Every process follows within 200 ms, as it reads the rows.

Counters and everything else that was observed stay as they are: only the breaker's own facts are written, and the
revision says so to whoever was about to write theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from providers.models import Cooldown, Health


def is_breaker(key: str) -> bool:
    """Whether a scope has a breaker: an endpoint, or an endpoint or provider in a category. Others only count."""
    return key.startswith("endpoint:") or (key.startswith("provider:") and "|" in key)


def trip(keys: Iterable[str], now: datetime) -> list[str]:
    """Keep users' calls and probes away until closed by hand; returns the keys that were not tripped before."""
    changed = []
    with transaction.atomic():
        for key in filter(is_breaker, keys):
            Health.objects.get_or_create(key=key)
            rows = Health.objects.filter(key=key, forced_open=False)
            if rows.update(forced_open=True, opened_at=now, revision=F("revision") + 1):
                changed.append(key)
    return changed


def close(keys: Iterable[str], now: datetime) -> list[str]:
    """Let traffic back at once, as after a proven recovery; returns the keys that there are."""
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
    """End cooldowns before their time; returns the keys that were parked."""
    with transaction.atomic():
        return [key for key in keys if Cooldown.objects.filter(key=key).delete()[0]]
