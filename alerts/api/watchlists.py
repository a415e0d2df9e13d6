"""/api/watchlists/: a user's lists of coins."""

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
from alerts.api.validation import validation_errors
from alerts.models import Watchlist, WatchlistQuerySet
from alerts.watchlists import watchlists
from providers.api import query_params as parameters
from providers.api.pagination import PAGING_PARAMETERS
from providers.api.schemas import problems

_REFUSED = problems(s400="A field is missing, wrong or not allowed; errors[] says which and what is.")
_NOT_FOUND = problems(s404="There is no such thing, or it is not yours.")


@extend_schema_view(
    list=extend_schema(summary="Your watchlists", responses={200: WatchlistSerializer(many=True)} | _REFUSED),
    create=extend_schema(summary="Make a watchlist", responses={201: WatchlistSerializer} | _REFUSED),
    retrieve=extend_schema(summary="One watchlist", responses={200: WatchlistSerializer} | _NOT_FOUND),
    update=extend_schema(summary="Rename a watchlist", responses={200: WatchlistSerializer} | _REFUSED | _NOT_FOUND),
    partial_update=extend_schema(
        summary="Rename a watchlist", responses={200: WatchlistSerializer} | _REFUSED | _NOT_FOUND
    ),
    destroy=extend_schema(summary="Delete a watchlist", responses={204: None} | _NOT_FOUND),
)
@extend_schema(tags=["watchlists"])
class WatchlistViewSet(viewsets.ModelViewSet[Watchlist]):
    """Lists and their coins. Others' lists do not exist for you."""

    serializer_class = WatchlistSerializer
    queryset = Watchlist.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> WatchlistQuerySet:
        if self.action == "list":
            parameters.reject_unknown(self.request.query_params, *PAGING_PARAMETERS)
        return Watchlist.objects.owned_by(self.request.user).with_items()

    def perform_create(self, serializer: BaseSerializer[Watchlist]) -> None:
        with validation_errors():
            serializer.instance = watchlists.create(self.request.user, serializer.validated_data["name"])  # type: ignore[arg-type]  # signed in, says the permission

    def perform_update(self, serializer: BaseSerializer[Watchlist]) -> None:
        watchlist = self.get_object()
        with validation_errors():
            watchlists.rename(watchlist, serializer.validated_data.get("name", watchlist.name))
        serializer.instance = watchlist

    @extend_schema(
        summary="Add a coin at the end",
        request=CoinSerializer,
        responses={200: WatchlistSerializer, 201: WatchlistSerializer} | _REFUSED | _NOT_FOUND,
    )
    @action(detail=True, methods=["post"])
    def items(self, request: Request, pk: int) -> Response:
        """201 when it was added, 200 when it was there already."""
        asked = CoinSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        watchlist = self.get_object()
        with validation_errors():
            added = watchlists.add(watchlist, asked.validated_data["coin"].asset)
        return self._current(status.HTTP_201_CREATED if added else status.HTTP_200_OK)

    @extend_schema(summary="Take a coin out", request=None, responses={204: None} | _NOT_FOUND)
    @action(detail=True, methods=["delete"], url_path="items/<slug:asset>", url_name="item")
    def item(self, request: Request, pk: int, asset: str) -> Response:
        if not watchlists.remove(self.get_object(), asset):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Put the coins in order",
        request=OrderSerializer,
        responses={200: WatchlistSerializer} | _REFUSED | _NOT_FOUND,
    )
    @action(detail=True, methods=["post"])
    def reorder(self, request: Request, pk: int) -> Response:
        asked = OrderSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        watchlists.reorder(self.get_object(), [coin.asset for coin in asked.validated_data["coins"]])
        return self._current(status.HTTP_200_OK)

    def _current(self, code: int) -> Response:
        """The list as it is now."""
        data: Any = WatchlistSerializer(self.get_object()).data
        return Response(data, status=code)
