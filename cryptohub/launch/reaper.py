"""Sees to it that nothing outlives the launcher, not even when the launcher itself is killed outright.

A small process beside it holds the reading end of a pipe. When the launcher ends, however it ends, the system closes
the writing end; the undertaker then stops every process group it was told of and has not been told to forget.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

GRACE_S = 3.0


class Reaper:
    """The launcher's side of the pipe."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    @classmethod
    def start(cls) -> Reaper:
        """Fork it off, before there are threads, in a session that no Ctrl-C reaches."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writing)
            _serve(reading)
        os.close(reading)
        return cls(pid, writing)

    def watch(self, group: int) -> None:
        os.write(self._pipe, f"+{group}\n".encode())

    def forget(self, group: int) -> None:
        os.write(self._pipe, f"-{group}\n".encode())

    def stop(self) -> None:
        """Close the pipe and wait: whatever is left is gone when this returns."""
        os.close(self._pipe)
        os.waitpid(self._pid, 0)


def _serve(reading: int) -> None:
    """Listen until the pipe closes, bury what is left, and leave without the launcher's own clean-up."""
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        groups: set[int] = set()
        with os.fdopen(reading) as pipe:
            for line in pipe:
                (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
        stop_groups(groups)
        code = 0
    finally:
        os._exit(code)


def stop_groups(groups: set[int], clock: Callable[[], float] = time.monotonic) -> None:
    """TERM to the leaders, up to GRACE_S to obey, KILL to all that is left."""
    for group in groups:
        _signal(os.kill, group, signal.SIGTERM)
    until = clock() + GRACE_S
    while any(is_running(group) for group in groups) and clock() < until:
        time.sleep(0.05)
    for group in groups:
        _signal(os.killpg, group, signal.SIGKILL)


def _signal(send: Callable[[int, int], None], target: int, number: int) -> None:
    try:
        send(target, number)
    except ProcessLookupError:
        return


def is_running(group: int) -> bool:
    """Whether a process of the group still runs. The dead that nobody has collected yet do not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    processes = Path("/proc")
    if not processes.is_dir():
        return True
    return any(_runs(entry, group) for entry in processes.iterdir() if entry.name.isdigit())


def _runs(entry: Path, group: int) -> bool:
    """Whether /proc's entry is a process of the group that is not a zombie."""
    try:
        state, _, member = (entry / "stat").read_text().rpartition(") ")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(member) == group and state not in {"Z", "X"}
