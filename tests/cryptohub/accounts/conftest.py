"""Each test begins with nothing counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cryptohub.api import rate_limiter
from tests.memory_rate_counters import MemoryRateCounters


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    rate_limiter.reset(MemoryRateCounters())
    yield
    rate_limiter.reset(MemoryRateCounters())
