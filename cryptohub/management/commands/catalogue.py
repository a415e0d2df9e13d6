"""Moves providers, endpoints and chains as one JSON document, and seeds what is shipped."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from markets.assets import seed as asset_seed
from providers.catalogue import seed
from providers.catalogue.document import InvalidDocument
from providers.catalogue.import_export import export_text, import_text, is_unchanged
from providers.sandbox.addresses import endpoint_urls


class Command(BaseCommand):
    help = "Export or import the catalogue as a JSON document (- is stdout or stdin), or seed what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        exporting = actions.add_parser("export", help="write providers, endpoints and chains; never the API keys")
        exporting.add_argument("file", metavar="FILE")
        importing = actions.add_parser("import", help="take a document over, whole or not at all")
        importing.add_argument("file", metavar="FILE")
        importing.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        seeding = actions.add_parser("seed", help="add what is shipped and missing, never over an edit")
        seeding.add_argument(
            "--sandbox", metavar="URL", help="let endpoints point at a sandbox, as http://127.0.0.1:8100"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "export":
            self._export(options["file"])
        elif action == "import":
            self._import(options["file"], dry_run=options["dry_run"])
        else:
            self._seed(options["sandbox"])

    def _export(self, file: str) -> None:
        text = export_text()
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"exported to {file}")

    def _import(self, file: str, *, dry_run: bool) -> None:
        try:
            lines = import_text(_read(file), dry_run=dry_run)
        except InvalidDocument as error:
            raise CommandError("\n".join(("nothing was imported:", *error.problems))) from error
        for line in lines:
            self.stdout.write(line)
        changes = sum(not is_unchanged(line) for line in lines)
        told = f"{changes} change{'' if changes == 1 else 's'}" if changes else "nothing changed"
        self.stdout.write(f"dry run, nothing written: {told}" if dry_run else told)

    def _seed(self, sandbox: str | None) -> None:
        control = _loopback(sandbox)
        urls = endpoint_urls(control) if control else None
        for line in (*seed.seed(urls), *asset_seed.seed()):
            self.stdout.write(line)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text") from error


def _loopback(url: str | None) -> str | None:
    """A sandbox is on this machine; anything else would send real questions to a stranger."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"} or parts.path.strip("/"):
        raise CommandError(f"--sandbox is {url!r}; allowed: http://127.0.0.1:PORT")
    return url.rstrip("/")
