"""Limits that settings and middleware share."""

from __future__ import annotations

MAX_BODY = 1 << 20
"""Bytes of a request body."""
