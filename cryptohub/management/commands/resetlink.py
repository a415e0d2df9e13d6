"""manage.py resetlink NAME: make a link with which a user sets a new password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cryptohub.accounts import reset_links


class Command(BaseCommand):
    """Print the path of a page that sets a new password; it works once, for three days."""

    help = "Print a link with which this user sets a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the user's name."""
        parser.add_argument("name", help="the user's name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link. Raises CommandError for a name that nobody has."""
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['name']!r}")
        self.stdout.write(reset_links.path_for(user))
