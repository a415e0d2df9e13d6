"""One walk through all routes, in every state of the upstreams, for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from providers.sandbox.client import Sandbox
from tests.walk.stage import Walk, walk_routes, whole_hub
from tests.walk.truth import Truth


@pytest.fixture(scope="module")
def walked(django_db_setup: None, django_db_blocker: Any, sandbox: Sandbox) -> Iterator[Walk]:
    """What was answered. The hub is gone again once the module's tests are through."""
    with django_db_blocker.unblock(), whole_hub(sandbox):
        yield walk_routes(sandbox)


@pytest.fixture(scope="session")
def truth() -> Truth:
    return Truth()
