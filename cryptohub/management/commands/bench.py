"""`manage.py bench`: measure warm answers on the production server beside a bare application, and print the ratios."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cryptohub.tools.bench import report as showing
from cryptohub.tools.bench.runner import Bench, Options, run
from cryptohub.tools.drill.report import Output


class Command(BaseCommand):
    """The bench command."""

    help = (
        "Measure how fast warm answers are: Granian as in production, the sandbox for all providers, a closed-loop "
        "client on loopback. The hub's own database is not touched, and nothing leaves this machine. Ends with status "
        "1 if a required figure was missed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --seconds, --rounds and --json."""
        usual = Options()
        parser.add_argument(
            "--seconds", type=float, default=usual.seconds, help="the length of each measurement (default: %(default)s)"
        )
        parser.add_argument(
            "--rounds",
            type=int,
            default=usual.rounds,
            help="how many rounds the medians are taken over (default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print everything as JSON, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the bench and print the result; exit with status 1 if a limit was missed."""
        chosen = _options(options["seconds"], options["rounds"])
        show = Output(sys.stdout, quiet=options["json"])
        bench = self._run(chosen, show)
        if options["json"]:
            self.stdout.write(showing.as_json(bench, chosen))
        else:
            showing.summary(show, bench)
        if bench.stopped:
            raise CommandError("the bench was stopped; the results are incomplete")
        if not bench.met:
            sys.exit(1)

    def _run(self, chosen: Options, show: Output) -> Bench:
        """Run the bench; TERM ends it like Ctrl-C, so that started processes are stopped."""
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return run(chosen, show)
        finally:
            signal.signal(signal.SIGTERM, before)


def _options(seconds: float, rounds: int) -> Options:
    if not 0.05 <= seconds <= 60 or not 1 <= rounds <= 50:
        raise CommandError("allowed: --seconds 0.05 to 60, --rounds 1 to 50")
    return Options(seconds=seconds, rounds=rounds)
