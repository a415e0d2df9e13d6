"""Check of aliases against the venues' own lists of trading pairs, one call per provider. Changes nothing.

A listed ticker need not mean the same coin, so verifying an alias stays a decision of the operator.
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

NO_LIST = "has no list of its pairs that the hub can read"
WHY = {
    Outcome.RATE_LIMITED: "it limits calls at the moment",
    Outcome.TIMEOUT: "it did not answer in time",
    Outcome.REFUSED: "it cannot be reached, or is in cooldown",
    Outcome.BROKEN: "it failed, or its answer was not understood",
}


@dataclass(slots=True)
class AliasReport:
    """A provider's aliases by whether they are traded; ``problem`` says why there is no result, for operators.

    ``traded`` maps a name to the currencies it is traded in.
    """

    provider: str
    traded: dict[str, list[str]] = field(default_factory=dict)
    not_trading: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    problem: str = ""


def check_aliases(aliases: Iterable[AssetAlias]) -> list[AliasReport]:
    """Return one report per provider of these aliases, ordered by slug."""
    names: dict[str, list[str]] = defaultdict(list)
    for alias in aliases:
        names[alias.provider].append(alias.name)
    return [_report(slug, sorted(names[slug])) for slug in sorted(names)]


def _report(slug: str, names: list[str]) -> AliasReport:
    pair_reader = pair_list(slug)
    if pair_reader is None:
        return AliasReport(slug, problem=NO_LIST)
    request = pair_reader.request()
    try:
        pairs = pair_reader.parse(providers.client(slug).get(request.path, dict(request.params)))
    except Failure as failure:
        return AliasReport(slug, problem=f"could not be asked: {WHY.get(failure.outcome, WHY[Outcome.BROKEN])}")
    return classify(slug, {name: pair_reader.spelled(name) for name in names}, pairs)


def pair_list(slug: str) -> PairList | None:
    """Return the adapter's reader of the provider's list of pairs, or None if it has none."""
    provider = engine().state.current().providers.get(slug)
    adapter = provider.resolve_adapter(ADAPTERS) if provider is not None else None
    return adapter.pairs if adapter is not None else None


def classify(slug: str, names: Mapping[str, str], pairs: Iterable[Pair]) -> AliasReport:
    """Sort names (each with its spelling in the list) by what a venue's pairs tell about them."""
    by_base, report = _by_base(pairs), AliasReport(slug)
    for name, spelled in names.items():
        quotes = [pair.quote for pair in by_base.get(spelled, ()) if pair.tradable]
        if quotes:
            report.traded[name] = quotes
        elif spelled in by_base:
            report.not_trading.append(name)
        else:
            report.unlisted.append(name)
    return report


def _by_base(pairs: Iterable[Pair]) -> Mapping[str, list[Pair]]:
    by_base: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_base[pair.base].append(pair)
    return dict(by_base)
