"""The sandbox as a pytest fixture: the real process, started once, put back in order after each test that used it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.sandbox.client import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The running sandbox. ``sandbox.url("binance", 2)`` is a base URL, ``.fault("binance", "hang")`` breaks all six
    hosts, ``.log("binance")`` says who was asked, ``.price("BTC")`` what would be right."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture(autouse=True)
def _sandbox_in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lift faults, let prices go and empty the log after a test, so that none sees another's."""
    yield
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").reset()
