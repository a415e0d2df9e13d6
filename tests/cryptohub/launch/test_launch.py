"""The launcher starts all processes and stops all of them, whatever happens."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptohub.launch import __main__ as command
from cryptohub.launch import banner, ports, reaper
from tests.waiting import until

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(port: int, path: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read().decode()


def belonging(mark: str) -> list[int]:
    """Processes, dead ones apart, whose environment holds the mark."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                alive = (entry / "stat").read_text().rpartition(") ")[2][0] not in "ZX"
                if alive and mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


class Launched:
    """A launcher on a terminal of its own, as a person has it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.mark = f"CRYPTOHUB_TEST={folder}"
        self.text = ""
        name, value = self.mark.split("=")
        environment = {**os.environ, name: value, "DATABASE_URL": f"sqlite:///{folder}/hub.sqlite3"}
        environment.pop("REDIS_URL", None)
        self._terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cryptohub.launch", "--port", str(self.port)],
            cwd=ROOT,
            env=environment,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - two system calls, no lock to meet
        )
        os.close(inner)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := os.read(self._terminal, 65536):
                self.text += chunk.decode(errors="replace")

    def ready(self) -> bool:
        result = until(lambda: self.process.poll() is not None or "answers on" in self.text, 180)
        return result and "answers" in self.text

    def press_ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def plain(self) -> str:
        return re.sub(r"\x1b\[\d+m", "", self.text).replace("\r", "")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert until(lambda: not belonging(self.mark))


def _own_terminal() -> None:
    """A session of its own with standard input as its terminal, so that Ctrl-C becomes a signal."""
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Launched]:
    yield from launched(tmp_path)


@pytest.fixture(scope="module")
def lasting_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """One for several tests; the last of them stops it."""
    yield from launched(tmp_path_factory.mktemp("hub"))


def launched(folder: Path) -> Iterator[Launched]:
    started = Launched(folder)
    try:
        assert started.ready(), started.text
        yield started
    finally:
        started.close()


@pytest.mark.slow
def test_a_fresh_hub_serves_pages_and_files_and_prints_how_to_create_the_operator(lasting_hub: Launched) -> None:
    status, _, page = fetch(lasting_hub.port, "/accounts/login/")
    (style,) = re.findall(r'href="(/static/vendor/tabler\.[0-9a-f]{12}\.css)"', page)
    assert status == 200
    assert fetch(lasting_hub.port, style)[:2] == (200, 'text/css; charset="utf-8"')
    assert "manage.py createsuperuser" in lasting_hub.plain()
    assert until(lambda: fetch(lasting_hub.port, "/readyz")[0] == 200), fetch(lasting_hub.port, "/readyz")


@pytest.mark.slow
def test_a_process_that_dies_is_restarted(lasting_hub: Launched) -> None:
    (web,) = [pid for pid in belonging(lasting_hub.mark) if _is_main(pid, b"granian", lasting_hub.process.pid)]
    os.kill(web, signal.SIGKILL)
    assert until(lambda: "web has ended (signal SIGKILL)" in lasting_hub.plain())
    assert until(lambda: _answers(lasting_hub.port))


@pytest.mark.slow
def test_ctrl_c_stops_all_of_it_within_five_seconds_and_leaves_no_process(lasting_hub: Launched) -> None:
    assert len(belonging(lasting_hub.mark)) >= 10
    pressed = time.monotonic()
    lasting_hub.press_ctrl_c()
    assert lasting_hub.process.wait(10) == 0
    assert time.monotonic() - pressed < 5
    assert belonging(lasting_hub.mark) == []


@pytest.mark.slow
def test_killed_outright_the_launcher_leaves_no_process(hub: Launched) -> None:
    hub.process.kill()
    hub.process.wait()
    assert until(lambda: not belonging(hub.mark), 10)


def _is_main(pid: int, name: bytes, parent: int) -> bool:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return name in Path(f"/proc/{pid}/cmdline").read_bytes() and int(stat[1]) == parent


def _answers(port: int) -> bool:
    try:
        return fetch(port, "/healthz")[0] == 200
    except OSError:
        return False


def launch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cryptohub.launch", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_port_that_is_taken_is_one_line_that_names_its_variable(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        expected = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())} | {name: port}
        ended = launch("--sandbox", "--port", expected["PORT"], "--sandbox-port", expected["SANDBOX_PORT"])
    assert ended.returncode == 1
    assert ended.stderr == f"CryptoHub cannot start: port {port} on 127.0.0.1 is taken; choose another with {name}=\n"


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1", "８０００"])
def test_an_invalid_port_is_one_line(port: str) -> None:
    ended = launch(f"--port={port}")
    assert ended.returncode == 1
    assert ended.stderr == f"CryptoHub cannot start: PORT is {port!r}; allowed: a port number from 1 to 65535\n"


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.1", "a" * 70 + ".invalid"])
def test_a_host_that_is_not_of_this_machine_is_one_line_that_names_host(host: str) -> None:
    ended = launch("--host", host, "--port", str(free_port()))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"CryptoHub cannot start: HOST is {host!r}; allowed: ")
    assert ended.stderr.count("\n") == 1


def test_localhost_is_an_address_to_listen_on() -> None:
    assert ports.resolve("localhost") in {"127.0.0.1", "::1"}
    assert ports.resolve("[::1]") == "::1"


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_the_banner_has_a_usable_address_and_names_allowed_hosts(
    host: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    lines = banner.lines(host, 8000, sandbox=False, fresh=False)
    assert f"http://{address}:8000/" in lines[0]
    assert "ALLOWED_HOSTS" in lines[-1]


@pytest.mark.parametrize(("value", "is_sandbox"), [("TRUE", True), ("Yes", True), ("0", False)])
def test_make_takes_sandbox_in_either_case(value: str, is_sandbox: bool) -> None:
    assert ("--sandbox" in make_run(value).stdout) is is_sandbox


def test_make_refuses_a_sandbox_value_that_it_does_not_know() -> None:
    assert "SANDBOX is 'maybe'; allowed:" in make_run("maybe").stderr


def make_run(sandbox: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-n", "run", f"SANDBOX={sandbox}"], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "value"), [("DEBUG", "maybe"), ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")]
)
def test_a_bad_setting_is_one_line_before_anything_starts(name: str, value: str) -> None:
    ended = launch("--port", str(free_port()), **{name: value})
    assert ended.returncode == 1
    assert ended.stderr.startswith("CryptoHub cannot start: ")
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stdout


def test_two_launchers_that_start_at_once_in_a_fresh_folder_collect_static_files_once(tmp_path: Path) -> None:
    collect = (
        "import sys, django; from django.conf import settings; settings.STATIC_ROOT = sys.argv[1]; django.setup();"
        "from cryptohub.launch import prepare; prepare.static_files()"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cryptohub.settings"}
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", collect, str(tmp_path / "static")],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answer = [starter.communicate()[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0]
    assert "".join(answer) == "setup   | collecting static files\n"
    assert (tmp_path / "static" / "staticfiles.json").is_file()


def test_the_sandbox_has_its_own_database_and_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db/live")
    monkeypatch.setenv("REDIS_URL", "redis://cache/1")
    given = command._environment(argparse.Namespace(sandbox=True, host="0.0.0.0"))
    assert given["DATABASE_URL"] == f"sqlite:///{ROOT}/var/sandbox.sqlite3"
    assert given["ALLOW_PRIVATE_UPSTREAMS"] == "true"
    assert "REDIS_URL" not in given
    assert given["HOST"] == "0.0.0.0", "the settings refuse DEBUG by it"


def test_the_operator_command_names_the_database_of_the_run_but_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://hub:hunter2@db/hub")
    assert "hunter2" not in banner.operator_command(sandbox=False)
    assert "DATABASE_URL=sqlite:///var/sandbox.sqlite3 " in banner.operator_command(sandbox=True)


def test_the_reaper_kills_a_group_that_ignores_term() -> None:
    stubborn = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    ticks = iter([0.0, 100.0])
    reaper.stop_groups({stubborn.pid}, clock=lambda: next(ticks))
    assert stubborn.wait(5) == -signal.SIGKILL
    stubborn.stdout.close()
    assert until(lambda: not reaper.is_running(stubborn.pid), 5), "its last sleep is killed as well"
