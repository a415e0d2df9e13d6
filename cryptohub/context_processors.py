"""Context processors: variables for every template."""

from __future__ import annotations

import tomllib
from functools import cache

from django.conf import settings
from django.http import HttpRequest


@cache
def version() -> str:
    """Return the project's version from pyproject.toml."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def hub(request: HttpRequest) -> dict[str, str]:
    """Add `hub_version`."""
    return {"hub_version": version()}
