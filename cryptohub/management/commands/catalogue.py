"""`manage.py catalogue`: export and import the catalogue as JSON, and seed the shipped one."""

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
    """The catalogue command."""

    help = "Export or import the catalogue as a JSON document (- is stdout or stdin), or seed what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions export, import and seed."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        export_parser = actions.add_parser("export", help="write providers, endpoints and chains; never the API keys")
        export_parser.add_argument("file", metavar="FILE")
        import_parser = actions.add_parser("import", help="import a document, all of it or nothing")
        import_parser.add_argument("file", metavar="FILE")
        import_parser.add_argument("--dry-run", action="store_true", help="print what would change, and change nothing")
        seed_parser = actions.add_parser("seed", help="add missing rows of the shipped catalogue; edits stay")
        seed_parser.add_argument(
            "--sandbox", metavar="URL", help="use the endpoints of a sandbox, such as http://127.0.0.1:8100"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Run one action. Raises CommandError for files and documents that cannot be used."""
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
        summary = f"{changes} change{'' if changes == 1 else 's'}" if changes else "nothing changed"
        self.stdout.write(f"dry run, nothing written: {summary}" if dry_run else summary)

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
    """Return the URL if it is on this machine; raise CommandError for any other host."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"} or parts.path.strip("/"):
        raise CommandError(f"--sandbox is {url!r}; allowed: http://127.0.0.1:PORT")
    return url.rstrip("/")
