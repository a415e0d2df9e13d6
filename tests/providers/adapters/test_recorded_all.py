"""Every recording is expected somewhere; those of routes that no adapter asks are none of its answers."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.outcomes import Failure
from tests.providers.adapters.conftest import RECORDED
from tests.providers.adapters.handler_cases import AT, asked, questions

HERE = Path(__file__)
DEFINED = {
    "binance/bookTicker_BTCUSDT.json": "best bid and ask alone: books are asked for with their depth",
    "coincap/history_d1_bitcoin_2025-06.json": "one price a day: no candle without its open, high and low",
    "coingecko/market_chart_bitcoin_90d_daily.json": "prices and rolling volumes at instants: no candles",
    "coinpaprika/markets_eth_trim30.json": "3,775 rows a coin: volumes are asked of the venues themselves",
    "coinpaprika/ohlcv_historical_eth_91d.json": "of a paid plan only, since 2026",
    "cryptocompare/dataapi_days_XRP-USD.json": "another host and API than the one that is asked",
}
"""Recordings of routes that no adapter asks, and why none does; an operator can (see test_recorded_by_definition)."""


def recordings() -> list[str]:
    return sorted(f"{file.parent.name}/{file.name}" for file in RECORDED.glob("*/*") if file.is_file())


@cache
def named() -> set[str]:
    """Every text in the tests beside this one: files are named there with their folder, or without."""
    trees = [ast.parse(file.read_text()) for file in HERE.parent.rglob("test_*.py") if file != HERE]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_recording_is_expected_by_a_test() -> None:
    if not RECORDED.is_dir():
        pytest.skip("no recordings: they are kept outside the repository")
    expected = {file for file in recordings() if {file, file.rpartition("/")[2]} & named()}
    assert expected == set(recordings())
    assert set(DEFINED) <= expected


def test_every_recording_is_in_the_index_and_the_other_way_round() -> None:
    if not RECORDED.is_dir():
        pytest.skip("no recordings: they are kept outside the repository")
    index = (RECORDED / "INDEX.md").read_text()
    assert {line.split("**")[1] for line in index.splitlines() if line.startswith("- **")} == set(recordings())


@pytest.mark.parametrize("file", DEFINED)
def test_an_answer_to_what_nobody_asked_is_read_as_nothing(file: str) -> None:
    path = RECORDED / file
    if not path.exists():
        pytest.skip(f"no recording: {file}")
    slug = path.parent.name
    read = [
        (category, found)
        for category in ADAPTERS[slug].handlers
        for lookup_list in (*questions(slug, category), *ethereum(slug, category))
        if (found := what_is_read(slug, category, lookup_list, path.read_bytes()))
    ]
    assert read == []


def ethereum(slug: str, category: Category) -> list[list[Lookup[Instrument]]]:
    """What some of the recordings are about."""
    priced = category in (Category.MARKET_PRICE, Category.MARKET_VOLUME)
    return [[asked(slug, Instrument("ethereum"))]] if priced else []


def what_is_read(slug: str, category: Category, lookups: Sequence[Lookup[Any]], body: bytes) -> object:
    try:
        return ADAPTERS[slug].handlers[category].parse(lookups, Response(200, {}, body, AT))
    except Failure:
        return None
