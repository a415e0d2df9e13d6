"""Minimal HTTP/1.1: bytes to a Call, a Reply to bytes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
JSON = "application/json"
HTML = "text/html; charset=UTF-8"


class BadRequestError(Exception):
    """Malformed or unsupported request; the text gives the reason."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. ``target`` is path and query as sent; ``path`` is decoded; header names are in lower case."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Content-Length, Date and Content-Type are added when it is written."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def plus(self, *headers: tuple[str, str]) -> Reply:
        """Add headers."""
        return replace(self, headers=(*self.headers, *headers))


def read_call(data: bytes | bytearray) -> tuple[Call, int] | None:
    """First complete request in ``data`` with its length in bytes; None while incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > MAX_HEAD:
            raise BadRequestError("the head is too long")
        return None
    call = _read_head(bytes(data[:end]).decode("latin-1"))
    length = _length(call.headers)
    start = end + 4
    if len(data) < start + length:
        return None
    return (replace(call, body=bytes(data[start : start + length])) if length else call), start + length


def _read_head(head: str) -> Call:
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        raise BadRequestError("the request line is not HTTP/1.1")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    path, _, query = words[1].partition("?")
    return Call(words[0], words[1], unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers)


def _length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequestError("chunked bodies are not read")
    text = headers.get("content-length", "0")
    if not text.isdigit() or int(text) > MAX_BODY:
        raise BadRequestError("the body's length is wrong or too large")
    return int(text)


def keeps_alive(call: Call) -> bool:
    """Tell if the connection stays open after the call."""
    return call.headers.get("connection", "").lower() != "close"


def write_head(reply: Reply, now: float, length: int | None = None, alive: bool = True) -> bytes:
    """Status line and headers; ``length`` overrides the true Content-Length."""
    size = len(reply.body) if length is None else length
    lines = [
        f"HTTP/1.1 {reply.status} {_phrase(reply.status)}",
        f"Date: {_date(int(now))}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {size}",
        f"Connection: {'keep-alive' if alive else 'close'}",
        *(f"{name}: {value}" for name, value in reply.headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


@lru_cache(maxsize=64)
def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
