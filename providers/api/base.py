"""Routes that anybody may read: nobody is asked who they are, and as little as can be is done around an answer."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


class SingleRenderer(DefaultContentNegotiation):
    """A view answers in its one form, whatever is asked for; what is sent to it is parsed as usual."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class PublicView(APIView):
    """Whoever needs to know who asks is no public view. Keys and limits are seen to before any view is reached."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = SingleRenderer

    def perform_authentication(self, request: Request) -> None:
        """Nobody is asked."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """What DRF says on each answer, put together once for a class."""
        headers: dict[str, str] | None = type(self).__dict__.get("_said")
        if headers is None:
            headers = super().default_response_headers
            type(self)._said = headers  # type: ignore[attr-defined]  # each class has its own
        return dict(headers)
