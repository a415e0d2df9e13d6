"""The OpenAPI document and the Swagger page that shows it, without a line of inline script."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from cryptohub.api import openapi  # noqa: F401 - registers the authentication scheme

RENDERERS: dict[str, type[BaseRenderer]] = {each.format: each for each in SpectacularAPIView.renderer_classes}


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, rendered once per process: that takes long, and nothing in it changes."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the document as JSON or YAML."""
        renderer = request.accepted_renderer
        response = HttpResponse(rendered(renderer.format), content_type=f"{renderer.media_type}; charset=utf-8")
        response["Content-Disposition"] = f'inline; filename="CryptoHub.{renderer.format}"'
        response["Cache-Control"] = "public, max-age=300"
        return response


@lru_cache
def document() -> dict[str, Any]:
    """Build the document."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # it ships no types
    return schema


@lru_cache
def rendered(format_name: str) -> bytes | str:
    """Render the document in the format of this name."""
    return RENDERERS[format_name]().render(document())


schema = SchemaView.as_view()
swagger = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="swagger.html")
