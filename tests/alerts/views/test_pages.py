"""The pages: what they show and do, with and without scripts, and that they are each user's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import AlertEvent, PriceAlert, Watchlist
from alerts.watchlists import watchlists
from markets.feeds.provenance import REASONS
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.alerts.conftest import NOW, feed, quoted
from tests.hub import restart

pytestmark = pytest.mark.relaxed_timing

Make = Callable[..., Any]
HTMX = {"HX-Request": "true"}
SHOWN_FIELD = re.compile(r'name="shown" value="([^"]+)"')
FORM = {"slug": "bitcoin", "direction": "above", "threshold": "70,000.50", "quote": "*", "note": "sell half"}


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def order(user: User) -> list[str]:
    return [item.asset_id for item in watchlists.get_or_create(user).items.all()]


@pytest.fixture
def watched(ann: User, coins: Any) -> Watchlist:
    """Ann's list of three."""
    watchlist = watchlists.get_or_create(ann)
    watchlists.add_all(watchlist, ["bitcoin", "ethereum", "solana"])
    return watchlist


# -- watchlist ------------------------------------------------------------------------------------------------------


def test_a_watched_coin_shows_its_price_with_source_and_currency(
    hub: Chain, ann_client: Client, watched: Watchlist
) -> None:
    hub.links.exclude(provider__slug="binance").update(enabled=False)  # nobody answers before it on a busy machine
    restart()
    page = text(ann_client.get("/watchlist/"))
    for part in ("Bitcoin", "Binance", "USDT", "data-ago", f'hx-get="/watchlist/{watched.pk}/prices/"'):
        assert part in page


def test_the_refreshing_part_holds_figures_alone(hub: Chain, ann_client: Client, watched: Watchlist) -> None:
    part = text(ann_client.get(f"/watchlist/{watched.pk}/prices/", headers=HTMX))
    assert part.count('hx-swap-oob="true"') == 9
    assert "<button" not in part
    assert "<html" not in part


def test_a_missing_price_says_why(hub: Chain, sandbox: Sandbox, ann_client: Client, watched: Watchlist) -> None:
    sandbox.fault("*", "status", status=500)
    assert text(ann_client.get("/watchlist/")).count("no source could be reached") == 3


def test_an_old_price_is_marked_with_the_reason(
    hub: Chain, sandbox: Sandbox, ann_client: Client, watched: Watchlist
) -> None:
    ann_client.get("/watchlist/")
    sandbox.fault("*", "status", status=500)
    page = text(ann_client.get("/watchlist/"))
    assert page.count(">stale</span>") == 3
    assert REASONS["unavailable"] in page or REASONS["waiting"] in page, "on a busy machine nobody has failed yet"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "result"),
    [
        ({"remove_coin": "ethereum"}, ["bitcoin", "solana"]),
        ({"up": "solana"}, ["bitcoin", "solana", "ethereum"]),
        ({"down": "bitcoin"}, ["ethereum", "bitcoin", "solana"]),
        ({"order": ["solana", "ethereum", "bitcoin"]}, ["solana", "ethereum", "bitcoin"]),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_lists_buttons_and_dragging_change_it(
    ann_client: Client, ann: User, watched: Watchlist, data: Any, result: list[str], headers: dict[str, str]
) -> None:
    response = ann_client.post(f"/watchlist/{watched.pk}/change/", data, headers=headers)
    assert response.status_code == (302 if not headers else 204 if "order" in data else 200)
    assert order(ann) == result


@pytest.mark.django_db
def test_a_coin_is_added_by_selection_or_by_text(ann_client: Client, ann: User, coins: Any) -> None:
    here = f"/watchlist/{watchlists.get_or_create(ann).pk}/add/"
    assert "Bitcoin" in text(ann_client.post(here, {"coin": "Bitcoin (BTC)", "slug": "bitcoin"}, headers=HTMX))
    assert ann_client.post(here, {"coin": "eth", "slug": ""}).status_code == 302
    assert order(ann) == ["bitcoin", "ethereum"]


@pytest.mark.django_db
def test_an_unknown_coin_is_reported_and_its_name_is_escaped(ann_client: Client, ann: User, coins: Any) -> None:
    here = f"/watchlist/{watchlists.get_or_create(ann).pk}/add/"
    response = ann_client.post(here, {"coin": "<script>"}, headers=HTMX)
    assert "No coin is known as" in response.headers["HX-Trigger"]
    ann_client.post(here, {"coin": "<script>"})
    assert "&lt;script&gt;" in text(ann_client.get("/watchlist/"))


@pytest.mark.django_db
def test_an_empty_list_says_what_to_do(ann_client: Client, coins: Any) -> None:
    assert "Nothing to watch yet" in text(ann_client.get("/watchlist/"))


@pytest.mark.django_db
def test_lists_are_created_shown_as_tabs_and_deleted(ann_client: Client, ann: User, watched: Watchlist) -> None:
    created = ann_client.post("/watchlist/new/", {"name": "long <term>"})
    page = text(ann_client.get(created.headers["Location"]))
    assert "long &lt;term&gt;" in page
    assert f'href="/watchlist/{watched.pk}/"' in page
    ann_client.post("/watchlist/new/", {"name": ""})
    ann_client.post(f"/watchlist/{Watchlist.objects.get(name='long <term>').pk}/delete/")
    assert [row.name for row in Watchlist.objects.owned_by(ann)] == ["default"]


@pytest.mark.django_db
def test_suggestions_match_what_is_typed(ann_client: Client, coins: Any) -> None:
    found = text(ann_client.get("/coins/suggestions/?coin=sol"))
    assert 'data-slug="solana"' in found
    assert 'data-slug="bitcoin"' not in found
    assert "No coin is known as “&lt;b&gt;”" in text(ann_client.get("/coins/suggestions/?coin=<b>"))


# -- alerts -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_alert_is_set_with_an_amount_as_people_write_it(ann_client: Client, ann: User, coins: Any) -> None:
    assert ann_client.post("/alerts/", FORM).status_code == 302
    alert = PriceAlert.objects.get()
    assert (alert.owner, alert.asset_id, alert.threshold, alert.note) == (
        *(ann, "bitcoin", Decimal("70000.50"), "sell half"),
    )
    page = text(ann_client.get("/alerts/"))
    assert "70,000.50" in page
    assert "waiting" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "answer"),
    [
        ("slug", "nosuch", "No coin is known as “nosuch”"),
        ("slug", "", "Name a coin"),
        ("threshold", "-1", "Enter a number above zero."),
        ("threshold", "much", "Enter a number."),
        ("threshold", "", "This field is required."),
        ("direction", "sideways", "Select a valid choice."),
        ("quote", "XYZ", "Select a valid choice."),
    ],
)
def test_an_invalid_form_shows_the_error_and_keeps_the_input(
    ann_client: Client, coins: Any, field: str, value: str, answer: str
) -> None:
    page = text(ann_client.post("/alerts/", FORM | {field: value}))
    assert answer in page
    assert 'value="sell half"' in page
    assert not PriceAlert.objects.exists()


@pytest.mark.django_db
def test_text_typed_over_a_selected_coin_takes_precedence(ann_client: Client, coins: Any) -> None:
    ann_client.post("/alerts/", FORM | {"coin": "solana"})
    ann_client.post("/alerts/", FORM | {"coin": "Bitcoin (BTC)"})
    assert [alert.asset_id for alert in PriceAlert.objects.order_by("pk")] == ["solana", "bitcoin"]


@pytest.mark.django_db
def test_an_alert_is_changed_switched_and_deleted(ann_client: Client, make_alert: Make) -> None:
    alert = make_alert(armed=True)
    assert 'value="100"' in text(ann_client.get(f"/alerts/{alert.pk}/"))
    ann_client.post(f"/alerts/{alert.pk}/", FORM)
    ann_client.post(f"/alerts/{alert.pk}/switch/", {"enabled": "0"}, headers=HTMX)
    alert.refresh_from_db()
    assert (alert.threshold, alert.enabled, alert.armed) == (Decimal("70000.50"), False, False)
    assert "off" in text(ann_client.get("/alerts/states/"))
    assert "No alerts yet" in text(ann_client.post(f"/alerts/{alert.pk}/delete/", headers=HTMX))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({}, ">waiting</span>"),
        ({"last_at": NOW, "last_price": Decimal(101)}, ">waiting to arm</span>"),
        ({"armed": True, "last_at": NOW, "last_price": Decimal(99)}, ">armed</span>"),
        ({"fired_at": NOW, "fires": 1}, "Armed again once the price is back past 99.800."),
        ({"enabled": False}, ">off</span>"),
    ],
)
def test_the_page_shows_the_state_of_each_alert(ann_client: Client, make_alert: Make, facts: Any, answer: str) -> None:
    make_alert(**facts)
    assert answer in text(ann_client.get("/alerts/"))
    assert answer in text(ann_client.get("/alerts/states/"))


def test_the_form_shows_the_coins_price(hub: Chain, ann_client: Client) -> None:
    assert "BTC is now at" in text(ann_client.get("/alerts/price/?slug=bitcoin&quote=*"))
    assert text(ann_client.get("/alerts/price/?slug=&coin=nosuch")).strip() == ""


@pytest.mark.django_db
def test_the_form_can_be_reached_with_its_coin_filled_in(ann_client: Client, coins: Any) -> None:
    assert 'value="Solana (SOL)"' in text(ann_client.get("/alerts/?coin=solana"))
    assert text(ann_client.get("/alerts/?coin=<b>"))


# -- inbox ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_inbox_shows_each_event_with_the_quote_that_fired_it(ann_client: Client, make_event: Make) -> None:
    make_event(verified=False)
    page = text(ann_client.get("/inbox/"))
    for part in ("Bitcoin rose to", "100.5", "USDT", "api.binance.com", "2026-01-01 11:59:59", "not confirmed"):
        assert part in page


@pytest.mark.django_db
def test_events_are_read_one_by_one_and_all(ann_client: Client, make_event: Make) -> None:
    first = make_event()
    make_event(first.alert)
    make_event(first.alert)
    assert ">3<" in text(ann_client.get("/inbox/badge/"))
    response = ann_client.post("/inbox/read/", {"event": first.pk}, headers=HTMX)
    assert "inbox" in response.headers["HX-Trigger"]
    assert ">2<" in text(ann_client.get("/inbox/badge/"))
    assert ann_client.post("/inbox/read/").status_code == 302
    assert text(ann_client.get("/inbox/badge/")).strip() == ""
    assert "All read" in text(ann_client.get("/inbox/"))


@pytest.mark.django_db
def test_an_open_inbox_is_swapped_only_when_it_has_changed(ann_client: Client, make_event: Make) -> None:
    first = make_event()
    assert ann_client.get(f"/inbox/?shown={first.pk}-1", headers=HTMX).status_code == 204
    second = make_event(first.alert)
    assert f'id="read-{second.pk}"' in text(ann_client.get(f"/inbox/?shown={first.pk}-1", headers=HTMX))


@pytest.mark.django_db
def test_an_invalid_event_id_marks_nothing(ann_client: Client, make_event: Make) -> None:
    make_event()
    ann_client.post("/inbox/read/", {"event": "all of them"})
    assert AlertEvent.objects.unread().count() == 1


@pytest.mark.django_db
def test_a_full_inbox_comes_in_pages(ann_client: Client, make_event: Make) -> None:
    first = make_event()
    for _ in range(50):
        make_event(first.alert)
    with CaptureQueriesContext(connection) as asked:
        page = text(ann_client.get("/inbox/"))
    assert sum("alerts_" in query["sql"] for query in asked) <= 5
    assert page.count('name="event"') == 50
    assert "Page 1 of 2" in page
    assert text(ann_client.get("/inbox/?page=2")).count('name="event"') == 1


@pytest.mark.django_db
def test_an_empty_inbox_leads_to_the_alerts(ann_client: Client, coins: Any) -> None:
    assert "Nothing has happened yet" in text(ann_client.get("/inbox/"))


# -- whose ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_another_users_objects_are_404(ann_client: Client, bob: User, make_alert: Make, make_event: Make) -> None:
    alert, watchlist = make_alert(owner=bob), watchlists.get_or_create(bob)
    event = make_event(alert)
    watchlists.add(watchlist, "bitcoin")
    for path in (f"/alerts/{alert.pk}/", f"/watchlist/{watchlist.pk}/", f"/watchlist/{watchlist.pk}/prices/"):
        assert ann_client.get(path).status_code == 404
    for path in (f"/alerts/{alert.pk}/", f"/alerts/{alert.pk}/switch/", f"/alerts/{alert.pk}/delete/"):
        assert ann_client.post(path, FORM).status_code == 404
    for action in ("add", "change", "delete"):
        assert ann_client.post(f"/watchlist/{watchlist.pk}/{action}/", {"remove_coin": "bitcoin"}).status_code == 404
    ann_client.post("/inbox/read/", {"event": event.pk})
    ann_client.post("/inbox/read/")
    assert AlertEvent.objects.unread().count() == 1
    assert order(bob) == ["bitcoin"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/watchlist/", "/alerts/", "/inbox/", "/inbox/badge/", "/coins/suggestions/"])
def test_a_visitor_is_sent_to_sign_in_and_back(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"
    fragment = client.get(path, headers=HTMX | {"HX-Current-URL": "http://testserver/inbox/?page=2"})
    assert fragment.headers["HX-Redirect"] == "/accounts/login/?next=/inbox/%3Fpage%3D2"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/watchlist/new/", "/inbox/read/", "/alerts/"])
def test_changes_are_posted_with_a_token_or_not_made(ann: User, coins: Any, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert client.post(path, FORM | {"name": "x"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/watchlist/1/change/", "/watchlist/new/", "/inbox/read/", "/alerts/1/delete/"])
def test_nothing_is_changed_by_following_a_link(ann_client: Client, coins: Any, path: str) -> None:
    assert ann_client.get(path).status_code == 405


@pytest.mark.django_db
def test_a_note_is_text_and_never_markup(ann_client: Client, make_alert: Make, make_event: Make) -> None:
    make_event(make_alert(note="<img src=x>"))
    for path in ("/alerts/", "/inbox/"):
        page = text(ann_client.get(path))
        assert "&lt;img src=x&gt;" in page
        assert "<img src=x>" not in page


@pytest.mark.django_db
def test_no_page_has_a_script_or_a_style_of_its_own(ann_client: Client, make_event: Make, watched: Watchlist) -> None:
    make_event()
    for path in ("/watchlist/", "/alerts/", "/inbox/"):
        page = text(ann_client.get(path))
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count("<script src=")


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [("2.600", "Write 2600 or 2.6000"), ("1,234", "Write 1234 or 1.2340"), ("0,0,5", "Enter a number")],
)
def test_a_threshold_that_can_mean_two_numbers_is_asked_back(
    ann_client: Client, coins: Any, threshold: str, expected: str
) -> None:
    page = ann_client.post("/alerts/", FORM | {"threshold": threshold}).content.decode()
    assert expected in page
    assert not PriceAlert.objects.exists()


def test_a_decimal_comma_is_no_thousands_separator(ann_client: Client, coins: Any) -> None:
    ann_client.post("/alerts/", FORM | {"threshold": "0,095"})
    assert PriceAlert.objects.get().threshold == Decimal("0.095")


@pytest.mark.parametrize("coin", ["BTCGBP", "BTC/JPY"])
def test_a_pair_in_a_currency_without_alerts_is_refused(ann_client: Client, coins: Any, coin: str) -> None:
    page = ann_client.post("/alerts/", FORM | {"slug": "", "coin": coin}).content.decode()
    assert "There are no alerts on prices in" in page
    assert not PriceAlert.objects.exists()


def test_a_pair_that_contradicts_the_currency_beside_it_is_refused(ann_client: Client, coins: Any) -> None:
    page = ann_client.post("/alerts/", FORM | {"slug": "", "coin": "BTCEUR", "quote": "USD"}).content.decode()
    assert "The pair is quoted in EUR, but USD is selected" in page
    ann_client.post("/alerts/", FORM | {"slug": "", "coin": "BTCEUR", "quote": "*"})
    assert PriceAlert.objects.get().quote == "EUR"


def test_a_pair_in_another_currency_is_no_coin_of_a_watchlist(ann_client: Client, ann: User, coins: Any) -> None:
    watchlist = Watchlist.objects.create(owner=ann, name="pairs")
    page = ann_client.post(f"/watchlist/{watchlist.pk}/add/", {"coin": "BTCEUR"}, follow=True).content.decode()
    assert "not in EUR" in page
    assert not watchlist.items.exists()


def test_an_older_page_saves_only_what_its_author_changed_and_names_a_conflict(ann_client: Client, coins: Any) -> None:
    ann_client.post("/alerts/", FORM)
    alert = PriceAlert.objects.get()
    path = f"/alerts/{alert.pk}/"
    first, second = (SHOWN_FIELD.search(ann_client.get(path).content.decode())[1] for _ in range(2))  # type: ignore[index]  # it is there
    ann_client.post(path, FORM | {"threshold": "80000", "shown": first})
    ann_client.post(path, FORM | {"note": "buy", "shown": second})
    alert.refresh_from_db()
    assert (alert.threshold, alert.note) == (Decimal(80000), "buy")
    page = ann_client.post(path, FORM | {"threshold": "90000", "note": "buy", "shown": second}).content.decode()
    assert "Changed elsewhere to “80000" in page
    PriceAlert.objects.update(note="by another")
    third = SHOWN_FIELD.search(page)[1]  # type: ignore[index]  # it is there
    ann_client.post(path, FORM | {"threshold": "90000", "note": "sell half", "sure": "on", "shown": third})
    alert.refresh_from_db()
    assert (alert.threshold, alert.note) == (Decimal(90000), "by another"), (
        "a second save overwrites what was named only"
    )
    PriceAlert.objects.update(threshold="80000")
    alert.refresh_from_db()
    assert alert.threshold == Decimal(80000)


def test_a_threshold_far_from_the_price_is_asked_back_until_the_box_is_ticked(
    ann_client: Client, coins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.forms.queries.prices", feed(quoted("87560"), quoted("0.00001", asset="ethereum")))
    assert "I am sure" in ann_client.post("/alerts/", FORM | {"threshold": "200000"}).content.decode()
    assert not PriceAlert.objects.exists()
    ann_client.post("/alerts/", FORM | {"threshold": "200000", "sure": "on"})
    alert = PriceAlert.objects.get()
    other = FORM | {"threshold": "200000", "slug": "ethereum", "coin": "Ethereum (ETH)"}
    assert "I am sure" in ann_client.post(f"/alerts/{alert.pk}/", other).content.decode(), "of another coin as well"
