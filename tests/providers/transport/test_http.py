"""The only door to the network: one deadline over all, a size cap, an address guard, and honest names for trouble."""

from __future__ import annotations

import gc
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from providers.domain.adapter import Request, Response
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from providers.transport import http
from tests.providers.upstream import in_turn, raw, reply, serving

GET = Request("/path")
SOON, LONG = 0.3, 10.0


@pytest.fixture(autouse=True)
def _own_machine_allowed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = True


def send(url: str, request: Request = GET, seconds: float = LONG) -> Response:
    return http.send(url, request, http.Call(time.monotonic() + seconds))


def refused(url: str, request: Request = GET, seconds: float = LONG) -> Failure:
    with pytest.raises(Failure) as failure:
        send(url, request, seconds)
    assert "127.0.0.1" not in failure.value.detail
    assert "http:" not in failure.value.detail
    return failure.value


# -- asking ------------------------------------------------------------------------------------------------------------


def test_an_answer_comes_whole_with_its_headers_in_lower_case() -> None:
    with serving(reply(b'{"a": 1}', "200 OK", "X-Used-Weight: 7")) as upstream:
        response = send(upstream.url)
    assert (response.status, response.body, response.headers["x-used-weight"]) == (200, b'{"a": 1}', "7")
    assert response.received_at.tzinfo is not None


@pytest.mark.parametrize("status", ["404 Not Found", "429 Too Many", "500 Oops", "304 Not Modified", "303 See Other"])
def test_every_status_is_an_answer(status: str) -> None:
    with serving(reply(b"", status)) as upstream:
        assert send(upstream.url).status == int(status[:3])


def test_parameters_are_sent_in_their_order_and_encoded() -> None:
    request = Request("/p", (("symbols", '["A","B"]'), ("b", "x y")), (("X-Key", "k"),))
    with serving(reply()) as upstream:
        send(f"{upstream.url}/prefix", request)
    assert upstream.requests == ["GET /prefix/p?symbols=%5B%22A%22%2C%22B%22%5D&b=x+y"]
    assert "X-Key: k" in upstream.heads[0]


def test_a_post_carries_its_body() -> None:
    with serving(reply()) as upstream:
        send(upstream.url, Request("/p", method="POST", body=b"12345"))
    assert "Content-Length: 5" in upstream.heads[0]


def test_connections_are_used_again() -> None:
    with serving(reply()) as upstream:
        for _ in range(10):
            send(upstream.url)
    assert upstream.connections == 1


def test_as_many_connections_are_kept_as_there_are_threads() -> None:
    meet = threading.Barrier(32, timeout=10)

    def together(path: str, connection: socket.socket) -> None:
        meet.wait()
        reply()(path, connection)

    with serving(together) as upstream, ThreadPoolExecutor(32) as pool:
        for _ in range(2):
            assert len(list(pool.map(lambda _: send(upstream.url), range(32)))) == 32
    assert upstream.connections == 32


def test_a_connection_the_server_closed_meanwhile_is_made_anew() -> None:
    gone = threading.Event()

    def once(path: str, connection: socket.socket) -> None:
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")(path, connection)
        gone.set()

    with serving(once) as upstream:
        for _ in range(3):
            assert send(upstream.url).body == b"{}"
            assert gone.wait(5)
            gone.clear()
    assert upstream.connections == 3


def test_no_proxy_of_the_environment_and_no_cookie_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(reply(b"{}", "200 OK", "Set-Cookie: a=b")) as upstream:
        send(upstream.url)
        send(upstream.url)
    assert "ookie" not in upstream.heads[1]


# -- the deadline ------------------------------------------------------------------------------------------------------


def drip(first: bytes, each: bytes) -> Callable[[str, socket.socket], None]:
    def answer(path: str, connection: socket.socket) -> None:
        connection.sendall(first)
        pause = threading.Event()
        for _ in range(600):
            pause.wait(0.05)
            connection.sendall(each)

    return answer


@pytest.mark.parametrize(
    ("first", "each"),
    [
        (b"", b""),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Pad: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "status line", "headers", "body", "chunks"],
)
def test_a_drip_cannot_outlive_the_deadline(first: bytes, each: bytes) -> None:
    with serving(drip(first, each)) as upstream:
        began = time.monotonic()
        assert refused(upstream.url, seconds=SOON).outcome is Outcome.TIMEOUT
        assert time.monotonic() - began < 5


def test_a_connection_that_is_never_made_ends_with_the_deadline(sandbox: Sandbox) -> None:
    sandbox.fault("kraken", "hang", at="connect")
    assert refused(sandbox.url("kraken"), seconds=SOON).outcome is Outcome.TIMEOUT


def test_a_deadline_already_past_asks_nobody() -> None:
    with serving(reply()) as upstream:
        assert refused(upstream.url, seconds=-1).outcome is Outcome.TIMEOUT
    assert upstream.connections == 0


def test_a_connection_used_again_is_under_the_new_calls_deadline() -> None:
    slow = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x")
    with serving(in_turn(reply(), slow)) as upstream:
        send(upstream.url, seconds=60)
        began = time.monotonic()
        assert refused(upstream.url, seconds=SOON).outcome is Outcome.TIMEOUT
        assert time.monotonic() - began < 5
        assert upstream.connections == 1


# -- cutting a call ----------------------------------------------------------------------------------------------------


@pytest.fixture
def caller() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def cut(pool: ThreadPoolExecutor, url: str, arrived: Callable[[], object]) -> float:
    """Start a call, cut it as soon as it has arrived; the seconds until its thread was free."""
    call = http.Call(time.monotonic() + 30)
    ending = pool.submit(http.send, url, GET, call)
    arrived()
    began = time.monotonic()
    call.cancel()
    assert isinstance(ending.exception(timeout=20), Failure)
    return time.monotonic() - began


def test_a_call_that_waits_for_its_answer_can_be_cut(caller: ThreadPoolExecutor) -> None:
    def hang(path: str, connection: socket.socket) -> None:
        connection.recv(1)  # until the caller hangs up

    with serving(hang) as upstream:
        assert cut(caller, upstream.url, lambda: upstream.arrived.acquire(timeout=5)) < 5


def test_a_call_in_the_tls_handshake_can_be_cut(caller: ThreadPoolExecutor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        taken: list[socket.socket] = []

        def arrived() -> None:
            connection, _ = listener.accept()
            taken.append(connection)
            assert connection.recv(1) == b"\x16", "the client's hello"

        assert cut(caller, f"https://127.0.0.1:{port}", arrived) < 5
        taken[0].close()


def test_a_call_that_waits_for_a_name_can_be_cut(caller: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def resolver(*args: Any, **kwargs: Any) -> Any:
        asked.set()
        answer.wait(30)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    try:
        assert cut(caller, "http://hanging-names.example", lambda: asked.wait(5)) < 5
    finally:
        answer.set()


def test_cutting_a_call_that_has_ended_leaves_its_connection_to_the_next(caller: ThreadPoolExecutor) -> None:
    """The winner of a race cuts the others: one of them may just have handed its connection back."""
    go = threading.Event()

    def second_waits(path: str, connection: socket.socket) -> None:
        if path == "/second":
            go.wait(10)
        reply()(path, connection)

    with serving(second_waits) as upstream:
        first = http.Call(time.monotonic() + LONG)
        http.send(upstream.url, GET, first)
        second = caller.submit(send, upstream.url, Request("/second"))
        for _ in range(2):
            upstream.arrived.acquire(timeout=5)
        first.cancel()
        go.set()
        assert second.result(5).status == 200
    assert upstream.connections == 1


def test_a_call_cut_before_it_began_asks_nobody() -> None:
    call = http.Call(time.monotonic() + LONG)
    call.cancel()
    with serving(reply()) as upstream, pytest.raises(Failure):
        http.send(upstream.url, GET, call)
    assert upstream.requests == []


def test_a_call_cut_while_it_connects_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open one would be told by the interpreter, and fail this test."""
    call = http.Call(time.monotonic() + LONG)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: call.cancel())
    with pytest.raises(Failure):
        http.send("http://127.0.0.1:9", GET, call)
    gc.collect()


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1", "127.0.0.1:80", ""])
def test_a_url_that_is_not_http_is_refused(url: str) -> None:
    assert refused(url).outcome is Outcome.BAD_REQUEST


@pytest.mark.parametrize(
    "url", ["http://", "http://user:pw@127.0.0.1", "http://127.0.0.1:99999", "http://[::1", "http://*x"]
)
def test_a_url_that_makes_no_sense_is_a_bad_request_and_no_crash(url: str) -> None:
    assert refused(url).outcome is Outcome.BAD_REQUEST


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
def test_a_private_address_is_refused_unless_allowed(settings: Any, host: str) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = False
    with serving(reply()) as upstream:
        failure = refused(f"http://{host}:{upstream.server_address[1]}")
    assert failure.outcome is Outcome.REFUSED
    assert "private" in failure.detail
    assert upstream.connections == 0


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_only_public_addresses_are_asked(settings: Any, monkeypatch: Any, address: str, allowed: bool) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    name = f"names-{abs(hash(address))}.example"
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    reached: list[str] = []

    def connect(self: socket.socket, at: Any) -> None:
        reached.append(at[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refused(f"http://{name}").outcome is Outcome.REFUSED
    assert reached == ([address] if allowed else [])


def test_a_name_that_also_means_a_private_address_is_asked_at_its_public_ones(settings: Any, monkeypatch: Any) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = False
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("10.0.0.1", "8.8.4.4")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    reached: list[str] = []

    def connect(self: socket.socket, at: Any) -> None:
        reached.append(at[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    refused("http://two-faced.example")
    assert reached == ["8.8.4.4"]


# -- redirects ---------------------------------------------------------------------------------------------------------


def redirecting(location: str, status: str = "302 Found") -> Callable[[str, socket.socket], None]:
    def answer(path: str, connection: socket.socket) -> None:
        (reply(b"arrived") if path == "/there" else reply(b"", status, f"Location: {location}"))(path, connection)

    return answer


@pytest.mark.parametrize("status", ["301 M", "302 F", "307 T", "308 P"])
def test_a_redirect_within_the_host_is_followed_once(status: str) -> None:
    with serving(redirecting("/there", status)) as upstream:
        assert send(upstream.url).body == b"arrived"
        assert upstream.requests == ["GET /path", "GET /there"]


@pytest.mark.parametrize(
    "location",
    [
        *("http://elsewhere.example/there", "https://127.0.0.1/there", "//127.0.0.1:9/x", "ftp://127.0.0.1/x", ""),
        *("http://[::1", "http://[", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "//[x]/", "http://[::1]:-1/"),
    ],
)
def test_a_redirect_to_another_host_is_not_followed(location: str) -> None:
    with serving(redirecting(location)) as upstream:
        failure = refused(upstream.url)
    assert failure.outcome is Outcome.BROKEN
    assert "redirected" in failure.detail


def test_a_circle_of_redirects_ends() -> None:
    with serving(redirecting("/path")) as upstream:
        assert refused(upstream.url).outcome is Outcome.BROKEN
    assert len(upstream.requests) == 2


def test_a_post_is_never_sent_on() -> None:
    with serving(redirecting("/there", "307 T")) as upstream:
        assert send(upstream.url, Request("/path", method="POST", body=b"x")).status == 307
    assert upstream.requests == ["POST /path"]


# -- bodies ------------------------------------------------------------------------------------------------------------


def test_a_body_of_eight_megabytes_passes_and_one_byte_more_does_not() -> None:
    with serving(reply(b"x" * http.MAX_BODY)) as upstream:
        assert len(send(upstream.url).body) == http.MAX_BODY
    with serving(reply(b"x" * (http.MAX_BODY + 1))) as upstream:
        failure = refused(upstream.url)
    assert (failure.outcome, failure.detail) == (Outcome.BROKEN, "the body is over 8 MiB")


def test_a_body_that_hides_its_size_is_cut_at_the_cap() -> None:
    endless = (b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 200

    with serving(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + endless)) as upstream:
        assert "8 MiB" in refused(upstream.url).detail


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = gzip.compress(b"x" * (http.MAX_BODY * 4))
    with serving(reply(bomb, "200 OK", "Content-Encoding: gzip")) as upstream:
        assert "8 MiB" in refused(upstream.url).detail


def test_a_compressed_body_is_unpacked() -> None:
    with serving(reply(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: gzip")) as upstream:
        assert send(upstream.url).body == b'{"a": 1}'


def test_a_connection_whose_answer_was_thrown_away_is_not_used_again() -> None:
    with serving(in_turn(reply(b"x" * (http.MAX_BODY + 1)), reply(b"next"))) as upstream:
        refused(upstream.url)
        assert send(upstream.url).body == b"next"
    assert upstream.connections == 2


# -- names for trouble -------------------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"
TROUBLE = {
    "hung up": (b"", Outcome.RESET),
    "no http": (b"SSH-2.0-OpenSSH\r\n", Outcome.BROKEN),
    "short": (HEAD + b"Content-Length: 100\r\n\r\nshort", Outcome.BROKEN),
    "short chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nshort", Outcome.BROKEN),
    "bad chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx", Outcome.BROKEN),
    "bad gzip": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", Outcome.BROKEN),
    "headers without end": (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", Outcome.BROKEN),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_a_broken_answer_has_its_name(what: str) -> None:
    whole, outcome = TROUBLE[what]
    with serving(raw(whole)) as upstream:
        assert refused(upstream.url).outcome is outcome


def test_a_refused_connection_is_refused(sandbox: Sandbox) -> None:
    sandbox.fault("kraken", "refuse")
    assert refused(sandbox.url("kraken")).outcome is Outcome.REFUSED


@pytest.mark.parametrize("at", ["accept", "request", "body"])
def test_a_reset_connection_is_reset(sandbox: Sandbox, at: str) -> None:
    sandbox.fault("kraken", "reset", at=at)
    assert refused(sandbox.url("kraken"), Request("/0/public/Ticker", (("pair", "XBTUSD"),))).outcome is Outcome.RESET


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), BrokenPipeError(32, "pipe")])
def test_a_connection_reset_before_it_stands_is_reset(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def connect(self: socket.socket, at: Any) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refused("http://127.0.0.1:9").outcome is Outcome.RESET


def test_a_name_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolver(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    failure = refused("http://nowhere.example")
    assert (failure.outcome, failure.detail) == (Outcome.REFUSED, "the host's name could not be resolved")


def test_a_server_that_does_not_speak_tls_is_refused() -> None:
    with serving(reply()) as upstream:
        assert refused(upstream.url.replace("http:", "https:")).outcome is Outcome.REFUSED


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """What a server needs to prove that it is this machine to whoever believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


def test_a_certificate_that_no_authority_vouches_for_is_refused(self_signed: ssl.SSLContext) -> None:
    with serving(reply()) as upstream:
        upstream.socket = self_signed.wrap_socket(upstream.socket, server_side=True)
        failure = refused(upstream.url.replace("http:", "https:"))
    assert (failure.outcome, failure.detail) == (Outcome.REFUSED, "the TLS connection could not be made")


def test_authorities_are_read_once_and_not_for_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    http.transport()
    read: list[Any] = []
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *args, **_: read.append(args))
    with serving(reply()) as upstream:
        assert refused(upstream.url.replace("http:", "https:")).outcome is Outcome.REFUSED
    assert upstream.connections == 1
    assert read == []


def test_a_crowd_of_first_calls_makes_one_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_transport", None)
    together = threading.Barrier(8)

    def first() -> http.DeadlineAdapter:
        together.wait(5)
        return http.transport()

    with ThreadPoolExecutor(8) as pool:
        created = [pool.submit(first) for _ in range(8)]
    assert len({id(one.result()) for one in created}) == 1


def test_the_next_address_is_tried_when_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"second")) as upstream:
        port = upstream.server_address[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert send(f"http://two-addresses.example:{port}").body == b"second"
