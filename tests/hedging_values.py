"""When a second candidate is asked, in tests: late, unless a test is about hedging."""

from __future__ import annotations

import math
from typing import Final

from providers.resilience import hedging

EARLY: Final = hedging.delay
"""As it is in life."""


def late(p95_ms: float | None, left: float) -> float:
    """A third of the time left, however quick an upstream is known to be; what counts as slow stays what it is."""
    return EARLY(p95_ms, left) if math.isinf(left) else left / 3
