"""Control API under /_sandbox: move the market, set faults, read the log.

GET    /ready                           seed, number of coins, process id
GET    /endpoints                       every endpoint's base URL: {"endpoints": [{provider, n, url}]}
POST   /reset                           remove faults and moves, empty the log
GET    /market?symbols=BTC,ETH&at=T     fair prices by currency and the 24 h change in percent, now or at a unix time
POST   /market/BTC                      {"price": "70000"} | {"factor": "1.2"} | {"release": true}, "seconds": N
DELETE /market[/BTC]                    remove the moves of one coin, or of all
GET    /faults                          what is set, with hits
PUT    /faults/SLUG[/N]                 one fault {"kind": ..., options} or a list of them; SLUG may be * for all
DELETE /faults[/SLUG[/N]]               remove them
GET    /log?since=SEQ&provider=SLUG&n=N the upstream calls; "last" is the newest number, "lost" the last one dropped
DELETE /log                             empty the log; numbers continue

Kinds of faults and their options are in ``providers.sandbox.faults.OPTIONS``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from providers.sandbox.fakes import FAKES
from providers.sandbox.fakes.base import as_json
from providers.sandbox.faults import Armed, BadFaultError, Fault, read_fault
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.market import DAY, Move
from providers.sandbox.world import ADDRESSES, EVERYONE, Address, SandboxState

CURRENCIES = ("USD", "USDT", "USDC", "EUR", "BTC", "ETH")


class RefusedError(Exception):
    """A control call that cannot be done; status and reason go to the caller."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Control:
    """Handler of control calls; ``changed`` is called after faults change, so that ports follow before the answer."""

    def __init__(self, world: SandboxState, urls: Mapping[Address, str], changed: Callable[[], None]) -> None:
        self._world = world
        self._urls = urls
        self._changed = changed
        self._routes = (
            ("GET", r"/_sandbox/ready", self.ready),
            ("GET", r"/_sandbox/endpoints", self.endpoints),
            ("POST", r"/_sandbox/reset", self.reset),
            ("GET", r"/_sandbox/market", self.market),
            ("DELETE", r"/_sandbox/market(?:/([^/]+))?", self.release),
            ("POST", r"/_sandbox/market/([^/]+)", self.steer),
            ("GET", r"/_sandbox/faults", self.faults),
            ("PUT", r"/_sandbox/faults/([^/]+)(?:/([0-9]+))?", self.arm),
            ("DELETE", r"/_sandbox/faults(?:/([^/]+)(?:/([0-9]+))?)?", self.disarm),
            ("GET", r"/_sandbox/log", self.log),
            ("DELETE", r"/_sandbox/log", self.clear_log),
        )

    def answer(self, call: Call, now: float) -> Reply:
        """Route a control call; what cannot be done is said as {"error": reason}."""
        try:
            for method, pattern, action in self._routes:
                match = re.fullmatch(pattern, call.path)
                if match and method == call.method:
                    return as_json(action(call, now, *match.groups()))
        except RefusedError as refused:
            return as_json({"error": str(refused)}, refused.status)
        return as_json({"error": "no such control call"}, 404)

    def ready(self, call: Call, now: float) -> Any:
        """Seed, number of coins and process id."""
        return {"ready": True, "seed": self._world.seed, "coins": len(self._world.market.coins), "pid": os.getpid()}

    def endpoints(self, call: Call, now: float) -> Any:
        """Base URL of every endpoint."""
        rows = [{"provider": at.provider, "n": at.n, "url": url} for at, url in self._urls.items()]
        return {"endpoints": rows}

    def reset(self, call: Call, now: float) -> Any:
        """Remove all faults and moves, and empty the log."""
        self._world.market = self._world.market.released()
        self._world.journal.clear()
        return self.disarm(call, now, None, None)

    # Market

    def market(self, call: Call, now: float) -> Any:
        """Fair prices by currency, with the change in 24 hours."""
        at = _float(call.query["at"], "at") if "at" in call.query else now
        words = call.query["symbols"].split(",") if call.query.get("symbols") else self._all_slugs()
        return {"at": at, "prices": {word: self._prices(word, at) for word in words}}

    def _all_slugs(self) -> list[str]:
        return [coin.slug for coin in self._world.market.coins]

    def _prices(self, word: str, at: float) -> dict[str, str]:
        market, slug = self._world.market, self._slug(word)
        fair = {currency: repr(market.cross(slug, currency, at)) for currency in CURRENCIES}
        change = (market.fair(slug, at) / market.fair(slug, at - DAY) - 1) * 100
        return {"slug": slug, **fair, "change_24h": repr(change)}

    def _slug(self, word: str) -> str:
        coin = self._world.market.find(word)
        if coin is None:
            raise RefusedError(404, f"no coin {word}")
        return coin.slug

    def steer(self, call: Call, now: float, word: str) -> Any:
        """Move a price: {"price": "70000"}, {"factor": "1.2"} or {"release": true}, over "seconds"."""
        data = _object(call)
        slug, over = self._slug(word), _float(data.get("seconds", 0), "seconds")
        if over < 0 or len({"price", "factor", "release"} & set(data)) != 1:
            raise RefusedError(400, "give one of price, factor, release, and seconds of 0 or more")
        price = _positive(data["price"], "price") if "price" in data else None
        factor = _positive(data["factor"], "factor") if "factor" in data else 1.0
        self._world.market = self._world.market.steered(slug, Move(now, price, factor, over))
        return {"at": now, "prices": {word: self._prices(word, now)}}

    def release(self, call: Call, now: float, word: str | None) -> Any:
        """Remove the moves of one coin, or of all."""
        self._world.market = self._world.market.released(self._slug(word) if word else None)
        return {"at": now}

    # Faults

    def faults(self, call: Call, now: float) -> Any:
        """Faults that are set."""
        return {"faults": [fault.describe() for fault in self._world.armed()]}

    def arm(self, call: Call, now: float, slug: str, n: str | None) -> Any:
        """Set one fault or a list of them, replacing those of this scope."""
        at = _scope(slug, n)
        described = _json(call)
        listed = described if isinstance(described, list) else [described]
        armed = self._world.arm(slug, at, [_fault(entry, now) for entry in listed])
        return self._after_change(armed)

    def disarm(self, call: Call, now: float, slug: str | None, n: str | None) -> Any:
        """Remove the faults of a scope."""
        at = _scope(slug, n) if slug else None
        self._world.disarm(slug, at)
        return self._after_change([])

    def _after_change(self, armed: list[Armed]) -> Any:
        self._changed()
        return {"faults": [fault.describe() for fault in armed]}

    # Log

    def log(self, call: Call, now: float) -> Any:
        """Entries of the log, filtered by the query."""
        journal, query = self._world.journal, call.query
        since = int(_float(query.get("since", "0"), "since"))
        n = int(_float(query["n"], "n")) if "n" in query else None
        calls = journal.read(since, query.get("provider"), n)
        return {"last": journal.last, "lost": journal.lost, "calls": [entry.describe() for entry in calls]}

    def clear_log(self, call: Call, now: float) -> Any:
        """Empty the log."""
        self._world.journal.clear()
        return {"last": self._world.journal.last}


def _json(call: Call) -> Any:
    try:
        return json.loads(call.body or b"null")
    except ValueError:
        raise RefusedError(400, "the body is not JSON") from None


def _object(call: Call) -> dict[str, Any]:
    data = _json(call)
    if not isinstance(data, dict):
        raise RefusedError(400, "the body is not a JSON object")
    return data


def _fault(described: Any, now: float) -> Fault:
    if not isinstance(described, dict):
        raise RefusedError(400, "a fault is a JSON object with a kind")
    try:
        return read_fault(described, now)
    except BadFaultError as wrong:
        raise RefusedError(400, str(wrong)) from None


def _scope(slug: str, n: str | None) -> int | None:
    """The number of an endpoint, once it is sure to exist; "*" stands for every provider."""
    if slug != EVERYONE and slug not in FAKES:
        raise RefusedError(404, f"no provider {slug}")
    if n is not None and Address(slug, int(n)) not in ADDRESSES:
        raise RefusedError(404, f"no endpoint {slug}/{n}")
    return None if n is None else int(n)


def _float(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise RefusedError(400, f"{name} is not a number") from None


def _positive(value: Any, name: str) -> float:
    number = _float(value, name)
    if not 0 < number < float("inf"):
        raise RefusedError(400, f"{name} is not above zero")
    return number
