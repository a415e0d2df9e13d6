"""What each fake says to what it does not know, has no key for, or is asked wrongly: the provider's own words."""

from __future__ import annotations

from typing import Any

import pytest

from providers.sandbox.fakes import FAKES
from providers.sandbox.faults import read_fault
from tests.providers.sandbox.wire import NOW, answer, call_fake, world

BEARER: dict[str, Any] = {"authorization": "Bearer key"}
APIKEY: dict[str, Any] = {"authorization": "Apikey key"}
UNKNOWN: list[tuple[str, str, int, Any]] = [
    ("binance", "/api/v3/ticker/24hr?symbol=NOPEUSDT", 400, {"code": -1121, "msg": "Invalid symbol."}),
    ("coinbase", "/products/NOPE-USD/ticker", 404, {"message": "NotFound"}),
    ("kraken", "/0/public/Ticker?pair=NOPEUSD", 200, {"error": ["EQuery:Unknown asset pair"]}),
    ("kraken", "/0/public/Ticker?pair=XBT/USD", 200, {"error": ["EQuery:Unknown asset pair"]}),
    (
        "okx",
        "/api/v5/market/ticker?instId=NOPE-USDT",
        200,
        {"code": "51001", "data": [], "msg": "Instrument ID, Instrument ID code, or Spread ID doesn't exist."},
    ),
    (
        "kucoin",
        "/api/v1/market/stats?symbol=NOPE-USDT",
        200,
        {"msg": "Trading pair NOPE-USDT does not exist.", "code": "900001"},
    ),
    (
        "gate",
        "/api/v4/spot/tickers?currency_pair=NOPE_USDT",
        400,
        {"label": "INVALID_CURRENCY", "message": "Invalid currency NOPE"},
    ),
    (
        "gate",
        "/api/v4/spot/tickers?currency_pair=BTCUSDT",
        400,
        {"label": "INVALID_CURRENCY_PAIR", "message": "Invalid currency pair BTCUSDT"},
    ),
    (
        "tidemark",
        "/open/v2/pairs/NOPE-USDT/now",
        200,
        {"ok": False, "why": {"code": "NO_SUCH_PAIR", "text": "NOPE-USDT is not traded here"}},
    ),
    ("coinpaprika", "/v1/tickers/nope-nope", 404, {"error": "id not found"}),
    ("coingecko", "/api/v3/simple/price?ids=nope&vs_currencies=usd", 200, {}),
    ("coingecko", "/api/v3/simple/price?ids=bitcoin&vs_currencies=ethereum", 200, {"bitcoin": {}}),
    ("coingecko", "/api/v3/simple/price?vs_currencies=usd", 422, {"error": "Missing parameter ids"}),
    ("defillama", "/prices/current/ethereum:0x27Dc", 200, {"coins": {}}),
]


@pytest.mark.parametrize(("slug", "target", "status", "body"), UNKNOWN)
def test_an_unknown_coin_is_answered_as_the_provider_does(slug: str, target: str, status: int, body: Any) -> None:
    assert answer(call_fake(world(), slug, target), status) == body


def test_bybit_answers_an_unknown_spot_pair_with_an_empty_list() -> None:
    body = answer(call_fake(world(), "bybit", "/v5/market/tickers?category=spot&symbol=NOPEUSDT"))
    assert (body["retCode"], body["result"]["list"]) == (0, [])


def test_coinmarketcap_leaves_unknown_ids_out_and_turns_them_down_when_asked_to() -> None:
    target = "/public-api/v3/cryptocurrency/quotes/latest?id=1,999999999"
    here = world()
    assert [row["id"] for row in answer(call_fake(here, "coinmarketcap", target))["data"]] == [1]
    refused = answer(call_fake(here, "coinmarketcap", f"{target}&skip_invalid=false"), 400)
    assert refused["status"]["error_message"] == 'Invalid value for "id": "999999999"'


def test_coincap_leaves_unknown_ids_out_of_a_list_and_has_no_page_for_one() -> None:
    here = world()
    body = answer(call_fake(here, "coincap", "/v3/assets?ids=bitcoin,nope", **BEARER))
    assert [row["id"] for row in body["data"]] == ["bitcoin"]
    assert "not found" in answer(call_fake(here, "coincap", "/v3/assets/nope", **BEARER), 404)["error"]


def test_cryptocompare_leaves_unknown_coins_out_until_none_is_left() -> None:
    here = world()
    some = answer(call_fake(here, "cryptocompare", "/data/pricemulti?fsyms=BTC,NOPE&tsyms=USD", **APIKEY))
    assert list(some) == ["BTC"]
    none = answer(call_fake(here, "cryptocompare", "/data/pricemulti?fsyms=NOPE&tsyms=USD", **APIKEY))
    assert (none["Response"], none["Type"]) == ("Error", 2)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer bad-key"}])
def test_coincap_wants_a_good_key(headers: dict[str, Any]) -> None:
    assert call_fake(world(), "coincap", "/v3/assets?ids=bitcoin", **headers).status == 401


@pytest.mark.parametrize("headers", [{}, {"authorization": "Apikey bad"}])
def test_cryptocompare_asks_for_a_key_inside_a_200(headers: dict[str, Any]) -> None:
    body = answer(call_fake(world(), "cryptocompare", "/data/price?fsym=BTC&tsyms=USD", **headers))
    assert body["Response"] == "Error"
    assert "api key" in body["Message"]


def test_one_bad_symbol_spoils_a_batch_at_binance_and_at_kraken() -> None:
    here = world()
    batch = "/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%2C%22NOPEUSDT%22%5D"
    assert answer(call_fake(here, "binance", batch), 400)["code"] == -1121
    assert "result" not in answer(call_fake(here, "kraken", "/0/public/Ticker?pair=XBTUSD,NOPEUSD"))


def test_binance_answers_one_symbol_with_an_object_and_several_with_a_list() -> None:
    here = world()
    assert answer(call_fake(here, "binance", "/api/v3/ticker/price?symbol=BTCUSDT"))["symbol"] == "BTCUSDT"
    batch = "/api/v3/ticker/price?symbols=%5B%22ETHUSDT%22%2C%22BTCUSDT%22%5D"
    assert [row["symbol"] for row in answer(call_fake(here, "binance", batch))] == ["ETHUSDT", "BTCUSDT"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=btcusdt", -1100),
        ("symbols=BTCUSDT", -1100),
        ("symbol=BTCUSDT&symbols=%5B%5D", -1128),
        ("type=X", -1139),
    ],
)
def test_binance_turns_bad_parameters_down(query: str, code: int) -> None:
    assert answer(call_fake(world(), "binance", f"/api/v3/ticker/24hr?{query}"), 400)["code"] == code


def test_kraken_answers_under_its_own_spelling_of_a_pair() -> None:
    here = world()
    old = answer(call_fake(here, "kraken", "/0/public/Ticker?pair=XBTUSD,XDGUSD,SOLUSD"))["result"]
    assert list(old) == ["XXBTZUSD", "XDGUSD", "SOLUSD"]
    modern = answer(call_fake(here, "kraken", "/0/public/Ticker?pair=BTC/USD,DOGE/USD&assetVersion=1"))["result"]
    assert list(modern) == ["BTC/USD", "DOGE/USD"]
    old_name = call_fake(here, "kraken", "/0/public/Ticker?pair=XBTUSD&assetVersion=1")
    assert answer(old_name)["result"].keys() == {"BTC/USD"}


def test_kraken_cannot_take_a_very_long_list() -> None:
    assert call_fake(world(), "kraken", f"/0/public/Ticker?pair={'XBTUSD,' * 1000}").status == 414


def test_coinbase_wants_to_know_who_asks() -> None:
    nobody: dict[str, Any] = {"user_agent": ""}
    assert call_fake(world(), "coinbase", "/products/BTC-USD/ticker", **nobody).status == 400


def test_coingecko_rounds_unless_asked_for_full_precision() -> None:
    here = world()
    target = "/api/v3/simple/price?ids=bitcoin,ripple,pepe&vs_currencies=usd"
    rounded = {name: row["usd"] for name, row in answer(call_fake(here, "coingecko", target)).items()}
    assert isinstance(rounded["bitcoin"], int)
    assert rounded["ripple"] == round(rounded["ripple"], 2)
    assert len(repr(answer(call_fake(here, "coingecko", f"{target}&precision=full"))["ripple"]["usd"])) > 8


def test_coinpaprika_redirects_a_slash_at_the_end_and_has_retired_ticker() -> None:
    here = world()
    moved = call_fake(here, "coinpaprika", "/v1/tickers/btc-bitcoin/")
    assert (moved.status, dict(moved.headers)["Location"]) == (301, "/v1/tickers/btc-bitcoin")
    assert call_fake(here, "coinpaprika", "/v1/ticker/btc-bitcoin").body == b"Deprecated"


def test_usage_is_counted_in_the_headers_of_those_who_tell_it() -> None:
    here = world()
    for n in range(3):
        reply = call_fake(here, "binance", "/api/v3/ticker/24hr?symbol=BTCUSDT", n=n)
        assert dict(reply.headers)["x-mbx-used-weight-1m"] == str(2 * (n + 1))
    assert dict(call_fake(here, "gate", "/api/v4/spot/tickers").headers)["X-Gate-RateLimit-Requests-Remain"] == "199"
    assert dict(call_fake(here, "kucoin", "/api/v1/timestamp").headers)["gw-ratelimit-remaining"] == "1998"
    later = call_fake(here, "binance", "/api/v3/ping", now=NOW + 60)
    assert dict(later.headers)["x-mbx-used-weight-1m"] == "1"


@pytest.mark.parametrize("slug", FAKES)
@pytest.mark.parametrize("kind", ["broken", "rate_limited"])
def test_every_provider_has_an_error_of_its_own_inside_a_200(slug: str, kind: str) -> None:
    here = world()
    here.arm(slug, None, [read_fault({"kind": "error200", "error": kind}, NOW)])
    answer(call_fake(here, slug, "/anything"))


@pytest.mark.parametrize("slug", FAKES)
@pytest.mark.parametrize("status", [401, 402, 403, 418, 429, 451, 500, 502, 503, 504])
def test_every_provider_can_refuse_with_any_status_and_a_time_to_wait(slug: str, status: int) -> None:
    here = world()
    here.arm(slug, None, [read_fault({"kind": "status", "status": status, "retry_after": 30}, NOW)])
    reply = call_fake(here, slug, "/anything")
    assert (reply.status, dict(reply.headers)["Retry-After"]) == (status, "30")
    assert reply.body


def test_a_ban_names_its_end() -> None:
    here = world()
    here.arm("binance", None, [read_fault({"kind": "status", "status": 418, "retry_after": 30}, NOW)])
    body = answer(call_fake(here, "binance", "/api/v3/ping"), 418)
    assert f"banned until {int((NOW + 30) * 1000)}" in body["msg"]


@pytest.mark.parametrize("slug", FAKES)
def test_over_its_quota_every_provider_says_so_in_its_own_way(slug: str) -> None:
    here = world()
    here.arm(slug, None, [read_fault({"kind": "quota", "calls": 0, "window_s": 20}, NOW)])
    reply = call_fake(here, slug, "/anything")
    if FAKES[slug].limited == 429:
        assert (reply.status, dict(reply.headers)["Retry-After"]) == (429, "20")
    else:
        assert (reply.status, slug in ("kraken", "cryptocompare")) == (200, True)
