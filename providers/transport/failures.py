"""Translates exceptions of requests, urllib3, ssl and socket into failures with an outcome."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from providers.domain.outcomes import Failure, Outcome


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything it wraps: urllib3 and requests nest causes in args, reason and context."""
    queue, seen = [error], set()
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        nested = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        queue += [inner for inner in nested if isinstance(inner, BaseException)]


def failure_from(error: BaseException, *, timed_out: bool) -> Failure:
    """Return the Failure that a library's exception means; ``timed_out`` decides where the exception does not tell."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Failure):
            return cause
    for kinds, outcome, detail in _FAILURES:
        if any(isinstance(cause, kinds) for cause in causes):
            return Failure(outcome, detail)
    if timed_out:
        return Failure(Outcome.TIMEOUT, "no complete answer within the deadline")
    return Failure(Outcome.RESET, "the connection failed")


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], Outcome, str], ...] = (
    (
        (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError),
        Outcome.TIMEOUT,
        "no complete answer within the deadline",
    ),
    ((urllib3.exceptions.IncompleteRead,), Outcome.BROKEN, "the body is shorter than announced"),
    ((ssl.SSLError, requests.exceptions.SSLError), Outcome.REFUSED, "the TLS connection could not be made"),
    ((socket.gaierror, UnicodeError), Outcome.REFUSED, "the host's name could not be resolved"),
    ((ConnectionRefusedError,), Outcome.REFUSED, "the connection was refused"),
    ((ConnectionError,), Outcome.RESET, "the connection was cut"),
    ((urllib3.exceptions.NewConnectionError,), Outcome.REFUSED, "the host could not be reached"),
    ((urllib3.exceptions.DecodeError,), Outcome.BROKEN, "the body could not be decompressed"),
    ((requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError), Outcome.BAD_REQUEST, "the URL is bad"),
    ((urllib3.exceptions.ProtocolError,), Outcome.BROKEN, "the answer is not valid HTTP"),
)
