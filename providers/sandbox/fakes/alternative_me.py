"""alternative.me's Fear & Greed Index: text for numbers, newest first, one value a day from midnight UTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, Names, as_json, dispatch, front_page, refuser, routes, whole_number
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.levels import unit
from providers.sandbox.view import View

DAY = 86_400
BANDS = ((25, "Extreme Fear"), (46, "Fear"), (54, "Neutral"), (75, "Greed"), (100, "Extreme Greed"))


def listing(coins: Sequence[Coin]) -> Names:
    """List the coins by the provider's own names."""
    return {}


def index_of(seed: int, maker: str, when: int) -> int:
    """A maker's value at a time: it drifts about the middle."""
    return round(20 + 60 * unit(seed, maker, "mood", when))


def band(value: int) -> str:
    """Classification of an index value."""
    return next(word for highest, word in BANDS if value <= highest)


def fng(call: Call, view: View) -> Reply:
    """Answer ``/fng``."""
    today = int(view.at) // DAY
    days = [_day(view, today - ago) for ago in range(min(365, whole_number(call, "limit", 1) or 365))]
    days[0]["time_until_update"] = str(int((today + 1) * DAY - view.now))
    return as_json({"name": "Fear and Greed Index", "data": days, "metadata": {"error": None}})


def _day(view: View, day: int) -> dict[str, Any]:
    value = index_of(view.market.seed, "alternative_me", day)
    return {"value": str(value), "value_classification": band(value), "timestamp": str(day * DAY)}


ROUTES = routes((r"/fng/?", fng))


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or front_page(404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    error = "Too many requests" if kind == "rate_limited" else "Internal error"
    return as_json({"name": "Fear and Greed Index", "metadata": {"error": error}})


FAKE = Fake(listing, answer, refuser({}), mistake, limit=60)
