"""Base view of the public routes: no authentication, no content negotiation, cached headers."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


class SingleRenderer(DefaultContentNegotiation):
    """Always chooses the view's first renderer, whatever the client accepts; request parsing is unchanged."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer and its media type."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class PublicView(APIView):
    """Base of views that do not depend on the caller; others must not subclass it.

    API keys and rate limits are checked by middleware before any view runs.
    """

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = SingleRenderer

    def perform_authentication(self, request: Request) -> None:
        """Skip authentication."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """DRF's headers of every response, computed once per class."""
        headers: dict[str, str] | None = type(self).__dict__.get("_cached_headers")
        if headers is None:
            headers = super().default_response_headers
            type(self)._cached_headers = headers  # type: ignore[attr-defined]  # each class has its own
        return dict(headers)
