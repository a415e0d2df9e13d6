"""Client of the sandbox: start it in a process of its own and call its control API."""

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
TIMEOUT_S = 10.0


class SandboxError(RuntimeError):
    """The sandbox did not start, or refused a control call."""


class Sandbox:
    """A running sandbox, identified by its control URL; usable from several threads."""

    def __init__(self, control: str, process: subprocess.Popen[str] | None = None) -> None:
        self.control = control
        self._process = process
        rows = self.call("GET", "/endpoints")["endpoints"]
        self.endpoints: dict[tuple[str, int], str] = {(row["provider"], row["n"]): row["url"] for row in rows}

    @classmethod
    def start(cls, port: int = 0, seed: int = 1) -> Sandbox:
        """Start a sandbox and wait until it is ready; it stops with this process at the latest."""
        options = (f"--port={port}", f"--seed={seed}", f"--with-parent={os.getpid()}")
        command = [sys.executable, "-m", "providers.sandbox", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        line = process.stdout.readline() if process.stdout else ""
        ready = re.search(r"ready on (\S+)", line)
        if ready is None:
            process.wait(TIMEOUT_S)
            raise SandboxError(f"the sandbox did not start: {line.strip()}")
        return cls(ready[1], process)

    def stop(self) -> None:
        """Stop the process, if this object started it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(TIMEOUT_S)
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
        """Base URL of an endpoint, without a trailing slash."""
        return self.endpoints[slug, n]

    # Faults

    def fault(self, slug: str, kind: str, n: int | None = None, **options: Any) -> dict[str, Any]:
        """Set one fault for a provider ("*": all), or its endpoint ``n``, replacing those set there."""
        faults: list[dict[str, Any]] = self.faults(slug, [{"kind": kind, **options}], n)
        return faults[0]

    def faults(self, slug: str, faults: Sequence[Mapping[str, Any]], n: int | None = None) -> list[dict[str, Any]]:
        """Set several faults for one scope; they are applied in order until one ends the call."""
        body = [dict(fault) for fault in faults]
        result: list[dict[str, Any]] = self.call("PUT", f"/faults/{_scope(slug, n)}", body)["faults"]
        return result

    def armed(self) -> list[dict[str, Any]]:
        """Faults that are set, with their scope and hits."""
        result: list[dict[str, Any]] = self.call("GET", "/faults")["faults"]
        return result

    def heal(self, slug: str, n: int | None = None) -> None:
        """Remove the faults of a provider with all its endpoints, or of one endpoint."""
        self.call("DELETE", f"/faults/{_scope(slug, n)}")

    def clear(self) -> None:
        """Remove all faults."""
        self.call("DELETE", "/faults")

    def reset(self) -> None:
        """Remove all faults and moves, and empty the log."""
        self.call("POST", "/reset")

    # Log

    def log(self, provider: str | None = None, n: int | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Upstream calls, oldest first: seq, t, provider, n, method, path, status, outcome, caller, done, cut.

        Raises SandboxError when the log was full and calls after ``since`` were dropped.
        """
        query = {"since": since, "provider": provider, "n": n}
        answer = self.call(
            "GET", f"/log?{urlencode({key: value for key, value in query.items() if value is not None})}"
        )
        if answer["lost"] > since:
            raise SandboxError("the log was full: its oldest calls are gone")
        result: list[dict[str, Any]] = answer["calls"]
        return result

    def last_seq(self) -> int:
        """Sequence number of the newest upstream call."""
        return int(self.call("GET", "/log?since=9999999999")["last"])

    def clear_log(self) -> None:
        """Empty the log."""
        self.call("DELETE", "/log")

    # Market

    def price(self, symbol: str, currency: str = "USD", at: float | None = None) -> Decimal:
        """Fair price of a coin (symbol or slug), now or at a unix time."""
        when = "" if at is None else f"&at={at!r}"
        answer = self.call("GET", f"/market?symbols={quote(symbol)}{when}")
        return Decimal(answer["prices"][symbol][currency])

    def change_24h(self, symbol: str, at: float | None = None) -> Decimal:
        """Change of the fair USD price in 24 hours, in percent."""
        return self.price(symbol, "change_24h", at)

    def set_price(self, symbol: str, price: Decimal | str | float, seconds: float = 0) -> None:
        """Move a coin's USD price to a level, at once or over ``seconds``, and hold it there."""
        self._steer(symbol, price=str(price), seconds=seconds)

    def scale_price(self, symbol: str, factor: Decimal | str | float, seconds: float = 0) -> None:
        """Multiply a coin's natural price, at once or over ``seconds``; it continues to move."""
        self._steer(symbol, factor=str(factor), seconds=seconds)

    def release_price(self, symbol: str, seconds: float = 0) -> None:
        """Return a coin to its natural price."""
        self._steer(symbol, release=True, seconds=seconds)

    def _steer(self, symbol: str, **body: Any) -> None:
        self.call("POST", f"/market/{quote(symbol)}", body)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Make one control call below /_sandbox; returns JSON. Raises SandboxError if it is refused."""
        connection = HTTPConnection(urlsplit(self.control).netloc, timeout=TIMEOUT_S)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox{path}", payload, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SandboxError(answer["error"])
        return answer


def _scope(slug: str, n: int | None) -> str:
    return slug if n is None else f"{slug}/{n}"
