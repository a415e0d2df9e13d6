"""Context processors: variables for every template."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cryptohub.accounts.middleware import are_passkeys_possible
from cryptohub.conf.env import SignUp


@cache
def version() -> str:
    """Return the project's version from pyproject.toml."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def hub(request: HttpRequest) -> dict[str, Any]:
    """Add `hub_version`, `sends_mail`, `is_sign_up_open` and `are_passkeys_possible` (a function of no argument)."""
    return {
        "hub_version": version(),
        "sends_mail": settings.SENDS_MAIL,
        "is_sign_up_open": settings.SIGN_UP is SignUp.OPEN,
        "are_passkeys_possible": lambda: are_passkeys_possible(request),
    }
