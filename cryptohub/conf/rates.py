"""Rates as people write them, such as 600/minute. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
ALLOWED = "a whole number from 1 on per second, minute, hour or day, as in 600/minute"
_RATE = re.compile(r"([1-9][0-9]{0,11}) ?/ ?(second|minute|hour|day)")


class Rate(NamedTuple):
    """A number of requests in a window of seconds."""

    quota: int
    window_s: int


def parse(text: str) -> Rate:
    """Parse a rate such as `600/minute`. Raises ValueError."""
    match = _RATE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(ALLOWED)
    return Rate(int(match[1]), UNITS[match[2]])
