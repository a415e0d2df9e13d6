"""The route /api/watchlist: add to, remove from, list or clear one watchlist by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from alerts.api.fields import ListedCoinField, choice
from alerts.api.validation import INVALID, validation_errors
from alerts.models import DEFAULT_LIST, Watchlist, WatchlistItem
from alerts.watchlists import watchlists
from markets.api.schemas.common import meta
from markets.api.schemas.prices import age_when_built
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import explainable
from providers.api import query_params as parameters
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, money, number

ACTIONS = ("add", "remove", "list", "clear")


class WatchlistAction(serializers.Serializer[Any]):
    """An action on one list."""

    action = choice(ACTIONS)
    symbols = serializers.ListField(child=ListedCoinField(), required=False, default=list, max_length=250)
    name = serializers.CharField(max_length=watchlists.MAX_NAME, required=False, default=DEFAULT_LIST)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require coins for add and remove."""
        if attrs["action"] in ("add", "remove") and not attrs["symbols"]:
            raise serializers.ValidationError({"symbols": "Name 1 to 250 coins to add or remove."})
        return attrs


class WatchedPrice(Body):
    """A coin on the list with its price, or why there is none."""

    id: Annotated[str, Doc(description="The coin's id.")]
    symbol: str
    price: Money | None
    currency: str | None
    change_24h: Annotated[float | None, Doc(description="Percent over a rolling 24 hours.")]
    source: str | None
    as_of: Moment | None
    stale: bool | None
    reason: Annotated[str | None, Doc(description="Why the price is null.")]
    added_at: Moment


class WatchlistBody(Answer):
    """The list after the action."""

    name: str
    added_symbols: list[str]
    removed_symbols: list[str]
    total_symbols: int
    symbols: list[str]
    watchlist_data: list[WatchedPrice]
    meta: Meta


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
    def get(self, request: Request) -> HttpResponse:
        """Return the list; the same as the action ``list``."""
        parameters.reject_unknown(request.query_params, "name", "explain")
        action = WatchlistAction(data={"action": "list", **request.query_params.dict()})
        action.is_valid(raise_exception=True)
        return _show(request, action.validated_data["name"])

    @extend_schema(
        operation_id="watchlist_change",
        summary="Add to, remove from, list or clear a watchlist",
        request=WatchlistAction,
        responses={200: WatchlistBody} | INVALID,
    )
    @explainable
    def post(self, request: Request) -> HttpResponse:
        """Run the posted action and return the list."""
        action = WatchlistAction(data=request.data)
        action.is_valid(raise_exception=True)
        if action.validated_data["action"] == "list":
            return _show(request, action.validated_data["name"])
        return _run_action(request, action.validated_data)


def _show(request: Request, name: str) -> HttpResponse:
    """Answer with the list as it is; a list that does not exist is empty and stays unmade."""
    user: Any = request.user
    with validation_errors():
        watchlist = watchlists.find(user, name)
    items = list(watchlist.items.select_related("asset")) if watchlist else []
    before = {item.asset_id: item.asset.symbol for item in items}
    return responses.uncached(request._request, _body(name, items, before, timezone.now()))


def _run_action(request: Request, action: dict[str, Any]) -> HttpResponse:
    user: Any = request.user
    with validation_errors():
        watchlist = watchlists.get_or_create(user, action["name"])
        before = _symbols(watchlist)
        _ACTIONS[action["action"]](watchlist, action["symbols"])
    items = list(watchlist.items.select_related("asset"))
    return responses.uncached(request._request, _body(watchlist.name, items, before, timezone.now()))


def _add(watchlist: Watchlist, coins: list[Instrument]) -> None:
    watchlists.add_all(watchlist, [coin.asset for coin in coins])


def _remove(watchlist: Watchlist, coins: list[Instrument]) -> None:
    watchlist.items.filter(asset_id__in=[coin.asset for coin in coins]).delete()


def _clear(watchlist: Watchlist, _coins: list[Instrument]) -> None:
    watchlist.items.all().delete()


_ACTIONS: dict[str, Callable[[Watchlist, list[Instrument]], None]] = {
    "add": _add,
    "remove": _remove,
    "clear": _clear,
}


def _symbols(watchlist: Watchlist) -> dict[str, str]:
    return {item.asset_id: item.asset.symbol for item in watchlist.items.select_related("asset")}


def _body(name: str, items: list[WatchlistItem], before: dict[str, str], now: datetime) -> WatchlistBody:
    """Build the body; ``before`` are the symbols by coin id as they were before the action."""
    result = queries.prices([item.instrument for item in items])
    ages = [age_when_built(row, now) for row in result.rows.values()]
    after = {item.asset_id: item.asset.symbol for item in items}
    return WatchlistBody(
        name=name,
        added_symbols=[symbol for slug, symbol in after.items() if slug not in before],
        removed_symbols=[symbol for slug, symbol in before.items() if slug not in after],
        total_symbols=len(items),
        symbols=list(after.values()),
        watchlist_data=[_row(item, result) for item in items],
        meta=meta(result.meta, max(ages, default=None), {item.asset.symbol: item.asset_id for item in items}),
    )


def _row(item: WatchlistItem, result: queries.Prices) -> WatchedPrice:
    row, missing = result.rows.get(item.instrument), result.missing.get(item.instrument)
    return WatchedPrice(
        id=item.asset_id,
        symbol=item.asset.symbol,
        price=money(row.quote.price) if row else None,
        currency=row.quote.currency if row else None,
        change_24h=number(row.quote.change_24h) if row else None,
        source=row.source if row else None,
        as_of=moment(row.quote.as_of) if row else None,
        stale=row.stale if row else None,
        reason=missing.reason if missing else None,
        added_at=moment(item.added_at),
    )
