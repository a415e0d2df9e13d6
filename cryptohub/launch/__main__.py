"""Command line of the launcher: check the ports, prepare, start the processes, supervise, stop."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from cryptohub.launch import banner, ports
from cryptohub.launch.child import Child, ChildContext
from cryptohub.launch.output import Output
from cryptohub.launch.reaper import Reaper
from cryptohub.launch.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
SANDBOX_DATABASE = f"sqlite:///{ROOT / 'var' / 'sandbox.sqlite3'}"
FRESH = 10
"""Exit code of `prepare` when there is no operator yet."""


def main(arguments: list[str]) -> int:
    """Run the hub and return the exit code.

    1. Refuse a port that is taken. 2. Prepare the database and the static files. 3. Start and supervise the processes.
    """
    options = _options(arguments)
    required = {"PORT": options.port} | ({"SANDBOX_PORT": options.sandbox_port} if options.sandbox else {})
    for name, port in required.items():
        if ports.is_taken(options.host, port):
            return _refuse(
                f"CryptoHub cannot start: port {port} on {options.host} is taken; choose another with {name}="
            )
    environment = _environment(options)
    prepared = subprocess.run(_prepare(options), env=environment, cwd=ROOT, check=False).returncode
    if prepared not in {0, FRESH}:
        return 1
    reaper = Reaper.start()
    output = Output(sys.stdout)
    context = ChildContext(environment, ROOT, output, reaper)
    children = [Child(name, command, context) for name, command in _commands(options)]
    supervisor = Supervisor(children, output)
    supervisor.on_answer(
        lambda: ports.is_answering(options.host, options.port),
        banner.lines(options.host, options.port, sandbox=options.sandbox, fresh=prepared == FRESH),
    )
    try:
        return supervisor.run()
    finally:
        reaper.stop()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cryptohub.launch")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
    parser.add_argument("--sandbox", action="store_true")
    parser.add_argument("--sandbox-port", default=os.environ.get("SANDBOX_PORT", "8900"))
    options = parser.parse_args(arguments)
    options.host = ports.resolve(options.host)
    options.port = ports.parse("PORT", options.port)
    options.sandbox_port = ports.parse("SANDBOX_PORT", options.sandbox_port)
    return options


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment of the processes. The sandbox has its own database and cache."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "cryptohub.settings"}
    environment["HOST"] = options.host
    if options.sandbox:
        environment |= {"DATABASE_URL": SANDBOX_DATABASE, "ALLOW_PRIVATE_UPSTREAMS": "true"}
        environment.pop("REDIS_URL", None)
    return environment


def _prepare(options: argparse.Namespace) -> list[str]:
    sandbox = ["--sandbox", f"http://127.0.0.1:{options.sandbox_port}"] if options.sandbox else []
    return [sys.executable, "-m", "cryptohub.launch.prepare", *sandbox]


def _commands(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """Return name and command of each process."""
    web = web_command(options.host, options.port, os.environ.get("TRUSTED_PROXIES", ""))
    commands = [("web", [sys.executable, *web]), ("worker", [sys.executable, "-m", "cryptohub.worker"])]
    if options.sandbox:
        sandbox = ["manage.py", "sandbox", "--port", str(options.sandbox_port)]
        commands.insert(0, ("sandbox", [sys.executable, *sandbox]))
    return commands


def web_command(host: str, port: int, trusted_proxies: str) -> list[str]:
    """Return the arguments of Python that start the web server.

    Behind a proxy the interface is RSGI, as only it gives the names of headers as they were sent; cryptohub.gateway has
    threads of its own.
    """
    threads = [] if trusted_proxies.strip() else ["--blocking-threads", "32"]
    web = ["-m", "granian", "--interface", "wsgi" if threads else "rsgi", *threads, "--host", host, "--port", str(port)]
    web += ["--no-ws", "--workers", "1", "--backpressure", "256", "--workers-kill-timeout", "2"]
    return [*web, "--log-level", "error", "cryptohub.wsgi:application"]


def _refuse(line: str) -> int:
    sys.stderr.write(line + "\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
