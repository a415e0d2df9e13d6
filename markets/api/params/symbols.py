"""Coins in requests: names and comma-separated lists of them, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import QueryDict
from rest_framework.exceptions import NotFound, ValidationError

from markets.assets import registry
from markets.assets.index import AssetRef
from providers.domain.market_data import Instrument

MOST = 250
LONGEST = 100
DEFAULT_COINS = ("BTC", "ETH", "BNB", "SOL", "ADA")
NOT_KNOWN = "No coin of this name is known here."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")


@dataclass(frozen=True, slots=True)
class RequestedCoins:
    """Instruments by requested name, in the requested order; None for a name that no coin has."""

    by_name: dict[str, Instrument | None]

    @property
    def instruments(self) -> list[Instrument]:
        """The known instruments, each once."""
        return list(dict.fromkeys(item for item in self.by_name.values() if item is not None))

    @property
    def unknown(self) -> list[str]:
        """The names that no coin has."""
        return [name for name, item in self.by_name.items() if item is None]


def instrument(name: str) -> Instrument:
    """The instrument that a symbol, an id or a pair names. Raises NotFound."""
    item = registry.find(name)
    if item is None:
        raise NotFound(NOT_KNOWN)
    return item


def asset(name: str) -> AssetRef:
    """The coin that a symbol, an id or a pair names. Raises NotFound."""
    ref = registry.get(instrument(name).asset)
    if ref is None:
        raise NotFound(NOT_KNOWN)
    return ref


def instruments(query: QueryDict, least: int, most: int) -> dict[str, Instrument]:
    """The different coins in ``symbols`` by requested name, or DEFAULT_COINS.

    Raises NotFound if one is unknown, ValidationError if they are too few or too many.
    """
    if "symbols" not in query:
        known = {name: item for name in DEFAULT_COINS if (item := registry.find(name)) is not None}
        if len(known) < least:
            raise NotFound("Too few of the default coins are known here: name some.")
        return known
    requested = read(query, most=most)
    if requested.unknown:
        raise NotFound(f"No such coins: {', '.join(requested.unknown[:5])}.")
    by_item = {item: name for name, item in requested.by_name.items() if item is not None}
    if len(by_item) < least:
        raise ValidationError({"symbols": f"Name {least} to {most} different coins, as in BTC,ETH,solana."})
    return {name: item for item, name in by_item.items()}


def symbol(item: Instrument) -> str:
    """The instrument's symbol, or its asset's id if the asset has been deleted."""
    asset = registry.get(item.asset)
    return asset.symbol if asset else item.asset


def read(query: QueryDict, parameter: str = "symbols", most: int = MOST) -> RequestedCoins:
    """Parse 1 to ``most`` names, by comma or as repeated parameters. Raises ValidationError with what is allowed."""
    if parameter not in query:
        raise ValidationError({parameter: f"Required: 1 to {most} coins, as in BTC,ETH,solana,ADAUSDT."})
    names = [name.strip() for name in ",".join(query.getlist(parameter)).split(",")]
    problem = _count_problem(names, most) or _name_problem(names)
    if problem:
        raise ValidationError({parameter: problem})
    return RequestedCoins({name: registry.find(name) for name in names})


def _count_problem(names: list[str], most: int) -> str:
    if not any(names):
        return f"Empty. Name 1 to {most} coins, as in BTC,ETH,solana,ADAUSDT."
    if len(names) > most:
        return f"{len(names)} coins are too many: at most {most} in one request."
    return ""


def _name_problem(names: list[str]) -> str:
    """The problem with the first bad name, which is not repeated in the message."""
    for position, name in enumerate(names, 1):
        if not name:
            return f"Name {position} of {len(names)} is empty."
        if len(name) > LONGEST:
            return f"Name {position} is {len(name)} characters long; at most {LONGEST} are."
        if not _NAME.fullmatch(name):
            return f"Name {position} has characters that no coin's has. Allowed: letters, digits and - . _ : /"
    return ""
