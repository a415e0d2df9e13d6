"""Cost of an answer without a network: the WSGI application and the baseline called in this process."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from cryptohub.public_handler import get_application
from cryptohub.tools.bench import baseline_app
from cryptohub.tools.drill.sql import SqlCount

WARM_UP = 20
REPEATS = 3


def measure(sql: SqlCount, path: str, headers: Mapping[str, str], rounds: int, address: str) -> dict[str, float]:
    """Median microseconds of the hub's answer and of a baseline answer of its size, and the SQL statements.

    In the first rounds a new client (``address``) leases a block of its rate limit: they are not counted. The
    statements are the fewest of up to ``REPEATS`` measurements: while the machine delays the thread that rereads API
    keys, a request rereads an old key itself.
    """
    hub, hub_environ = get_application(), _environ(path, headers) | {"REMOTE_ADDR": address}
    status, content = _call(hub, hub_environ)
    baseline_environ = _environ("/unchanged" if status.startswith("304") else f"/{len(content)}", {})
    sides = (("hub", hub, hub_environ), ("bare", baseline_app.application, baseline_environ))
    _alternate(sides, WARM_UP)
    statements: list[int] = []
    for _ in range(REPEATS):
        before = sql.on_users_paths()
        medians = _alternate(sides, rounds)
        statements.append(sql.on_users_paths() - before)
        if not statements[-1]:
            break
    return {**medians, "statements": min(statements), "calls": rounds}


def _alternate(sides: Sequence[tuple[str, Any, Mapping[str, Any]]], rounds: int) -> dict[str, float]:
    """Median microseconds of each application, called in alternation."""
    times: dict[str, list[float]] = {name: [] for name, _, _ in sides}
    for _ in range(rounds):
        for name, application, environ in sides:
            began = time.perf_counter()
            _call(application, environ)
            times[name].append((time.perf_counter() - began) * 1e6)
    return {name: median(values) for name, values in times.items()}


def _call(application: Any, environ: Mapping[str, Any]) -> tuple[str, bytes]:
    """Call an application; returns status and content."""
    statuses: list[str] = []
    answer = application(dict(environ), lambda *arguments: statuses.append(arguments[0]))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return statuses[0], content


def _environ(path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Build a WSGI environment."""
    plain, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": plain,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_ACCEPT": "*/*",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
