"""Serve fakes of every shipped provider on loopback, with one simulated market and switchable faults."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from providers.sandbox import cli
from providers.sandbox.server import Options


class Command(BaseCommand):
    """``manage.py sandbox``."""

    help = "Serve fakes of all providers on loopback until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare port, seed and parent."""
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sandbox until it is stopped."""
        cli.run(Options(options["port"], options["seed"], options["with_parent"]))
