"""The whole product over the sandbox, as real processes with a database of their own: web server and worker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from providers.sandbox.client import Sandbox
from providers.sandbox.world import ADDRESSES

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
SANDBOX_PORTS = 1 + len(ADDRESSES)
"""The sandbox's control port and one for each of its endpoints, in a row: so the catalogue finds them."""
OPERATOR, PASSWORD = "operator", "chains-and-links"


class Product:
    """The running product: its URL, its sandbox and its log. `get` asks as an operator."""

    def __init__(self, port: int, sandbox: Sandbox, log: Path, operator_key: str) -> None:
        self._authorization = {"Authorization": f"Token {operator_key}"}
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox = sandbox
        self.log = log

    def get(self, path: str) -> Any:
        """Return a JSON answer, whatever its status."""
        try:
            with urlopen(Request(f"{self.url}{path}", headers=self._authorization), timeout=10) as response:
                return json.load(response)
        except HTTPError as refused:
            return json.load(refused)

    def source(self, symbol: str) -> str:
        """Return the provider of a coin's price now."""
        return str(self.get(f"/api/prices?symbols={symbol}")["prices"][0]["source"])


def wait_until(condition: Callable[[], bool], within: float, every: float = 0.02) -> float:
    """Wait for a condition and return the seconds it took; fails the test when the time is over."""
    began = time.monotonic()
    while not condition():
        passed = time.monotonic() - began
        assert passed < within, f"not within {within} s"
        time.sleep(min(every, within - passed))
    return time.monotonic() - began


@contextmanager
def running(folder: Path, *, cache_s: int | None = None) -> Iterator[Product]:
    """Prepare and start everything; stop all of it at the end. ``cache_s`` None leaves the shipped cache times."""
    with Sandbox.start(_free_block(SANDBOX_PORTS)) as sandbox:
        environment = _environment(folder)
        operator_key = _prepare(environment, sandbox, cache_s)
        port = _free_port()
        product = Product(port, sandbox, folder / "product.log", operator_key)
        with product.log.open("w") as log:
            children = [_start(command, environment, log) for command in _commands(port)]
            try:
                wait_until(lambda: _ready(product, children), PATIENCE_S, every=0.1)
                yield product
            finally:
                _stop(children)


def _environment(folder: Path) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    return inherited | {
        "DATABASE_URL": f"sqlite:///{folder / 'hub.sqlite3'}",
        "ALLOW_PRIVATE_UPSTREAMS": "true",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(environment: dict[str, str], sandbox: Sandbox, cache_s: int | None) -> str:
    """Prepare the database as the launcher does, and create an operator, in one process; return the operator's key."""
    command = [
        sys.executable,
        "-m",
        "tests.browser.product",
        sandbox.control,
        *([] if cache_s is None else [str(cache_s)]),
    ]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.split()[-1]


def _prepare_here(control: str, cache_s: str | None = None) -> None:
    """Run in the process started by ``_prepare``."""
    from cryptohub.launch import prepare

    prepare.main(["--sandbox", control])
    from django.core.management import call_command

    call_command("createsuperuser", interactive=False, username=OPERATOR, email="operator@localhost")
    if cache_s is not None:
        from providers.models import Chain

        Chain.objects.update(cache_s=int(cache_s))
    from django.contrib.auth.models import User

    from cryptohub.api import keys
    from cryptohub.api.key_scopes import KeyScope

    print(keys.create(User.objects.get(username=OPERATOR), "tests", KeyScope.OPERATE, 1)[1])


def _commands(port: int) -> list[list[str]]:
    web = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    return [[*web, "--blocking-threads", "16", "cryptohub.wsgi:application"], ["-m", "cryptohub.worker"]]


def _start(command: list[str], environment: dict[str, str], log: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )


def _ready(product: Product, children: list[subprocess.Popen[bytes]]) -> bool:
    assert all(child.poll() is None for child in children), product.log.read_text()
    try:
        return bool(product.get("/readyz")["status"] == "ready")
    except (URLError, ConnectionError):
        return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _free_block(size: int) -> int:
    """Return the first of ``size`` consecutive free ports, below the range that the system assigns."""
    starts = range(20_000 + os.getpid() % 100 * size, 32_000, size)
    return next(start for start in starts if all(_is_free(port) for port in range(start, start + size)))


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    _prepare_here(*sys.argv[1:])
