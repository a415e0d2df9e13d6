"""Whether the venues list what we call by their names: said by themselves, asked once each. Nothing is changed by it.

That a venue trades a ticker does not tell that it means the same coin: to verify a name is a person's to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import providers
from markets.models import AssetAlias
from providers.adapters import ADAPTERS
from providers.domain.adapter import Pair, PairList
from providers.domain.outcomes import Failure, Outcome
from providers.engine.decide import engine

NO_LIST = "tells no list of its pairs that the hub can read"
WHY = {
    Outcome.RATE_LIMITED: "it wants fewer calls just now",
    Outcome.TIMEOUT: "it did not answer in time",
    Outcome.REFUSED: "it cannot be reached, or may not be asked just now",
    Outcome.BROKEN: "it is out of order, or its answer was not understood",
}


@dataclass(slots=True)
class Listing:
    """What one provider says of some names; ``problem`` where it says nothing, in words for operators.

    ``traded`` has the currencies each is traded in.
    """

    provider: str
    traded: dict[str, list[str]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    problem: str = ""


def check(aliases: Iterable[AssetAlias]) -> list[Listing]:
    """One listing for each provider among them, in the order of their slugs."""
    names: dict[str, list[str]] = defaultdict(list)
    for alias in aliases:
        names[alias.provider].append(alias.name)
    return [_listing(slug, sorted(names[slug])) for slug in sorted(names)]


def _listing(slug: str, names: list[str]) -> Listing:
    listed = pair_list(slug)
    if listed is None:
        return Listing(slug, problem=NO_LIST)
    request = listed.request()
    try:
        pairs = listed.parse(providers.client(slug).get(request.path, dict(request.params)))
    except Failure as failure:
        return Listing(slug, problem=f"was not heard: {WHY.get(failure.outcome, WHY[Outcome.BROKEN])}")
    return sort(slug, {name: listed.spelled(name) for name in names}, pairs)


def pair_list(slug: str) -> PairList | None:
    provider = engine().state.current().providers.get(slug)
    adapter = provider.resolve_adapter(ADAPTERS) if provider is not None else None
    return adapter.pairs if adapter is not None else None


def sort(slug: str, names: Mapping[str, str], pairs: Iterable[Pair]) -> Listing:
    """Names, each with how the list spells it, by what a venue's pairs say of them."""
    found, listing = _by_base(pairs), Listing(slug)
    for name, spelled in names.items():
        quotes = [pair.quote for pair in found.get(spelled, ()) if pair.tradable]
        if quotes:
            listing.traded[name] = quotes
        elif spelled in found:
            listing.stopped.append(name)
        else:
            listing.unlisted.append(name)
    return listing


def _by_base(pairs: Iterable[Pair]) -> Mapping[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.base].append(pair)
    return dict(found)
