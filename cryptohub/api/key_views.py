"""/api/keys/: a user's keys for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.validation import validation_errors
from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import MAX_NAME, ApiKey, ApiKeyQuerySet
from providers.api import query_params as parameters
from providers.api.pagination import PAGING_PARAMETERS
from providers.api.schemas import problems

_NOT_FOUND = problems(s404="There is no such key, or it is not yours.")
_REFUSED = problems(
    s400="A field is missing, wrong or not allowed; errors[] says which and what is.",
    s415="The body is not JSON.",
)
_BY_PEOPLE = problems(s403="A key is made by its signed-in owner, never by another key.")
_BAD_PAGE = problems(s400="A parameter is not allowed.")


@extend_schema_field({"type": "string", "enum": [scope.value for scope in KeyScope]})
class ScopeField(serializers.ChoiceField):
    """A scope by its word; the error says which there are."""

    def __init__(self, **kwargs: Any) -> None:
        said = f"Allowed: {', '.join(KeyScope)}."
        super().__init__(choices=KeyScope.choices(), error_messages={"invalid_choice": said}, **kwargs)


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key as it may be told: never the key itself."""

    prefix = serializers.CharField(source="token_key", read_only=True, help_text="How the key begins; names it here.")
    scope = ScopeField(read_only=True, help_text="Each allows what the one before it does, and more.")
    expires_at = serializers.DateTimeField(source="expiry", read_only=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ("prefix", "name", "scope", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class NewKeySerializer(serializers.Serializer[Any]):
    """What a new key shall be."""

    name = serializers.CharField(max_length=MAX_NAME, help_text="What you call it.")
    scope = ScopeField(required=False, default=KeyScope.MARKET.value)
    days = serializers.IntegerField(
        min_value=keys.MIN_DAYS, max_value=keys.MAX_DAYS, required=False, default=keys.DEFAULT_DAYS
    )


class MadeKeySerializer(KeySerializer):
    """A key that was just made, with the key itself: the only time it is told."""

    key = serializers.CharField(read_only=True, help_text="Keep it safe: it is not stored and never told again.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Your keys", responses={200: KeySerializer(many=True)} | _BAD_PAGE),
    retrieve=extend_schema(summary="One key", responses={200: KeySerializer} | _NOT_FOUND),
    create=extend_schema(
        summary="Make a key",
        request=NewKeySerializer,
        responses={201: MadeKeySerializer} | _REFUSED | _BY_PEOPLE,
    ),
    destroy=extend_schema(
        summary="Revoke a key",
        description="It stops working in every process within a second.",
        responses={204: None} | _NOT_FOUND,
    ),
)
@extend_schema(tags=["keys"])
class KeyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[ApiKey]
):
    """Keys for programs. Others' keys do not exist for you."""

    serializer_class = KeySerializer
    queryset = ApiKey.objects.none()
    lookup_field = "token_key"
    lookup_url_kwarg = "prefix"
    lookup_value_converter = "slug"

    def get_queryset(self) -> ApiKeyQuerySet:
        if self.action == "list":
            parameters.reject_unknown(self.request.query_params, *PAGING_PARAMETERS)
        return ApiKey.objects.owned_by(self.request.user)

    def create(self, request: Request) -> Response:
        if request.auth is not None:
            raise PermissionDenied("A key is made by its signed-in owner, never by another key.")
        asked = NewKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        read = asked.validated_data
        with validation_errors():
            made, key = keys.create(request.user, read["name"], KeyScope(read["scope"]), read["days"])  # type: ignore[arg-type]  # signed in, says the permission
        return Response(KeySerializer(made).data | {"key": key}, status=status.HTTP_201_CREATED)
