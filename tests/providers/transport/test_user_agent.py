"""What the hub calls itself when it asks an upstream."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cryptohub.conf import env
from providers.domain.adapter import Request
from providers.sandbox.client import Sandbox
from providers.transport import http


def test_upstreams_are_told_the_user_agent_that_is_set(sandbox: Sandbox, settings: Any) -> None:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    settings.UPSTREAM_USER_AGENT = "ours (ops@example.org)"
    http.send(sandbox.url("binance"), Request("/api/v3/ping"), http.Call(time.monotonic() + 5))
    assert [call["caller"] for call in sandbox.log("binance")] == ["ours (ops@example.org)"]


def test_a_user_agent_that_would_break_the_request_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSTREAM_USER_AGENT", "two\r\nlines")
    with pytest.raises(SystemExit, match="UPSTREAM_USER_AGENT"):
        env.header("UPSTREAM_USER_AGENT", "ours")
