"""One process of the hub with everything it starts: a session of its own, so that it can be stopped as a whole."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from cryptohub.launch.output import Output
from cryptohub.launch.reaper import Reaper, is_running


@dataclass(frozen=True, slots=True)
class ChildContext:
    """What all children share."""

    environment: dict[str, str]
    folder: Path
    output: Output
    reaper: Reaper


class Child:
    """A named command that can be started, looked at, asked to stop, and ended."""

    def __init__(self, name: str, command: list[str], context: ChildContext) -> None:
        self.name = name
        self._command = command
        self._around = context
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Its own session keeps the terminal's Ctrl-C away: the supervisor decides when and how it stops."""
        self._process = subprocess.Popen(
            self._command,
            env=self._around.environment,
            cwd=self._around.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._around.reaper.watch(self._process.pid)
        threading.Thread(target=self._around.output.follow, args=(self.name, self._process.stdout), daemon=True).start()

    def exit_code(self) -> int | None:
        """The main process's code once it has ended, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def has_ended(self) -> bool:
        """Whether nothing of it is left, its own children included."""
        return self._process is None or (self._process.poll() is not None and not is_running(self._process.pid))

    def terminate(self) -> None:
        """TERM to the main process alone: it stops its own. (django-q2 hangs when its whole group gets the signal.)"""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """KILL to all that is left, then forget it."""
        if self._process is None:
            return
        if is_running(self._process.pid):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._around.reaper.forget(self._process.pid)
        self._process = None
