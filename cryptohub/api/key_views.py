"""REST views of a user's API keys: /api/keys/."""

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

_NOT_FOUND = problems(s404="You have no such key.")
_BAD_BODY = problems(
    s400="A field is missing, wrong or not allowed; errors[] says which and what is.",
    s415="The body is not JSON.",
)
_WITH_KEY = problems(s403="Keys are created by a signed-in user, not with a key; a key revokes only itself.")
_BAD_PAGE = problems(s400="A parameter is not allowed.")


@extend_schema_field({"type": "string", "enum": [scope.value for scope in KeyScope]})
class ScopeField(serializers.ChoiceField):
    """A scope by its name; the error lists the allowed ones."""

    def __init__(self, **kwargs: Any) -> None:
        message = f"Allowed: {', '.join(KeyScope)}."
        super().__init__(choices=KeyScope.choices(), error_messages={"invalid_choice": message}, **kwargs)


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key without the secret itself."""

    prefix = serializers.CharField(
        source="token_key", read_only=True, help_text="The beginning of the key; identifies it in this API."
    )
    scope = ScopeField(read_only=True, help_text="Each scope includes those before it.")
    expires_at = serializers.DateTimeField(source="expiry", read_only=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ("prefix", "name", "scope", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class NewKeySerializer(serializers.Serializer[Any]):
    """The fields for creating a key."""

    name = serializers.CharField(max_length=MAX_NAME, help_text="Your name for the key.")
    scope = ScopeField(required=False, default=KeyScope.MARKET.value)
    days = serializers.IntegerField(
        min_value=keys.MIN_DAYS, max_value=keys.MAX_DAYS, required=False, default=keys.DEFAULT_DAYS
    )


class CreatedKeySerializer(KeySerializer):
    """A new key with the secret itself, which is shown only once."""

    key = serializers.CharField(read_only=True, help_text="Keep it safe: it is not stored and cannot be shown again.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Your keys", responses={200: KeySerializer(many=True)} | _BAD_PAGE),
    retrieve=extend_schema(summary="One key", responses={200: KeySerializer} | _NOT_FOUND),
    create=extend_schema(
        summary="Create a key",
        request=NewKeySerializer,
        responses={201: CreatedKeySerializer} | _BAD_BODY | _WITH_KEY,
    ),
    destroy=extend_schema(
        summary="Revoke a key",
        description="It stops working in every process within a second.",
        responses={204: None} | _NOT_FOUND | _WITH_KEY,
    ),
)
@extend_schema(tags=["keys"])
class KeyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[ApiKey]
):
    """List, create and revoke your keys; another user's key is a 404."""

    serializer_class = KeySerializer
    queryset = ApiKey.objects.none()
    lookup_field = "token_key"
    lookup_url_kwarg = "prefix"
    lookup_value_converter = "slug"

    def get_queryset(self) -> ApiKeyQuerySet:
        """Return the user's keys; a list accepts only paging parameters."""
        if self.action == "list":
            parameters.reject_unknown(self.request.query_params, *PAGING_PARAMETERS)
        return ApiKey.objects.owned_by(self.request.user)

    def perform_destroy(self, instance: ApiKey) -> None:
        """Revoke a key. Raises PermissionDenied for a client that uses another: a lost key must not revoke the rest."""
        used = self.request.auth
        if used is not None and getattr(used, "digest", None) != instance.digest:
            raise PermissionDenied("A key revokes only itself; others are revoked by a signed-in user.")
        super().perform_destroy(instance)

    def create(self, request: Request) -> Response:
        """Create a key and return it with its secret. Raises PermissionDenied for clients that use a key."""
        if request.auth is not None:
            raise PermissionDenied("Keys can be created only by a signed-in user, not with another key.")
        serializer = NewKeySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        with validation_errors():
            row, key = keys.create(request.user, fields["name"], KeyScope(fields["scope"]), fields["days"])  # type: ignore[arg-type]  # signed in, says the permission
        return Response(KeySerializer(row).data | {"key": key}, status=status.HTTP_201_CREATED)
