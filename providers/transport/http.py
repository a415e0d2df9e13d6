"""HTTP transport: pooled requests under one total deadline, with a size limit and an address guard.

The deadline covers name resolution, connecting, the TLS handshake, headers and body. ``requests`` only has a timeout
per read, which a slowly sending server can extend without end; here the socket reduces its timeout to the remaining
time before every system call. Cookies, environment proxies and redirects to other hosts are not supported on purpose:
prepared requests go straight to the transport adapter.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import certifi
import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from providers.domain.adapter import Request, Response
from providers.domain.addresses import is_public
from providers.domain.outcomes import Failure, Outcome
from providers.transport.dns import resolve
from providers.transport.failures import failure_from

MAX_BODY = 8 * 1024 * 1024
"""Limit of a decoded body in bytes; larger bodies are refused."""
POOL_SIZE = 64
"""Connections kept per host: as many as there are threads, so that a busy process does not discard connections."""
REDIRECTS = frozenset({301, 302, 307, 308})


_socket_lock = threading.Lock()
"""Held while a socket changes its call, so that cancelling never cuts a connection that serves another call."""


class Call:
    """Deadline of one call (``time.monotonic``), which can be cancelled from another thread."""

    __slots__ = ("_sock", "_waiting", "cancelled", "deadline")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.cancelled = False
        self._sock: Any = None
        self._waiting: threading.Event | None = None

    def remaining(self) -> float:
        """Return the seconds left. Raises TimeoutError if none are left or the call was cancelled."""
        left = self.deadline - time.monotonic()
        if left <= 0 or self.cancelled:
            raise TimeoutError("deadline")
        return left

    def is_over(self) -> bool:
        """Return True if the deadline has passed or the call was cancelled."""
        return self.cancelled or time.monotonic() >= self.deadline

    def attach(self, sock: Any) -> None:
        """Attach a socket to this call. Raises TimeoutError if the call was cancelled."""
        with _socket_lock:
            sock.call = self
            self._sock = sock
        self.remaining()

    def wake_on_cancel(self, event: threading.Event) -> None:
        """Set ``event`` when the call is cancelled, for a thread that is not waiting for a socket yet."""
        with _socket_lock:
            self._waiting = event
        if self.cancelled:
            event.set()

    def cancel(self) -> None:
        """End the call now: a thread blocked in it raises an error. Does nothing to a call that has ended."""
        with _socket_lock:
            self.cancelled = True
            if self._sock is not None and self._sock.call is self:
                with contextlib.suppress(OSError):  # already closed
                    socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        if self._waiting is not None:
            self._waiting.set()

    def release(self) -> None:
        """Detach the connection: the answer is complete."""
        with _socket_lock:
            self._sock = None


class _Current(threading.local):
    call: Call | None = None


_current = _Current()


class _DeadlineMixin:
    """Socket mixin: every blocking operation gets the time left of the call's deadline."""

    call: Call | None = None

    def _apply_deadline(self) -> None:
        if self.call is not None:
            self.settimeout(self.call.remaining())  # type: ignore[attr-defined]  # the socket it is mixed into

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._apply_deadline()
        return super().recv_into(*args, **kwargs)  # type: ignore[misc,no-any-return]  # the socket it is mixed into

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        self._apply_deadline()
        return super().recv(*args, **kwargs)  # type: ignore[misc,no-any-return]  # the socket it is mixed into

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._apply_deadline()
        return super().send(*args, **kwargs)  # type: ignore[misc,no-any-return]  # the socket it is mixed into

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._apply_deadline()
        super().sendall(*args, **kwargs)  # type: ignore[misc]  # the socket it is mixed into


class DeadlineSocket(_DeadlineMixin, socket.socket):
    """A TCP socket with the deadline of a call."""


class DeadlineSSLSocket(_DeadlineMixin, ssl.SSLSocket):
    """A TLS socket with the deadline of a call, including its handshake."""

    def do_handshake(self, block: bool = False) -> None:
        """Attach the socket to the call, then shake hands."""
        if _current.call is not None:
            _current.call.attach(self)
        super().do_handshake(block)


class _DeadlineConnection:
    """Connection mixin for urllib3: connects within the deadline, to allowed addresses only."""

    sock: Any
    host: str

    def _new_conn(self) -> socket.socket:
        call = _current.call
        if call is None:  # a pool used outside send()
            raise RuntimeError("connections are opened only by send()")
        try:
            return _connect(self.host, self.port or 80, call)  # type: ignore[attr-defined]  # the connection's own
        except OSError as error:  # urllib3 would take a plain reset for one while sending, and read on
            raise failure_from(error, timed_out=call.is_over()) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._attach_socket()
        super().request(*args, **kwargs)  # type: ignore[misc]  # the connection it is mixed into

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # the connection it is mixed into
        self._attach_socket()

    def _attach_socket(self) -> None:
        call = _current.call
        if self.sock is not None and call is not None:
            call.attach(self.sock)


class DeadlineHTTPConnection(_DeadlineConnection, HTTPConnection):
    """An HTTP connection with the deadline of a call."""


class DeadlineHTTPSConnection(_DeadlineConnection, HTTPSConnection):
    """An HTTPS connection with the deadline of a call."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = DeadlineHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineHTTPSConnection


class DeadlineAdapter(HTTPAdapter):
    """Transport adapter of requests whose sockets carry the deadline.

    Certificates are always verified. The authorities are read once: requests reads them for each connection, which
    takes longer than connecting.
    """

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Create the pools with one TLS context and with connections that carry the deadline."""
        context = urllib3.util.ssl_.create_urllib3_context()
        context.load_default_certs()
        context.load_verify_locations(certifi.where())
        context.sslsocket_class = DeadlineSSLSocket
        super().init_poolmanager(connections, maxsize, block, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Require a valid certificate."""
        conn.cert_reqs = "CERT_REQUIRED"


def _allowed(address: str) -> bool:
    return settings.ALLOW_PRIVATE_UPSTREAMS or is_public(address)


def _connect(host: str, port: int, call: Call) -> socket.socket:
    """Connect to one of the host's allowed addresses; each address gets a share of the time left."""
    addresses = resolve(host, port, call.remaining(), call.wake_on_cancel)
    allowed = [entry for entry in addresses if _allowed(entry[1][0])]
    if not allowed:
        raise Failure(Outcome.REFUSED, "its address is private; set ALLOW_PRIVATE_UPSTREAMS to allow it")
    for left in range(len(allowed), 0, -1):
        family, address = allowed[-left]
        sock = DeadlineSocket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(call.remaining() / left)
            call.attach(sock)
            sock.connect(address)
            sock.settimeout(call.remaining())  # the timeout of the TLS handshake
        except OSError:
            sock.close()
            if left == 1:
                raise
        else:
            return sock
    raise AssertionError("unreachable: the last address returns or raises")


_transport: DeadlineAdapter | None = None
_transport_lock = threading.Lock()


def transport() -> DeadlineAdapter:
    """Return the process's adapter. Create it before serving, since that takes a while."""
    global _transport  # noqa: PLW0603 - a process has one
    if _transport is None:
        with _transport_lock:
            if _transport is None:
                _transport = DeadlineAdapter(POOL_SIZE, POOL_SIZE, max_retries=0)
    return _transport


def _after_fork() -> None:
    """Forget the adapter and the lock: a child must not use sockets or locks of its parent."""
    global _transport, _transport_lock
    _transport, _transport_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


@contextlib.contextmanager
def _as_current(call: Call) -> Iterator[None]:
    previous, _current.call = _current.call, call
    try:
        yield
    finally:
        _current.call = previous


def _prepare(base_url: str, request: Request) -> requests.PreparedRequest:
    try:
        _check_url(base_url)
        url = base_url.rstrip("/") + request.path
        if request.params:
            url += ("&" if "?" in url else "?") + urlencode(request.params)
        prepared = requests.PreparedRequest()
        prepared.prepare_method(request.method)
        prepared.prepare_url(url, None)
    except ValueError:  # raised by requests, urllib3 and urllib for a malformed URL
        raise Failure(Outcome.BAD_REQUEST, "the URL is bad") from None
    headers = {"User-Agent": settings.UPSTREAM_USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"}
    prepared.prepare_headers({**headers, **dict(request.headers)})
    if request.method in ("GET", "HEAD"):
        prepared.body = None
    else:
        prepared.prepare_body(request.body or b"", None)
    return prepared


def _check_url(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https"):
        raise Failure(Outcome.BAD_REQUEST, "the endpoint's URL is neither http nor https")
    if parts.username or not parts.hostname:
        raise Failure(Outcome.BAD_REQUEST, "the endpoint's URL has no host, or has credentials in it")


def send(base_url: str, request: Request, call: Call) -> Response:
    """Send one request and read the complete response within the call's deadline. Raises Failure.

    Any HTTP status is a response. One redirect is followed, for GET, to the same scheme, host and port only.
    """
    prepared = _prepare(base_url, request)
    with _as_current(call):
        response = _exchange(prepared, call)
        if response.status in REDIRECTS and request.method == "GET":
            target = _same_origin(str(prepared.url), response.headers.get("location", ""))
            if target is None:
                raise Failure(Outcome.BROKEN, "redirected to another host; not followed")
            prepared.url = target
            response = _exchange(prepared, call)
            if response.status in REDIRECTS:
                raise Failure(Outcome.BROKEN, "redirected more than once")
    return response


def _same_origin(url: str, location: str) -> str | None:
    """Return where a redirect leads, None if that is another origin or no URL."""
    try:
        target = urljoin(url, location)
        source, destination = urlsplit(url), urlsplit(target)
        same = (source.scheme, source.hostname, source.port) == (
            destination.scheme,
            destination.hostname,
            destination.port,
        )
    except ValueError:  # a malformed host, or a port that is none
        return None
    return target if location and same else None


def _exchange(prepared: requests.PreparedRequest, call: Call) -> Response:
    try:
        raw_response = transport().send(prepared, stream=True, timeout=call.remaining(), verify=True)
        try:
            body = _read(raw_response.raw)
        except BaseException:
            raw_response.raw.close()
            raise
        call.release()
        raw_response.raw.release_conn()
    except Failure:
        raise
    except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
        raise failure_from(error, timed_out=call.is_over()) from None
    headers = {name.lower(): value for name, value in raw_response.headers.items()}
    return Response(raw_response.status_code, headers, body, datetime.now(UTC))


def _read(raw: Any) -> bytes:
    length = raw.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > MAX_BODY:
        raise Failure(Outcome.BROKEN, "the body is over 8 MiB")
    chunks, size = [], 0
    for chunk in raw.stream(65_536, decode_content=True):
        size += len(chunk)
        if size > MAX_BODY:
            raise Failure(Outcome.BROKEN, "the body is over 8 MiB")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
