"""Keeps the parts running and stops them together."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import FrameType

from cryptohub.launch.child import Child
from cryptohub.launch.output import Output

LOOK_S = 0.2
GRACE_S = 3.5
"""How long parts may take to stop by themselves; with what follows it stays under five seconds."""
TRIES = 5
WITHIN_S = 60.0


class Supervisor:
    """Starts the children in order, restarts one that ends, gives up on one that keeps ending."""

    def __init__(self, children: Sequence[Child], output: Output) -> None:
        self._children = children
        self._output = output
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._ends: dict[str, deque[float]] = {child.name: deque(maxlen=TRIES) for child in children}
        self._due: dict[str, float] = {}
        self._answers: Callable[[], bool] = lambda: False
        self._greeting: Sequence[str] = ()

    def on_answer(self, answers: Callable[[], bool], greeting: Sequence[str]) -> None:
        """What to say once the hub answers."""
        self._answers, self._greeting = answers, greeting

    def run(self) -> int:
        """Until a signal or a part that cannot be kept running. 0 after a signal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        code = 0
        try:
            for child in self._children:
                child.start()
            while not self._stopping.wait(LOOK_S):
                self._greet()
                if any(self._given_up(child) for child in self._children):
                    code = 1
                    break
        finally:
            self._stop()
        return code

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first asks, the second hurries."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def _greet(self) -> None:
        if self._greeting and self._answers():
            for line in self._greeting:
                self._output.line("hub", line)
            self._greeting = ()

    def _given_up(self, child: Child) -> bool:
        """Look after one: start it again when it has ended, after a pause that doubles. True when it ends too often."""
        now = time.monotonic()
        if child.name in self._due:
            if now >= self._due[child.name]:
                del self._due[child.name]
                child.start()
            return False
        code = child.exit_code()
        return code is not None and self._ended(child, code, now)

    def _ended(self, child: Child, code: int, now: float) -> bool:
        child.end()
        ends = self._ends[child.name]
        ends.append(now)
        recent = sum(1 for at in ends if now - at < WITHIN_S)
        if recent >= TRIES:
            self._output.line("hub", f"{child.name} ended {TRIES} times within a minute ({said(code)}): stopping")
            return True
        pause = 2 ** (recent - 1) / 2
        self._output.line("hub", f"{child.name} has ended ({said(code)}); starting it again in {pause:g} s")
        self._due[child.name] = now + pause
        return False

    def _stop(self) -> None:
        """Ask all at once, wait for the last, end what does not obey."""
        begun = time.monotonic()
        self._output.line("hub", "stopping")
        for child in self._children:
            child.ask()
        until = begun + GRACE_S
        while time.monotonic() < until and not self._hurry.is_set() and not all(c.gone() for c in self._children):
            time.sleep(0.05)
        late = [child.name for child in self._children if not child.gone()]
        for child in self._children:
            child.end()
        ended = f", {' and '.join(late)} by force" if late else ""
        self._output.line("hub", f"stopped in {time.monotonic() - begun:.1f} s{ended}")


def said(code: int) -> str:
    """An exit code in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
