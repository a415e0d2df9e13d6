"""The admin of alerts: what operators see and may do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from alerts.models import AlertEvent, Delivery, DeliveryStatus
from alerts.rules.conditions import AlertState
from alerts.watchlists import watchlists
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def operators(client: Client) -> Client:
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def filled(ann: User, make_alert: Make, make_event: Make, make_delivery: Make) -> Delivery:
    watchlists.add(watchlists.get_or_create(ann), "bitcoin")
    delivery: Delivery = make_delivery(make_event(make_alert(note="sell")), status=DeliveryStatus.QUARANTINED)
    return delivery


@pytest.mark.parametrize("model", ["watchlist", "pricealert", "alertevent", "delivery"])
def test_every_list_and_every_row_can_be_read(operators: Client, filled: Delivery, model: str) -> None:
    page = operators.get(f"/admin/alerts/{model}/?q=ann")
    assert page.status_code == 200
    (row,) = page.context["cl"].result_list
    assert operators.get(f"/admin/alerts/{model}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("model", ["pricealert", "alertevent", "delivery"])
def test_operators_cannot_add_alerts_events_or_deliveries(operators: Client, model: str) -> None:
    assert operators.get(f"/admin/alerts/{model}/add/").status_code == 403


@pytest.mark.parametrize("model", ["alertevent", "delivery"])
def test_events_and_deliveries_cannot_be_edited(operators: Client, filled: Delivery, model: str) -> None:
    pk = {"alertevent": filled.event_id, "delivery": filled.pk}[model]
    assert operators.post(f"/admin/alerts/{model}/{pk}/change/", {"price": "1"}).status_code == 403


def test_an_operators_edit_resets_the_alert(operators: Client, make_alert: Make) -> None:
    alert = make_alert(armed=True, last_at=NOW)
    fields = {"asset": "bitcoin", "quote": "*", "direction": "below", "threshold": "50.5", "note": "", "enabled": "on"}
    assert operators.post(f"/admin/alerts/pricealert/{alert.pk}/change/", fields).status_code == 302
    alert.refresh_from_db()
    assert (alert.direction, alert.threshold, alert.state) == ("below", Decimal("50.5"), AlertState.WAITING)


def test_alerts_are_switched_in_bulk_and_found_by_state(operators: Client, make_alert: Make) -> None:
    alert = make_alert(armed=True)
    make_alert()
    assert len(operators.get("/admin/alerts/pricealert/?state=armed").context["cl"].result_list) == 1
    operators.post("/admin/alerts/pricealert/", {"action": "switch_off", "_selected_action": [alert.pk]})
    alert.refresh_from_db()
    assert (alert.enabled, alert.state) == (False, AlertState.WAITING)


def test_quarantined_deliveries_are_released(operators: Client, filled: Delivery) -> None:
    operators.post("/admin/alerts/delivery/", {"action": "try_again", "_selected_action": [filled.pk]})
    filled.refresh_from_db()
    assert filled.status == DeliveryStatus.PENDING


def test_without_the_permission_nothing_is_released(client: Client, filled: Delivery) -> None:
    viewer = User.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(viewer)
    client.post("/admin/alerts/delivery/", {"action": "try_again", "_selected_action": [filled.pk]})
    filled.refresh_from_db()
    assert filled.status == DeliveryStatus.QUARANTINED


def test_deleting_a_user_deletes_their_objects(operators: Client, ann: User, filled: Delivery) -> None:
    operators.post(f"/admin/auth/user/{ann.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=ann.pk).exists()
    assert not AlertEvent.objects.exists()


def test_a_coin_that_somebody_watches_is_not_deleted(operators: Client, filled: Delivery) -> None:
    coin = filled.event.asset
    page = operators.post(f"/admin/markets/asset/{coin.pk}/delete/", {"post": "yes"})
    assert page.status_code == 200
    coin.refresh_from_db()
