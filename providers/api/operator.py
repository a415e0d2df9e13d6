"""Routes for operators: decisions and quarantined values."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from providers.api import query_params as parameters
from providers.api import schemas
from providers.api.pagination import PAGING_PARAMETERS
from providers.engine.decide import find_decision
from providers.models import Quarantine


class SkipSchema(serializers.Serializer[Any]):
    """A provider or endpoint that was skipped."""

    provider = serializers.CharField()
    endpoint = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class AttemptSchema(schemas.Attempt):
    """An upstream call, with the details that only operators see."""

    at_ms = serializers.FloatField(help_text="Since the decision began.")
    detail = serializers.CharField()
    items = serializers.IntegerField(help_text="Number of items requested in this call.")
    answered = serializers.IntegerField()


class DecisionSchema(serializers.Serializer[Any]):
    """The attempts and skips behind one answer."""

    id = serializers.CharField()
    category = serializers.CharField()
    made_at = serializers.DateTimeField()
    status = serializers.CharField(help_text="answered, partial, failed or deadline.")
    ms = serializers.FloatField()
    deadline_ms = serializers.FloatField()
    generation = serializers.CharField(help_text="Identifies the chain's configuration at that time.")
    items = serializers.ListField(child=serializers.CharField())
    attempts = AttemptSchema(many=True)
    skipped = SkipSchema(many=True)
    extra_calls_left = serializers.FloatField(help_text="Rest of the budget for hedges and last-resort calls.")


class QuarantineSchema(serializers.ModelSerializer[Quarantine]):
    """A value that was not served, with the evidence."""

    class Meta:
        model = Quarantine
        fields = ["id", "provider", "endpoint", "category", "item", "value", "evidence", "found_at"]


OPERATORS_ONLY = schemas.problems(
    s403="For operators: sign in as staff, or use an operator's key with the scope operate."
)


class MayViewDecisions(IsAdminUser):
    """Staff who may view decisions in the admin."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell if the user is staff with the permission."""
        return super().has_permission(request, view) and request.user.has_perm("providers.view_decisionrecord")


class MayViewQuarantine(IsAdminUser):
    """Staff who may view quarantined values in the admin."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell if the user is staff with the permission."""
        return super().has_permission(request, view) and request.user.has_perm("providers.view_quarantine")


class DecisionView(APIView):
    """A decision by its id."""

    permission_classes = (MayViewDecisions,)

    @extend_schema(
        operation_id="decision",
        summary="The decision behind one answer",
        description="By the id in an answer's meta.decision. Failed and slow decisions are kept for a week, and a "
        "sample of the others; recent ones are in the memory of the process that made them.",
        responses={200: DecisionSchema}
        | OPERATORS_ONLY
        | schemas.problems(s404="It has expired: it was not sampled, or its retention is over."),
        tags=["system"],
    )
    def get(self, request: Request, decision_id: str) -> Response:
        """Answer with the decision; 404 once it has expired."""
        decision = find_decision(decision_id)
        if decision is None:
            raise NotFound("This decision has expired: it was not sampled, or its retention is over.")
        return Response(decision, headers={"Cache-Control": "no-store"})


class QuarantineView(ListAPIView[Quarantine]):
    """Values that were not served because other lineages contradicted them, newest first, with the evidence."""

    permission_classes = (MayViewQuarantine,)
    serializer_class = QuarantineSchema
    queryset = Quarantine.objects.all()

    @extend_schema(
        operation_id="quarantine",
        tags=["system"],
        responses={200: QuarantineSchema(many=True)}
        | OPERATORS_ONLY
        | schemas.problems(s400="A parameter is not allowed."),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with a page of values."""
        parameters.reject_unknown(request.query_params, *PAGING_PARAMETERS)
        return super().get(request, *args, **kwargs)
