"""manage.py invite: make a link with which one person may sign up."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from cryptohub.accounts import invitations


class Command(BaseCommand):
    """Print the path of a sign-up page that works once, for two weeks."""

    help = "Make an invitation and print its link, which cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the note."""
        parser.add_argument("note", nargs="?", default="", help="whom it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the invitation."""
        _, token = invitations.create(None, options["note"][:100], timezone.now())
        self.stdout.write(invitations.link(token))
