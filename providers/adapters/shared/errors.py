"""What a status, a Retry-After and a provider's own error code mean in the hub's outcome vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from providers.adapters.shared import parsing
from providers.domain.adapter import Response, Usage
from providers.domain.outcomes import Failure, Outcome

LONGEST_WAIT = timedelta(days=3)
"""The longest ban a provider documents (Binance). A longer wait is read as this."""

_EVERYWHERE = {429: Outcome.RATE_LIMITED, 418: Outcome.BANNED, 451: Outcome.GEO_BLOCKED}
_ALONE = {401: Outcome.UNAUTHORIZED, 402: Outcome.UNAUTHORIZED, 404: Outcome.BROKEN, 408: Outcome.BROKEN}
_LIMITING = frozenset({Outcome.RATE_LIMITED, Outcome.BANNED})
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,15}")
_NOT_CODE = re.compile(r"[^A-Za-z0-9:_. -]+")
_PLACE = re.compile(
    rb"block access from your country|restricted location|(?:un|not )available in (?:the u\.?s|your (?:country|region))"
)


def succeeded(response: Response) -> bool:
    """Whether the status is one of success."""
    return 200 <= response.status < 300


def decode_body(response: Response) -> object:
    """The JSON body; of an error answer None where it is not JSON, of a success BROKEN."""
    if succeeded(response):
        return parsing.decode(response.body)
    try:
        return parsing.decode(response.body)
    except Failure:
        return None


def raise_for_outcome(
    response: Response, outcome: Outcome | None = None, detail: str = "", until: datetime | None = None
) -> None:
    """Raise what the status and the provider's own words mean together; return where both are success.

    1. A server error is an outage whatever its body says: it must never pass for an unknown asset.
    2. 429, 418 and 451 mean the same everywhere; a body may tell a ban from a limit.
    3. Otherwise the provider's own code decides: ``said``.
    4. Otherwise the status alone.
    """
    outcome = _outcome(response, outcome)
    if outcome is not None:
        text = f"HTTP {response.status}, {detail}" if detail else f"HTTP {response.status}"
        raise Failure(outcome, text, retry_at(response, until))


def retry_at(response: Response, until: datetime | None = None) -> datetime | None:
    """When the provider may be asked again, if it said so: in its body (``until``) or in Retry-After.

    The later of the two, no more than LONGEST_WAIT ahead; None for a time already past.
    """
    named = [moment for moment in (until, _retry_after(response)) if moment is not None]
    if not named or max(named) <= response.received_at:
        return None
    return min(max(named), response.received_at + LONGEST_WAIT)


def code_outcome(response: Response, code: str, outcomes: Mapping[str, Outcome], success: str = "") -> Outcome | None:
    """Return the outcome listed for a provider's code; an unlisted code in a successful response is BROKEN."""
    if code in outcomes:
        return outcomes[code]
    return Outcome.BROKEN if code != success and succeeded(response) else None


def hit_limit(response: Response, outcome: Outcome | None) -> bool:
    """Whether the status or the provider's code says that a limit was hit: only then its reset time is one to keep."""
    return outcome in _LIMITING or _EVERYWHERE.get(response.status) in _LIMITING


def usage_from_headers(limit: str, remaining: str, seconds: float) -> Usage | None:
    """The share of a limit that its two headers say is used; None where they say nothing that can be."""
    if not (is_count(limit) and is_count(remaining)) or int(limit) == 0:
        return None
    return Usage(max(0.0, 1.0 - int(remaining) / int(limit)), seconds)


def is_count(value: str) -> bool:
    """Whether a header's text is a plain count."""
    return _COUNT.fullmatch(value) is not None


def code(value: object) -> str:
    """An error code or label as text fit for a detail: short, and nothing in it but a code."""
    return _NOT_CODE.sub("", value)[:40] if isinstance(value, str) else ""


def text(row: object, name: str) -> str:
    """A text field of what may be an object; "" where there is none."""
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else ""


def is_html(response: Response) -> bool:
    """Whether the body is a page meant for people: a firewall's, a proxy's, a parked host's."""
    return response.body[:200].lstrip().lower().startswith((b"<!doctype", b"<html"))


def names_country(response: Response) -> bool:
    """Whether the body says that the caller's country is the trouble."""
    return _PLACE.search(response.body[:20_000].lower()) is not None


def _outcome(response: Response, said: Outcome | None) -> Outcome | None:
    status = response.status
    if status >= 500:
        return Outcome.BROKEN
    if status in _EVERYWHERE:
        return said if said in _LIMITING else _EVERYWHERE[status]
    if said is not None:
        return said
    if succeeded(response):
        return None
    return _forbidden(response) if status == 403 else _ALONE.get(status, _other(status))


def _forbidden(response: Response) -> Outcome:
    """A 403 names a country, is a firewall's page (which limits callers, and lets them in again), or means the key."""
    if names_country(response):
        return Outcome.GEO_BLOCKED
    return Outcome.RATE_LIMITED if is_html(response) else Outcome.UNAUTHORIZED


def _other(status: int) -> Outcome:
    return Outcome.BAD_REQUEST if 400 <= status < 500 else Outcome.BROKEN


def _retry_after(response: Response) -> datetime | None:
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return response.received_at + timedelta(seconds=min(float(value), LONGEST_WAIT.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
