"""Liveness needs no other part; readiness names the part that is not ready."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from cryptohub import heartbeat
from providers.state import runtime


def parts(client: Client) -> tuple[int, dict[str, dict[str, object]]]:
    response = client.get("/readyz")
    return response.status_code, response.json()["parts"]


@pytest.fixture
def whole(db: None) -> Any:
    """Everything readiness asks for."""
    cache.clear()
    runtime.reset().refresh()
    heartbeat.record()
    yield
    cache.clear()
    runtime.reset()


def test_liveness_needs_no_database(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_if_every_part_is_ready(client: Client, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    status, answer = parts(client)
    assert (status, {name for name, part in answer.items() if not part["ready"]}) == (200, set())


def test_a_worker_that_has_run_no_task_is_reported(client: Client, whole: Any) -> None:
    cache.clear()
    status, answer = parts(client)
    assert status == 503
    assert answer["worker"] == {"ready": False, "detail": "no task has been started yet"}


def test_a_stopped_worker_is_reported_with_the_age_of_its_last_task(
    client: Client, whole: Any, time_machine: Any
) -> None:
    time_machine.move_to(time.time() + heartbeat.LIMIT_S + 5.5, tick=False)
    status, answer = parts(client)
    assert status == 503
    assert re.fullmatch(r"last task started 5\d s ago", str(answer["worker"]["detail"]))


def test_an_unapplied_migration_is_reported(client: Client, whole: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    status, answer = parts(client)
    assert (status, answer["migrations"]) == (503, {"ready": False, "detail": "1 not applied"})


def test_a_snapshot_that_is_not_loaded_is_reported(client: Client, whole: Any) -> None:
    runtime.reset()
    assert parts(client)[1]["snapshot"]["ready"] is False
