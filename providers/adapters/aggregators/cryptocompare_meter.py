"""CryptoCompare's route for the remaining calls of an API key, which its response headers do not state."""

from __future__ import annotations

from collections.abc import Callable

from providers.adapters.shared import parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Allowance, Request, Response

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 30 * 86_400}
"""Window lengths in seconds. The start of a month is undocumented."""

ReadEnvelope = Callable[[Response], Row]


class RateLimits:
    """Calls made and left by window, from ``/stats/rate/limit``; ``envelope`` reads the body of a success."""

    def __init__(self, envelope: ReadEnvelope) -> None:
        self._envelope = envelope

    def request(self) -> Request:
        """Build the request for the limits."""
        return Request("/stats/rate/limit", ())

    def parse(self, response: Response) -> tuple[Allowance, ...]:
        """Read every limit, the shortest window first."""
        data = parsing.mapping(parsing.field(self._envelope(response), "Data"), "the limits")
        created, left = (parsing.mapping(parsing.field(data, name), name) for name in ("calls_made", "calls_left"))
        return tuple(
            Allowance(seconds, _calls(created, window), _calls(left, window)) for window, seconds in WINDOWS.items()
        )


def _calls(counts: Row, window: str) -> int:
    calls = parsing.amount(parsing.field(counts, window))
    if calls is None or calls != calls.to_integral_value():
        raise parsing.broken("a number of calls that is not an integer")
    return int(calls)
