"""The drill's processes, from outside: started, told what to do, killed, and never left behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
ORDER_S = 60.0
LEAVE_S = 8.0


class FleetError(RuntimeError):
    """A process did not do what it was told."""


class Order:
    """Something a process was told to do."""

    def __init__(self, member: Member, do: str) -> None:
        self._member = member
        self._do = do
        self._answer: Future[dict[str, Any]] = Future()

    def answered(self, said: dict[str, Any]) -> None:
        self._answer.set_result(said)

    def result(self, within: float = ORDER_S) -> Any:
        """What it said when it was done. Raises FleetError if it failed, died or took too long."""
        try:
            said = self._answer.result(within)
        except TimeoutError:
            raise FleetError(f"{self._member.name} did not {self._do} within {within:g} s") from None
        if "failed" in said:
            raise FleetError(f"{self._member.name} could not {self._do}: {said['failed']}\n{self._member.last_words()}")
        return said["said"]


class Member:
    """One process, running ``module``. ``heard`` takes the kind and the rows of what it reports."""

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        heard: Callable[[str, list[dict[str, Any]]], None],
        module: str = "cryptohub.tools.drill.worker",
    ) -> None:
        self.name = name
        self._module = module
        self._environment = {**environment, "UPSTREAM_USER_AGENT": name}
        self._heard = heard
        self._numbers = itertools.count()
        self._orders: dict[int, Order] = {}
        self._words: deque[str] = deque(maxlen=40)
        self._process: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []

    def launch(self) -> None:
        """Start the process. It takes orders at once, and does them when it is ready."""
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._threads = [
            threading.Thread(target=target, args=(process,), daemon=True) for target in (self._listen, self._overhear)
        ]
        for thread in self._threads:
            thread.start()

    def begin(self, do: str, **arguments: Any) -> Order:
        """Tell it to do something, and do not wait."""
        order, number = Order(self, do), next(self._numbers)
        self._orders[number] = order
        if not self._tell(json.dumps({"id": number, "do": do, "with": arguments})):
            self._answered(number, {"failed": "it is gone"})
        return order

    def _answered(self, number: int, said: dict[str, Any]) -> None:
        order = self._orders.pop(number, None)
        if order is not None:
            order.answered(said)

    def _tell(self, line: str) -> bool:
        pipe = self._process.stdin if self._process else None
        if pipe is None:
            return False
        try:
            pipe.write(f"{line}\n")
            pipe.flush()
        except (BrokenPipeError, ValueError):  # it has ended; or it is ended here, and the pipe is closed
            return False
        return True

    def do(self, do: str, within: float = ORDER_S, **arguments: Any) -> Any:
        return self.begin(do, **arguments).result(within)

    def kill(self) -> None:
        """End it as the kernel does when memory runs out: it gets to say nothing."""
        if self._process:
            self._process.kill()
            self._forget(self._process)

    def leave(self) -> None:
        """Let it end well, and make sure that it does."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):  # it is gone already
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._forget(process)

    def _forget(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        for thread in self._threads:
            thread.join(2)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process = None

    def last_words(self) -> str:
        return "".join(self._words)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            if not line.endswith("\n"):
                break  # half a line: it was killed while it wrote
            said = json.loads(line)
            if "rows" in said:
                self._heard(said["rows"], said["are"])
            else:
                self._answered(said["id"], said)
        for number in list(self._orders):
            self._answered(number, {"failed": "it has ended"})

    def _overhear(self, process: subprocess.Popen[str]) -> None:
        self._words.extend(process.stderr or ())
