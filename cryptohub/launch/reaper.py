"""Stop all processes of the hub when the launcher ends, even if it is killed.

A small process holds the reading end of a pipe. When the launcher ends, for whatever reason, the system closes the
writing end; the reaper then stops every process group that it watches.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

GRACE_S = 3.0


class Reaper:
    """The launcher's end of the pipe to the reaper process."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    @classmethod
    def start(cls) -> Reaper:
        """Fork the reaper process, in its own session, out of reach of Ctrl-C. Call this before threads start."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writing)
            _serve(reading)
        os.close(reading)
        return cls(pid, writing)

    def watch(self, group: int) -> None:
        """Stop this process group when the launcher ends."""
        os.write(self._pipe, f"+{group}\n".encode())

    def forget(self, group: int) -> None:
        """Stop watching a process group."""
        os.write(self._pipe, f"-{group}\n".encode())

    def stop(self) -> None:
        """Close the pipe and wait until the reaper has stopped what is left."""
        os.close(self._pipe)
        os.waitpid(self._pid, 0)


def _serve(reading: int) -> None:
    """Read commands until the pipe closes, stop the remaining groups, and exit without the launcher's clean-up."""
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
    """Send TERM to the group leaders, wait up to GRACE_S, and send KILL to what is left."""
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
    """Return whether a process of the group runs; zombies do not count."""
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
    """Return whether an entry of /proc is a process of the group and not a zombie."""
    try:
        state, _, member = (entry / "stat").read_text().rpartition(") ")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(member) == group and state not in {"Z", "X"}
