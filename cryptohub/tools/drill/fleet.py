"""Worker processes of the drill, seen from the parent: start, command, kill, and clean up."""

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
COMMAND_S = 60.0
STOP_S = 8.0


class FleetError(RuntimeError):
    """A worker process failed to carry out a command."""


class PendingCommand:
    """A command that a worker process has been sent."""

    def __init__(self, member: WorkerProcess, do: str) -> None:
        self._member = member
        self._do = do
        self._reply: Future[dict[str, Any]] = Future()

    def resolve(self, reply: dict[str, Any]) -> None:
        """Set the reply."""
        self._reply.set_result(reply)

    def result(self, within: float = COMMAND_S) -> Any:
        """Wait for the result. Raises FleetError if the command failed, the process died or it took too long."""
        try:
            reply = self._reply.result(within)
        except TimeoutError:
            raise FleetError(f"{self._member.name} did not {self._do} within {within:g} s") from None
        if "failed" in reply:
            raise FleetError(
                f"{self._member.name} could not {self._do}: {reply['failed']}\n{self._member.stderr_tail()}"
            )
        return reply["result"]


class WorkerProcess:
    """A worker process running ``module``; ``on_rows`` receives the kind and the rows of its reports."""

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        on_rows: Callable[[str, list[dict[str, Any]]], None],
        module: str = "cryptohub.tools.drill.worker",
    ) -> None:
        self.name = name
        self._module = module
        self._environment = {**environment, "UPSTREAM_USER_AGENT": name}
        self._on_rows = on_rows
        self._numbers = itertools.count()
        self._pending: dict[int, PendingCommand] = {}
        self._stderr: deque[str] = deque(maxlen=40)
        self._process: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []

    def launch(self) -> None:
        """Start the process; commands sent before it is ready are queued."""
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
            threading.Thread(target=target, args=(process,), daemon=True)
            for target in (self._read_stdout, self._read_stderr)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, do: str, **arguments: Any) -> PendingCommand:
        """Send a command without waiting for the result."""
        command, number = PendingCommand(self, do), next(self._numbers)
        self._pending[number] = command
        if not self._send(json.dumps({"id": number, "do": do, "with": arguments})):
            self._resolve(number, {"failed": "the process has ended"})
        return command

    def _resolve(self, number: int, reply: dict[str, Any]) -> None:
        command = self._pending.pop(number, None)
        if command is not None:
            command.resolve(reply)

    def _send(self, line: str) -> bool:
        pipe = self._process.stdin if self._process else None
        if pipe is None:
            return False
        try:
            pipe.write(f"{line}\n")
            pipe.flush()
        except (BrokenPipeError, ValueError):  # the process has ended, or the pipe was closed here
            return False
        return True

    def do(self, do: str, within: float = COMMAND_S, **arguments: Any) -> Any:
        """Send a command and wait for its result."""
        return self.submit(do, **arguments).result(within)

    def kill(self) -> None:
        """Send SIGKILL: the process cannot clean up."""
        if self._process:
            self._process.kill()
            self._release(self._process)

    def stop(self) -> None:
        """Stop the process, by SIGKILL if it does not stop in time."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):  # the process has ended
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._release(process)

    def _release(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        for thread in self._threads:
            thread.join(2)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process = None

    def stderr_tail(self) -> str:
        """Last lines of standard error."""
        return "".join(self._stderr)

    def _read_stdout(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            if not line.endswith("\n"):
                break  # incomplete line: killed while writing
            message = json.loads(line)
            if "rows" in message:
                self._on_rows(message["rows"], message["values"])
            else:
                self._resolve(message["id"], message)
        for number in list(self._pending):
            self._resolve(number, {"failed": "the process has ended"})

    def _read_stderr(self, process: subprocess.Popen[str]) -> None:
        self._stderr.extend(process.stderr or ())
