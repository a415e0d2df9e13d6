"""A process of the hub, in its own session, so that it can be stopped together with all that it starts."""

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
    """Values shared by all child processes."""

    environment: dict[str, str]
    folder: Path
    output: Output
    reaper: Reaper


class Child:
    """A named command that can be started, checked, terminated and killed."""

    def __init__(self, name: str, command: list[str], context: ChildContext) -> None:
        self.name = name
        self._command = command
        self._around = context
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process. Its own session keeps the terminal's Ctrl-C away: the supervisor stops it."""
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
        """Return the exit code of the main process, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def has_ended(self) -> bool:
        """Return whether the process and all that it started have ended."""
        return self._process is None or (self._process.poll() is not None and not is_running(self._process.pid))

    def terminate(self) -> None:
        """Send TERM to the main process only: django-q2 hangs if its whole group gets the signal."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send KILL to what is left of the group, and forget the process."""
        if self._process is None:
            return
        if is_running(self._process.pid):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._around.reaper.forget(self._process.pid)
        self._process = None
