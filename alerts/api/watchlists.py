"""Routes under /api/watchlists/: a user's lists of coins."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from alerts.api.serializers import CoinSerializer, OrderSerializer, WatchlistSerializer
from alerts.api.validation import INVALID, NOT_FOUND, validation_errors
from alerts.models import Watchlist, WatchlistQuerySet
from alerts.watchlists import watchlists
from providers.api import query_params as parameters
from providers.api.pagination import PAGING_PARAMETERS


@extend_schema_view(
    list=extend_schema(summary="Your watchlists", responses={200: WatchlistSerializer(many=True)} | INVALID),
    create=extend_schema(summary="Create a watchlist", responses={201: WatchlistSerializer} | INVALID),
    retrieve=extend_schema(summary="One watchlist", responses={200: WatchlistSerializer} | NOT_FOUND),
    update=extend_schema(summary="Rename a watchlist", responses={200: WatchlistSerializer} | INVALID | NOT_FOUND),
    partial_update=extend_schema(
        summary="Rename a watchlist", responses={200: WatchlistSerializer} | INVALID | NOT_FOUND
    ),
    destroy=extend_schema(summary="Delete a watchlist", responses={204: None} | NOT_FOUND),
)
@extend_schema(tags=["watchlists"])
class WatchlistViewSet(viewsets.ModelViewSet[Watchlist]):
    """Your watchlists and their coins; another user's list is a 404."""

    serializer_class = WatchlistSerializer
    queryset = Watchlist.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> WatchlistQuerySet:
        """Return the user's own lists."""
        if self.action == "list":
            parameters.reject_unknown(self.request.query_params, *PAGING_PARAMETERS)
        return Watchlist.objects.owned_by(self.request.user).with_items()

    def perform_create(self, serializer: BaseSerializer[Watchlist]) -> None:
        """Create within the limits."""
        with validation_errors():
            serializer.instance = watchlists.create(self.request.user, serializer.validated_data["name"])  # type: ignore[arg-type]  # signed in, says the permission

    def perform_update(self, serializer: BaseSerializer[Watchlist]) -> None:
        """Rename."""
        watchlist = self.get_object()
        with validation_errors():
            watchlists.rename(watchlist, serializer.validated_data.get("name", watchlist.name))
        serializer.instance = watchlist

    @extend_schema(
        summary="Add a coin at the end",
        request=CoinSerializer,
        responses={200: WatchlistSerializer, 201: WatchlistSerializer} | INVALID | NOT_FOUND,
    )
    @action(detail=True, methods=["post"])
    def items(self, request: Request, pk: int) -> Response:
        """201 if it was added, 200 if it was on the list already."""
        body = CoinSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        watchlist = self.get_object()
        with validation_errors():
            added = watchlists.add(watchlist, body.validated_data["coin"].asset)
        return self._current(status.HTTP_201_CREATED if added else status.HTTP_200_OK)

    @extend_schema(summary="Remove a coin", request=None, responses={204: None} | NOT_FOUND)
    @action(detail=True, methods=["delete"], url_path="items/<slug:asset>", url_name="item")
    def item(self, request: Request, pk: int, asset: str) -> Response:
        """404 if the coin is not on the list."""
        if not watchlists.remove(self.get_object(), asset):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Put the coins in order",
        request=OrderSerializer,
        responses={200: WatchlistSerializer} | INVALID | NOT_FOUND,
    )
    @action(detail=True, methods=["post"])
    def reorder(self, request: Request, pk: int) -> Response:
        """Coins not named follow in their previous order."""
        body = OrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        watchlists.reorder(self.get_object(), [coin.asset for coin in body.validated_data["coins"]])
        return self._current(status.HTTP_200_OK)

    def _current(self, code: int) -> Response:
        """Return the list as it is now."""
        data: Any = WatchlistSerializer(self.get_object()).data
        return Response(data, status=code)
