"""Times in feeds: RFC 822 and ISO 8601 with a zone; a time whose zone is unknown is unknown. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_HOURS: Mapping[str, float] = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9,
    "AKDT": -8, "HST": -10, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "ACST": 9.5, "AWST": 8,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Offsets from UTC in hours of the zone names of RFC 822 section 5.1, and of those that English-language feeds use.

BST is British, CST American. A name that is not here (IST: India, Israel, Ireland) leaves the time unknown.
"""
_ZONE = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})\Z")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_LONGEST = 60


def feed_time(text: object) -> datetime | None:
    """Return an aware UTC time, or None if the text is no time, names no zone, or names an unknown one."""
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        return None
    moment = _iso(text.strip()) if _ISO.match(text.strip()) else _rfc822(text.strip())
    try:
        return moment.astimezone(UTC) if moment is not None else None
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _rfc822(text: str) -> datetime | None:
    """Read a time such as "Mon, 30 Nov 2026 14:00:00 CET"; the year is the third part, never the first."""
    body, _, zone = text.rpartition(" ")
    offset = _offset(zone)
    parsed = parsedate_tz(f"{body} +0000") if offset is not None and ":" in body else None
    if parsed is None or re.match(r"\d{4}\b", re.sub(r"\A[A-Za-z]+,?\s*", "", body)):
        return None
    try:
        return datetime(*parsed[:6], tzinfo=timezone(offset)) if offset is not None else None
    except ValueError:
        return None


def _offset(zone: str) -> timedelta | None:
    """Return a zone's offset from UTC; None for a name that is unknown or means several zones."""
    digits = _ZONE.fullmatch(zone)
    if digits:
        span = timedelta(hours=int(digits["hours"]), minutes=int(digits["minutes"]))
        return (span if digits["sign"] == "+" else -span) if span < timedelta(hours=15) else None
    hours = _HOURS.get(zone.upper())
    return timedelta(hours=hours) if hours is not None else None
