"""/api/watchlist: the one route old clients know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerts.models import Watchlist
from alerts.watchlists import watchlists
from providers.models import Chain
from providers.sandbox.client import Sandbox

pytestmark = pytest.mark.relaxed_timing


def post(client: Client, **body: Any) -> Any:
    return client.post("/api/watchlist", body, content_type="application/json")


def test_add_remove_list_and_clear_report_the_changes(hub: Chain, ann_client: Client) -> None:
    added = post(ann_client, action="add", symbols=["btc", "SOL", "ETHUSDT"]).json()
    assert (added["success"], added["added_symbols"], added["total_symbols"]) == (True, ["BTC", "SOL", "ETH"], 3)
    again = post(ann_client, action="add", symbols=["BTC"]).json()
    assert (again["added_symbols"], again["total_symbols"]) == ([], 3)
    removed = post(ann_client, action="remove", symbols=["solana"]).json()
    assert (removed["removed_symbols"], removed["symbols"]) == (["SOL"], ["BTC", "ETH"])
    assert ann_client.get("/api/watchlist").json()["symbols"] == ["BTC", "ETH"]
    assert post(ann_client, action="clear").json()["removed_symbols"] == ["BTC", "ETH"]
    assert post(ann_client, action="list").json()["symbols"] == []


def test_every_coin_comes_with_its_price_and_its_source(hub: Chain, sandbox: Sandbox, ann_client: Client) -> None:
    (row,) = post(ann_client, action="add", symbols=["BTC"]).json()["watchlist_data"]
    assert abs(Decimal(row["price"]) / sandbox.price("BTC", row["currency"]) - 1) < Decimal("0.002")
    assert (row["id"], row["symbol"], row["source"], row["reason"]) == ("bitcoin", "BTC", "binance", None)
    assert isinstance(row["change_24h"], float)
    assert row["added_at"].endswith("Z")


def test_a_coin_without_a_price_says_why(hub: Chain, sandbox: Sandbox, ann_client: Client) -> None:
    sandbox.fault("*", "status", status=500)
    (row,) = post(ann_client, action="add", symbols=["BTC"]).json()["watchlist_data"]
    assert (row["price"], row["source"], row["stale"]) == (None, None, None)
    assert row["reason"] == "no source could be reached"


def test_meta_names_the_source_of_the_prices(hub: Chain, ann_client: Client) -> None:
    meta = post(ann_client, action="add", symbols=["BTC"]).json()["meta"]
    assert (meta["source"], meta["chain"], meta["asset"]) == ("binance", "MARKET_PRICE", {"BTC": "bitcoin"})


@pytest.mark.django_db
def test_lists_are_separate_by_name_and_by_user(ann_client: Client, bob: User, coins: Any) -> None:
    watchlists.add(watchlists.get_or_create(bob), "solana")
    post(ann_client, action="add", symbols=["BTC"], name="long term")
    assert ann_client.get("/api/watchlist?name=long term").json()["symbols"] == ["BTC"]
    assert ann_client.get("/api/watchlist").json()["symbols"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"action": "explode"}, "action", "Allowed: add, remove, list, clear."),
        ({"action": "add"}, "symbols", "Name 1 to 250 coins to add or remove."),
        ({"action": "add", "symbols": ["nosuch"]}, "symbols.0", "No coin is known as “nosuch”."),
        ({"action": "list", "name": "x" * 61}, "name", "Ensure this field has no more than 60 characters."),
    ],
)
def test_a_bad_request_says_what_is_allowed(
    ann_client: Client, coins: Any, body: dict[str, Any], field: str, detail: str
) -> None:
    response = post(ann_client, **body)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["field"] == field
    assert error["detail"].startswith(detail)


def test_its_prices_are_explained_on_request(hub: Chain, ann_client: Client) -> None:
    post(ann_client, action="add", symbols=["BTC"])
    answer = ann_client.get("/api/watchlist?name=default&explain=1").json()
    assert "ok" in {attempt["outcome"] for attempt in answer["attempts"]}
    assert "attempts" not in ann_client.get("/api/watchlist").json()


@pytest.mark.django_db
def test_listing_a_list_that_does_not_exist_makes_none(ann_client: Client, coins: Any) -> None:
    assert ann_client.get("/api/watchlist?name=ghost").json()["symbols"] == []
    assert post(ann_client, action="list", name="ghost").json()["symbols"] == []
    assert not Watchlist.objects.exists()
