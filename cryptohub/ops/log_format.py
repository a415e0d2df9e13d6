"""Log format: one line per event, without secrets."""

from __future__ import annotations

import logging
import re
import time

_SECRETS = re.compile(
    r"(?i)\b((?:[\w-]*(?:api[_-]?key|token|secret|password|passwd))|authorization|x-[\w-]*key)"
    r"(['\"]?\s*[=:]\s*['\"]?)(?:bearer\s+)?[^\s&'\",;}]+"
)
_KEYS = re.compile(r"\b(hub_[0-9a-f]{11})[0-9a-f]+")


def redact(text: str) -> str:
    """Return the text with secret values masked, and API keys cut to their beginning."""
    return _KEYS.sub(r"\1***", _SECRETS.sub(r"\1\2***", text))


class OneLineFormatter(logging.Formatter):
    """Formats time, level, logger and message; line breaks, tracebacks included, become ⏎."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        lines = super().format(record).splitlines()
        return redact(" ⏎ ".join(line for line in lines if line.strip()))
