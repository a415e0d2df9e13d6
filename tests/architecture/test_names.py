"""Names that were replaced by the terms of the field stay replaced."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("architecture")

ROOT = Path(__file__).parents[2]
SOURCES = ("providers", "markets", "alerts", "cryptohub", "tests")

REPLACED = {
    "Ask": "Lookup",
    "BookDepth": "OrderBookQuery",
    "CandleSpan": "CandleQuery",
    "Parking": "Cooldown",
    "parking": "cooldown",
    "parkings": "cooldowns",
    "park": "cool_down",
    "lift": "end_cooldown",
    "RAMPING": "SLOW_START",
    "ramp_share": "slow_start_share",
    "Standing": "PeerVerdict, RateLimitStatus or StatusBadge",
    "standing": "a noun for what it is",
    "Verdict": "PeerComparison or StatusReason",
    "LinkStanding": "LinkStatus",
    "Facts": "HealthFacts",
    "gather": "collect",
    "Tally": "RateCounter or ScopeCounters",
    "Scope": "FailureScope, ScopeLabel or KeyScope",
    "State": "RuntimeState, BreakerState or AlertState",
    "HealthBook": "HealthRegistry",
    "vindicated": "confirmed",
    "blame": "record_failure",
    "liar_key": "outlier_key",
    "_is_lie": "is_distrusted",
    "made": "generic_adapter, or a noun for what was made",
    "wording": "fingerprint",
    "read_by": "resolve_adapter",
    "everything": "explain_context",
    "wanted": "is_active, or requested",
    "Helpers": "ThreadPool",
    "Alarm": "TimerHandle",
    "Feed": "CategoryCache",
    "Wish": "Freshness",
    "Served": "CacheResult",
    "Ground": "CacheDependency",
    "Grounds": "CacheDependencies",
    "grounds": "dependencies",
    "World": "ConfigEpoch",
    "Shelf": "ResponseCache or IndexCache",
    "shelf": "response_cache",
    "kept": "cached_response, or cached",
    "sent": "respond",
    "Flight": "InflightFetch or InflightAttempt",
    "Flights": "InflightFetches",
    "land": "complete",
    "fly": "run_attempt",
    "pursue": "run",
    "Todo": "PendingItems",
    "Claim": "Unconfirmed",
    "Finding": "Resolution",
    "Race": "Execution",
    "walk": "candidates",
    "favourite": "sticky choice",
    "Favourite": "StickyChoice",
    "settle": "update",
    "Unknown": "NegativeCache",
    "Witness": "PeerPrice",
    "witness": "peer",
    "witnesses": "peers",
    "Used": "QuotaUsage",
    "said": "reported, or a noun for what it is",
    "counted": "estimated",
    "Paper": "NewsDigest",
    "Told": "MergedArticle",
    "told": "a noun for what it is",
    "Voiced": "PlatformScore",
    "Dialect": "RequestFormat",
    "dialect": "request_format",
    "Speech": "ResponseCodec",
    "speech": "codec",
    "Deeds": "Commands",
    "deeds": "commands",
    "clerk": "fixture_db",
    "hire": "start",
    "strike": "inject",
    "household": "client_network",
    "undertaker": "reaper",
    "greeting": "banner",
}
"""Names of release 1.0, with what is used instead. Exact identifiers, so ``made_at`` and ``state`` are not meant."""

LIBRARIES = {"ast", "os", "tokenize"}
"""Their own functions (``ast.walk``) keep their names."""


def identifiers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.Name():
                yield node.id, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.keyword(arg=str()):
                yield str(node.arg), node.value.lineno
            case ast.Attribute(value=ast.Name(id=owner)) if owner in LIBRARIES:
                continue
            case ast.Attribute():
                yield node.attr, node.lineno
            case ast.alias():
                yield (node.asname or node.name), node.lineno


def test_replaced_names_are_neither_defined_nor_used() -> None:
    used = [
        f"{file.relative_to(ROOT)}:{line}: {name} -> {REPLACED[name]}"
        for folder in SOURCES
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in file.parts
        for name, line in identifiers(ast.parse(file.read_text(encoding="utf-8")))
        if name in REPLACED
    ]
    assert not used, "\n".join(used)


def test_asks_are_the_sellers_side_of_an_order_book() -> None:
    """Elsewhere ``asks`` meant lookups: no module has asks without bids."""
    one_sided = []
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "asks" in text and "bids" not in text:
                names = {name for name, _ in identifiers(ast.parse(text))}
                one_sided += [str(file.relative_to(ROOT))] if "asks" in names else []
    assert not one_sided
