"""Write the files of a new provider: adapter, sandbox fake, tests and an empty folder for payloads."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from providers.scaffold.scaffold import (
    KINDS,
    ScaffoldError,
    build_files,
    check_name,
    registry_entries,
    write_files,
)


class Command(BaseCommand):
    """``manage.py newprovider NAME``: write files, change none, print the lines to add to the registries."""

    help = (
        "Write the adapter, the sandbox fake and failing tests of a new provider, and print the lines to add to the "
        "registries. Existing files are never changed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the provider's name, its kind and the repository to write to."""
        parser.add_argument(
            "slug", metavar="NAME", help="the provider's name in code and in the database, as in kucoin"
        )
        parser.add_argument("--kind", choices=tuple(KINDS), default="exchange", help="default: exchange")
        parser.add_argument("--name", default="", metavar="TEXT", help="the display name; default: NAME capitalised")
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, metavar="DIR", help="the repository")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and print what is left to do. Raises CommandError for a bad name or an existing file."""
        slug, kind, root = options["slug"], options["kind"], options["root"]
        name = options["name"] or slug.replace("_", " ").title()
        try:
            check_name(slug, name)
            files = build_files(slug, name, kind)
            write_files(root, slug, files)
        except ScaffoldError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Written:")
        for path in (*files, f"tests/providers/adapters/{slug}/payloads/"):
            self.stdout.write(f"  {path}")
        self.stdout.write("\nTo add by hand (CONTRIBUTING.md, Add a provider):")
        for entry in registry_entries(slug, name, kind):
            self.stdout.write(f"\n  {entry.path}: {entry.where}")
            for line in entry.lines:
                self.stdout.write(f"    {line}")
        self.stdout.write(f"\nThen run: .venv/bin/python -m pytest tests/providers/adapters/{slug}")
