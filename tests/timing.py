"""The two waits that a busy machine turns into failures: as they ship, and relaxed for tests that are about neither.

``relax`` is what the mark ``relaxed_timing`` does for the time of one test (see ``tests/conftest.py``).
"""

from __future__ import annotations

import math
from typing import Final

import pytest

from markets.feeds import category_cache
from providers.resilience import hedging

SHIPPED_DELAY: Final = hedging.delay
"""The hedge delay of production."""
RELAXED_SOFT_DEADLINE_S: Final = 5.0


def relaxed_delay(p95_ms: float | None, left: float) -> float:
    """Return a third of the time left, whatever the p95; without a deadline the delay that ships."""
    return SHIPPED_DELAY(p95_ms, left) if math.isinf(left) else left / 3


def relax(patch: pytest.MonkeyPatch) -> None:
    """Hedge late, and wait longer for a fresh answer before the last known good is given."""
    patch.setattr(hedging, "delay", relaxed_delay)
    patch.setattr(category_cache, "SOFT_DEADLINE_S", RELAXED_SOFT_DEADLINE_S)


def hedge_as_shipped(patch: pytest.MonkeyPatch) -> None:
    """Put the hedge delay of production back, for one case of a relaxed test."""
    patch.setattr(hedging, "delay", SHIPPED_DELAY)
