"""Read request bodies before anything else does: of limited length, and by few threads at the same time.

Granian has no time limit for bodies under WSGI, and a blocking read cannot be ended: a client that sends slowly holds
the thread that reads for as long as it likes. Hence few may read at a time, and the others are refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from cryptohub.conf.limits import MAX_BODY

MAX_READERS = 4
"""Request threads that clients can hold by sending slowly."""
PATIENCE_S = 0.25
"""Time to wait for a reader that has only just begun; a body that is sent at once takes less than a millisecond."""
RETRY_AFTER_S = 2
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods of which nothing reads the body."""

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""Their texts may not have a NUL, which PostgreSQL cannot store."""

Handler = Callable[[HttpRequest], HttpResponse]


class NoReaderFreeError(Exception):
    """All readers are busy with clients that send slowly."""


class Readers:
    """Counts the threads that read. A request waits for one that has read for less than PATIENCE_S."""

    def __init__(self, limit: int = MAX_READERS, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._changed = threading.Condition()
        self._began: dict[int, float] = {}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count this thread as a reader. Raises NoReaderFreeError."""
        own = threading.get_ident()
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._began) < self._limit, self._patience()):
                raise NoReaderFreeError
            self._began[own] = self._clock()
        try:
            yield
        finally:
            with self._changed:
                del self._began[own]
                self._changed.notify()

    def _patience(self) -> float:
        """Return the seconds until the reader that began last has had PATIENCE_S."""
        latest = max(self._began.values(), default=0.0)
        return min(PATIENCE_S, max(0.0, latest + PATIENCE_S - self._clock()))


readers = Readers()


def request_bodies(get_response: Handler) -> Handler:
    """Read the body of a request before its view runs; refuse a NUL in a page's query or in a form.

    413 for one that is announced as longer than MAX_BODY, before it is read; 503 while MAX_READERS clients send
    slowly; 400 for one that breaks off.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path_info.startswith("/api/"):
            return _refusal(400, "The address has a character that no text has.")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method in WITHOUT_BODY or length == "0":
            return get_response(request)
        if not (length.isascii() and length.isdigit()):
            return _refusal(400, "The length of the body is not a number.")
        if len(length) > 12 or int(length) > MAX_BODY:
            return _refusal(413, f"A body has at most {MAX_BODY} bytes.")
        return _read(request, int(length)) or get_response(request)

    return middleware


def _read(request: HttpRequest, length: int) -> HttpResponse | None:
    """Keep the body in the request; return a refusal if it cannot be read."""
    try:
        with readers.reading():
            body = request.body
    except NoReaderFreeError:
        response = _refusal(503, "Too many clients are sending slowly.")
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    except (RequestDataTooBig, UnreadablePostError):
        return _refusal(400, "The body could not be read.")
    if len(body) != length:
        return _refusal(400, "The body broke off.")
    if request.content_type in FORMS and (b"%00" in body or b"\0" in body):
        return _refusal(400, "The form has a character that no text has.")
    return None


def _refusal(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)
