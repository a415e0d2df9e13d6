"""Baseline: the same price by ``requests`` alone, without the hub."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import requests
from requests.adapters import HTTPAdapter

PriceCall = Callable[[], Decimal]
TIMEOUT_S = 5.0


def new_connection(url: str) -> PriceCall:
    """Use ``requests.get`` with a new connection each time."""
    return lambda: _price(requests.get(url, timeout=TIMEOUT_S))


def session(url: str) -> PriceCall:
    """Use a session with default settings."""
    http = requests.Session()
    return lambda: _price(http.get(url, timeout=TIMEOUT_S))


def tuned(url: str) -> PriceCall:
    """Use a session without environment look-ups and with a pool for all threads."""
    http = requests.Session()
    http.trust_env = False
    http.mount("http://", HTTPAdapter(pool_connections=64, pool_maxsize=64))
    return lambda: _price(http.get(url, timeout=TIMEOUT_S))


def _price(response: requests.Response) -> Decimal:
    response.raise_for_status()
    return Decimal(response.json()["lastPrice"])
