"""Starts both servers, asks each question of the hub and of the bare application in turn, and says what was found."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from cryptohub.tools.bench.cases import CASES, HANGING, Case, unknown
from cryptohub.tools.bench.results import Found, Hanging, Side
from cryptohub.tools.drill import targets
from cryptohub.tools.drill.fleet import FleetError, Member
from cryptohub.tools.drill.report import Playing, Show
from cryptohub.tools.drill.targets import Line, Measure, TargetResult
from cryptohub.tools.drill.temp_database import scratch
from providers.sandbox.client import Sandbox

LIMITLESS = "1000000000/minute"
"""Every request is counted, and none refused."""
CONNECTIONS = 16
CROWD = 64
MOST = 1_000_000
INSIDE = 400
SETTLE_S = 3.0
"""For a crowd to come and hang, and for breakers to open."""
TRIES = 20


@dataclass(frozen=True, slots=True)
class Options:
    """``seconds``: how long each measurement takes."""

    seconds: float = 2.0
    rounds: int = 5
    inside: int = INSIDE
    crowd: int = CROWD


@dataclass(slots=True)
class Bench:
    """What was found, by case; ``stopped``: not the rest."""

    found: dict[str, Found] = field(default_factory=dict)
    hanging: Hanging | None = None
    stopped: bool = False

    def lines(self) -> list[Line]:
        measured: list[tuple[str, list[Measure]]] = [
            (name, [Measure("warm_ratio", found.ratio), Measure("warm_sql", found.statements)])
            for name, found in self.found.items()
        ]
        if self.hanging is not None:
            measured.append((HANGING, [Measure("warm_hanging", self.hanging.ratio)]))
        return targets.summary(measured)

    @property
    def met(self) -> bool:
        return not self.stopped and all(line.verdict is not TargetResult.MISSED for line in self.lines())


class Stage:
    """The sandbox, both servers and who asks them, each a process of its own."""

    def __init__(self, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        self.sandbox = sandbox
        self._members = {name: _member(name, environment) for name in ("clerk", "server", "client", "crowd")}
        self.coins: list[str] = []
        self.key = ""
        self.ports: dict[str, int] = {}

    def open(self) -> None:
        for member in self._members.values():
            member.launch()
        urls = [(slug, n, url) for (slug, n), url in self.sandbox.endpoints.items()]
        said = self.do("clerk", "prepare", urls=urls)
        self.coins, self.key = said["coins"], said["key"]
        self.ports = {name: self.do("server", "serve", name=name, within=90) for name in ("hub", "bare")}

    def close(self) -> None:
        for member in self._members.values():
            member.leave()

    def do(self, who: str, what: str, within: float = 120, **arguments: Any) -> Any:
        return self._members[who].do(what, within=within, **arguments)

    def hammer(self, name: str, path: str, headers: Mapping[str, str], seconds: float) -> Side:
        """Ask one server for one thing for a while. Raises FleetError when it does not answer as it should."""
        asked = {"path": path, "headers": dict(headers), "connections": CONNECTIONS, "seconds": seconds, "most": MOST}
        said = self.do("client", "hammer", port=self.ports[name], within=seconds + 60, **asked)
        if not set(said["statuses"]) <= {"200", "304"}:
            raise FleetError(f"{path} was answered with {said['statuses']}")
        return Side(said["count"], said["per_s"], said["p50"], said["p99"], said["busy"])

    def warm(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Ask until two answers are the same: their status, length and tag."""
        said: dict[str, Any] = {}
        for _ in range(TRIES):
            before, said = said, self.do("client", "once", port=self.ports["hub"], path=path, headers=dict(headers))
            if said == before and said["status"] in (200, 304):
                return said
        raise FleetError(f"{path} does not become warm: {said}")


def _member(name: str, environment: Mapping[str, str]) -> Member:
    return Member(f"bench {name}", environment, _hear_nothing, "cryptohub.tools.bench.worker")


def _hear_nothing(kind: str, rows: Sequence[Any]) -> None:
    """These processes report nothing but what they are asked for."""


@contextmanager
def opened() -> Iterator[Stage]:
    """A stage with its processes, all gone afterwards however the bench ends."""
    with scratch() as environment, Sandbox.start() as sandbox:
        limits = {"API_LIMIT_ANONYMOUS": LIMITLESS, "API_LIMIT_KEY": LIMITLESS}
        stage = Stage(sandbox, environment | limits)
        try:
            stage.open()
            yield stage
        finally:
            stage.close()


def run(options: Options, show: Show) -> Bench:
    """Measure everything, until Ctrl-C."""
    bench, count = Bench(), len(CASES) + 1
    show.line(f"bench: {count} cases, {options.rounds} rounds of {options.seconds:g} s each, {os.cpu_count()} cores")
    try:
        with opened() as stage, show.progress(count) as playing:
            for name, case in CASES.items():
                _case(stage, name, case, bench, playing, options)
            _hanging(stage, bench, playing, options)
    except KeyboardInterrupt:
        bench.stopped = True
    return bench


def _case(stage: Stage, name: str, case: Case, bench: Bench, playing: Playing, options: Options) -> None:
    """The hub and the bare application in turn, the other one first in every other round."""
    playing.begins(name, case.about)
    began, headers = time.monotonic(), dict(case.headers)
    if case.keyed:
        headers["Authorization"] = f"Token {stage.key}"
    said = stage.warm(case.path, headers)
    if case.unchanged:
        headers["If-None-Match"] = said["tag"]
        said = stage.warm(case.path, headers)
    bare = "/unchanged" if case.unchanged else f"/{said['bytes']}"
    sides: dict[str, list[Side]] = {"hub": [], "bare": []}
    for number in range(options.rounds):
        for server, path, sent in sorted((("hub", case.path, headers), ("bare", bare, {})), reverse=number % 2 == 1):
            sides[server].append(stage.hammer(server, path, sent, options.seconds))
    within = stage.do("clerk", "inside", path=case.path, headers=headers, rounds=options.inside)
    bench.found[name] = found = Found.of(said["bytes"], sides["hub"], sides["bare"], within)
    playing.ended(name, found.told(), time.monotonic() - began)


def _hanging(stage: Stage, bench: Bench, playing: Playing, options: Options) -> None:
    """Warm prices as usual, then while every upstream hangs and a crowd asks for what is not known; in turn."""
    case = CASES["price"]
    playing.begins(HANGING, "warm prices while every upstream hangs")
    began, statuses = time.monotonic(), dict[str, int]()
    usual, hanging = [], []
    for _ in range(options.rounds):
        usual.append(stage.hammer("hub", case.path, case.headers, options.seconds))
        stage.sandbox.fault("*", "hang")
        stage.do("crowd", "come", port=stage.ports["hub"], paths=unknown(stage.coins), clients=options.crowd)
        time.sleep(SETTLE_S)
        hanging.append(stage.hammer("hub", case.path, case.headers, options.seconds))
        stage.sandbox.clear()
        for status, count in stage.do("crowd", "go").items():
            statuses[status] = statuses.get(status, 0) + count
    ratio = median(after.p99 / before.p99 for before, after in zip(usual, hanging, strict=True))
    bench.hanging = Hanging(Side.median(usual), Side.median(hanging), ratio, statuses)
    playing.ended(HANGING, bench.hanging.told(), time.monotonic() - began)


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
