"""The yardstick: a WSGI application that does nothing but answer. ``/<bytes>`` is so long, ``/unchanged`` a 304."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    named = environ["PATH_INFO"][1:]
    if named == "unchanged":
        start_response("304 Not Modified", [])
        return [b""]
    content, headers = _answer(named)
    start_response("200 OK", headers)
    return [content]


@lru_cache
def _answer(length: str) -> tuple[bytes, list[tuple[str, str]]]:
    return b"x" * int(length), [("Content-Type", "application/json"), ("Content-Length", length)]
