"""Rates as people write them: 600/minute. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
ALLOWED = "a whole number from 1 on per second, minute, hour or day, as in 600/minute"
_RATE = re.compile(r"([1-9][0-9]{0,11}) ?/ ?(second|minute|hour|day)")


class Rate(NamedTuple):
    """So many requests in a window of so many seconds."""

    quota: int
    window_s: int


def parse(text: str) -> Rate:
    """The rate that is written there. Raises ValueError."""
    found = _RATE.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(ALLOWED)
    return Rate(int(found[1]), UNITS[found[2]])
