"""A provider without code in the admin: defined page by page, each tried out before it is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from providers.credentials.api_keys import set_key
from providers.models import Cooldown, Definition, Endpoint, Health, Provider, RequestFormat
from providers.transport import http
from tests import tidemark
from tests.admin_forms import filled
from tests.providers import engine_rows
from tests.providers.engine_harness import Road
from tests.providers.upstream import reply, serving

SECRET = "sk-very-secret-0123"
PRICED = b'{"ok": true, "pair": "BTC-USDT", "trade": {"last": 83310.90}, "day": {"turnover": {}}, "served_ms": "1"}'


@pytest.fixture
def provider(db: None) -> Provider:
    """Tidemark as it stands once it has been added: its endpoint, its request format, nothing defined yet."""
    created = engine_rows.provider(tidemark.SLUG, "https://tidemark.example.org", adapter="generic", name=tidemark.NAME)
    RequestFormat.objects.create(provider=created, **tidemark.REQUEST_FORMAT)
    return created


def add_url(provider: Provider, category: str = "MARKET_PRICE") -> str:
    return f"{reverse('admin:providers_definition_add')}?provider={provider.pk}&category={category}"


def change_url(provider: Provider) -> str:
    return reverse("admin:providers_provider_change", args=[provider.pk])


def post(client: Client, provider: Provider, definition: dict[str, Any] = tidemark.PRICE, **changes: str) -> Any:
    """The form of a definition, filled in; with ``_test`` it is tried out."""
    url = add_url(provider, definition["category"])
    return client.post(url, filled(client.get(url)) | definition | changes)


@pytest.mark.parametrize("definition", tidemark.DEFINITIONS)
def test_a_definition_is_saved_for_its_provider_and_category(
    admin_client: Client, provider: Provider, definition: dict[str, Any]
) -> None:
    answer = post(admin_client, provider, definition)
    assert answer.headers["Location"] == change_url(provider)
    saved = Definition.objects.get()
    assert (saved.provider, {name: getattr(saved, name) for name in definition}) == (provider, definition)
    assert LogEntry.objects.filter(object_id=str(saved.pk)).exists()


def test_a_page_has_the_fields_of_its_category_and_no_others(admin_client: Client, provider: Provider) -> None:
    book = filled(admin_client.get(add_url(provider, "MARKET_ORDERBOOK")))
    assert {"bids", "asks", "quantity"} <= book.keys()
    assert not {"open", "change", "title", "intervals"} & book.keys()


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ({"path": "open"}, "A path begins with a slash"),
        ({"path": "/{secret}"}, "{secret} is not a placeholder here"),
        ({"price": "trade.["}, "Not a JMESPath expression"),
        ({"price": ""}, "Required."),
        ({"volume": "sum(a)"}, "The function sum is not allowed"),
        ({"most": "0"}, "1 to 5000."),
    ],
)
def test_errors_are_shown_at_their_fields_and_nothing_is_saved_or_called(
    admin_client: Client, provider: Provider, changes: dict[str, Any], answered: str
) -> None:
    (field,) = changes
    buttons: tuple[dict[str, Any], ...] = ({}, {"_test": "1"})
    for button in buttons:
        answer = post(admin_client, provider, **changes, **button)
        (error,) = answer.context["adminform"].form.errors[field]
        assert answered in error
        assert "Not called and not saved" in answer.text
    assert not Definition.objects.exists()


def test_a_category_is_defined_once(admin_client: Client, provider: Provider) -> None:
    post(admin_client, provider)
    again = admin_client.get(add_url(provider))
    assert again.headers["Location"] == reverse("admin:providers_definition_change", args=[Definition.objects.get().pk])


@pytest.mark.parametrize("query", ["", "?provider=x&category=MARKET_PRICE", "?provider=1&category=SOCIAL"])
def test_without_a_provider_and_a_category_the_page_redirects_to_the_providers(
    admin_client: Client, provider: Provider, query: str
) -> None:
    answer = admin_client.get(reverse("admin:providers_definition_add") + query)
    assert answer.headers["Location"] == reverse("admin:providers_provider_changelist")


def test_a_providers_page_links_to_each_defined_and_undefined_category(
    admin_client: Client, provider: Provider
) -> None:
    post(admin_client, provider)
    page = admin_client.get(change_url(provider)).text
    assert "Change prices" in page
    assert "Define candles" in page
    assert add_url(provider, "MARKET_OHLCV").replace("&", "&amp;") in page


def test_a_provider_with_code_has_neither_a_request_format_nor_definitions(admin_client: Client, db: None) -> None:
    page = admin_client.get(change_url(engine_rows.provider("kraken"))).text
    assert "request_format-0-symbol" not in page
    assert "Define prices" not in page


def test_a_generic_provider_is_added_with_its_request_format_as_it_was_shown(admin_client: Client, db: None) -> None:
    url = reverse("admin:providers_provider_add")
    data = filled(admin_client.get(url)) | {"name": "New", "slug": "new", "adapter": "generic"}
    assert admin_client.post(url, data).status_code == 302
    assert RequestFormat.objects.get().provider.slug == "new"


def test_a_request_format_that_would_spoil_a_definition_is_refused(admin_client: Client, provider: Provider) -> None:
    post(admin_client, provider, path="/{base}/USDT", quotes="USDT")
    Definition.objects.create(provider=provider, **{**tidemark.PRICE, "path": "/{base}"})
    RequestFormat.objects.update(quotes="USDT", symbol="{base}")
    data = filled(admin_client.get(change_url(provider)))
    answer = admin_client.post(change_url(provider), data | {"request_format-0-quotes": "USDT, EUR"})
    assert "quote currency too" in answer.text
    assert RequestFormat.objects.get().quotes == "USDT"


def test_an_edited_request_format_ends_the_cooldown_of_its_key(admin_client: Client, provider: Provider) -> None:
    now = timezone.now()
    Cooldown.objects.create(key=f"provider:{provider.pk}", until=now + timedelta(hours=6), since=now, outcome="x")
    data = filled(admin_client.get(change_url(provider)))
    admin_client.post(change_url(provider), data)
    assert Cooldown.objects.exists()
    admin_client.post(change_url(provider), data | {"request_format-0-key_name": "X-Other"})
    assert not Cooldown.objects.exists()


def test_a_saved_definition_closes_the_breaker_that_the_last_one_opened(
    admin_client: Client, provider: Provider
) -> None:
    (endpoint,) = provider.endpoints.all()
    keys = [f"endpoint:{endpoint.pk}|MARKET_PRICE", f"provider:{provider.pk}|MARKET_PRICE", f"endpoint:{endpoint.pk}"]
    for key in keys:
        Health.objects.create(key=key, trips=3, open_until=timezone.now() + timedelta(minutes=5))
    post(admin_client, provider)
    assert set(Health.objects.filter(open_until=None).values_list("key", flat=True)) == set(keys[:2])


# -- the Test button ---------------------------------------------------------------------------------------------------


def at(provider: Provider, url: str) -> None:
    provider.endpoints.all().delete()
    Endpoint.objects.create(provider=provider, base_url=url)


@pytest.fixture
def tried(road: Road, admin_client: Client) -> Provider:
    """Tidemark in the sandbox, with an engine of this test's own."""
    url = road.sandbox.url(tidemark.SLUG)
    created = engine_rows.provider(tidemark.SLUG, url, adapter="generic", name=tidemark.NAME)
    RequestFormat.objects.create(provider=created, **tidemark.REQUEST_FORMAT)
    road.restart()
    return created


@pytest.mark.parametrize(
    ("definition", "read"),
    [
        (tidemark.PRICE, ["change in 24 hours", "USDT"]),
        (tidemark.CANDLES, ["forming", "interval"]),
        (tidemark.BOOK, ['<th scope="col">bid</th>']),
    ],
)
def test_the_test_shows_the_answer_beside_the_parsed_values_and_saves_nothing(
    admin_client: Client, tried: Provider, definition: dict[str, Any], read: list[str]
) -> None:
    page = post(admin_client, tried, definition, _test="1").text
    assert "The hub can serve this answer." in page
    assert "&quot;ok&quot;: true" in page
    assert all(part in page for part in read)
    assert not Definition.objects.exists()
    assert filled_again(page)["path"] == definition["path"]


def filled_again(page: str) -> dict[str, Any]:
    class Shown:
        text = page

    return filled(Shown())


@pytest.mark.parametrize(
    ("changes", "outcome", "why"),
    [
        ({"price": "trade.nope"}, "broken", "rows without any value"),
        ({"time_unit": "seconds"}, "ok", ""),
        ({"path": "/nowhere/{symbol}"}, "broken", "HTTP 404"),
        ({"try_name": "NOPE"}, "unknown_asset", "HTTP 200"),
        ({"try_quote": "GBP"}, "not_supported", "no such quote currency"),
    ],
)
def test_a_failed_test_shows_outcome_and_reason_and_counts_against_no_scope(
    admin_client: Client, road: Road, tried: Provider, changes: dict[str, Any], outcome: str, why: str
) -> None:
    answer = post(admin_client, tried, **changes, _test="1")
    trial = answer.context["trial"]
    assert (trial.outcome.value, why in trial.reason) == (outcome, True)
    assert f">{outcome}</span>" in answer.text
    assert road.blamed() == set()


def test_a_failed_test_shows_the_result_of_each_expression(admin_client: Client, tried: Provider) -> None:
    found = dict(post(admin_client, tried, price="trade.nope", _test="1").context["trial"].expressions)
    assert (found["name"], found["price"]) == ("BTC-USDT", "nothing")
    rows = dict(post(admin_client, tried, tidemark.CANDLES, close="price.last", _test="1").context["trial"].expressions)
    assert (rows["rows"], rows["close"]) == ("a list of 5", "nothing")
    book = dict(post(admin_client, tried, tidemark.BOOK, quantity="many", _test="1").context["trial"].expressions)
    assert (book["bids"], book["quantity"]) == ("a list of 5", "nothing")


def test_a_test_makes_one_call_and_respects_cooldowns_and_switches(
    admin_client: Client, road: Road, tried: Provider
) -> None:
    road.sandbox.fault(tidemark.SLUG, "status", status=429, retry_after=60)
    assert post(admin_client, tried, _test="1").context["trial"].status == 429
    assert road.calls() == 1
    assert road.blamed() == {"group:tidemark"}
    parked = post(admin_client, tried, _test="1").context["trial"]
    assert "in cooldown: rate_limited until" in parked.reason
    Cooldown.objects.all().delete()
    Provider.objects.update(enabled=False)
    assert "provider switched off" in post(admin_client, tried, _test="1").context["trial"].reason
    assert road.calls() == 1


def test_tests_stay_within_the_published_limit(admin_client: Client, road: Road, tried: Provider) -> None:
    RequestFormat.objects.update(limit_calls=2, limit_seconds=86_400)
    outcomes = [post(admin_client, tried, _test="1").context["trial"].outcome for _ in range(3)]
    assert [outcome.value for outcome in outcomes] == ["ok", "ok", "rate_limited"]
    assert road.calls() == 2
    assert road.blamed() == set()


def test_a_refused_connection_is_shown_and_counted_as_for_users(
    admin_client: Client, road: Road, tried: Provider
) -> None:
    road.sandbox.fault(tidemark.SLUG, "refuse")
    answer = post(admin_client, tried, _test="1")
    assert answer.context["trial"].reason == "the connection was refused"
    assert road.blamed() == {"tidemark/0"}


def test_a_private_address_is_refused_by_the_door(
    admin_client: Client, road: Road, tried: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = False
    monkeypatch.setattr(http, "_transport", None)  # connections that stand were allowed
    assert "private" in post(admin_client, tried, _test="1").context["trial"].reason
    assert road.calls() == 0


def test_the_key_is_sent_and_never_shown(admin_client: Client, road: Road, tried: Provider) -> None:
    set_key(tried, SECRET)
    echoed = PRICED.replace(b'"ok": true', b'"ok": true, "hello": "' + SECRET.encode() + b'"')
    with serving(reply(echoed)) as upstream:
        at(tried, upstream.url)
        page = post(admin_client, tried, _test="1").text
        page += post(admin_client, tried, price="hello", _test="1").text
    assert f"X-Tidemark-Key: {SECRET}" in upstream.heads[0]
    assert "•••" in page
    assert SECRET not in page


@pytest.mark.parametrize("body", [b'{"ok": "<script>alert(1)</script>"}', b"<script>alert(1)</script>"])
def test_the_answer_is_escaped(admin_client: Client, road: Road, tried: Provider, body: bytes) -> None:
    with serving(reply(body)) as upstream:
        at(tried, upstream.url)
        page = post(admin_client, tried, _test="1").text
    assert "&lt;script&gt;alert(" in page
    assert "<script>alert(" not in page


def test_the_view_permission_allows_neither_saving_nor_testing(client: Client, road: Road, tried: Provider) -> None:
    saved = Definition.objects.create(provider=tried, **tidemark.PRICE)
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_definition"))
    client.force_login(staff)
    url = reverse("admin:providers_definition_change", args=[saved.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"_test": "1"}).status_code == 403
    assert client.get(add_url(tried, "MARKET_OHLCV")).status_code == 403
    assert road.calls() == 0
