"""One event is one line, and secrets are masked."""

from __future__ import annotations

import logging

import pytest

from cryptohub.ops.log_format import OneLineFormatter, redact


def formatted(message: str, *args: object, error: BaseException | None = None) -> str:
    result = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("hub", logging.ERROR, "file.py", 1, message, args, result)
    return OneLineFormatter().format(record)


def test_a_traceback_is_one_line() -> None:
    line = formatted("failed", error=ValueError("first\nsecond"))
    assert "\n" not in line
    assert "ValueError: first ⏎ second" in line


def test_what_a_client_sends_cannot_forge_a_line() -> None:
    assert "\n" not in formatted("path %s", "/x\r\n2026-01-01 ERROR forged")


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/ticker?api_key=hunter2&x=1",
        "GET /v1/ticker?apiKey=hunter2",
        "{'X-CMC_PRO_API_KEY': 'hunter2'}",
        "Authorization: Bearer hunter2",
        "password=hunter2",
        "x-cg-demo-api-key: hunter2",
        "token=hunter2",
        "Authorization: Basic hunter2",
        "authorization: token hunter2",
        "Error connecting to redis://:hunter2@cache.example:6379/0",
        "smtp+tls://mail:hunter2@mail.example:587",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    assert "hunter2" not in redact(text)


def test_other_words_stay() -> None:
    text = "provider:3 parked until 2026-01-01, key endpoint:12|MARKET_PRICE"
    assert redact(text) == text


def test_only_the_beginning_of_an_api_key_is_logged() -> None:
    key = "hub_0123456789a" + "b" * 53
    for text in (f"GET /api/prices?q={key}", f"Authorization: Token {key}", f"{key}"):
        assert "bbb" not in redact(text)
    assert redact(f"key {key} was refused") == "key hub_0123456789a*** was refused"


def test_a_line_of_the_log_has_no_secret_whether_in_message_arguments_or_traceback() -> None:
    error = ValueError("redis://:hunter2@cache.example/0 cannot be reached")
    line = formatted("GET /v1?api_key=hunter2 with %s", "{'password': 'hunter2'}", error=error)
    assert "hunter2" not in line
    assert line.count("***") == 3


def test_a_long_line_is_cut() -> None:
    assert len(formatted("x" * 100_000)) < 17_000
