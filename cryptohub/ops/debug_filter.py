"""What Django's debug pages hide beside its own list: addresses that hold passwords."""

from __future__ import annotations

import re

from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from cryptohub.ops.log_format import mask_url_passwords


class DebugFilter(SafeExceptionReporterFilter):
    """Hide settings and variables whose names are those of addresses with passwords."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|REDIS|DATABASE|EMAIL|LOCATION|_URL", re.IGNORECASE
    )


class DebugReporter(ExceptionReporter):
    """Mask the passwords of addresses wherever they stand: in variables, messages and the environment."""

    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return SafeString(mask_url_passwords(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return the page as plain text."""
        return SafeString(mask_url_passwords(super().get_traceback_text()))
