"""Times as people say them: how long ago, how long to go. Pure."""

from __future__ import annotations

from datetime import datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(seconds: float) -> str:
    """A length of time in its largest whole unit."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long before ``now`` a moment was; a dash where there was none."""
    return "–" if moment is None else f"{span((now - moment).total_seconds())} ago"


def to_go(moment: datetime | None, now: datetime) -> str:
    """How long until a moment; "over" when it has passed, a dash where there is none."""
    if moment is None:
        return "–"
    return f"in {span((moment - now).total_seconds())}" if moment > now else "over"
