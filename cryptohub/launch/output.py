"""Write the output of several processes to one terminal: whole lines, each with the name of its process."""

from __future__ import annotations

import threading
from typing import IO

WIDTH = 8
COLOURS = {"hub": "1", "web": "36", "worker": "35", "sandbox": "33"}


class Output:
    """Writes lines from several threads without mixing them; names are coloured on a terminal only."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._colour = stream.isatty()

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        label = name.ljust(WIDTH)
        if self._colour:
            label = f"\033[{COLOURS.get(name, '0')}m{label}\033[0m"
        with self._lock:
            try:
                self._stream.write(f"{label}| {text}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return  # the terminal is gone; the processes go on

    def follow(self, name: str, pipe: IO[str]) -> None:
        """Write each line of a process's output until the pipe closes."""
        with pipe:
            for text in pipe:
                self.line(name, text.rstrip("\n"))
