"""Users, their keys, and low rate limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from cryptohub.api import keys, rate_limiter
from cryptohub.api.key_scopes import KeyScope
from cryptohub.conf.rates import Rate
from tests.alerts.conftest import ann, ann_client, bob, coins
from tests.memory_rate_counters import MemoryRateCounters

__all__ = ["ann", "ann_client", "bob", "coins"]

MakeKey = Callable[..., str]


@pytest.fixture
def make_key(ann: User) -> Iterator[MakeKey]:
    """Makes a key of Ann's and gives the header's value; the process knows none before.

    Its clock stands: what it has read stays read, however busy the machine is.
    """
    keys.reset(lambda: 0.0)

    def create_key(scope: KeyScope = KeyScope.MARKET, owner: User = ann, days: int = 30) -> str:
        return f"Token {keys.create(owner, 'a program', scope, days)[1]}"

    yield create_key
    keys.reset()


@pytest.fixture
def near(settings: Any) -> Iterator[Any]:
    """Limits that a test can reach: 20 a day for an address, 40 for a key or a user."""
    rate_limiter.reset(MemoryRateCounters())
    settings.API_LIMIT_ANONYMOUS, settings.API_LIMIT_KEY = Rate(20, 86400), Rate(40, 86400)
    yield settings
    rate_limiter.reset(MemoryRateCounters())
