"""`manage.py drill`: play fault scenarios against the sandbox with real processes, and print what was measured."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cryptohub.tools.drill.report import Output
from cryptohub.tools.drill.runner import Drill, Options, report, run
from cryptohub.tools.drill.scenarios import SCENARIOS, SHORT


class Command(BaseCommand):
    """The drill command."""

    help = (
        "Rehearse failures: the sandbox stands for all providers, the hub's own database is not touched, and nothing "
        "leaves this machine. Ends with status 1 if a required figure was missed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the choice of scenarios and the output options."""
        parser.add_argument(
            "--scenario",
            nargs="+",
            action="extend",
            default=[],
            choices=list(SCENARIOS),
            metavar="NAME",
            help="run only these scenarios; see --list",
        )
        parser.add_argument("--list", action="store_true", help="list the scenarios and exit")
        parser.add_argument("--short", action="store_true", help="run a few shortened scenarios, in under a minute")
        parser.add_argument("--seed", type=int, default=1, help="another market and another soak (default: 1)")
        parser.add_argument("--seconds", type=float, help="the length of the soak (default: 600)")
        parser.add_argument("--json", action="store_true", help="print everything as JSON, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the scenarios and print the result; exit with status 1 if a limit was missed."""
        if options["list"]:
            self._list()
            return
        chosen = Options(options["scenario"], options["short"], options["seed"], options["seconds"])
        show = Output(sys.stdout, quiet=options["json"])
        drill = self._run(chosen, show)
        if options["json"]:
            self.stdout.write(report(drill, chosen))
        else:
            show.summary(drill.results, drill.lines())
        if drill.stopped:
            raise CommandError("the drill was stopped; the results are incomplete")
        if not drill.met:
            sys.exit(1)

    def _run(self, chosen: Options, show: Output) -> Drill:
        """Run the drill; TERM ends it like Ctrl-C, so that started processes are stopped."""
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return run(chosen, show)
        finally:
            signal.signal(signal.SIGTERM, before)

    def _list(self) -> None:
        for name, scenario in SCENARIOS.items():
            mark = " (short)" if name in SHORT else ""
            self.stdout.write(f"{name:<18} {scenario.about}{mark}")
