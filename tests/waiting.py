"""Waiting for something that happens elsewhere: another process, another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def until(true: Callable[[], object], seconds: float = 60.0) -> bool:
    """Look every 20 ms until it is so. The limit is one that a healthy machine never reaches."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.02)
    return True
