"""A hub over the sandbox, for what is tested through it."""

from __future__ import annotations

from tests.markets.conftest import hub
from tests.providers.engine_harness import road

__all__ = ["hub", "road"]
