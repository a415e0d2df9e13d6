"""Outcomes of HTTP statuses, Retry-After headers and providers' own error codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from providers.adapters.shared import parsing
from providers.domain.adapter import Response, Usage
from providers.domain.outcomes import Failure, Outcome

LONGEST_WAIT = timedelta(days=3)
"""The longest ban that a provider documents (Binance), and so the furthest moment that is believed."""
LONGEST_SPAN = timedelta(days=1)
"""The longest wait that is believed of a number of seconds; one that means a moment is read as such."""

_FIXED = {429: Outcome.RATE_LIMITED, 418: Outcome.BANNED, 451: Outcome.GEO_BLOCKED}
_BY_STATUS = {401: Outcome.UNAUTHORIZED, 402: Outcome.UNAUTHORIZED, 404: Outcome.BROKEN, 408: Outcome.BROKEN}
_LIMITING = frozenset({Outcome.RATE_LIMITED, Outcome.BANNED})
_SEARCHED = frozenset({Outcome.BROKEN, Outcome.BAD_REQUEST, Outcome.UNAUTHORIZED})
_SECONDS = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,15}")
_NOT_CODE = re.compile(r"[^A-Za-z0-9:_. -]+")
_UNKNOWN_ASSET = re.compile(
    r"(?:invalid|unknown|unsupported|not supported|not a valid|no such) "
    r"(?:asset|coin|(?:currency[ _]|trading )?pair|symbol|instrument|market|product)"
    r"|(?:pair|symbol|instrument|instrument id|market|product|coin)(?: \S{1,40})? "
    r"(?:(?:is |was |are )?not (?:found|provided|supported|listed|exists?\b)"
    r"|is unknown|is invalid|is delisted|is offline|does not exist|doesn't exist|has been (?:removed|delisted))"
    r"|parameter (?:instid error|[A-Z0-9]{4,20} does not exist)"
    r"|no data for the (?:symbol|pair)"
    r"|could not find coin",
    re.IGNORECASE,
)
_NOT_IN_PLAN = re.compile(
    r"not (?:allowed|available|supported|included|permitted|covered)[^.{}]{0,60}\b(?:plan|subscription|tier)\b"
    r"|\b(?:plan|subscription|tier) (?:does not|doesn't|do not|don't) (?:support|include|allow|cover|give)"
    r"|\b(?:only|exclusive)\b[^.{}]{0,60}\b(?:plans?|subscribers|subscriptions?|paying customers|paid users)\b",
    re.IGNORECASE,
)
MESSAGE_BYTES = 2000
"""As much of an error's body as is searched for its wording."""
_COUNTRY_BLOCK = re.compile(
    rb"block access from your country|restricted location|(?:un|not )available in (?:the u\.?s|your (?:country|region))"
)


def succeeded(response: Response) -> bool:
    """Return whether the HTTP status is 2xx."""
    return 200 <= response.status < 300


def decode_body(response: Response) -> object:
    """Return the JSON body. A body that is not JSON is BROKEN in a success, None in an error response."""
    if succeeded(response):
        return parsing.decode(response.body)
    try:
        return parsing.decode(response.body)
    except Failure:
        return None


def raise_for_outcome(
    response: Response, outcome: Outcome | None = None, detail: str = "", until: datetime | None = None
) -> None:
    """Raise Failure unless the response is a success. ``outcome`` is the meaning of the provider's own error code.

    1. A server error (5xx) is BROKEN whatever the body says, so that it never counts as an unknown asset.
    2. 429, 418 and 451 mean the same for all providers; ``outcome`` may distinguish a ban from a rate limit.
    3. Otherwise ``outcome`` decides.
    4. Otherwise the status alone decides.
    5. A JSON error that would count as an outage or a bad request, but whose text says that the pair is unknown, is
       UNKNOWN_ASSET. One that would count as a bad key, but says that the plan lacks this route, is NOT_SUPPORTED.

    ``detail`` is shown to operators. ``until`` is the end of a limit or ban if the body names it.
    """
    raised = _outcome(response, outcome)
    if raised is not None:
        text = f"HTTP {response.status}, {detail}" if detail else f"HTTP {response.status}"
        raise Failure(raised, text, retry_at(response, until))


def retry_at(response: Response, until: datetime | None = None) -> datetime | None:
    """Return the later of ``until`` and Retry-After, at most LONGEST_WAIT ahead; None if it is past or missing."""
    times = [moment for moment in (until, _retry_after(response)) if moment is not None]
    if not times or max(times) <= response.received_at:
        return None
    return min(max(times), response.received_at + LONGEST_WAIT)


def code_outcome(response: Response, code: str, outcomes: Mapping[str, Outcome], success: str = "") -> Outcome | None:
    """Return the outcome listed for a provider's code; an unlisted code in a successful response is BROKEN."""
    if code in outcomes:
        return outcomes[code]
    return Outcome.BROKEN if code != success and succeeded(response) else None


def hit_limit(response: Response, outcome: Outcome | None) -> bool:
    """Return whether a limit was hit, by status or outcome. Only then does a reset header end a cooldown."""
    return outcome in _LIMITING or _FIXED.get(response.status) in _LIMITING


def usage_from_headers(limit: str, remaining: str, seconds: float) -> Usage | None:
    """Return the used share of a limit from its two headers; None if they are missing or invalid."""
    if not (is_count(limit) and is_count(remaining)) or int(limit) == 0:
        return None
    return Usage(max(0.0, 1.0 - int(remaining) / int(limit)), seconds)


def is_count(value: str) -> bool:
    """Return whether a header is a plain decimal count."""
    return _COUNT.fullmatch(value) is not None


def code(value: object) -> str:
    """Return an error code or label reduced to safe characters and 40 of them, for a failure's detail."""
    return _NOT_CODE.sub("", value)[:40] if isinstance(value, str) else ""


def text(row: object, name: str) -> str:
    """Return a string field of what may be an object, "" if there is none."""
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else ""


def names_unknown_asset(message: str) -> bool:
    """Return whether an error's message says that the provider does not know the pair or coin."""
    return _UNKNOWN_ASSET.search(message[:500]) is not None


def excludes_route(message: str) -> bool:
    """Return whether an error's message says that the caller's plan does not include what was requested."""
    return _NOT_IN_PLAN.search(message[:500]) is not None


def is_html(response: Response) -> bool:
    """Return whether the body is an HTML page: of a firewall, a proxy or a parked host."""
    return response.body[:200].lstrip().lower().startswith((b"<!doctype", b"<html"))


def names_country(response: Response) -> bool:
    """Return whether the body says that the caller's country is blocked."""
    return _COUNTRY_BLOCK.search(response.body[:20_000].lower()) is not None


def _outcome(response: Response, outcome: Outcome | None) -> Outcome | None:
    status = response.status
    if status >= 500:
        return Outcome.BROKEN
    if status in _FIXED:
        return outcome if outcome in _LIMITING else _FIXED[status]
    if outcome is None and not succeeded(response):
        outcome = _forbidden(response) if status == 403 else _BY_STATUS.get(status, _other(status))
    return _by_wording(response, outcome)


def _by_wording(response: Response, outcome: Outcome | None) -> Outcome | None:
    """Return the outcome that the text of a JSON error names where the given one would blame too much."""
    if outcome not in _SEARCHED or not response.body.lstrip().startswith(b"{"):
        return outcome
    message = response.body[:MESSAGE_BYTES].decode(errors="replace")
    if outcome is Outcome.UNAUTHORIZED:
        return Outcome.NOT_SUPPORTED if _NOT_IN_PLAN.search(message) else outcome
    return Outcome.UNKNOWN_ASSET if _UNKNOWN_ASSET.search(message) else outcome


def _forbidden(response: Response) -> Outcome:
    """Return the meaning of a 403: a blocked country, a firewall's page (a temporary limit), or a bad key."""
    if names_country(response):
        return Outcome.GEO_BLOCKED
    return Outcome.RATE_LIMITED if is_html(response) else Outcome.UNAUTHORIZED


def _other(status: int) -> Outcome:
    return Outcome.BAD_REQUEST if 400 <= status < 500 else Outcome.BROKEN


def _retry_after(response: Response) -> datetime | None:
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
        if seconds >= parsing.EARLIEST.timestamp():  # a Unix time in seconds or in milliseconds, if it is possible
            moment = parsing.from_seconds(value) or parsing.from_millis(value)
            if moment is not None:
                return moment
        return response.received_at + timedelta(seconds=min(seconds, LONGEST_SPAN.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
