"""API keys that the sandbox accepts: all but those that begin with "bad"."""

from __future__ import annotations

REJECTED = "bad"


def acceptable(key: str) -> bool:
    """Tell if a key is accepted; one that begins with "bad" is refused, to rehearse refusals."""
    return bool(key) and not key.startswith(REJECTED)
