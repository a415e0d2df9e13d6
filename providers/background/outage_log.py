"""Log lines of an outage: one when it begins, one a minute while it lasts, one when it ends."""

from __future__ import annotations

import logging
import threading

REPEAT_S = 60.0


class OutageLog:
    """Counts failures of one thing, and logs them as one outage. Safe to use from several threads."""

    def __init__(self, logger: logging.Logger, subject: str) -> None:
        self._logger, self._subject = logger, subject
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._said_at = 0.0
        self._failures = 0

    def failed(self, error: Exception, at: float) -> None:
        """Record a failure at ``at`` (seconds of a monotonic clock). Names the error's class, never its text."""
        with self._lock:
            self._failures += 1
            if self._began_at is None:
                self._began_at = self._said_at = at
                self._logger.warning("%s: failing (%s)", self._subject, type(error).__name__)
            elif at - self._said_at >= REPEAT_S:
                self._said_at = at
                lasted = at - self._began_at
                self._logger.warning("%s: failing for %.0f s, %d failures", self._subject, lasted, self._failures)

    def succeeded(self, at: float) -> None:
        """Record a success; it ends an outage."""
        with self._lock:
            if self._began_at is None:
                return
            lasted, failures = at - self._began_at, self._failures
            self._began_at, self._failures = None, 0
            self._logger.warning("%s: works again after %.0f s, %d failures", self._subject, lasted, failures)
