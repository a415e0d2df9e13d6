"""Parts of a fake provider: listing, normal answers, refusals, errors inside HTTP 200."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.http1 import HTML, Call, Reply
from providers.sandbox.view import Pair, View

MAJOR = 40
"""Largest rank of coins that trade against every quote currency of a venue."""
Names = Mapping[str, Pair]
Answer = Callable[..., Reply]


def one_call(call: Call) -> int:
    """Cost of a call where calls are counted."""
    return 1


@dataclass(frozen=True, slots=True)
class Fake:
    """A fake provider made of pure functions.

    ``listing`` gives what it lists by its own names. ``answer`` is its normal answer. ``refuse`` is its own answer
    with an HTTP error status. ``mistake`` is its own error inside a 200, for the two cases "broken" and
    "rate_limited". ``limit`` is what it allows in ``window`` seconds, in the unit of ``weigh``. ``limited`` is the
    status of its "too many requests", which some providers send as a 200. ``lineage`` is whose prices it passes on,
    ``refresh`` how many seconds its figures stand between updates.
    """

    listing: Callable[[Sequence[Coin]], Names]
    answer: Callable[[Call, View], Reply]
    refuse: Callable[[int, View, int | None], Reply]
    mistake: Callable[[str, View], Reply]
    limit: int
    window: float = 60.0
    weigh: Callable[[Call], int] = one_call
    limited: int = 429
    endpoints: int = 1
    lineage: str = ""
    refresh: float = 0.0


def as_json(value: Any, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """JSON answer, compact and unescaped."""
    return Reply(status, json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), headers=headers)


def always(value: Any) -> Answer:
    """Route with a constant answer."""
    reply = as_json(value)

    def answer(call: Call, view: View) -> Reply:
        return reply

    return answer


def as_html(status: int, title: str, server: str = "cloudflare") -> Reply:
    """HTML error page of a front server."""
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, page.encode(), HTML, (("Server", server),))


TITLES = {
    401: "401 Authorization Required",
    402: "402 Payment Required",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Not Allowed",
    414: "414 Request-URI Too Large",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


def front_page(status: int, server: str = "cloudflare") -> Reply:
    """Front server's page for a status."""
    return as_html(status, TITLES.get(status, f"{status} Error"), server)


def refuser(bodies: Mapping[int, Any], server: str = "cloudflare") -> Callable[[int, View, int | None], Reply]:
    """Refusal from a table of the provider's JSON bodies by status; other statuses get the front server's page."""

    def refuse(status: int, view: View, retry_after: int | None) -> Reply:
        reply = as_json(bodies[status], status) if status in bodies else front_page(status, server)
        return with_retry(reply, retry_after)

    return refuse


def with_retry(reply: Reply, retry_after: int | None) -> Reply:
    """Add Retry-After to an answer if a delay is given."""
    return reply if retry_after is None else reply.plus(("Retry-After", str(retry_after)))


def routes(*table: tuple[str, Answer]) -> tuple[tuple[re.Pattern[str], Answer], ...]:
    """Compile path patterns with their handlers; groups of a pattern become further arguments."""
    return tuple((re.compile(pattern), answer) for pattern, answer in table)


def every_second(answer: Callable[[Call, View], Reply]) -> Answer:
    """Route whose answer is computed once per second and reused until the next."""
    last: dict[Any, Reply] = {}

    def cached(call: Call, view: View) -> Reply:
        steady = replace(view, now=float(int(view.now)), at=float(int(view.at)))
        key = (call.target, view.market, steady.now, steady.at, view.factor, view.wrong)
        if key not in last:
            last.clear()
            last[key] = answer(call, steady)
        return last[key]

    return cached


def dispatch(table: Iterable[tuple[re.Pattern[str], Answer]], call: Call, view: View) -> Reply | None:
    """Answer of the first route that matches the path, or None."""
    for pattern, answer in table:
        match = pattern.fullmatch(call.path)
        if match:
            return answer(call, view, *match.groups())
    return None


def whole_number(call: Call, name: str, default: int) -> int:
    """Whole-number parameter of a query, or the default."""
    text = call.query.get(name, "")
    return int(text) if text.isdecimal() else default


def pairs(
    coins: Iterable[Coin], provider: str, quotes: Sequence[str], spell: Callable[[str, str], str]
) -> dict[str, Pair]:
    """Pairs of an exchange: each listed coin against each quote currency.

    Quote currencies after the first only for the largest coins.
    """
    return {
        spell(ticker, quote): Pair(coin, quote)
        for coin in coins
        if (ticker := coin.name_at(provider))
        for quote in (quotes if coin.rank <= MAJOR else quotes[:1])
        if ticker != quote
    }


def ids(coins: Iterable[Coin], provider: str, quote: str = "USD") -> dict[str, Pair]:
    """Coins of an aggregator by its own ids."""
    return {name: Pair(coin, quote) for coin in coins if (name := coin.name_at(provider))}
