"""Worker process of the drill: reads commands and writes replies as JSON lines.

``{"id": 1, "do": "load", "with": {...}}`` is answered by ``{"id": 1, "result": ...}`` or
``{"id": 1, "failed": "..."}``, with rows of samples and attempts in between. The process ends at the end of its input.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, TextIO

import django
from django.db import connections


class Channel:
    """Line-based channel to the parent; lines written by several threads are not interleaved."""

    def __init__(self, source: TextIO, sink: TextIO) -> None:
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message."""
        line = json.dumps(message)
        with self._lock:
            self._sink.write(f"{line}\n")
            self._sink.flush()

    def send_rows(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Report rows of a kind."""
        self.send({"rows": kind, "values": rows})

    def serve(self, commands: dict[str, Callable[..., Any]]) -> None:
        """Run each command in a thread of its own until the input ends."""
        for line in self._source:
            order = json.loads(line)
            threading.Thread(
                target=self._execute, args=(order, commands[order["do"]]), daemon=True, name="order"
            ).start()

    def _execute(self, order: dict[str, Any], run: Callable[..., Any]) -> None:
        try:
            self.send({"id": order["id"], "result": run(**order.get("with", {}))})
        except Exception:  # noqa: BLE001  # reported to the parent
            self.send({"id": order["id"], "failed": traceback.format_exc()})
        finally:
            connections.close_all()


def main(module_name: str) -> None:
    """Serve commands until the input ends, then exit at once.

    ``module_name`` is the module whose ``Commands`` are served.
    """
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # other output of this process must not mix with replies
    django.setup()
    module = importlib.import_module(module_name)  # models can be imported only once Django is set up
    channel = Channel(sys.stdin, replies)
    commands = module.Commands(os.environ["UPSTREAM_USER_AGENT"], channel.send_rows)
    channel.serve(commands.table())
    commands.stop()
    os._exit(0)  # threads that hang in a call must not keep the process


if __name__ == "__main__":
    main("cryptohub.tools.drill.worker_commands")
