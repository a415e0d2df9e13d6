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

from cryptohub.api import openapi  # noqa: F401 - tells spectacular what a key is

FORMS: dict[str, type[BaseRenderer]] = {form.format: form for form in SpectacularAPIView.renderer_classes}


class SchemaView(SpectacularAPIView):
    """The document, made once in a process: it takes longer than a thousand answers, and nothing in it changes."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        said = HttpResponse(rendered(renderer.format), content_type=f"{renderer.media_type}; charset=utf-8")
        said["Content-Disposition"] = f'inline; filename="CryptoHub.{renderer.format}"'
        said["Cache-Control"] = "public, max-age=300"
        return said


@lru_cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # it ships no types
    return found


@lru_cache
def rendered(form: str) -> bytes | str:
    return FORMS[form]().render(document())


schema = SchemaView.as_view()
swagger = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="swagger.html")
