"""The route /api/watchlist: add to, remove from, list or clear one watchlist by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.api.fields import CoinField, choice
from alerts.api.validation import INVALID, validation_errors
from alerts.models import DEFAULT_LIST, Watchlist, WatchlistItem
from alerts.watchlists import watchlists
from markets.api.presenters import prices as present
from markets.api.schemas import common
from markets.feeds import provenance, queries
from markets.response_cache.explain import explainable
from providers.api import query_params as parameters
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, money, number

ACTIONS = ("add", "remove", "list", "clear")


class WatchlistAction(serializers.Serializer[Any]):
    """An action on one list."""

    action = choice(ACTIONS)
    symbols = serializers.ListField(child=CoinField(), required=False, default=list, max_length=250)
    name = serializers.CharField(max_length=watchlists.MAX_NAME, required=False, default=DEFAULT_LIST)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require coins for add and remove."""
        if attrs["action"] in ("add", "remove") and not attrs["symbols"]:
            raise serializers.ValidationError({"symbols": "Name 1 to 250 coins to add or remove."})
        return attrs


class WatchedPrice(serializers.Serializer[Any]):
    """A coin on the list with its price, or why there is none."""

    id = serializers.CharField()
    symbol = serializers.CharField()
    price = common.Money(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    change_24h = serializers.FloatField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field's own name to the stubs
    as_of = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why the price is null.")
    added_at = serializers.DateTimeField()


class WatchlistBody(serializers.Serializer[Any]):
    """The list after the action."""

    success = serializers.BooleanField()
    name = serializers.CharField()
    added_symbols = serializers.ListField(child=serializers.CharField())
    removed_symbols = serializers.ListField(child=serializers.CharField())
    total_symbols = serializers.IntegerField()
    symbols = serializers.ListField(child=serializers.CharField())
    watchlist_data = WatchedPrice(many=True)
    meta = common.Meta()


@extend_schema(tags=["watchlists"])
class WatchlistView(APIView):
    """The user's list of a name, ``default`` if none is given."""

    @extend_schema(
        operation_id="watchlist_list",
        summary="List a watchlist with prices",
        parameters=[OpenApiParameter("name", str, default=DEFAULT_LIST)],
        responses={200: WatchlistBody} | INVALID,
    )
    @explainable
    def get(self, request: Request) -> Response:
        """Return the list; the same as the action ``list``."""
        parameters.reject_unknown(request.query_params, "name", "explain")
        action = WatchlistAction(data={"action": "list", **request.query_params.dict()})
        action.is_valid(raise_exception=True)
        return _run_action(request, action.validated_data)

    @extend_schema(
        operation_id="watchlist_change",
        summary="Add to, remove from, list or clear a watchlist",
        request=WatchlistAction,
        responses={200: WatchlistBody} | INVALID,
    )
    @explainable
    def post(self, request: Request) -> Response:
        """Run the posted action and return the list."""
        action = WatchlistAction(data=request.data)
        action.is_valid(raise_exception=True)
        return _run_action(request, action.validated_data)


def _run_action(request: Request, action: dict[str, Any]) -> Response:
    user: Any = request.user
    with validation_errors():
        watchlist = watchlists.get_or_create(user, action["name"])
        before = _symbols(watchlist)
        _ACTIONS[action["action"]](watchlist, action["symbols"])
    items = list(watchlist.items.select_related("asset"))
    after = {item.asset_id: item.asset.symbol for item in items}
    changed = {
        "added_symbols": [symbol for slug, symbol in after.items() if slug not in before],
        "removed_symbols": [symbol for slug, symbol in before.items() if slug not in after],
    }
    body = {"success": True, "name": watchlist.name} | changed | _price_rows(items, timezone.now())
    return Response(body | {"attempts": provenance.explained_attempts()} if provenance.is_explaining() else body)


def _add(watchlist: Watchlist, coins: list[Instrument]) -> None:
    watchlists.add_all(watchlist, [coin.asset for coin in coins])


def _remove(watchlist: Watchlist, coins: list[Instrument]) -> None:
    watchlist.items.filter(asset_id__in=[coin.asset for coin in coins]).delete()


def _clear(watchlist: Watchlist, _coins: list[Instrument]) -> None:
    watchlist.items.all().delete()


def _nothing(_watchlist: Watchlist, _coins: list[Instrument]) -> None:
    """Change nothing: the action ``list``."""


_ACTIONS: dict[str, Callable[[Watchlist, list[Instrument]], None]] = {
    "add": _add,
    "remove": _remove,
    "list": _nothing,
    "clear": _clear,
}


def _symbols(watchlist: Watchlist) -> dict[str, str]:
    return {item.asset_id: item.asset.symbol for item in watchlist.items.select_related("asset")}


def _price_rows(items: list[WatchlistItem], now: datetime) -> dict[str, Any]:
    prices = queries.prices([item.instrument for item in items])
    ages = [present.age_when_made(row, now) for row in prices.rows.values()]
    return {
        "total_symbols": len(items),
        "symbols": [item.asset.symbol for item in items],
        "watchlist_data": [_row(item, prices) for item in items],
        "meta": present.meta(prices.meta, ages, {item.asset.symbol: item.asset_id for item in items}),
    }


def _row(item: WatchlistItem, prices: queries.Prices) -> dict[str, Any]:
    row, missing = prices.rows.get(item.instrument), prices.missing.get(item.instrument)
    return {
        "id": item.asset_id,
        "symbol": item.asset.symbol,
        "price": money(row.quote.price) if row else None,
        "currency": row.quote.currency if row else None,
        "change_24h": number(row.quote.change_24h) if row else None,
        "source": row.source if row else None,
        "as_of": moment(row.quote.as_of) if row else None,
        "stale": row.stale if row else None,
        "reason": missing.reason if missing else None,
        "added_at": moment(item.added_at),
    }
