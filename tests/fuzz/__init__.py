"""Random hostile input for FUZZ_SECONDS: `make fuzz SECONDS=600`, and a few seconds with the other tests."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

SECONDS = float(os.environ.get("FUZZ_SECONDS", "3"))
SEED = os.environ.get("FUZZ_SEED", "1")
"""The same input each time, unless `make fuzz` chooses another; a failure names it."""


def rounds(name: str) -> Iterator[random.Random]:
    """Yield a source of chance again and again until the time is over, at least once."""
    chance, until = random.Random(f"{SEED}/{name}"), time.monotonic() + SECONDS
    while True:
        yield chance
        if time.monotonic() > until:
            return
