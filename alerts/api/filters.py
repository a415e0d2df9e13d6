"""Filters of lists by query parameters; unknown parameters and values are refused."""

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
    """Query parameters of the list of alerts."""

    asset = CoinField(required=False, help_text="A symbol (BTC) or an id (bitcoin).")
    direction = choice(Direction, required=False)
    enabled = serializers.BooleanField(required=False)
    state = choice(AlertState, required=False)


class EventQuery(serializers.Serializer[Any]):
    """Query parameters of the list of events."""

    asset = CoinField(required=False, help_text="A symbol (BTC) or an id (bitcoin).")
    alert = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="The alert's id.")
    unread = serializers.BooleanField(required=False)


def filter_alerts(rows: PriceAlertQuerySet, request: Request) -> PriceAlertQuerySet:
    """Return the alerts that match the query parameters; raises ValidationError for a bad one."""
    filters = _read(AlertQuery, request)
    if "asset" in filters:
        rows = rows.filter(asset_id=filters["asset"].asset)
    if "direction" in filters:
        rows = rows.filter(direction=filters["direction"])
    if "enabled" in filters:
        rows = rows.filter(enabled=filters["enabled"])
    return rows.in_state(AlertState(filters["state"])) if "state" in filters else rows


def filter_events(rows: AlertEventQuerySet, request: Request) -> AlertEventQuerySet:
    """Return the events that match the query parameters; raises ValidationError for a bad one."""
    filters = _read(EventQuery, request)
    if "asset" in filters:
        rows = rows.filter(asset_id=filters["asset"].asset)
    if "alert" in filters:
        rows = rows.filter(alert_id=filters["alert"])
    return rows.filter(read_at__isnull=filters["unread"]) if "unread" in filters else rows


def _read(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    raw = request.query_params
    parameters.reject_unknown(raw, *query().fields, *PAGING_PARAMETERS)
    filters = query(data={name: value for name, value in raw.items() if name not in PAGING_PARAMETERS})
    filters.is_valid(raise_exception=True)
    return dict(filters.validated_data)
