"""Records one request's way through our code: modules in the order entered, calls, and names of what was asked for."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings

OURS = ("cryptohub/", "markets/", "providers/", "alerts/")


class RequestWalk:
    """Files of ours entered while recording, in order, each with its functions; and names given to some objects.

    A name counts when a function is called with the objects themselves, with one of them, or with a collection of them.
    """

    def __init__(self, is_subject: Callable[[Any], bool]) -> None:
        self.functions: dict[str, dict[str, None]] = {}
        self.names: dict[str, set[str]] = {}
        self._is_subject = is_subject
        self._root = f"{Path(settings.BASE_DIR)}{os.sep}"
        self._recording = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record this thread and all threads that begin from now on."""
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        self._recording = True
        try:
            yield
        finally:
            self._recording = False
            sys.setprofile(None)
            threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or not self._recording:
            return
        path = frame.f_code.co_filename.removeprefix(self._root)
        if not path.startswith(OURS):
            return
        self.functions.setdefault(path, {})[frame.f_code.co_qualname] = None
        count = frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount
        for name in frame.f_code.co_varnames[:count]:
            if self._names_subject(frame.f_locals.get(name)):
                self.names.setdefault(name, set()).add(path)

    def _names_subject(self, value: Any) -> bool:
        if isinstance(value, (list, tuple, set, frozenset, Mapping)):
            return any(self._is_subject(part) for part in value)
        return self._is_subject(value)

    def report(self) -> str:
        """One line a file, in the order entered, then the names."""
        lines = [
            f"{position:2}. {path}: {', '.join(name.replace('<locals>.', '') for name in functions)}"
            for position, (path, functions) in enumerate(self.functions.items(), 1)
        ]
        count = sum(map(len, self.functions.values()))
        names = f"{len(self.names)} names of what was asked for: {', '.join(sorted(self.names))}"
        return "\n".join([*lines, f"{len(self.functions)} files, {count} functions", names])
