"""Routes under /api/alerts/: a user's price alerts and their events."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from alerts.api.filters import AlertQuery, EventQuery, filter_alerts, filter_events
from alerts.api.serializers import AlertSerializer, EventSerializer
from alerts.api.validation import INVALID, NOT_FOUND, validation_errors
from alerts.models import AlertEvent, AlertEventQuerySet, PriceAlert, PriceAlertQuerySet
from alerts.rules import price_alerts


@extend_schema_view(
    list=extend_schema(
        summary="Your price alerts", parameters=[AlertQuery], responses={200: AlertSerializer(many=True)} | INVALID
    ),
    create=extend_schema(summary="Set a price alert", responses={201: AlertSerializer} | INVALID),
    retrieve=extend_schema(summary="One price alert", responses={200: AlertSerializer} | NOT_FOUND),
    update=extend_schema(summary="Change a price alert", responses={200: AlertSerializer} | INVALID | NOT_FOUND),
    partial_update=extend_schema(
        summary="Change parts of a price alert", responses={200: AlertSerializer} | INVALID | NOT_FOUND
    ),
    destroy=extend_schema(summary="Delete a price alert", responses={204: None} | NOT_FOUND),
)
@extend_schema(tags=["alerts"])
class AlertViewSet(viewsets.ModelViewSet[PriceAlert]):
    """Your price alerts. A change resets what an alert has seen, unless only its note changed."""

    serializer_class = AlertSerializer
    queryset = PriceAlert.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> PriceAlertQuerySet:
        """Return the user's own alerts, filtered in a list."""
        rows = PriceAlert.objects.owned_by(self.request.user).select_related("asset")
        return filter_alerts(rows, self.request) if self.action == "list" else rows

    def perform_create(self, serializer: BaseSerializer[PriceAlert]) -> None:
        """Create within the limit."""
        with validation_errors():
            serializer.instance = price_alerts.create(self.request.user, serializer.validated_data)  # type: ignore[arg-type]  # signed in, says the permission

    def perform_update(self, serializer: BaseSerializer[PriceAlert]) -> None:
        """Edit through ``price_alerts.edit``."""
        serializer.instance = price_alerts.edit(self.get_object(), serializer.validated_data, timezone.now())


@extend_schema_view(
    list=extend_schema(
        summary="Events of your alerts, newest first",
        parameters=[EventQuery],
        responses={200: EventSerializer(many=True)} | INVALID,
    ),
    retrieve=extend_schema(summary="One event", responses={200: EventSerializer} | NOT_FOUND),
)
@extend_schema(tags=["alerts"])
class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AlertEvent]):
    """Your inbox. An event stays when its alert is deleted."""

    serializer_class = EventSerializer
    queryset = AlertEvent.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> AlertEventQuerySet:
        """Return the user's own events, filtered in a list."""
        rows = AlertEvent.objects.owned_by(self.request.user).select_related("asset")
        return filter_events(rows, self.request) if self.action == "list" else rows

    @extend_schema(summary="Mark one event as read", request=None, responses={200: EventSerializer} | NOT_FOUND)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Keep the time of the first reading."""
        event: Any = self.get_object()
        self.get_queryset().filter(pk=event.pk).mark_read(timezone.now())
        return Response(EventSerializer(self.get_object()).data)

    @extend_schema(
        summary="Mark all events as read",
        request=None,
        responses={200: inline_serializer("MarkedRead", {"marked": serializers.IntegerField()})},
    )
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Return how many were unread."""
        return Response({"marked": self.get_queryset().mark_read(timezone.now())})
