"""Samples, attempts and calls for the tests of figures: a fault from 100 to 110, health before and after."""

from __future__ import annotations

from typing import Any

from cryptohub.tools.drill.records import Attempt, Call, Evidence, Sample, Window

SCOPE = frozenset({("binance", 0)})


def sample(at: float, ms: float = 10.0, **more: Any) -> Sample:
    decision = more.pop("decision", f"d{at}")
    usual = {"source": "binance", "currency": "USDT", "price": "1", "fetched_at": at}
    return Sample("w1", at, ms, "bitcoin", decision=decision, **{**usual, **more})


def attempt(at: float, ms: float | None = 10.0, **more: Any) -> Attempt:
    usual = {"provider": "binance", "n": 0, "outcome": "ok", "why": "first choice", "decision": f"d{at}"}
    return Attempt(worker="w1", at=at, ms=ms, **{**usual, **more})


def call(t: float, caller: str = "drill worker 1", **more: Any) -> Call:
    usual: dict[str, Any] = {"provider": "binance", "n": 0, "status": 200, "done": t + 0.01}
    return Call(t=t, caller=caller, **{**usual, **more})


def evidence(samples: list[Sample], attempts: list[Attempt], calls: list[Call] | None = None) -> Evidence:
    windows = (Window(90.0, 100.0), Window(100.0, 110.0), Window(110.0, 120.0))
    return Evidence(tuple(samples), tuple(attempts), tuple(calls or ()), *windows, SCOPE)
