"""An RSGI server interface for the WSGI application, for a hub behind a proxy.

Under WSGI, Granian folds "-" and "_" in header names to one variable, and keeps one of several lines of a header: who
may send X_Forwarded_For through a proxy that passes it on chooses the address that the hub sees. RSGI gives the names
as they were sent. Besides, a body is read here without a thread, within BODY_S.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cryptohub.conf.limits import MAX_BODY
from cryptohub.middleware.forwarded import RAW_NAMES

THREADS = 32
BODY_S = 15.0
"""Time for a whole body."""
_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})

logger = logging.getLogger(__name__)
Environ = dict[str, Any]
Headers = list[tuple[str, str]]


class Gateway:
    """An application for both of Granian's interfaces: WSGI, and RSGI with THREADS threads of its own."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request under WSGI."""
        return self._application(environ, start_response)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; Granian calls this in the process that serves."""
        for number in range(THREADS):
            threading.Thread(target=self._run, name=f"request-{number}", daemon=True).start()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request under RSGI: read its body here, and run the application in a thread."""
        if scope.proto != "http":
            return
        length = scope.headers.get("content-length")
        try:
            body = await asyncio.wait_for(self._body(scope, protocol, length), BODY_S)
        except TimeoutError:
            protocol.response_str(408, [("content-type", "text/plain"), ("connection", "close")], "Sent too slowly.\n")
            return
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def work() -> None:
            try:
                self._respond(environ_of(scope, body, length), protocol)
            finally:
                loop.call_soon_threadsafe(_finish, done)

        self._work.put(work)
        await done

    async def _body(self, scope: Any, protocol: Any, length: str | None) -> bytes:
        """Read the body, up to just above the limit; one that says it is longer is not read."""
        if scope.method in {"GET", "HEAD"} or length == "0" or _is_over(length, MAX_BODY):
            return b""
        chunks, size = [], 0
        async for chunk in protocol:
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                break
        return b"".join(chunks)

    def _run(self) -> None:
        while True:
            work = self._work.get()
            try:
                work()
            except Exception:
                logger.exception("a request could not be answered")

    def _respond(self, variables: Environ, protocol: Any) -> None:
        """Run the WSGI application, and send its response as a whole; a 500 if it fails."""
        started: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:
            started[:] = [(int(status[:3]), headers)]

        try:
            content = _joined(self._application(variables, start_response))
        except Exception:
            logger.exception("the application failed")
            started, content = [(500, [("content-type", "text/plain")])], b"Internal Server Error\n"
        status, headers = started[0]
        protocol.response_bytes(status, headers, content)


def environ_of(scope: Any, body: bytes, length: str | None) -> Environ:
    """Return the WSGI environ of a request; headers with an underscore in their name are left out.

    Several lines of one header are joined with commas (RFC 9110, section 5.3), those of Cookie with semicolons.
    """
    variables = {
        **_fixed(),
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _latin(scope.path),  # percent-decoded already
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
    }
    variables["SERVER_NAME"], variables["SERVER_PORT"] = _address(scope.server)
    variables["REMOTE_ADDR"], _ = _address(scope.client)
    seen = set()
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        variable = name.replace("-", "_").upper()
        variable = variable if variable in _UNPREFIXED else f"HTTP_{variable}"
        separator = "; " if variable == "HTTP_COOKIE" else ","
        variables[variable] = f"{variables[variable]}{separator}{value}" if variable in seen else value
        seen.add(variable)
    if scope.authority and "HTTP_HOST" not in variables:
        variables["HTTP_HOST"] = scope.authority
    if length is None and body:
        variables["CONTENT_LENGTH"] = str(len(body))
    return variables


def _fixed() -> Environ:
    return {
        **os.environ,
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "Granian",
        RAW_NAMES: True,
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _latin(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _address(text: str) -> tuple[str, str]:
    """Return host and port of "host:port" or "[host]:port"."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), port


def _is_over(length: str | None, limit: int) -> bool:
    return length is not None and (not length.isdigit() or len(length) > 12 or int(length) > limit)


def _joined(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()


def _finish(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
