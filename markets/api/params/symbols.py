"""Which coins a request names: a comma-separated list read strictly, each name with the instrument it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from markets.assets import registry
from providers.domain.market_data import Instrument

MOST = 250
LONGEST = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")


@dataclass(frozen=True, slots=True)
class Named:
    """Coins by the names they were asked by, in that order; None for a name that no coin has."""

    by_name: dict[str, Instrument | None]

    @property
    def instruments(self) -> list[Instrument]:
        """The known ones, each once."""
        return list(dict.fromkeys(found for found in self.by_name.values() if found is not None))

    @property
    def unknown(self) -> list[str]:
        return [name for name, found in self.by_name.items() if found is None]


def symbol(item: Instrument) -> str:
    """The instrument's symbol, or its asset's id if the asset has been deleted."""
    asset = registry.get(item.asset)
    return asset.symbol if asset else item.asset


def read(query: QueryDict, parameter: str = "symbols", most: int = MOST) -> Named:
    """The coins a parameter names. Raises ValidationError, saying what is wrong and what is allowed."""
    if parameter not in query:
        raise ValidationError({parameter: f"Required: 1 to {most} coins, as in BTC,ETH,solana,ADAUSDT."})
    names = [name.strip() for name in query.get(parameter, "").split(",")]
    wrong = _count_problem(names, most) or _name_problem(names)
    if wrong:
        raise ValidationError({parameter: wrong})
    return Named({name: registry.find(name) for name in names})


def _count_problem(names: list[str], most: int) -> str:
    if not any(names):
        return f"Empty. Name 1 to {most} coins, as in BTC,ETH,solana,ADAUSDT."
    if len(names) > most:
        return f"{len(names)} coins are too many: at most {most} in one request."
    return ""


def _name_problem(names: list[str]) -> str:
    """What is wrong with the first bad name. What was typed is said back only where it is short and plain."""
    for place, name in enumerate(names, 1):
        if not name:
            return f"Name {place} of {len(names)} is empty."
        if len(name) > LONGEST:
            return f"Name {place} is {len(name)} characters long; at most {LONGEST} are."
        if not _NAME.fullmatch(name):
            return f"Name {place} has characters that no coin's has. Allowed: letters, digits and - . _ : /"
    return ""
