"""Commands of a bench process: fill the database, serve, load, request cold answers, measure in process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model

from cryptohub.tools.bench import in_process
from cryptohub.tools.bench.cold_clients import ColdClients
from cryptohub.tools.bench.load_client import once, run_load
from cryptohub.tools.bench.servers import Servers
from cryptohub.tools.drill import fixture_db
from cryptohub.tools.drill.load import Report
from cryptohub.tools.drill.sql import SqlCount
from markets.assets import registry
from providers.models import Chain
from providers.state import runtime

FRESH_S = 3600
"""Cache time of all chains, so that warm answers stay warm."""


class Commands:
    """Commands of one process."""

    def __init__(self, name: str, report: Report) -> None:
        self._sql = SqlCount()
        self._servers = Servers()
        self._crowd = ColdClients()
        self._measured = 0

    def table(self) -> dict[str, Callable[..., Any]]:
        """Commands by name."""
        return {
            "prepare": self.prepare,
            "serve": self._servers.start,
            "load": run_load,
            "once": once,
            "start": self._crowd.start,
            "stop": self._crowd.stop,
            "inside": self.inside,
        }

    def stop(self) -> None:
        """Stop the servers and all threads."""
        self._servers.stop()
        runtime.runtime().stop()

    def prepare(self, urls: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
        """Create the database; returns its coins by rank and an API key."""
        fixture_db.prepare(urls)
        Chain.objects.update(cache_s=FRESH_S)
        owner = get_user_model().objects.create_user("bench")
        keys = apps.get_model(settings.KNOX_TOKEN_MODEL).objects
        _, key = keys.create(owner, timedelta(days=1), name="bench", scope="market")
        return {"coins": [asset.slug for asset in registry.top(1000)], "key": key}

    def inside(self, path: str, headers: Mapping[str, str], rounds: int) -> dict[str, float]:
        """Measure an answer in this process."""
        if not runtime.runtime().is_following:
            runtime.start()
        self._measured += 1
        return in_process.measure(self._sql, path, headers, rounds, f"127.0.1.{self._measured}")
