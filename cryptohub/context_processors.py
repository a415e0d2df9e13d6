"""What every page's template can name."""

from __future__ import annotations

import tomllib
from functools import cache

from django.conf import settings
from django.http import HttpRequest


@cache
def version() -> str:
    """The project's version, from its one place, pyproject.toml."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def hub(request: HttpRequest) -> dict[str, str]:
    return {"hub_version": version()}
