"""A stored task is data: whoever can write a row runs no code with it."""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_q.models import Task

pytestmark = pytest.mark.django_db


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self.file,)


def stored(**fields: Any) -> Task:
    now = datetime.now(UTC)
    Task.objects.create(id="one", name="a", func="b", started=now, stopped=now, success=False, **fields)
    return Task.objects.get()


@pytest.mark.parametrize("value", ["text", 3, 1.5, None, ["a", 1], {"due": "2026-01-01"}, ("a",), b"bytes", {1, 2}])
def test_what_tasks_take_and_return_is_read(value: Any) -> None:
    task = stored(args=(value,), kwargs={"a": value}, result=value)
    assert (task.args, task.kwargs, task.result) == ((value,), {"a": value}, value)


def test_a_planted_result_runs_nothing(tmp_path: Path) -> None:
    stored(result="text")
    planted = base64.b64encode(pickle.dumps(Bomb(tmp_path / "fired"))).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_q_task SET result = %s", [planted])
    try:
        found: Any = Task.objects.get().result
    except pickle.UnpicklingError:
        found = planted
    assert found == planted
    assert not (tmp_path / "fired").exists()
