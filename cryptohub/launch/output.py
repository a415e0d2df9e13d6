"""One terminal for several processes: whole lines, each with the name of who said it."""

from __future__ import annotations

import threading
from typing import IO

WIDTH = 8
COLOURS = {"hub": "1", "web": "36", "worker": "35", "sandbox": "33"}


class Output:
    """Writes lines from several threads without mixing them; coloured names on a terminal only."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colour = stream.isatty()

    def line(self, name: str, text: str) -> None:
        label = name.ljust(WIDTH)
        if self._colour:
            label = f"\033[{COLOURS.get(name, '0')}m{label}\033[0m"
        with self._lock:
            try:
                self._stream.write(f"{label}| {text}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return  # the terminal is gone; the processes are not to suffer for it

    def follow(self, name: str, pipe: IO[str]) -> None:
        """Pass on what a process says until it has nothing more to say."""
        with pipe:
            for text in pipe:
                self.line(name, text.rstrip("\n"))
