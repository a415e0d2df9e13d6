"""What a process of the bench can be told to do: fill the database, serve, ask, crowd in, look inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model

from cryptohub.tools.bench import in_process
from cryptohub.tools.bench.cold_clients import Crowd
from cryptohub.tools.bench.load_client import hammer, once
from cryptohub.tools.bench.servers import Servers
from cryptohub.tools.drill import fixture_db
from cryptohub.tools.drill.load import Report
from cryptohub.tools.drill.sql import SqlCount
from markets.assets import registry
from providers.models import Chain
from providers.state import runtime

FRESH_S = 3600
"""How long answers are fresh: a warm one stays so while it is measured."""


class Commands:
    """One process's commands."""

    def __init__(self, name: str, report: Report) -> None:
        self._sql = SqlCount()
        self._servers = Servers()
        self._crowd = Crowd()
        self._measured = 0

    def table(self) -> dict[str, Callable[..., Any]]:
        return {
            "prepare": self.prepare,
            "serve": self._servers.start,
            "hammer": hammer,
            "once": once,
            "come": self._crowd.come,
            "go": self._crowd.go,
            "inside": self.inside,
        }

    def leave(self) -> None:
        """End well: nothing that was started stays."""
        self._servers.stop()
        runtime.runtime().stop()

    def prepare(self, urls: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
        """The database, with answers that stay fresh; the coins it knows, by rank, and a client's key."""
        fixture_db.prepare(urls)
        Chain.objects.update(cache_s=FRESH_S)
        owner = get_user_model().objects.create_user("bench")
        keys = apps.get_model(settings.KNOX_TOKEN_MODEL).objects
        _, key = keys.create(owner, timedelta(days=1), name="bench", scope="market")
        return {"coins": [asset.slug for asset in registry.top(1000)], "key": key}

    def inside(self, path: str, headers: Mapping[str, str], rounds: int) -> dict[str, float]:
        if not runtime.runtime().is_following:
            runtime.start()
        self._measured += 1
        return in_process.inside(self._sql, path, headers, rounds, f"127.0.1.{self._measured}")
