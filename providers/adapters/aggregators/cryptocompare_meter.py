"""How much of a key's limits CryptoCompare says is left: its answers' headers do not tell."""

from __future__ import annotations

from collections.abc import Callable

from providers.adapters.shared import parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Allowance, Request, Response

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 30 * 86_400}
"""Seconds. When a month begins is nowhere stated."""

Open = Callable[[Response], Row]


class Allowances:
    """``/stats/rate/limit``: calls made and left by window. ``envelope`` reads the body of a success."""

    def __init__(self, envelope: Open) -> None:
        self._envelope = envelope

    def request(self) -> Request:
        return Request("/stats/rate/limit", ())

    def parse(self, response: Response) -> tuple[Allowance, ...]:
        data = parsing.mapping(parsing.field(self._envelope(response), "Data"), "the limits")
        made, left = (parsing.mapping(parsing.field(data, name), name) for name in ("calls_made", "calls_left"))
        return tuple(
            Allowance(seconds, _calls(made, window), _calls(left, window)) for window, seconds in WINDOWS.items()
        )


def _calls(counts: Row, window: str) -> int:
    calls = parsing.amount(parsing.field(counts, window))
    if calls is None or calls != calls.to_integral_value():
        raise parsing.broken("calls that are no whole number")
    return int(calls)
