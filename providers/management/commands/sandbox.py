"""`manage.py sandbox`: fakes of every shipped provider on loopback, with one market and faults to switch."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from providers.sandbox import cli
from providers.sandbox.server import Options


class Command(BaseCommand):
    help = "Serve faithful fakes of all providers on loopback until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        cli.run(Options(options["port"], options["seed"], options["with_parent"]))
