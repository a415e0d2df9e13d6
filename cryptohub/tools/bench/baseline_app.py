"""Baseline: a minimal WSGI application. ``/<n>`` answers with n bytes, ``/unchanged`` with 304."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with the length named in the path."""
    name = environ["PATH_INFO"][1:]
    if name == "unchanged":
        start_response("304 Not Modified", [])
        return [b""]
    content, headers = _answer(name)
    start_response("200 OK", headers)
    return [content]


@lru_cache
def _answer(length: str) -> tuple[bytes, list[tuple[str, str]]]:
    return b"x" * int(length), [("Content-Type", "application/json"), ("Content-Length", length)]
