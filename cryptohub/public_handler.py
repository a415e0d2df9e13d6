"""Serve routes that anybody may read through a shorter list of middleware.

GET and HEAD requests to a `PublicView` need no session, user, form or page, so they skip the middleware for those.
`get_application` returns the WSGI application: a router that passes such requests to `PublicReadHandler` and every
other one to Django's own handler. The routes are read from the URL conf, once, when the application is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, get_path_info
from django.core.wsgi import get_wsgi_application
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from providers.api.base import PublicView

READ_METHODS = frozenset({"GET", "HEAD"})


class PublicReadHandler(WSGIHandler):
    """Django's WSGI handler with `settings.PUBLIC_READ_MIDDLEWARE` in place of `MIDDLEWARE`."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Chain the middleware; none of it may define `process_view`, `process_exception` or the like."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # not in the stubs
        for path in reversed(settings.PUBLIC_READ_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


class PublicReads:
    """The requests that `PublicReadHandler` can answer: reads of the routes of public views."""

    def __init__(self) -> None:
        routes = [route for route, view in url_routes(get_resolver().url_patterns) if is_public_read_view(view)]
        self._paths = re.compile("/(?:" + "|".join(routes) + ")")

    def __contains__(self, request: tuple[str, str]) -> bool:
        """Return whether a request, given as method and path, is a public read."""
        method, path = request
        return method in READ_METHODS and self._paths.fullmatch(path) is not None


def get_application() -> WSGIApplication:
    """Return the WSGI application that chooses the handler by method and path."""
    full, public = get_wsgi_application(), PublicReadHandler()
    public_reads = PublicReads()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = environ["REQUEST_METHOD"], get_path_info(environ)
        return (public if request in public_reads else full)(environ, start_response)

    return application


def url_routes(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each route below `patterns`: its path as a regular expression without groups' names, and its view class.

    The class is None for views that are functions.
    """
    for pattern in patterns:
        own: str = pattern.pattern.regex.pattern
        path = prefix + re.sub(r"\?P<\w+>", "?:", own.removeprefix("^"))
        if isinstance(pattern, URLResolver):
            yield from url_routes(pattern.url_patterns, path)
        else:
            callback = pattern.callback
            yield path, getattr(callback, "cls", None) or getattr(callback, "view_class", None)


def is_public_read_view(view: type | None) -> bool:
    """Return whether a view class is public and answers GET."""
    return view is not None and issubclass(view, PublicView) and hasattr(view, "get")
