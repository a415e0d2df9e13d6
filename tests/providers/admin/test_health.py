"""Health, cooldowns and records in the admin: counters to read, actions that leave them alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from providers.admin.text import ago, duration, time_left
from providers.models import Chain, Cooldown, DecisionRecord, Health, LastKnown, Provider, Quarantine
from providers.operations import overrides
from providers.state import runtime
from providers.status.scope_labels import ScopeLabels

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def kraken(db: None) -> Iterator[Provider]:
    provider = Provider.objects.create(slug="kraken", name="Kraken", adapter="kraken")
    provider.endpoints.create(base_url="https://api.kraken.com")
    Chain.objects.create(category="MARKET_PRICE").links.create(provider=provider)
    runtime.reset()
    yield provider
    runtime.reset()


@pytest.fixture
def health(kraken: Provider) -> Health:
    facts = {"requests": 7, "successes": 3, "revision": 4, "consecutive_failures": 3, "last_outcome": "timeout"}
    return Health.objects.create(key=f"endpoint:{kraken.endpoints.get().pk}", **facts)


def act(client: Client, model: str, action: str, *rows: Any) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response: Any = client.post(reverse(f"admin:providers_{model}_changelist"), data, follow=True)
    return str(response.text)


def test_tripping_keeps_the_counters_and_counts_the_revision(admin_client: Client, health: Health) -> None:
    assert "1 tripped." in act(admin_client, "health", "trip", health)
    health.refresh_from_db()
    assert (health.forced_open, health.revision, health.requests, health.successes) == (True, 5, 7, 3)


def test_closing_forgets_the_trouble_and_keeps_the_counters(admin_client: Client, health: Health) -> None:
    Health.objects.update(forced_open=True, open_until=NOW, opened_at=NOW, suspect_since=NOW, trips=5)
    act(admin_client, "health", "close", health)
    health.refresh_from_db()
    assert (health.forced_open, health.open_until, health.suspect_since, health.trips) == (False, None, None, 0)
    assert (health.consecutive_failures, health.revision, health.requests) == (0, 5, 7)
    assert health.closed_at is not None


def test_manual_changes_are_in_the_history(admin_client: Client, health: Health) -> None:
    act(admin_client, "health", "trip", health)
    act(admin_client, "health", "close", health)
    entries = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
    assert list(entries) == [(health.pk, "Tripped by hand."), (health.pk, "Closed by hand.")]


def test_health_is_read_in_words_with_the_computed_state(admin_client: Client, health: Health) -> None:
    text = admin_client.get(reverse("admin:providers_health_changelist")).text
    assert "Kraken · api.kraken.com" in text
    assert ">closed<" in text
    Health.objects.update(open_until=timezone.now() + timedelta(minutes=1))
    assert ">open<" in admin_client.get(reverse("admin:providers_health_changelist")).text


def test_a_scope_never_called_is_unknown_not_healthy(admin_client: Client, health: Health) -> None:
    Health.objects.update(requests=0, probes=0, consecutive_failures=0)
    assert ">unknown<" in admin_client.get(reverse("admin:providers_health_changelist")).text


def test_health_facts_cannot_be_edited(admin_client: Client, health: Health) -> None:
    url = reverse("admin:providers_health_change", args=[health.pk])
    assert "Kraken" in admin_client.get(url).text
    assert admin_client.post(url, {"requests": "0"}).status_code == 403
    assert admin_client.post(reverse("admin:providers_health_delete", args=[health.pk])).status_code == 403
    health.refresh_from_db()
    assert health.requests == 7


def test_health_is_found_by_the_providers_name_and_host(admin_client: Client, health: Health) -> None:
    for term, count in (("kraken", 1), ("api.kra", 1), ("endpoint:", 1), ("binance", 0)):
        listed = admin_client.get(reverse("admin:providers_health_changelist"), {"q": term})
        assert listed.context["cl"].result_count == count, term


def test_a_cooldown_shows_its_reason_and_advice_and_can_be_ended(admin_client: Client, kraken: Provider) -> None:
    now = timezone.now()
    cooldown = Cooldown.objects.create(
        key="group:kraken", until=now + timedelta(hours=3), since=now, outcome="geo_blocked"
    )
    text = admin_client.get(reverse("admin:providers_cooldown_changelist")).text
    assert "Quota group kraken" in text
    assert "End the cooldown after moving the server" in text
    assert "1 ended." in act(admin_client, "cooldown", "end_cooldown", cooldown)
    assert not Cooldown.objects.exists()
    assert LogEntry.objects.get().change_message == "Cooldown ended by hand."


def test_actions_need_their_permission(client: Client, health: Health) -> None:
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_health", "view_cooldown", "view_chain"]))
    client.force_login(staff)
    act(client, "health", "trip", health)
    data = {"action": "trip", "endpoint": health.key.removeprefix("endpoint:")}
    assert client.post(reverse("admin:providers_overview"), data).status_code == 403
    health.refresh_from_db()
    assert not health.forced_open


def test_overrides_write_only_where_there_is_a_breaker(db: None) -> None:
    keys = ["group:binance", "provider:1", "provider:1|NEWS", "endpoint:1", "endpoint:1|NEWS"]
    assert overrides.trip(keys, NOW) == ["provider:1|NEWS", "endpoint:1", "endpoint:1|NEWS"]
    assert overrides.trip(keys, NOW) == [], "they are tripped already"
    assert overrides.close(["endpoint:1", "endpoint:2"], NOW) == ["endpoint:1"]
    assert overrides.end_cooldown(["group:binance"]) == []


def test_a_tripped_breaker_keeps_the_engine_away_and_a_closed_one_lets_it_back(kraken: Provider) -> None:
    key = f"endpoint:{kraken.endpoints.get().pk}"
    overrides.trip([key], NOW)
    runtime.runtime().refresh()
    assert runtime.runtime().health.breakers[key].forced_open
    overrides.close([key], NOW)
    runtime.runtime().refresh()
    assert not runtime.runtime().health.breakers[key].forced_open


# -- records -----------------------------------------------------------------------------------------------------


def test_a_decision_shows_its_attempts_and_skips(admin_client: Client, db: None) -> None:
    attempt = {
        "provider": "binance",
        "endpoint": "api.binance.com",
        "outcome": "timeout",
        "ms": 301.2,
        "why": "first choice",
    }
    skip = {"provider": "coincap", "endpoint": None, "reason": "not configured: needs an API key", "until": None}
    body = {"items": ["bitcoin/*"], "attempts": [attempt], "skipped": [skip]}
    fields = {"category": "MARKET_PRICE", "made_at": NOW, "status": "answered", "duration_ms": 412.3, "body": body}
    DecisionRecord.objects.create(id="ab12", **fields)
    text = admin_client.get(reverse("admin:providers_decisionrecord_change", args=["ab12"])).text
    for words in ("api.binance.com", "timeout", "first choice", "needs an API key", "bitcoin/*", "412 ms"):
        assert words in text
    assert "binance: timeout" in admin_client.get(reverse("admin:providers_decisionrecord_changelist")).text


def test_a_decision_with_an_empty_body_is_shown_all_the_same(admin_client: Client, db: None) -> None:
    fields = {"category": "NEWS", "made_at": NOW, "status": "failed", "duration_ms": 1.0, "body": {}}
    DecisionRecord.objects.create(id="ab12", **fields)
    assert admin_client.get(reverse("admin:providers_decisionrecord_change", args=["ab12"])).status_code == 200


def test_last_known_good_and_quarantine_are_read_only(admin_client: Client, db: None) -> None:
    about = {"category": "MARKET_PRICE", "provider": "okx", "endpoint": "www.okx.com", "value": "<b>1</b>"}
    LastKnown.objects.create(key="bitcoin/*", fetched_at=timezone.now(), **about)
    Quarantine.objects.create(item="bitcoin/*", evidence="two others say 100", found_at=timezone.now(), **about)
    for model in ("lastknown", "quarantine"):
        assert "www.okx.com" in admin_client.get(reverse(f"admin:providers_{model}_changelist")).text
        assert admin_client.get(reverse(f"admin:providers_{model}_add")).status_code == 403


# -- the overview ------------------------------------------------------------------------------------------------


def overview(client: Client, **query: str) -> str:
    return str(client.get(reverse("admin:providers_overview"), query).text)


def run_action(client: Client, action: str, **fields: Any) -> Any:
    return client.post(reverse("admin:providers_overview"), {"action": action, **fields}, follow=True)


def test_the_overview_shows_every_link_with_its_state(admin_client: Client, kraken: Provider) -> None:
    text = overview(admin_client)
    assert "Kraken" in text
    assert "api.kraken.com" in text
    assert "never called" in text


def test_trip_and_close_from_the_overview(admin_client: Client, kraken: Provider) -> None:
    endpoint = kraken.endpoints.get()
    text = run_action(admin_client, "trip", endpoint=endpoint.pk, category="MARKET_PRICE").text
    assert "api.kraken.com tripped by hand" in text
    assert "tripped by hand" in overview(admin_client, part="1")
    run_action(admin_client, "close", endpoint=endpoint.pk, category="MARKET_PRICE")
    assert not Health.objects.get(key=f"endpoint:{endpoint.pk}").forced_open
    assert LogEntry.objects.count() == 2


def test_every_cooldown_over_an_endpoint_is_ended_from_the_overview(admin_client: Client, kraken: Provider) -> None:
    now, endpoint = timezone.now(), kraken.endpoints.get()
    for key in (f"endpoint:{endpoint.pk}", "group:kraken"):
        Cooldown.objects.create(key=key, until=now + timedelta(hours=1), since=now, outcome="banned")
    assert "calling earlier makes bans longer" in overview(admin_client)
    run_action(admin_client, "end_cooldown", endpoint=endpoint.pk, category="MARKET_PRICE")
    assert not Cooldown.objects.exists()


def test_a_link_is_switched_from_the_overview(admin_client: Client, kraken: Provider) -> None:
    link = kraken.links.get()
    run_action(admin_client, "switch_off", link=link.pk)
    assert "the link is switched off" in overview(admin_client)
    run_action(admin_client, "switch_on", link=link.pk)
    link.refresh_from_db()
    assert link.enabled


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "explode"}, 400),
        ({"action": "trip", "endpoint": "x"}, 400),
        ({"action": "trip", "endpoint": "999"}, 404),
        ({"action": "close", "endpoint": "999", "category": "MARKET_PRICE"}, 404),
        ({"action": "switch_on", "link": "999"}, 404),
        ({"action": "switch_on"}, 400),
    ],
)
def test_an_unknown_action_or_target_is_refused_and_changes_nothing(
    admin_client: Client, kraken: Provider, fields: dict[str, str], status: int
) -> None:
    assert admin_client.post(reverse("admin:providers_overview"), fields).status_code == status
    assert not Health.objects.exists()


def test_users_without_permission_do_not_see_the_overview(client: Client, kraken: Provider) -> None:
    assert client.get(reverse("admin:providers_overview")).status_code == 302
    client.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    assert client.get(reverse("admin:providers_overview")).status_code == 403
    assert "Failover overview" not in client.get(reverse("admin:index")).text


def test_the_index_page_shows_the_failover_summary(admin_client: Client, kraken: Provider) -> None:
    assert "1 of 1" in admin_client.get(reverse("admin:index")).text


# -- texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (-3, "0 s"), (119, "119 s"), (300, "5 min"), (7200, "2 h"), (2e5, "2 d")]
)
def test_durations_are_given_in_one_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_moments_are_given_relative_to_now() -> None:
    assert ago(NOW - timedelta(seconds=5), NOW) == "5 s ago"
    assert time_left(NOW + timedelta(seconds=29), NOW) == "in 29 s"
    assert time_left(NOW, NOW) == "over"
    assert (ago(None, NOW), time_left(None, NOW)) == ("–", "–")


def test_scope_keys_have_labels_even_after_deletion(kraken: Provider) -> None:
    labels, endpoint = ScopeLabels(), kraken.endpoints.get()
    assert str(labels.label_for(f"endpoint:{endpoint.pk}|NEWS")) == "Kraken · api.kraken.com · NEWS"
    assert str(labels.label_for(f"provider:{kraken.pk}")) == "Kraken"
    assert str(labels.label_for("endpoint:99999")) == "Deleted endpoint 99999"
