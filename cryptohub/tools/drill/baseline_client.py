"""The yardstick: the same question asked with ``requests`` alone, with nothing of the hub in between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import requests
from requests.adapters import HTTPAdapter

Ask = Callable[[], Decimal]
TIMEOUT_S = 5.0


def anew(url: str) -> Ask:
    """``requests.get``: a new connection each time."""
    return lambda: _price(requests.get(url, timeout=TIMEOUT_S))


def session(url: str) -> Ask:
    """A session as it comes."""
    kept = requests.Session()
    return lambda: _price(kept.get(url, timeout=TIMEOUT_S))


def tuned(url: str) -> Ask:
    """A session that does not look at the environment, with a pool as large as there are threads."""
    kept = requests.Session()
    kept.trust_env = False
    kept.mount("http://", HTTPAdapter(pool_connections=64, pool_maxsize=64))
    return lambda: _price(kept.get(url, timeout=TIMEOUT_S))


def _price(response: requests.Response) -> Decimal:
    response.raise_for_status()
    return Decimal(response.json()["lastPrice"])
