"""Keep the child processes running, and stop them together."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import FrameType

from cryptohub.launch.child import Child
from cryptohub.launch.output import Output

POLL_S = 0.2
GRACE_S = 3.5
"""Time for children to stop after TERM; with the rest, stopping takes under five seconds."""
MAX_EXITS = 5
EXIT_WINDOW_S = 60.0


class Supervisor:
    """Starts the children in order, restarts one that ends, and stops all if one ends MAX_EXITS times in a minute."""

    def __init__(self, children: Sequence[Child], output: Output) -> None:
        self._children = children
        self._output = output
        self._stopping = threading.Event()
        self._stop_now = threading.Event()
        self._exits: dict[str, deque[float]] = {child.name: deque(maxlen=MAX_EXITS) for child in children}
        self._restart_at: dict[str, float] = {}
        self._is_up: Callable[[], bool] = lambda: False
        self._banner: Sequence[str] = ()

    def on_answer(self, is_up: Callable[[], bool], banner: Sequence[str]) -> None:
        """Print `banner` once `is_up` returns True."""
        self._is_up, self._banner = is_up, banner

    def run(self) -> int:
        """Supervise until a signal (return 0) or until a child ends too often (return 1)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        code = 0
        try:
            for child in self._children:
                child.start()
            while not self._stopping.wait(POLL_S):
                self._print_banner()
                if any(self._check(child) for child in self._children):
                    code = 1
                    break
        finally:
            self._stop()
        return code

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Stop at the first signal; at the second, stop without waiting."""
        if self._stopping.is_set():
            self._stop_now.set()
        self._stopping.set()

    def _print_banner(self) -> None:
        if self._banner and self._is_up():
            for line in self._banner:
                self._output.line("hub", line)
            self._banner = ()

    def _check(self, child: Child) -> bool:
        """Restart a child that has ended, after a pause that doubles. Return True if it ends too often."""
        now = time.monotonic()
        if child.name in self._restart_at:
            if now >= self._restart_at[child.name]:
                del self._restart_at[child.name]
                child.start()
            return False
        code = child.exit_code()
        return code is not None and self._handle_exit(child, code, now)

    def _handle_exit(self, child: Child, code: int, now: float) -> bool:
        child.kill()
        ends = self._exits[child.name]
        ends.append(now)
        recent = sum(1 for at in ends if now - at < EXIT_WINDOW_S)
        if recent >= MAX_EXITS:
            self._output.line(
                "hub", f"{child.name} ended {MAX_EXITS} times within a minute ({exit_reason(code)}): stopping"
            )
            return True
        pause = 2 ** (recent - 1) / 2
        self._output.line("hub", f"{child.name} has ended ({exit_reason(code)}); starting it again in {pause:g} s")
        self._restart_at[child.name] = now + pause
        return False

    def _stop(self) -> None:
        """Send TERM to all children, wait for them, and kill what is left."""
        started = time.monotonic()
        self._output.line("hub", "stopping")
        for child in self._children:
            child.terminate()
        until = started + GRACE_S
        while (
            time.monotonic() < until and not self._stop_now.is_set() and not all(c.has_ended() for c in self._children)
        ):
            time.sleep(0.05)
        late = [child.name for child in self._children if not child.has_ended()]
        for child in self._children:
            child.kill()
        ended = f", {' and '.join(late)} by force" if late else ""
        self._output.line("hub", f"stopped in {time.monotonic() - started:.1f} s{ended}")


def exit_reason(code: int) -> str:
    """Return an exit code in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
