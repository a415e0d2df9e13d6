"""One process of the drill's fleet: does what it is told, one JSON line each, and answers in JSON lines.

``{"id": 1, "do": "load", "with": {...}}`` is answered by ``{"id": 1, "said": ...}`` or ``{"id": 1, "failed": "..."}``;
rows of samples and attempts come in between. The end of its input is the end of the process.
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
    """Lines in, lines out; what is written by several threads comes out whole."""

    def __init__(self, given: TextIO, said: TextIO) -> None:
        self._given = given
        self._said = said
        self._lock = threading.Lock()

    def tell(self, message: dict[str, Any]) -> None:
        line = json.dumps(message)
        with self._lock:
            self._said.write(f"{line}\n")
            self._said.flush()

    def rows(self, kind: str, rows: list[dict[str, Any]]) -> None:
        self.tell({"rows": kind, "are": rows})

    def serve(self, commands: dict[str, Callable[..., Any]]) -> None:
        """Do each order in a thread of its own, until there are no more."""
        for line in self._given:
            order = json.loads(line)
            threading.Thread(target=self._obey, args=(order, commands[order["do"]]), daemon=True, name="order").start()

    def _obey(self, order: dict[str, Any], deed: Callable[..., Any]) -> None:
        try:
            self.tell({"id": order["id"], "said": deed(**order.get("with", {}))})
        except Exception:  # noqa: BLE001  # it is the drill that must hear of it
            self.tell({"id": order["id"], "failed": traceback.format_exc()})
        finally:
            connections.close_all()


def main(where: str) -> None:
    """Serve orders until the input ends, then leave at once: whoever gave them is gone or has had what it wanted.

    ``where`` names the module whose ``Commands`` it can do.
    """
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed in this process is no answer
    django.setup()
    module = importlib.import_module(where)  # models can be imported only once Django is set up
    channel = Channel(sys.stdin, said)
    commands = module.Commands(os.environ["UPSTREAM_USER_AGENT"], channel.rows)
    channel.serve(commands.table())
    commands.leave()
    os._exit(0)  # threads that hang in a call must not keep the process


if __name__ == "__main__":
    main("cryptohub.tools.drill.worker_commands")
