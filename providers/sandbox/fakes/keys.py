"""Which API keys the sandbox takes: any, but one that says of itself that it is bad."""

from __future__ import annotations

REJECTED = "bad"


def acceptable(key: str) -> bool:
    """Whether a key is taken. One that begins with "bad" is turned down, so that this can be rehearsed too."""
    return bool(key) and not key.startswith(REJECTED)
