"""Command line of the sandbox, shared by `manage.py sandbox` and `python -m providers.sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from providers.sandbox.server import Options, serve

DEFAULT_PORT = 8900


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the sandbox to a parser."""
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="the control port; the endpoints' ports follow it. 0 lets the system choose (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another market (default: %(default)s)")
    parser.add_argument(
        "--with-parent",
        type=int,
        nargs="?",
        const=os.getppid(),
        metavar="PID",
        help="stop when the parent process ends; PID is the parent's process id",
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(options: Options) -> None:
    """Serve until stopped; exit with one line if a port is taken."""
    try:
        asyncio.run(serve(options, _say))
    except OSError as error:
        sys.exit(f"The sandbox cannot start: {error.strerror} (ports from {options.port} on)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sandbox from the command line."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Fakes of every provider on loopback.")
    add_arguments(parser)
    given = parser.parse_args(arguments)
    run(Options(given.port, given.seed, given.with_parent))
