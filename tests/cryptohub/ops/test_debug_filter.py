"""Django's debug page shows no password, whatever holds it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import RequestFactory
from django.views.debug import get_default_exception_reporter_filter, get_exception_reporter_class

PASSWORD = "hunter2-of-redis"
ADDRESS = f"redis://:{PASSWORD}@cache.example:6379/0"


class Holder:
    def __repr__(self) -> str:
        return f"<Holder {ADDRESS}>"


def test_neither_settings_nor_environment_nor_variables_show_a_password(rf: RequestFactory, settings: Any) -> None:
    settings.REDIS_URL = ADDRESS
    settings.RATE_COUNTERS = {"BACKEND": "x", "LOCATION": ADDRESS}
    settings.EMAIL_HOST_PASSWORD = PASSWORD
    settings.SOME_ADDRESS = ADDRESS
    request = rf.get("/", REDIS_URL=ADDRESS, EMAIL_URL=f"smtp://mail:{PASSWORD}@mail.example", OTHER=ADDRESS)
    holder, text, nested = Holder(), ADDRESS, {"a": [ADDRESS]}
    try:
        dict[Any, Any]()[len(text) + len(nested), holder]
    except KeyError:
        reporter: Any = get_exception_reporter_class(request)
        page = reporter(request, *sys.exc_info()).get_traceback_html()
    assert PASSWORD not in page
    assert "cache.example" in page


@pytest.mark.parametrize(
    "name", ["REDIS_URL", "DATABASES", "EMAIL_HOST_PASSWORD", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"]
)
def test_settings_that_may_hold_secrets_are_hidden(name: str) -> None:
    shown = get_default_exception_reporter_filter().get_safe_settings()[name]
    assert shown == get_default_exception_reporter_filter().cleansed_substitute or not getattr(configured, name)
