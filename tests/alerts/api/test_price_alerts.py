"""The REST resources: what they do, what they refuse, and that they are each user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from alerts.models import AlertEvent, PriceAlert, Watchlist
from alerts.rules.price_alerts import MAX_ALERTS
from alerts.watchlists import watchlists
from markets.models import Asset
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
ALERT = {"coin": "BTC", "direction": "above", "threshold": "70000.50"}
PROBLEM = "application/problem+json"


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body, content_type="application/json")


def errors(response: Any) -> dict[str, str]:
    assert response.headers["Content-Type"].startswith(PROBLEM)
    return {row["field"]: row["detail"] for row in response.json()["errors"]}


# -- watchlists ---------------------------------------------------------------------------------------------------


def test_a_list_is_created_filled_ordered_renamed_and_deleted(ann_client: Client, coins: list[Asset]) -> None:
    created = post(ann_client, "/api/watchlists/", {"name": "long term"})
    assert created.status_code == 201
    here = f"/api/watchlists/{created.json()['id']}/"
    assert [post(ann_client, f"{here}items/", {"coin": coin}).status_code for coin in ("btc", "solana", "BTC")] == [
        *(201, 201, 200)
    ]
    ordered = post(ann_client, f"{here}reorder/", {"coins": ["SOL", "BTC"]})
    assert [item["symbol"] for item in ordered.json()["items"]] == ["SOL", "BTC"]
    assert (
        ann_client.patch(here, {"name": "short term"}, content_type="application/json").json()["name"] == "short term"
    )
    assert ann_client.delete(f"{here}items/solana/").status_code == 204
    assert ann_client.delete(f"{here}items/solana/").status_code == 404
    assert [item["id"] for item in ann_client.get(here).json()["items"]] == ["bitcoin"]
    assert ann_client.delete(here).status_code == 204
    assert ann_client.get(here).status_code == 404


def test_lists_come_in_pages(ann_client: Client, ann: User) -> None:
    for name in ("a", "b", "c"):
        watchlists.create(ann, name)
    answer = ann_client.get("/api/watchlists/?limit=2").json()
    assert (answer["count"], len(answer["results"])) == (3, 2)


def test_invalid_lists_and_coins_are_refused_with_the_reason(ann_client: Client, coins: list[Asset]) -> None:
    post(ann_client, "/api/watchlists/", {"name": "a"})
    assert errors(post(ann_client, "/api/watchlists/", {"name": "a"})) == {
        "name": "You already have a watchlist called a."
    }
    here = f"/api/watchlists/{Watchlist.objects.get().pk}/items/"
    assert "No coin is known as “nosuch”" in errors(post(ann_client, here, {"coin": "nosuch"}))["coin"]
    assert "must be a string" in errors(post(ann_client, here, {"coin": 5}))["coin"]
    assert "required" in errors(post(ann_client, here, {}))["coin"]


# -- alerts -------------------------------------------------------------------------------------------------------


def test_an_alert_is_set_and_read_with_its_state(ann_client: Client, coins: list[Asset]) -> None:
    created = post(ann_client, "/api/alerts/", ALERT)
    assert created.status_code == 201
    answer = ann_client.get(f"/api/alerts/{created.json()['id']}/").json()
    given = answer["asset"], answer["symbol"], answer["threshold"], answer["quote"]
    assert given == (
        "bitcoin",
        "BTC",
        "70000.50",
        "*",
    )
    assert (answer["state"], answer["fires"], answer["last_price"]) == ("waiting", 0, None)
    assert "coin" not in answer


def test_a_pair_also_says_what_the_alert_is_quoted_in(ann_client: Client, coins: list[Asset]) -> None:
    assert post(ann_client, "/api/alerts/", ALERT | {"coin": "BTCUSDT"}).json()["quote"] == "USDT"
    assert post(ann_client, "/api/alerts/", ALERT | {"coin": "BTCUSDT", "quote": "USD"}).json()["quote"] == "USD"


def test_a_change_arms_it_anew_and_a_note_does_not(ann_client: Client, make_alert: Make) -> None:
    here = f"/api/alerts/{make_alert(armed=True, last_at=NOW).pk}/"
    assert ann_client.patch(here, {"note": "sell"}, content_type="application/json").json()["state"] == "armed"
    changed = ann_client.patch(here, {"threshold": "5"}, content_type="application/json").json()
    assert (changed["state"], changed["threshold"], changed["last_at"]) == ("waiting", "5", None)


def test_its_facts_cannot_be_written(ann_client: Client, coins: list[Asset]) -> None:
    answer = post(ann_client, "/api/alerts/", ALERT | {"state": "armed", "armed": True, "fires": 7, "owner": 1}).json()
    assert (answer["state"], answer["fires"]) == ("waiting", 0)


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("direction", "sideways", "Allowed: above, below."),
        ("quote", "XYZ", "Allowed: *, USD, USDT, USDC, EUR, BTC."),
        ("threshold", "0", "Enter a number above zero."),
        ("threshold", "much", "A valid number is required."),
        ("threshold", "NaN", "A valid number is required."),
        ("threshold", "1" * 41, "Ensure that there are no more than 40 digits in total."),
        ("coin", "", "Name a coin: its symbol (BTC), its id (bitcoin) or a pair (BTCUSDT)."),
        ("note", "x" * 201, "Ensure this field has no more than 200 characters."),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(
    ann_client: Client, coins: list[Asset], field: str, value: str, detail: str
) -> None:
    response = post(ann_client, "/api/alerts/", ALERT | {field: value})
    assert response.status_code == 400
    assert errors(response) == {field: detail}


def test_an_alert_beyond_the_limit_is_refused(ann_client: Client, ann: User, coins: list[Asset]) -> None:
    rule = {"owner": ann, "asset_id": "bitcoin", "direction": "above", "threshold": 1}
    PriceAlert.objects.bulk_create(PriceAlert(**rule) for _ in range(MAX_ALERTS))
    assert "at most 200" in errors(post(ann_client, "/api/alerts/", ALERT))[""]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        *(("", 3), ("asset=BTC", 2), ("direction=below", 1), ("enabled=false", 1), ("state=armed", 1)),
        *(("state=waiting&asset=bitcoin", 1), ("limit=1", 3)),
    ],
)
def test_alerts_are_filtered_by_query_parameters(ann_client: Client, make_alert: Make, query: str, found: int) -> None:
    make_alert(armed=True)
    make_alert(enabled=False)
    make_alert(asset="solana", direction="below")
    assert ann_client.get(f"/api/alerts/?{query}").json()["count"] == found


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ("state=loud", "state", "Allowed: waiting, armed, fired."),
        ("enabled=maybe", "enabled", "Must be a valid boolean."),
        ("colour=red", "colour", "There is no such parameter here. Allowed: asset, direction, enabled, state, "),
    ],
)
def test_a_query_that_is_not_understood_is_refused(
    ann_client: Client, coins: list[Asset], query: str, field: str, detail: str
) -> None:
    assert errors(ann_client.get(f"/api/alerts/?{query}"))[field].startswith(detail)


# -- events -------------------------------------------------------------------------------------------------------


def test_events_carry_the_quote_newest_first(ann_client: Client, make_event: Make) -> None:
    old = make_event()
    new = make_event(old.alert, verified=False)
    rows = ann_client.get("/api/alerts/events/").json()["results"]
    assert [row["id"] for row in rows] == [new.pk, old.pk]
    assert (rows[0]["price"], rows[0]["currency"], rows[0]["source"]) == ("100.5", "USDT", "binance")
    assert (rows[0]["endpoint"], rows[0]["verified"], rows[0]["threshold"]) == ("api.binance.com", False, "100")


def test_events_are_marked_as_read_one_by_one_and_all(ann_client: Client, make_event: Make) -> None:
    first = make_event()
    make_event(first.alert)
    assert post(ann_client, f"/api/alerts/events/{first.pk}/read/").json()["read_at"] is not None
    assert ann_client.get("/api/alerts/events/?unread=true").json()["count"] == 1
    assert post(ann_client, "/api/alerts/events/read-all/").json() == {"marked": 1}
    assert ann_client.get("/api/alerts/events/?unread=true").json()["count"] == 0


def test_an_event_outlives_its_alert(ann_client: Client, make_event: Make) -> None:
    event = make_event()
    assert ann_client.delete(f"/api/alerts/{event.alert_id}/").status_code == 204
    assert ann_client.get(f"/api/alerts/events/{event.pk}/").json()["alert"] is None


def test_events_cannot_be_created_or_changed_by_clients(ann_client: Client, make_event: Make) -> None:
    here = f"/api/alerts/events/{make_event().pk}/"
    assert post(ann_client, "/api/alerts/events/", {}).status_code == 405
    assert ann_client.patch(here, {"price": "1"}, content_type="application/json").status_code == 405
    assert ann_client.delete(here).status_code == 405


# -- whose ----------------------------------------------------------------------------------------------------------


def test_another_users_objects_are_404(ann_client: Client, bob: User, make_alert: Make, make_event: Make) -> None:
    alert = make_alert(owner=bob)
    event = make_event(alert)
    watchlist = watchlists.get_or_create(bob)
    watchlists.add(watchlist, "bitcoin")
    for path in (f"/api/alerts/{alert.pk}/", f"/api/watchlists/{watchlist.pk}/", f"/api/alerts/events/{event.pk}/"):
        assert ann_client.get(path).status_code == 404
    for path in (f"/api/alerts/{alert.pk}/", f"/api/watchlists/{watchlist.pk}/"):
        assert ann_client.delete(path).status_code == 404
        assert ann_client.patch(path, {"note": "", "name": "mine"}, content_type="application/json").status_code == 404
    assert ann_client.delete(f"/api/watchlists/{watchlist.pk}/items/bitcoin/").status_code == 404
    assert post(ann_client, f"/api/watchlists/{watchlist.pk}/reorder/", {"coins": ["BTC"]}).status_code == 404
    assert post(ann_client, f"/api/alerts/events/{event.pk}/read/").status_code == 404
    assert post(ann_client, "/api/alerts/events/read-all/").json() == {"marked": 0}
    assert [ann_client.get(f"/api/{name}/").json()["count"] for name in ("alerts", "watchlists", "alerts/events")] == [
        0
    ] * 3


@pytest.mark.parametrize("path", ["/api/alerts/", "/api/watchlists/", "/api/alerts/events/", "/api/watchlist"])
def test_a_visitor_is_turned_away(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code in (401, 403)
    assert post(client, path, {}).status_code in (401, 403)


def test_a_page_elsewhere_cannot_post_in_the_users_name(ann: User, coins: list[Asset]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert post(client, "/api/alerts/", ALERT).status_code == 403
    assert not PriceAlert.objects.exists()
    assert not AlertEvent.objects.exists()


def test_the_document_describes_all_of_it_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    document = capsys.readouterr().out
    for path in ("/api/watchlist:", "/api/watchlists/{id}/reorder/:", "/api/alerts/{id}/:", "/api/alerts/events/:"):
        assert path in document
