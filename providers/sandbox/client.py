"""A sandbox in a process of its own, and its control API as methods: for tests, drills and the launcher."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0


class SandboxError(RuntimeError):
    """The sandbox did not start, or turned a control call down."""


class Sandbox:
    """A running sandbox, known by its control URL. Safe to use from several threads."""

    def __init__(self, control: str, process: subprocess.Popen[str] | None = None) -> None:
        self.control = control
        self._process = process
        rows = self.call("GET", "/endpoints")["endpoints"]
        self.endpoints: dict[tuple[str, int], str] = {(row["provider"], row["n"]): row["url"] for row in rows}

    @classmethod
    def start(cls, port: int = 0, seed: int = 1) -> Sandbox:
        """Start one and wait until it is ready. It ends with this process at the latest."""
        options = (f"--port={port}", f"--seed={seed}", f"--with-parent={os.getpid()}")
        command = [sys.executable, "-m", "providers.sandbox", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        line = process.stdout.readline() if process.stdout else ""
        ready = re.search(r"ready on (\S+)", line)
        if ready is None:
            process.wait(PATIENCE)
            raise SandboxError(f"the sandbox did not start: {line.strip()}")
        return cls(ready[1], process)

    def stop(self) -> None:
        """End the process, if this object started it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, slug: str, n: int = 0) -> str:
        """An endpoint's base URL, without a trailing slash."""
        return self.endpoints[slug, n]

    # Faults

    def fault(self, slug: str, kind: str, n: int | None = None, **options: Any) -> dict[str, Any]:
        """Set one fault for a provider ("*": for all), or for its endpoint ``n``, in place of those set there."""
        faults: list[dict[str, Any]] = self.faults(slug, [{"kind": kind, **options}], n)
        return faults[0]

    def faults(self, slug: str, faults: Sequence[Mapping[str, Any]], n: int | None = None) -> list[dict[str, Any]]:
        """Set several faults for one scope: they are tried in order until one ends the call."""
        body = [dict(fault) for fault in faults]
        found: list[dict[str, Any]] = self.call("PUT", f"/faults/{_scope(slug, n)}", body)["faults"]
        return found

    def armed(self) -> list[dict[str, Any]]:
        """The faults that are set, each with its scope and its hits."""
        found: list[dict[str, Any]] = self.call("GET", "/faults")["faults"]
        return found

    def heal(self, slug: str, n: int | None = None) -> None:
        """Lift the faults of a provider with all its endpoints, or of one endpoint."""
        self.call("DELETE", f"/faults/{_scope(slug, n)}")

    def clear(self) -> None:
        """Lift all faults."""
        self.call("DELETE", "/faults")

    def reset(self) -> None:
        """No fault, no steering, an empty log."""
        self.call("POST", "/reset")

    # Log

    def log(self, provider: str | None = None, n: int | None = None, since: int = 0) -> list[dict[str, Any]]:
        """The upstream calls, oldest first: seq, t, provider, n, method, path, status, outcome, caller, done, cut.

        Raises SandboxError when the log was full and calls after ``since`` were dropped.
        """
        query = {"since": since, "provider": provider, "n": n}
        said = self.call("GET", f"/log?{urlencode({key: value for key, value in query.items() if value is not None})}")
        if said["lost"] > since:
            raise SandboxError("the log was full: its oldest calls are gone")
        found: list[dict[str, Any]] = said["calls"]
        return found

    def last_seq(self) -> int:
        """The number of the newest upstream call."""
        return int(self.call("GET", "/log?since=9999999999")["last"])

    def clear_log(self) -> None:
        self.call("DELETE", "/log")

    # Market

    def price(self, symbol: str, currency: str = "USD", at: float | None = None) -> Decimal:
        """The fair price of a coin (symbol or slug), now or at a unix time."""
        when = "" if at is None else f"&at={at!r}"
        said = self.call("GET", f"/market?symbols={quote(symbol)}{when}")
        return Decimal(said["prices"][symbol][currency])

    def change_24h(self, symbol: str, at: float | None = None) -> Decimal:
        """The change of its fair USD price in 24 hours, in percent."""
        return self.price(symbol, "change_24h", at)

    def set_price(self, symbol: str, price: Decimal | str | float, seconds: float = 0) -> None:
        """Bring a coin's USD price to a level, at once or over some seconds, and hold it there."""
        self._steer(symbol, price=str(price), seconds=seconds)

    def scale_price(self, symbol: str, factor: Decimal | str | float, seconds: float = 0) -> None:
        """Multiply a coin's natural price, at once or over some seconds; it goes on moving."""
        self._steer(symbol, factor=str(factor), seconds=seconds)

    def release_price(self, symbol: str, seconds: float = 0) -> None:
        """Let a coin go back to its natural price."""
        self._steer(symbol, release=True, seconds=seconds)

    def _steer(self, symbol: str, **body: Any) -> None:
        self.call("POST", f"/market/{quote(symbol)}", body)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One control call below /_sandbox; the answer's JSON. Raises SandboxError when it is turned down."""
        connection = HTTPConnection(urlsplit(self.control).netloc, timeout=PATIENCE)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox{path}", sent, {"Content-Type": "application/json"})
            response = connection.getresponse()
            said = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SandboxError(said["error"])
        return said


def _scope(slug: str, n: int | None) -> str:
    return slug if n is None else f"{slug}/{n}"
