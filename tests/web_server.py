"""The hub's web server as a process, with the test's database, as the launcher starts it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptohub.launch.__main__ import web_command
from tests.waiting import until

ROOT = Path(__file__).parent.parent


class WebServer:
    """A started web process; `send` gives a whole response to raw bytes."""

    def __init__(self, port: int, client: str = "127.0.0.1") -> None:
        self.port = port
        self._client = client

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(self._client, 0))

    def send(self, request: bytes) -> str:
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def get(self, path: str, *headers: str) -> str:
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        return self.send("\r\n".join([*lines, "", ""]).encode())

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/healthz").startswith("HTTP/1.1 200")
        return False


def read_all(connection: socket.socket) -> str:
    """Return all that is sent until the connection ends."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORTS_TRIED = 3


@contextlib.contextmanager
def web_server(environment: Mapping[str, str], log: Path, interface: str = "") -> Iterator[WebServer]:
    """Start the web process with this environment, and stop it. `interface` overrides what the launcher chooses."""
    proxies = {"": environment.get("TRUSTED_PROXIES", ""), "wsgi": "", "rsgi": "127.0.0.1"}[interface]
    with log.open("w") as output:
        for _ in range(PORTS_TRIED):
            port = free_port()  # another process may take it before this one does
            command = [sys.executable, *web_command("127.0.0.1", port, proxies)]
            process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output)
            server = WebServer(port)
            until(lambda server=server, process=process: server.is_up() or process.poll() is not None)  # type: ignore[misc]  # bound now
            if process.poll() is None:
                break
        try:
            assert server.is_up(), log.read_text()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
