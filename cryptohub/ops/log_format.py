"""Log lines: one event, one line, no secrets."""

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
    """The text with what stands behind a secret's name struck out, and of our clients' keys all but the beginning."""
    return _KEYS.sub(r"\1***", _SECRETS.sub(r"\1\2***", text))


class OneLineFormatter(logging.Formatter):
    """Time, level, logger, message. Line breaks, tracebacks included, are written as ⏎."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines()
        return redact(" ⏎ ".join(line for line in lines if line.strip()))
