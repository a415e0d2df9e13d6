"""From venues' own lists of what they trade to pairs: the sides as they are asked for, and whether they trade now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from providers.adapters.shared import parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Pair, Request, Response

Read = Callable[[Response], object]


class KrakenPairs:
    """``/0/public/AssetPairs``: pairs by their old codes (XXBTZUSD). ``wsname`` has both sides, the oldest coins by
    their old names, which ``display`` makes today's; a dark pool has none, and is nobody's to ask.
    """

    def __init__(self, answer: Read, display: Callable[[str], str]) -> None:
        self._answer = answer
        self._display = display

    def request(self) -> Request:
        return Request("/0/public/AssetPairs")

    def parse(self, response: Response) -> tuple[Pair, ...]:
        listed = parsing.mapping(self._answer(response), "the pairs")
        rows = {name: parsing.mapping(row, "a pair") for name, row in listed.items()}
        return tuple(self._pair(name, row) for name, row in rows.items() if row.get("wsname") is not None)

    def spelled(self, name: str) -> str:
        return self._display(name)

    def _pair(self, name: str, row: Row) -> Pair:
        base, slash, quote = text(row, "wsname").partition("/")
        if not (base and slash and quote):
            raise parsing.broken("a pair without two sides")
        return Pair(name, self._display(base), self._display(quote), text(row, "status") == "online")


class CoinbaseProducts:
    """``/products``: a list; one product alone is read too."""

    def __init__(self, answer: Read) -> None:
        self._answer = answer

    def request(self) -> Request:
        return Request("/products")

    def parse(self, response: Response) -> tuple[Pair, ...]:
        body = self._answer(response)
        rows = [body] if isinstance(body, Mapping) else parsing.sequence(body, "the products")
        return tuple(_product(parsing.mapping(row, "a product")) for row in rows)

    def spelled(self, name: str) -> str:
        return name


def _product(row: Row) -> Pair:
    """A product may be online and closed to trading all the same."""
    stopped = any(row.get(flag) is True for flag in ("trading_disabled", "cancel_only"))
    tradable = text(row, "status") == "online" and not stopped
    return Pair(text(row, "id"), text(row, "base_currency"), text(row, "quote_currency"), tradable)


def text(row: Row, name: str) -> str:
    """A text that must be there."""
    value = parsing.field(row, name)
    if not isinstance(value, str) or isinstance(value, parsing.Numeral) or not value:
        raise parsing.broken(f"no {name} of a pair")
    return value
