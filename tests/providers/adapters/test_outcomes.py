"""Statuses, waits and codes in the hub's outcome vocabulary."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from providers.adapters.shared import errors
from providers.domain.adapter import Usage
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.support import NOW, respond, utc


def failure(status: int, answer: Outcome | None = None, body: bytes = b"{}", **headers: str) -> Failure:
    with pytest.raises(Failure) as caught:
        errors.raise_for_outcome(respond(body, status, headers), answer)
    return caught.value


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (301, Outcome.BROKEN),
        (400, Outcome.BAD_REQUEST),
        (401, Outcome.UNAUTHORIZED),
        (402, Outcome.UNAUTHORIZED),
        (403, Outcome.UNAUTHORIZED),
        (404, Outcome.BROKEN),
        (408, Outcome.BROKEN),
        (414, Outcome.BAD_REQUEST),
        (418, Outcome.BANNED),
        (422, Outcome.BAD_REQUEST),
        (429, Outcome.RATE_LIMITED),
        (451, Outcome.GEO_BLOCKED),
        (500, Outcome.BROKEN),
        (503, Outcome.BROKEN),
    ],
)
def test_a_status_alone_has_a_meaning(status: int, outcome: Outcome) -> None:
    assert failure(status).outcome is outcome


def test_success_raises_nothing() -> None:
    errors.raise_for_outcome(respond(b"{}", 200))
    errors.raise_for_outcome(respond(b"{}", 204))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_never_passes_for_an_unknown_asset(status: int) -> None:
    assert failure(status, Outcome.UNKNOWN_ASSET).outcome is Outcome.BROKEN


def test_a_firewalls_page_is_a_limit_and_a_country_is_a_country() -> None:
    assert failure(403, body=b"<html><body>Request blocked</body></html>").outcome is Outcome.RATE_LIMITED
    page = b"<HTML>The Amazon CloudFront distribution is configured to block access from your country.</HTML>"
    assert failure(403, body=page).outcome is Outcome.GEO_BLOCKED


def test_the_providers_word_tells_a_ban_from_a_limit() -> None:
    assert failure(429, Outcome.BANNED).outcome is Outcome.BANNED
    assert failure(429, Outcome.UNKNOWN_ASSET).outcome is Outcome.RATE_LIMITED


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30", NOW + timedelta(seconds=30)),
        ("1.5", NOW + timedelta(seconds=1.5)),
        ("Mon, 23 Nov 2026 12:21:00 GMT", utc(2026, 11, 23, 12, 21)),
        ("Monday, 23-Nov-26 12:21:00 GMT", utc(2026, 11, 23, 12, 21)),
        ("99999999999999999999", NOW + errors.LONGEST_SPAN),
        ("172800", NOW + errors.LONGEST_SPAN),
        (str(int((NOW + timedelta(hours=3)).timestamp())), NOW + timedelta(hours=3)),
        (str(int((NOW + timedelta(hours=3)).timestamp()) * 1000), NOW + timedelta(hours=3)),
        (str(int((NOW - timedelta(hours=3)).timestamp())), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + errors.LONGEST_WAIT),
        ("Mon, 23 Nov 2026 12:19:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e5", None),
        ("Mon, 99 Nov 2026 99:99:99 GMT", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(value: str, expected: datetime | None) -> None:
    named: dict[str, Any] = {"retry-after": value}
    assert failure(429, **named).retry_at == expected


def test_the_later_of_two_named_times_counts() -> None:
    response = respond(b"", 418, {"retry-after": "30"})
    assert errors.retry_at(response, NOW + timedelta(minutes=5)) == NOW + timedelta(minutes=5)
    assert errors.retry_at(response, NOW + timedelta(seconds=5)) == NOW + timedelta(seconds=30)


def test_a_detail_carries_no_url_and_no_text_of_others() -> None:
    assert errors.code("https://evil.example/?key=1\n<b>") == "https:evil.examplekey1b"
    assert len(errors.code("E" * 500)) == 40
    assert errors.code(None) == ""


@pytest.mark.parametrize(
    ("limit", "remaining", "expected"),
    [
        ("200", "150", Usage(0.25, 10.0)),
        ("200", "0", Usage(1.0, 10.0)),
        ("200", "250", Usage(0.0, 10.0)),
        ("0", "0", None),
        ("", "150", None),
        ("200", "-1", None),
    ],
)
def test_usage_is_what_is_gone_of_the_limit(limit: str, remaining: str, expected: Usage | None) -> None:
    assert errors.usage_from_headers(limit, remaining, 10.0) == expected


@pytest.mark.parametrize(
    "message",
    [
        "EQuery:Invalid asset pair",
        "This pair is not provided at present",
        "Could not find coin with the given id",
        "coin not found",
        "Invalid symbol.",
        "Unknown asset pair",
        "Not supported symbols",
        "Instrument BTC-XYZ does not exist",
        "Product not found",
        "Parameter instId error",
        "Parameter BTCXYZ does not exist",
        "Supplied value 'xyz' is not a valid symbol",
        "There is no data for the symbol XYZ .",
        "invalid currency_pair",
        "symbol not exists",
        "Unsupported trading pair.",
    ],
)
def test_every_wording_of_an_unknown_pair_is_read_as_one(message: str) -> None:
    assert errors.names_unknown_asset(message)


@pytest.mark.parametrize(
    "message", ["Too many requests", "Invalid parameter", "Your plan does not support this route", ""]
)
def test_other_errors_are_no_unknown_pair(message: str) -> None:
    assert not errors.names_unknown_asset(message)
