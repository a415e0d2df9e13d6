"""What sources list about coins and markets: figures as they are said, null where they are not, ids never mixed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.listings import (
    Categories,
    CategoriesQuery,
    CategoryRow,
    CoinListQuery,
    CoinRow,
    DetailsQuery,
    ExchangeRow,
    ExchangesQuery,
    Global,
    GlobalQuery,
    ListedCoin,
    SearchQuery,
    TableQuery,
)
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from tests.providers.adapters.mutations import mutate, render
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import payload, respond, utc

D = Decimal
RECORDED = Path(__file__).parents[4] / "shared" / "recorded"
NAMES = {"coingecko": "bitcoin", "coinpaprika": "btc-bitcoin", "coinmarketcap": "1"}
CASES: list[tuple[str, str, Any]] = [
    ("coingecko", "list_markets.json", TableQuery()),
    ("coingecko", "list_search.json", SearchQuery("eth")),
    ("coingecko", "list_details.json", DetailsQuery("bitcoin")),
    ("coingecko", "list_exchanges.json", ExchangesQuery()),
    ("coingecko", "list_categories.json", CategoriesQuery()),
    ("coingecko", "list_coins.json", CoinListQuery()),
    ("coingecko", "list_global.json", GlobalQuery()),
    ("coinpaprika", "list_global.json", GlobalQuery()),
    ("coinmarketcap", "list_global.json", GlobalQuery()),
    ("coinmarketcap", "list_map.json", SearchQuery("b")),
    ("coinpaprika", "list_tickers.json", TableQuery()),
    ("coinpaprika", "list_coin.json", DetailsQuery("bitcoin")),
    ("coinpaprika", "list_exchanges.json", ExchangesQuery()),
    ("coinmarketcap", "list_listings.json", TableQuery()),
    ("coinmarketcap", "list_info.json", DetailsQuery("bitcoin")),
    ("coinmarketcap", "list_categories.json", CategoriesQuery()),
    ("coinmarketcap", "list_map.json", CoinListQuery()),
]


def lookup_of(slug: str, question: Any) -> Lookup[Any]:
    return Lookup(question, NAMES[slug] if question.asset else "")


def read(slug: str, body: str | bytes, question: Any, status: int = 200) -> Any:
    content = payload(slug, body) if isinstance(body, str) else body
    handler = ADAPTERS[slug].handlers[Category.MARKET_METADATA]
    return handler.parse([lookup_of(slug, question)], respond(content, status))[question]


def refused(slug: str, body: str | bytes, question: Any, status: int = 200) -> Outcome:
    with pytest.raises(Failure) as caught:
        read(slug, body, question, status)
    return caught.value.outcome


def test_a_market_table_has_figures_as_they_are_said_and_none_where_they_are_not() -> None:
    bitcoin, dead = read("coingecko", "list_markets.json", TableQuery()).rows
    assert bitcoin == CoinRow(
        *("bitcoin", "BTC", "Bitcoin", 1, D(85696), D("5.54247"), D(1721007883172), D(60751563558)),
        *("https://img.example/1.png?x=1", utc(2026, 11, 23, 12, 18)),
    )
    assert dead == CoinRow("dead", "DED", "Dead")


def test_paprikas_table_is_by_rank_and_rank_0_is_none() -> None:
    rows = read("coinpaprika", "list_tickers.json", TableQuery()).rows
    assert [(row.id, row.rank) for row in rows] == [("btc-bitcoin", 1), ("eth-ethereum", 2), ("hex-hex", None)]
    assert (rows[0].price, rows[2].price) == (D("85654.559249568"), None)


def test_coinmarketcaps_table_is_read_with_every_digit() -> None:
    (row,) = read("coinmarketcap", "list_listings.json", TableQuery()).rows
    assert (row.id, row.price, row.market_cap) == ("1", D("85690.123456789"), D("1721007883172.5"))


def test_a_table_in_which_no_price_can_be_is_implausible() -> None:
    body = payload("coingecko", "list_markets.json").replace(b"85696", b"NaN")
    assert refused("coingecko", body, TableQuery()) is Outcome.IMPLAUSIBLE


def test_an_empty_table_is_broken_and_an_empty_search_an_answer() -> None:
    assert refused("coingecko", b"[]", TableQuery()) is Outcome.BROKEN
    assert read("coingecko", b'{"coins":[]}', SearchQuery("zzz")).rows == ()


def test_a_search_has_ranks_and_no_prices_and_plain_names() -> None:
    rows = read("coingecko", "list_search.json", SearchQuery("eth")).rows
    assert [(row.id, row.symbol, row.rank, row.price) for row in rows] == [
        ("ethereum-classic", "ETC", 27, None),
        ("ethereum", "ETH", 2, None),
        ("no-rank", "ETHX", None, None),
    ]
    assert rows[2].name == "No Rank"


def test_details_are_plain_text_and_web_addresses() -> None:
    found = read("coingecko", "list_details.json", DetailsQuery("bitcoin"))
    assert (found.description, found.categories) == ("The first. One.", ("Layer 1",))
    assert (found.homepage, found.blockchain_site) == (("http://www.bitcoin.org",), ("https://mempool.space/",))
    assert (found.twitter, found.telegram) == ("https://twitter.com/bitcoin", None)
    market = dict(found.market)
    assert (market["current_price"], market["ath"], market["market_cap_rank"]) == (D(85696), D(126080), D(1))
    assert market["price_change_percentage_30d"] is None


def test_the_others_details_have_no_figures() -> None:
    paprika = read("coinpaprika", "list_coin.json", DetailsQuery("bitcoin"))
    assert (paprika.market, paprika.categories, paprika.twitter) == ((), ("Segwit",), "https://twitter.com/bitcoin")
    cmc = read("coinmarketcap", "list_info.json", DetailsQuery("bitcoin"))
    assert (cmc.market, cmc.telegram, cmc.twitter) == ((), "https://t.me/btc", None)


@pytest.mark.parametrize(("slug", "name"), [("coingecko", "list_details.json"), ("coinpaprika", "list_coin.json")])
def test_another_coin_than_the_one_asked_for_is_broken(slug: str, name: str) -> None:
    handler = ADAPTERS[slug].handlers[Category.MARKET_METADATA]
    with pytest.raises(Failure) as caught:
        handler.parse([Lookup(DetailsQuery("bitcoin"), "other")], respond(payload(slug, name)))
    assert caught.value.outcome is Outcome.BROKEN


def test_exchanges_with_nulls_are_read_and_inactive_ones_left_out() -> None:
    first, odd = read("coingecko", "list_exchanges.json", ExchangesQuery()).rows
    assert (first.volume_btc, first.normalized_btc, first.country) == (D("673694.799439595"), None, None)
    assert odd == ExchangeRow("odd", "Odd")
    (paprika,) = read("coinpaprika", "list_exchanges.json", ExchangesQuery()).rows
    assert (paprika.volume_btc, paprika.normalized_btc, paprika.trust_score) == (D("210000.5"), D("200000.25"), None)


def test_categories_say_changes_in_percent() -> None:
    found = read("coingecko", "list_categories.json", CategoriesQuery())
    assert found.rows[0].change_24h == D("-0.0922414270544203")
    assert found.rows[0].top_coins == ("bitcoin", "ethereum", "binancecoin")
    assert found.rows[1] == CategoryRow("new", "New")
    assert isinstance(read("coinmarketcap", "list_categories.json", CategoriesQuery()), Categories)


def test_the_whole_market_is_told_in_dollars_and_percent_and_what_is_not_said_is_none() -> None:
    gecko = read("coingecko", "list_global.json", GlobalQuery())
    at = utc(2026, 11, 23, 12, 18)
    assert gecko == Global(D("2803456789012.345"), D("98765432109.5"), D("-1.25"), D("57.25"), D("11.5"), 17892, at)
    paprika = read("coinpaprika", "list_global.json", GlobalQuery())
    assert (paprika.bitcoin_share, paprika.ethereum_share, paprika.as_of) == (D("57.31"), None, at)
    cmc = read("coinmarketcap", "list_global.json", GlobalQuery())
    assert (cmc.market_cap, cmc.ethereum_share, cmc.as_of) == (D("2802000000000.125"), D("11.45"), at)


@pytest.mark.parametrize(("answer", "instead"), [(b"2803456789012.345", b"0"), (b"57.25", b"99.9")])
def test_a_market_worth_nothing_or_more_than_whole_is_implausible(answer: bytes, instead: bytes) -> None:
    body = payload("coingecko", "list_global.json").replace(answer, instead)
    assert refused("coingecko", body, GlobalQuery()) is Outcome.IMPLAUSIBLE


def test_the_map_of_all_coins_is_looked_through_for_a_text() -> None:
    (found,) = read("coinmarketcap", "list_map.json", SearchQuery("aa")).rows
    assert found == CoinRow("7278", "AAVE", "Aave", 40)
    assert read("coinmarketcap", "list_map.json", SearchQuery("zzz")).rows == ()


def test_every_question_is_answered_by_two_sources_and_those_the_pages_rest_on_by_three() -> None:
    asked = {type(question): set[str]() for _, _, question in CASES}
    for slug in NAMES:
        for kind in ADAPTERS[slug].handlers[Category.MARKET_METADATA].routes:  # type: ignore[attr-defined]  # all are Listings
            asked[kind].add(slug)
    assert {kind.__name__ for kind, slugs in asked.items() if len(slugs) < 3} == {"CategoriesQuery", "ExchangesQuery"}
    assert min(len(slugs) for slugs in asked.values()) == 2


def test_a_token_says_where_it_lives_and_a_coin_has_a_chain_of_its_own() -> None:
    rows = read("coingecko", "list_coins.json", CoinListQuery()).rows
    assert rows[0] == ListedCoin("bitcoin", "BTC", "Bitcoin", (), False)
    assert rows[1] == ListedCoin("aave", "AAVE", "Aave", (("ethereum", "0x7fc6"),), True)
    assert rows[2] == ListedCoin("old", "OLD", "old", None, None)
    mapped = read("coinmarketcap", "list_map.json", CoinListQuery()).rows
    assert mapped[1] == ListedCoin("7278", "AAVE", "Aave", (("ethereum", "0x7fc6"),), True)


def test_each_provider_is_asked_by_its_own_name_and_only_for_what_it_has() -> None:
    asked = {
        slug: ADAPTERS[slug].handlers[Category.MARKET_METADATA].request([lookup_of(slug, DetailsQuery("bitcoin"))])
        for slug in NAMES
    }
    assert asked["coingecko"].path == "/api/v3/coins/bitcoin"
    assert asked["coinpaprika"].path == "/v1/coins/btc-bitcoin"
    assert ("id", "1") in asked["coinmarketcap"].params
    cmc, paprika = (ADAPTERS[slug].handlers[Category.MARKET_METADATA] for slug in ("coinmarketcap", "coinpaprika"))
    assert not cmc.accepts(Lookup(ExchangesQuery(), ""))
    assert not paprika.accepts(Lookup(CategoriesQuery(), ""))
    assert not cmc.accepts(Lookup(DetailsQuery("bitcoin"), "../x"))


@pytest.mark.parametrize(
    ("slug", "name", "status", "outcome"),
    [
        ("coingecko", "error_coin.json", 404, Outcome.UNKNOWN_ASSET),
        ("coingecko", "error_429_status.json", 429, Outcome.RATE_LIMITED),
        ("coinpaprika", "error_404.json", 404, Outcome.UNKNOWN_ASSET),
        ("coinpaprika", "error_402.json", 402, Outcome.NOT_SUPPORTED),
        ("coinmarketcap", "error_1008.json", 200, Outcome.RATE_LIMITED),
    ],
)
def test_errors_are_what_they_are_for_prices_too(slug: str, name: str, status: int, outcome: Outcome) -> None:
    assert refused(slug, name, DetailsQuery("bitcoin"), status) is outcome


@pytest.mark.parametrize(("slug", "name", "question"), CASES)
@given(data=st.data())
def test_a_mutated_answer_is_possible_or_a_failure(slug: str, name: str, question: Any, data: st.DataObject) -> None:
    tree = parsing.decode(payload(slug, name))
    for _ in range(data.draw(st.integers(1, 4))):
        mutate(tree, data)
    try:
        found = read(slug, render(tree).encode("utf-8", "surrogatepass"), question)
    except (Failure, KeyError) as ended:
        assert isinstance(ended, Failure) or ended.args == (question,)  # noqa: PT017 - absent, or refused
        return
    for row in getattr(found, "rows", ()):
        assert_possible(row)


def assert_possible(row: Any) -> None:
    assert row.id
    for name in ("price", "market_cap", "volume_24h", "volume_btc", "normalized_btc"):
        value = getattr(row, name, None)
        assert value is None or (value.is_finite() and value >= 0)
    for name in ("image", "url"):
        address = getattr(row, name, None)
        assert address is None or address.lower().startswith(("http://", "https://"))
    as_of = getattr(row, "as_of", None)
    assert as_of is None or as_of.utcoffset() == timedelta()


@pytest.mark.parametrize(("slug", "name", "question"), CASES)
def test_a_truncated_answer_is_broken_wherever_it_ends(slug: str, name: str, question: Any) -> None:
    body = payload(slug, name).strip()
    for end in range(0, len(body), 11):
        assert refused(slug, body[:end], question) is Outcome.BROKEN


@pytest.mark.parametrize(("slug", "name", "question"), CASES)
def test_the_sandbox_answers_what_each_adapter_asks(sandbox: Sandbox, slug: str, name: str, question: Any) -> None:
    asked = SearchQuery("bit") if isinstance(question, SearchQuery) else question
    found = answered(sandbox, slug, Category.MARKET_METADATA, [lookup_of(slug, asked)])[asked]
    if isinstance(asked, DetailsQuery):
        assert (found.symbol, found.name) == ("BTC", "Bitcoin")
        return
    if isinstance(asked, GlobalQuery):
        assert 0 < found.bitcoin_share < 100 < found.volume_24h < found.market_cap
        return
    assert len(found.rows) >= 3
    if isinstance(asked, TableQuery):
        bitcoin = next(row for row in found.rows if row.symbol == "BTC")
        assert abs(bitcoin.price / sandbox.price("BTC") - 1) < D("0.005")


# -- recorded ---------------------------------------------------------------------------------------------------------


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"no recording: {name}")
    return path.read_bytes()


def test_the_recorded_market_tables_are_what_their_index_says() -> None:
    rows = read("coingecko", recorded("coingecko/markets_usd_top20_2022-01-29.json"), TableQuery()).rows
    prices = {row.id: row.price for row in rows}
    assert (len(rows), rows[0].rank) == (20, 1)
    expected = {"bitcoin": D(37711), "ethereum": D("2573.29"), "tether": D(1), "binancecoin": D("384.51")}
    assert expected.items() <= prices.items()
    newer = read("coingecko", recorded("coingecko/markets_usd_3coins_2026-09-22.json"), TableQuery()).rows
    assert (newer[0].price, newer[0].market_cap, newer[0].change_24h) == (D(85696), D(1721007883172), D("5.54247"))
    cmc = read("coinmarketcap", recorded("coinmarketcap/v1_listings_latest_trim10.json"), TableQuery()).rows
    assert (len(cmc), cmc[0].id, cmc[0].symbol) == (10, "1", "BTC")


def test_the_recorded_searches_are_what_their_index_says() -> None:
    first = read("coingecko", recorded("coingecko/search_ethereum.json"), SearchQuery("ethereum")).rows[0]
    assert (first.id, first.symbol, first.rank, first.price) == ("ethereum", "ETH", 2, None)
    rows = read("coinpaprika", recorded("coinpaprika/search_ethereum.json"), SearchQuery("ethereum")).rows
    assert (rows[0].id, rows[0].rank) == ("eth-ethereum", 2)


def test_the_recorded_lists_are_what_their_index_says() -> None:
    exchanges = read("coingecko", recorded("coingecko/exchanges_trim20.json"), ExchangesQuery()).rows
    assert (len(exchanges), exchanges[0].rank, exchanges[0].volume_btc) == (20, 1, D("673694.799439595"))
    categories = read("coingecko", recorded("coingecko/categories_2021-05-16.json"), CategoriesQuery()).rows
    assert (len(categories), categories[0].market_cap) == (48, D("169371736001.31586"))
    assert categories[0].change_24h == D("-0.0922414270544203")
    coins = read("coingecko", recorded("coingecko/coins_list_excerpt_duplicates.json"), CoinListQuery()).rows
    assert (len(coins), sum(coin.symbol == "USDC" for coin in coins)) == (248, 69)
    paprika = read("coinpaprika", recorded("coinpaprika/coins_trim200.json"), CoinListQuery()).rows
    assert len(paprika) == 200
    named = read("coinpaprika", recorded("coinpaprika/exchanges_for_eth_trim20.json"), ExchangesQuery()).rows
    assert (len(named), named[0].name, named[0].volume_btc) == (20, "Binance", None)  # where one coin is traded


def test_the_recorded_whole_markets_are_what_their_index_says() -> None:
    first = read("coingecko", recorded("coingecko/global_2021-05-18.json"), GlobalQuery())
    assert (first.market_cap, first.volume_24h) == (D("2142953338976.9612"), D("290548797852.028"))
    assert (first.bitcoin_share, first.coins) == (D("38.259132842486686"), 7362)
    assert first.as_of == utc(2021, 5, 18, 13, 55, 59)
    second = read("coingecko", recorded("coingecko/global_2022-01-24.json"), GlobalQuery())
    assert (second.market_cap, second.bitcoin_share) == (D("1646186904056.53"), D("39.82852819801374"))


def test_the_recorded_details_are_what_their_index_says() -> None:
    found = read("coingecko", recorded("coingecko/coin_bitcoin_community_2022-01-31.json"), DetailsQuery("bitcoin"))
    assert dict(found.market)["current_price"] == D(38581)
    paprika = read("coinpaprika", recorded("coinpaprika/coin_btc-bitcoin.json"), DetailsQuery("bitcoin"))
    assert (paprika.symbol, paprika.homepage) == ("BTC", ("https://bitcoin.org/",))
    ether = Lookup(DetailsQuery("ethereum"), "eth-ethereum")
    body = respond(recorded("coinpaprika/coin_eth-ethereum.json"))
    found = ADAPTERS["coinpaprika"].handlers[Category.MARKET_METADATA].parse([ether], body)[ether.item]
    assert (found.id, found.symbol, found.name) == ("eth-ethereum", "ETH", "Ethereum")


def test_the_recorded_error_of_an_unknown_coin_is_one() -> None:
    body = recorded("coingecko/error_404_coin_not_found.json")
    assert refused("coingecko", body, DetailsQuery("bitcoin"), 404) is Outcome.UNKNOWN_ASSET
