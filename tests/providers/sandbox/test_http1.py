"""Reading requests and writing heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sandbox.http1 import BadRequestError, Reply, keeps_alive, read_call, write_head

RAW = b"POST /a%20b?x=1%2C2&y= HTTP/1.1\r\nHost: h\r\nX-Key: v\r\nContent-Length: 4\r\n\r\nbody"


def test_a_request_is_read_with_path_decoded_and_header_names_in_lower_case() -> None:
    found = read_call(RAW + b"GET ")
    assert found is not None
    call, length = found
    assert (call.method, call.path, call.target) == ("POST", "/a b", "/a%20b?x=1%2C2&y=")
    assert call.query == {"x": "1,2", "y": ""}
    assert call.headers["x-key"] == "v"
    assert (call.body, length) == (b"body", len(RAW))


@given(st.integers(0, len(RAW) - 1))
def test_a_part_of_a_request_is_not_read_yet(length: int) -> None:
    assert read_call(RAW[:length]) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_request_is_turned_down(raw: bytes) -> None:
    with pytest.raises(BadRequestError):
        read_call(raw)


def test_a_connection_lives_unless_the_caller_says_close() -> None:
    for header, lives in ((b"", True), (b"Connection: keep-alive\r\n", True), (b"Connection: Close\r\n", False)):
        found = read_call(b"GET / HTTP/1.1\r\n" + header + b"\r\n")
        assert found is not None
        assert keeps_alive(found[0]) is lives


def test_a_head_states_the_length_it_is_told_to() -> None:
    reply = Reply(429, b"12345", headers=(("Retry-After", "7"),))
    assert b"Content-Length: 5\r\n" in write_head(reply, 0.0)
    head = write_head(reply, 0.0, length=99)
    assert head.startswith(b"HTTP/1.1 429 Too Many Requests\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
    assert b"Content-Length: 99\r\n" in head
    assert b"Retry-After: 7\r\n" in head
