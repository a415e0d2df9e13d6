"""Run the bench: start both servers and measure the hub and the baseline in alternation."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from cryptohub.tools.bench.cases import CASES, HANGING, Case, cold_paths
from cryptohub.tools.bench.results import CaseResult, HangingResult, Side
from cryptohub.tools.drill import targets
from cryptohub.tools.drill.fleet import FleetError, WorkerProcess
from cryptohub.tools.drill.report import Output, ScenarioProgress
from cryptohub.tools.drill.targets import Line, Measure, TargetResult
from cryptohub.tools.drill.temp_database import scratch
from providers.sandbox.client import Sandbox

UNLIMITED = "1000000000/minute"
"""Rate limit that counts every request and refuses none."""
CONNECTIONS = 16
CROWD = 64
MAX_REQUESTS = 1_000_000
INSIDE = 400
SETTLE_S = 3.0
"""Seconds for the cold clients to hang and for breakers to open."""
WARM_UP_TRIES = 20


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a bench; ``seconds`` is the length of each measurement."""

    seconds: float = 2.0
    rounds: int = 5
    inside: int = INSIDE
    crowd: int = CROWD


@dataclass(slots=True)
class Bench:
    """Results by case; ``stopped`` if the bench was interrupted."""

    results: dict[str, CaseResult] = field(default_factory=dict)
    hanging: HangingResult | None = None
    stopped: bool = False

    def lines(self) -> list[Line]:
        """Summary lines: one for each measured target."""
        measured: list[tuple[str, list[Measure]]] = [
            (name, [Measure("warm_ratio", found.ratio), Measure("warm_sql", found.statements)])
            for name, found in self.results.items()
        ]
        if self.hanging is not None:
            measured.append((HANGING, [Measure("warm_hanging", self.hanging.ratio)]))
        return targets.summary(measured)

    @property
    def met(self) -> bool:
        """True if every required target was met."""
        return not self.stopped and all(line.result is not TargetResult.MISSED for line in self.lines())


class BenchHarness:
    """The sandbox, both servers and the clients, each a process of its own."""

    def __init__(self, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        self.sandbox = sandbox
        self._processes = {name: _process(name, environment) for name in ("fixture_db", "server", "client", "crowd")}
        self.coins: list[str] = []
        self.key = ""
        self.ports: dict[str, int] = {}

    def open(self) -> None:
        """Start all processes and both servers."""
        for member in self._processes.values():
            member.launch()
        urls = [(slug, n, url) for (slug, n), url in self.sandbox.endpoints.items()]
        body = self.do("fixture_db", "prepare", urls=urls)
        self.coins, self.key = body["coins"], body["key"]
        self.ports = {name: self.do("server", "serve", name=name, within=90) for name in ("hub", "bare")}

    def close(self) -> None:
        """Stop all processes."""
        for member in self._processes.values():
            member.stop()

    def do(self, process: str, command: str, within: float = 120, **arguments: Any) -> Any:
        """Send a command to a process and wait for its result."""
        return self._processes[process].do(command, within=within, **arguments)

    def load(self, name: str, path: str, headers: Mapping[str, str], seconds: float) -> Side:
        """Load one server with one request for a while. Raises FleetError on other statuses than 200 and 304."""
        arguments = {
            "path": path,
            "headers": dict(headers),
            "connections": CONNECTIONS,
            "seconds": seconds,
            "max_requests": MAX_REQUESTS,
        }
        reply = self.do("client", "load", port=self.ports[name], within=seconds + 60, **arguments)
        if not set(reply["statuses"]) <= {"200", "304"}:
            raise FleetError(f"{path} was answered with {reply['statuses']}")
        return Side(reply["count"], reply["per_s"], reply["p50"], reply["p99"], reply["busy"])

    def warm(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Request until two answers are equal in status, length and ETag."""
        answer: dict[str, Any] = {}
        for _ in range(WARM_UP_TRIES):
            before, answer = answer, self.do("client", "once", port=self.ports["hub"], path=path, headers=dict(headers))
            if answer == before and answer["status"] in (200, 304):
                return answer
        raise FleetError(f"{path} does not become warm: {answer}")


def _process(name: str, environment: Mapping[str, str]) -> WorkerProcess:
    return WorkerProcess(f"bench {name}", environment, _ignore_rows, "cryptohub.tools.bench.worker")


def _ignore_rows(kind: str, rows: Sequence[Any]) -> None:
    """Ignore reports: these processes send none."""


@contextmanager
def open_harness() -> Iterator[BenchHarness]:
    """Open a harness with its processes; all are stopped afterwards however the bench ends."""
    with scratch() as environment, Sandbox.start() as sandbox:
        limits = {"API_LIMIT_ANONYMOUS": UNLIMITED, "API_LIMIT_KEY": UNLIMITED}
        stage = BenchHarness(sandbox, environment | limits)
        try:
            stage.open()
            yield stage
        finally:
            stage.close()


def run(options: Options, show: Output) -> Bench:
    """Measure everything, until Ctrl-C."""
    bench, count = Bench(), len(CASES) + 1
    show.line(f"bench: {count} cases, {options.rounds} rounds of {options.seconds:g} s each, {os.cpu_count()} cores")
    try:
        with open_harness() as stage, show.progress(count) as playing:
            for name, case in CASES.items():
                _case(stage, name, case, bench, playing, options)
            _hanging(stage, bench, playing, options)
    except KeyboardInterrupt:
        bench.stopped = True
    return bench


def _case(
    stage: BenchHarness, name: str, case: Case, bench: Bench, progress: ScenarioProgress, options: Options
) -> None:
    """Measure the hub and the baseline in alternation, each first in every other round."""
    progress.start(name, case.about)
    began, headers = time.monotonic(), dict(case.headers)
    if case.keyed:
        headers["Authorization"] = f"Token {stage.key}"
    answer = stage.warm(case.path, headers)
    if case.unchanged:
        headers["If-None-Match"] = answer["tag"]
        answer = stage.warm(case.path, headers)
    bare = "/unchanged" if case.unchanged else f"/{answer['bytes']}"
    sides: dict[str, list[Side]] = {"hub": [], "bare": []}
    for number in range(options.rounds):
        for server, path, posted in sorted((("hub", case.path, headers), ("bare", bare, {})), reverse=number % 2 == 1):
            sides[server].append(stage.load(server, path, posted, options.seconds))
    within = stage.do("fixture_db", "inside", path=case.path, headers=headers, rounds=options.inside)
    bench.results[name] = result = CaseResult.of(answer["bytes"], sides["hub"], sides["bare"], within)
    progress.finish_with(name, result.describe(), time.monotonic() - began)


def _hanging(stage: BenchHarness, bench: Bench, progress: ScenarioProgress, options: Options) -> None:
    """Measure warm prices as usual and while every upstream hangs under cold requests, in alternation."""
    case = CASES["price"]
    progress.start(HANGING, "warm prices while every upstream hangs")
    began, statuses = time.monotonic(), dict[str, int]()
    usual, hanging = [], []
    for _ in range(options.rounds):
        usual.append(stage.load("hub", case.path, case.headers, options.seconds))
        stage.sandbox.fault("*", "hang")
        stage.do("crowd", "start", port=stage.ports["hub"], paths=cold_paths(stage.coins), clients=options.crowd)
        time.sleep(SETTLE_S)
        hanging.append(stage.load("hub", case.path, case.headers, options.seconds))
        stage.sandbox.clear()
        for status, count in stage.do("crowd", "stop").items():
            statuses[status] = statuses.get(status, 0) + count
    ratio = median(after.p99 / before.p99 for before, after in zip(usual, hanging, strict=True))
    bench.hanging = HangingResult(Side.median(usual), Side.median(hanging), ratio, statuses)
    progress.finish_with(HANGING, bench.hanging.describe(), time.monotonic() - began)


def machine() -> dict[str, Any]:
    """Describe the machine."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
