"""The parser of request bodies: JSON of limited size and depth."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

from cryptohub.conf.limits import MAX_BODY

MAX_BYTES = MAX_BODY


class TooLarge(APIException):
    """A body of more than MAX_BYTES."""

    status_code = 413
    default_detail = f"A body has at most {MAX_BYTES} bytes."
    default_code = "too_large"


class JSON(JSONParser):
    """DRF's JSON parser with a limit on size, and with a 400 instead of a crash for deeply nested bodies."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Parse a body. Raises TooLarge and ParseError."""
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
