"""Times of feeds are converted by their zone, or unknown."""

from __future__ import annotations

import pytest

from providers.adapters.news.feed_times import feed_time
from tests.providers.adapters.support import utc


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Mon, 30 Nov 2026 14:00:00 GMT", 14),
        ("Mon, 30 Nov 2026 14:00:00 Z", 14),
        ("Mon, 30 Nov 2026 14:00:00 +0000", 14),
        ("Mon, 30 Nov 2026 14:00:00 +0530", None),
        ("Mon, 30 Nov 2026 14:00:00 CET", 13),
        ("Mon, 30 Nov 2026 14:00:00 BST", 13),
        ("30 Nov 2026 14:00:00 EST", 19),
        ("Mon, 30 Nov 2026 14:00:00 -0700", 21),
        ("2026-11-30T14:00:00Z", 14),
        ("2026-11-30T14:00:00+01:00", 13),
        ("2026-11-30 14:00:00+01:00", 13),
    ],
)
def test_a_time_is_converted_by_its_zone(text: str, hour: int | None) -> None:
    expected = utc(2026, 11, 30, hour) if hour is not None else utc(2026, 11, 30, 8, 30)
    assert feed_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 30 Nov 2026 14:00:00 IST",
        "Mon, 30 Nov 2026 14:00:00 XYZ",
        "Mon, 30 Nov 2026 14:00:00",
        "2026/11/30 14:16:50",
        "2026/11/30 14:16:50 GMT",
        "2026-11-30T14:00:00",
        "Mon, 31 Feb 2026 14:00:00 GMT",
        "Mon, 30 Nov 2026 14:00:00 +9900",
        "0001-01-01T00:00:00+14:00",
        "yesterday",
        "",
        None,
        1796083200,
    ],
)
def test_a_time_without_a_known_zone_is_unknown(text: object) -> None:
    assert feed_time(text) is None
