"""Every adapter is there, whole, and pure."""

from __future__ import annotations

import subprocess
import sys

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import KeyUse, Request
from providers.domain.categories import Category
from tests.providers.adapters.support import PRICED, lookup_of

SLUGS = (
    "binance bitget bitstamp bybit coinbase coincap coingecko coinmarketcap coinpaprika"
    " cryptocompare defillama gate gemini kraken kucoin okx render"
).split()
OUTLETS = "coindesk cointelegraph decrypt theblock bitcoinmagazine cryptoslate".split()
NAMES = {"coinmarketcap": "1", "coinpaprika": "sol-solana", "bitstamp": "SOL", "gemini": "SOL"}


def test_the_registry_has_the_seventeen_shipped_providers_of_prices_and_the_outlets() -> None:
    assert sorted(PRICED) == SLUGS
    assert set(OUTLETS) <= set(ADAPTERS)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_adapter_prices_a_coin_in_its_own_dollar(slug: str) -> None:
    handler = ADAPTERS[slug].handlers[Category.MARKET_PRICE]
    expected = lookup_of(NAMES.get(slug, "SOL"))
    assert handler.accepts(expected)
    assert handler.max_items >= 1
    request = handler.request([expected])
    assert request.path.startswith("/")
    assert request.method == "GET"


@pytest.mark.parametrize("slug", SLUGS)
def test_every_adapter_states_a_limit_and_survives_strange_headers(slug: str) -> None:
    adapter = ADAPTERS[slug]
    assert adapter.budget.calls > 0
    assert adapter.budget.seconds > 0
    strange = dict.fromkeys(
        ["x-mbx-used-weight-1m", "gw-ratelimit-limit", "gw-ratelimit-remaining", "x-gate-ratelimit-limit"], "٣, -1"
    )
    assert adapter.usage(strange) is None
    assert adapter.usage({}) is None


@pytest.mark.parametrize("slug", SLUGS)
def test_no_adapter_takes_a_name_that_could_leave_its_place_in_the_request(slug: str) -> None:
    handler = ADAPTERS[slug].handlers[Category.MARKET_PRICE]
    for name in ("", "a,b", "../x", "a b", "a?b", "a#b", "a&b", "a/b", 'a"b', "a\n"):
        assert not handler.accepts(lookup_of(name))


@pytest.mark.parametrize("slug", SLUGS)
def test_no_adapter_takes_a_currency_nobody_quotes(slug: str) -> None:
    assert not ADAPTERS[slug].handlers[Category.MARKET_PRICE].accepts(lookup_of(NAMES.get(slug, "SOL"), "XYZ"))


@pytest.mark.parametrize(
    ("slug", "header"),
    [
        ("coingecko", ("x-cg-demo-api-key", "k3y")),
        ("coincap", ("authorization", "Bearer k3y")),
        ("cryptocompare", ("authorization", "Apikey k3y")),
    ],
)
def test_a_key_is_carried_in_a_header_and_leaves_the_request_as_it_was(slug: str, header: tuple[str, str]) -> None:
    request = Request("/path", (("a", "b"),))
    assert ADAPTERS[slug].authorize(request, "k3y") == Request("/path", (("a", "b"),), (header,))


def test_a_key_is_required_optional_or_of_no_use() -> None:
    uses = {slug: adapter.key_use for slug, adapter in ADAPTERS.items() if adapter.key_use is not KeyUse.NONE}
    assert uses == {
        "coingecko": KeyUse.OPTIONAL,
        "coincap": KeyUse.REQUIRED,
        "cryptocompare": KeyUse.REQUIRED,
    }


def test_adapters_load_without_any_framework_or_network() -> None:
    code = (
        "import sys, providers.adapters as adapters\n"
        "loaded = {'django', 'requests', 'urllib3', 'rest_framework', 'django_q'} & set(sys.modules)\n"
        "sys.exit(bool(loaded) or not adapters.ADAPTERS)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
