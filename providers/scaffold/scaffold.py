"""Build the files of a new provider from templates, and list the registry entries to add by hand."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).with_name("templates")
KINDS = {"exchange": "exchanges", "aggregator": "aggregators", "news": "news"}
"""Folders under ``providers/adapters/`` by kind of provider."""

RESERVED = frozenset({"generic", "local", "shared", "sandbox", "base", "keys", "listed", "spelling"})
"""Names that other modules or adapter prefixes already use."""

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,38}[a-z0-9]")
_NAME = re.compile(r"[\w .&()-]{1,60}")


class ScaffoldError(ValueError):
    """A name that cannot be used, or a file that exists already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines to add to a file by hand; ``where`` says at which position."""

    path: str
    where: str
    lines: tuple[str, ...]


def check_name(slug: str, name: str) -> None:
    """Raise ScaffoldError for a slug or a display name that cannot be used."""
    if not _SLUG.fullmatch(slug):
        raise ScaffoldError(
            f"{slug!r} is not a provider name: use 3 to 40 lower-case letters, digits and underscores, a letter first."
        )
    if keyword.iskeyword(slug) or slug in RESERVED:
        raise ScaffoldError(f"{slug!r} is reserved; choose another name.")
    if not _NAME.fullmatch(name):
        raise ScaffoldError(f"{name!r} is not a display name: use up to 60 letters, digits, spaces and . & ( ) -")


def build_files(slug: str, name: str, kind: str) -> dict[str, str]:
    """Return the text of every new file by its path relative to the repository."""
    values = {"slug": slug, "name": name}
    tests = f"tests/providers/adapters/{slug}"
    return {
        f"providers/adapters/{KINDS[kind]}/{slug}.py": _render(f"{kind}/adapter.py.txt", values),
        f"providers/sandbox/fakes/{slug}.py": _render(f"{kind}/fake.py.txt", values),
        f"{tests}/__init__.py": "",
        f"{tests}/test_{slug}.py": _render(f"{kind}/test.py.txt", values),
    }


def write_files(root: Path, slug: str, files: Mapping[str, str]) -> None:
    """Write the files below ``root`` with an empty folder for payloads; write none if one of them exists.

    Raises:
        ScaffoldError: if a file or the provider's test folder exists already.
    """
    existing = [path for path in (f"tests/providers/adapters/{slug}", *files) if (root / path).exists()]
    if existing:
        raise ScaffoldError(f"{existing[0]} exists already; nothing was written.")
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "tests/providers/adapters" / slug / "payloads").mkdir()


def registry_entries(slug: str, name: str, kind: str) -> tuple[Entry, ...]:
    """Return what to add by hand so that the hub, its sandbox and its tests know the provider."""
    shared = (
        Entry(
            "providers/adapters/__init__.py",
            "in the imports and in ADAPTERS",
            (f"from providers.adapters.{KINDS[kind]} import {slug}", f'    "{slug}": {slug}.ADAPTER,'),
        ),
        Entry(
            "providers/sandbox/fakes/__init__.py",
            "in the imports and at the end of FAKES",
            (f"from providers.sandbox.fakes import {slug}", f'    "{slug}": {slug}.FAKE,'),
        ),
        Entry(
            "providers/catalogue/shipped.py",
            "in PROVIDERS, after the last provider of its kind",
            (f'    ShippedProvider("{slug}", "{name}", ("https://FILL-IN",)),',),
        ),
    )
    return (*shared, *_ENTRIES_BY_KIND[kind](slug, name))


def _exchange_entries(slug: str, name: str) -> tuple[Entry, ...]:
    return (
        *(_link_entry(category, slug, "after the last exchange", 2) for category in _EXCHANGE_CATEGORIES),
        Entry(
            "markets/assets/asset_catalogue.csv",
            "as a new last column: its own names of the coins, empty where unknown, with ? where not verified",
            (slug,),
        ),
        Entry("providers/sandbox/view.py", "in SHARES: its share of all trading", (f'    "{slug}": 0.01,',)),
        _fake_reader_entry(slug),
        Entry("tests/providers/adapters/test_registry.py", "in SLUGS", (slug,)),
        _readme_entry(name),
    )


def _aggregator_entries(slug: str, name: str) -> tuple[Entry, ...]:
    return (
        _link_entry("MARKET_PRICE", slug, 'after the last aggregator; add lineage="…" if its prices are relayed', 3),
        Entry(
            "markets/assets/asset_catalogue.csv",
            "as a new last column: its own ids of the coins, empty where unknown, with ? where not verified",
            (slug,),
        ),
        _fake_reader_entry(slug),
        Entry("tests/providers/adapters/test_registry.py", "in SLUGS", (slug,)),
        _readme_entry(name, attribution=True),
    )


def _news_entries(slug: str, name: str) -> tuple[Entry, ...]:
    return (
        _link_entry("NEWS", slug, "after the last outlet", 1),
        Entry("tests/providers/adapters/test_registry.py", "in OUTLETS", (slug,)),
        _readme_entry(name, attribution=True),
    )


def _link_entry(category: str, slug: str, where: str, tier: int) -> Entry:
    line = f'            ShippedLink("{slug}", tier={tier}, weight=5),'
    return Entry("providers/catalogue/shipped.py", f"in the links of {category}, {where} of that tier", (line,))


def _fake_reader_entry(slug: str) -> Entry:
    return Entry(
        "tests/providers/sandbox/test_fakes.py",
        "in CASES: the currency and the route of bitcoin's price, with a function that reads it",
        (f'    ("{slug}", "FILL IN", "/FILL-IN", {{}}, read_{slug}),',),
    )


def _readme_entry(name: str, *, attribution: bool = False) -> Entry:
    terms = f"; if the terms of {name} require an attribution, its wording and link" if attribution else ""
    return Entry("README.md", f"wherever providers are counted or listed{terms}", (name,))


_EXCHANGE_CATEGORIES = ("MARKET_PRICE", "MARKET_OHLCV", "MARKET_VOLUME", "MARKET_ORDERBOOK")
_ENTRIES_BY_KIND: Mapping[str, Callable[[str, str], tuple[Entry, ...]]] = {
    "exchange": _exchange_entries,
    "aggregator": _aggregator_entries,
    "news": _news_entries,
}


def _render(template: str, values: Mapping[str, str]) -> str:
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
