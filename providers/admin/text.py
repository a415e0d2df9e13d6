"""Texts of the operator's pages: durations, ages, and what to do about a cooldown. Pure."""

from __future__ import annotations

from datetime import datetime

from providers.domain.outcomes import Outcome

NO_VALUE = "–"

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))

_COOLDOWN_ADVICE = {
    Outcome.RATE_LIMITED: "The rate limit is used up; the cooldown ends by itself. To send fewer calls, set longer "
    "cache times or a smaller weight, or use an API key with a higher limit.",
    Outcome.BANNED: "The provider banned this server's address for calling on after a limit. Wait: calling earlier "
    "makes bans longer. Then send fewer calls: set longer cache times or a smaller weight.",
    Outcome.GEO_BLOCKED: "The provider does not serve this server's location. Use another of its endpoints (for "
    "Binance: data-api.binance.vision) or switch it off. End the cooldown after moving the server.",
    Outcome.UNAUTHORIZED: "The provider refuses the API key, or the key's plan does not cover this call. Set a valid "
    "key on the provider's page: saving a key ends the cooldown.",
}


def duration(seconds: float) -> str:
    """Return a duration in its largest unit of which there are at least two: ``119 s``, ``5 min``, ``2 h``."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def ago(moment: datetime | None, now: datetime) -> str:
    """Return the age of a moment, such as ``5 s ago``; a dash for None."""
    return NO_VALUE if moment is None else f"{duration((now - moment).total_seconds())} ago"


def time_left(moment: datetime | None, now: datetime) -> str:
    """Return the time until a moment, such as ``in 29 s``; ``over`` once it has passed, a dash for None."""
    if moment is None:
        return NO_VALUE
    return f"in {duration((moment - now).total_seconds())}" if moment > now else "over"


def share(part: int, total: int) -> str:
    """Return a share in percent, such as ``99.5 %``; a dash if the total is zero."""
    return f"{100 * part / total:.1f} %" if total else NO_VALUE


def latency(p50_ms: float | None, p95_ms: float | None) -> str:
    """Return the median and the 95th percentile, such as ``40 / 120 ms``; a dash if unknown."""
    return NO_VALUE if p50_ms is None or p95_ms is None else f"{p50_ms:.0f} / {p95_ms:.0f} ms"


def cooldown_advice(outcome: str) -> str:
    """Return what an operator can do about a cooldown with this outcome; "" for an outcome without advice."""
    return {known.value: text for known, text in _COOLDOWN_ADVICE.items()}.get(outcome, "")
