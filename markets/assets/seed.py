"""Seeding of the shipped coins and their provider aliases: only what is missing, and each row only once.

``asset_catalogue.csv``: one row per coin in rough order of size; after slug, symbol and name one column per provider
with that provider's own name for it. Empty means not known; a question mark means not verified: several coins share
the ticker, or the name was found in one source only. An unverified name is not used until an operator confirms it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from markets.models import Asset, AssetAlias
from providers.catalogue.seed import SeedLog

FILE = Path(__file__).with_name("asset_catalogue.csv")
OWN_COLUMNS = ("slug", "symbol", "name")
UNVERIFIED = "?"


def shipped() -> list[dict[str, str]]:
    """Return the rows of the shipped catalogue."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def seed() -> list[str]:
    """Add what is missing; return a summary line, or nothing if nothing was added."""
    with transaction.atomic():
        once = SeedLog()
        rows = shipped()
        assets = _seed_assets(rows, once)
        aliases = list(_new_aliases(rows, once))
        AssetAlias.objects.bulk_create(aliases)
        once.save()
    return [f"assets: {assets} added, with {len(aliases)} names"] if assets or aliases else []


def _seed_assets(rows: list[dict[str, str]], once: SeedLog) -> int:
    known = set(Asset.objects.values_list("slug", flat=True))
    new = [
        Asset(slug=row["slug"], symbol=row["symbol"], name=row["name"], rank=rank)
        for rank, row in enumerate(rows, start=1)
        if once.is_first(f"asset:{row['slug']}") and row["slug"] not in known
    ]
    return len(Asset.objects.bulk_create(new))


def _new_aliases(rows: list[dict[str, str]], once: SeedLog) -> Iterator[AssetAlias]:
    """Yield aliases not seeded before, of existing coins, where neither the coin nor the name is taken."""
    assets = dict(Asset.objects.values_list("slug", "pk"))
    taken = set(AssetAlias.objects.values_list("provider", "name"))
    named = set(AssetAlias.objects.values_list("asset_id", "provider"))
    for row in rows:
        asset = assets.get(row["slug"])
        for provider, cell in row.items():
            if provider in OWN_COLUMNS or not cell or not once.is_first(f"alias:{row['slug']}:{provider}"):
                continue
            name = cell.removesuffix(UNVERIFIED)
            if asset is None or (asset, provider) in named or (provider, name) in taken:
                continue
            yield AssetAlias(asset_id=asset, provider=provider, name=name, verified=name == cell)
