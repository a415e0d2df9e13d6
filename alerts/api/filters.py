"""Which rows a list is asked for: query parameters, read strictly."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from alerts.api.fields import CoinField, choice
from alerts.models import AlertEventQuerySet, PriceAlertQuerySet
from alerts.rules.conditions import AlertState, Direction
from providers.api import query_params as parameters
from providers.api.pagination import PAGING_PARAMETERS


class AlertQuery(serializers.Serializer[Any]):
    """Which alerts."""

    asset = CoinField(required=False, help_text="A symbol (BTC) or an id (bitcoin).")
    direction = choice(Direction, required=False)
    enabled = serializers.BooleanField(required=False)
    state = choice(AlertState, required=False)


class EventQuery(serializers.Serializer[Any]):
    """Which events."""

    asset = CoinField(required=False, help_text="A symbol (BTC) or an id (bitcoin).")
    alert = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="The alert's id.")
    unread = serializers.BooleanField(required=False)


def filter_alerts(rows: PriceAlertQuerySet, request: Request) -> PriceAlertQuerySet:
    asked = _read(AlertQuery, request)
    if "asset" in asked:
        rows = rows.filter(asset_id=asked["asset"].asset)
    if "direction" in asked:
        rows = rows.filter(direction=asked["direction"])
    if "enabled" in asked:
        rows = rows.filter(enabled=asked["enabled"])
    return rows.in_state(AlertState(asked["state"])) if "state" in asked else rows


def filter_events(rows: AlertEventQuerySet, request: Request) -> AlertEventQuerySet:
    asked = _read(EventQuery, request)
    if "asset" in asked:
        rows = rows.filter(asset_id=asked["asset"].asset)
    if "alert" in asked:
        rows = rows.filter(alert_id=asked["alert"])
    return rows.filter(read_at__isnull=asked["unread"]) if "unread" in asked else rows


def _read(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = request.query_params
    parameters.reject_unknown(given, *query().fields, *PAGING_PARAMETERS)
    asked = query(data={name: value for name, value in given.items() if name not in PAGING_PARAMETERS})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
