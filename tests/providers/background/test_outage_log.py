"""An outage is logged when it begins, once a minute, and when it ends."""

from __future__ import annotations

import logging

import pytest

from providers.background.outage_log import OutageLog


def test_an_outage_of_two_and_a_half_minutes_has_four_lines(caplog: pytest.LogCaptureFixture) -> None:
    log = OutageLog(logging.getLogger("tests.outage"), "database")
    for second in range(150):
        log.failed(ConnectionError("secret"), float(second))
    log.succeeded(150.0)
    log.succeeded(151.0)
    assert [record.getMessage() for record in caplog.records] == [
        "database: failing (ConnectionError)",
        "database: failing for 60 s, 61 failures",
        "database: failing for 120 s, 121 failures",
        "database: works again after 150 s, 150 failures",
    ]
