"""/api/alerts/: a user's price alerts, and /api/alerts/events/: what they fired."""

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
from alerts.api.validation import validation_errors
from alerts.models import AlertEvent, AlertEventQuerySet, PriceAlert, PriceAlertQuerySet
from alerts.rules import price_alerts
from providers.api.schemas import problems

_REFUSED = problems(s400="A field is missing, wrong or not allowed; errors[] says which and what is.")
_NOT_FOUND = problems(s404="There is no such thing, or it is not yours.")


@extend_schema_view(
    list=extend_schema(
        summary="Your price alerts", parameters=[AlertQuery], responses={200: AlertSerializer(many=True)} | _REFUSED
    ),
    create=extend_schema(summary="Set a price alert", responses={201: AlertSerializer} | _REFUSED),
    retrieve=extend_schema(summary="One price alert", responses={200: AlertSerializer} | _NOT_FOUND),
    update=extend_schema(summary="Change a price alert", responses={200: AlertSerializer} | _REFUSED | _NOT_FOUND),
    partial_update=extend_schema(
        summary="Change parts of a price alert", responses={200: AlertSerializer} | _REFUSED | _NOT_FOUND
    ),
    destroy=extend_schema(summary="Delete a price alert", responses={204: None} | _NOT_FOUND),
)
@extend_schema(tags=["alerts"])
class AlertViewSet(viewsets.ModelViewSet[PriceAlert]):
    """Price alerts. A change arms an alert anew, unless only its note changed."""

    serializer_class = AlertSerializer
    queryset = PriceAlert.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> PriceAlertQuerySet:
        rows = PriceAlert.objects.owned_by(self.request.user).select_related("asset")
        return filter_alerts(rows, self.request) if self.action == "list" else rows

    def perform_create(self, serializer: BaseSerializer[PriceAlert]) -> None:
        with validation_errors():
            serializer.instance = price_alerts.create(self.request.user, serializer.validated_data)  # type: ignore[arg-type]  # signed in, says the permission

    def perform_update(self, serializer: BaseSerializer[PriceAlert]) -> None:
        serializer.instance = price_alerts.edit(self.get_object(), serializer.validated_data, timezone.now())


@extend_schema_view(
    list=extend_schema(
        summary="What your alerts fired, newest first",
        parameters=[EventQuery],
        responses={200: EventSerializer(many=True)} | _REFUSED,
    ),
    retrieve=extend_schema(summary="One event", responses={200: EventSerializer} | _NOT_FOUND),
)
@extend_schema(tags=["alerts"])
class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AlertEvent]):
    """The inbox. An event stays when its alert is deleted."""

    serializer_class = EventSerializer
    queryset = AlertEvent.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self) -> AlertEventQuerySet:
        rows = AlertEvent.objects.owned_by(self.request.user).select_related("asset")
        return filter_events(rows, self.request) if self.action == "list" else rows

    @extend_schema(summary="Mark one event as read", request=None, responses={200: EventSerializer} | _NOT_FOUND)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
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
        return Response({"marked": self.get_queryset().mark_read(timezone.now())})
