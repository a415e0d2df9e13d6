"""Log format: one line per event, without secrets."""

from __future__ import annotations

import logging
import re
import time

_SECRETS = re.compile(
    r"(?i)(api[_-]?key|token|secret|passw(?:or)?d|authorization|\bx-[\w-]{0,40}key)"
    r"(['\"]?\s{0,8}[=:]\s{0,8}['\"]?)(?:(?:bearer|basic|digest|token)\s{1,8})?[^\s&'\",;}]+"
)
"""Begins with the word itself and bounds every repetition, so that the time grows with the length of the line only."""
MAX_LINE = 16_000
"""Characters of a line that are logged; a client chooses the length of a path."""
_URL_PASSWORDS = re.compile(r"(://[^\s/:@]{0,200}:)[^\s/@]{1,400}@")
"""As in redis://:password@host; errors of libraries quote the URL that they were given."""
_KEYS = re.compile(r"\b(hub_[0-9a-f]{11})[0-9a-f]+")


def redact(text: str) -> str:
    """Return the text with secret values masked, and API keys cut to their beginning."""
    return _KEYS.sub(r"\1***", mask_url_passwords(_SECRETS.sub(r"\1\2***", text)))


def mask_url_passwords(text: str) -> str:
    """Return the text with the passwords of URLs masked."""
    return _URL_PASSWORDS.sub(r"\1***@", text)


class OneLineFormatter(logging.Formatter):
    """Formats time, level, logger and message; line breaks, tracebacks included, become ⏎."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        text = super().format(record)
        shown = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}… ({len(text)} characters)"
        return redact(" ⏎ ".join(line for line in shown.splitlines() if line.strip()))
