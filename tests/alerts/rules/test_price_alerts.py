"""Operations on price alerts: limits, and what an edit resets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from alerts.models import PriceAlert
from alerts.rules import price_alerts
from alerts.rules.conditions import AlertState
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
FIELDS = {"asset_id": "bitcoin", "direction": "above", "threshold": Decimal("70000.5"), "quote": "*", "note": ""}
SEEN = {"armed": True, "last_at": NOW, "last_price": Decimal(99)}


def test_a_new_alert_waits_to_be_armed(ann: User, coins: Any) -> None:
    alert = price_alerts.create(ann, FIELDS)
    assert (alert.state, alert.enabled, alert.fires) == (AlertState.WAITING, True, 0)


@pytest.mark.parametrize(
    "change",
    [{"threshold": Decimal(101)}, {"direction": "below"}, {"asset_id": "solana"}, {"quote": "EUR"}, {"enabled": False}],
)
def test_changing_what_is_asked_makes_it_forget_what_it_saw(make_alert: Make, change: dict[str, Any]) -> None:
    alert = price_alerts.edit(make_alert(**SEEN), change, NOW + timedelta(minutes=1))
    assert (alert.state, alert.last_at, alert.last_price) == (AlertState.WAITING, None, None)
    assert (alert.edition, alert.edited_at) == (1, NOW + timedelta(minutes=1))
    assert all(getattr(alert, name) == value for name, value in change.items())


def test_changing_its_note_leaves_it_armed(make_alert: Make) -> None:
    alert = price_alerts.edit(make_alert(**SEEN), {"note": "sell", "threshold": Decimal("100.0")}, NOW)
    assert (alert.note, alert.state, alert.edition) == ("sell", AlertState.ARMED, 0)


def test_an_edit_keeps_the_count_of_crossings(make_alert: Make) -> None:
    assert price_alerts.edit(make_alert(fires=3, fired_at=NOW), {"threshold": Decimal(5)}, NOW).fires == 3


def test_facts_are_not_for_editing(make_alert: Make) -> None:
    with pytest.raises(ValueError, match="armed"):
        price_alerts.edit(make_alert(), {"armed": True}, NOW)


def test_the_number_of_alerts_is_limited(ann: User, coins: Any) -> None:
    PriceAlert.objects.bulk_create(PriceAlert(owner=ann, **FIELDS) for _ in range(price_alerts.MAX_ALERTS))
    with pytest.raises(ValidationError, match="at most 200 price alerts"):
        price_alerts.create(ann, FIELDS)


@pytest.mark.parametrize(
    ("facts", "state"),
    [({}, AlertState.WAITING), ({"armed": True}, AlertState.ARMED), ({"fired_at": NOW}, AlertState.FIRED)],
)
def test_the_database_and_the_rule_agree_on_its_state(
    make_alert: Make, facts: dict[str, Any], state: AlertState
) -> None:
    alert = make_alert(**facts)
    assert alert.state is state
    assert [one for one in AlertState if PriceAlert.objects.in_state(one).exists()] == [state]
