"""A cache entry is data: whoever can write one runs no code with it."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from cryptohub.conf.json_cache import JSONSerializer

VALUES: list[Any] = ["text", 0, 7, -1, 1.5, True, None, [1, "a"], {"a": [1.5]}, "é"]


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self.file,)


@pytest.mark.django_db
@pytest.mark.parametrize("value", VALUES)
def test_what_is_stored_is_returned(value: Any) -> None:
    cache.set("a", value, 60)
    assert cache.get("a", "default") == value
    assert cache.get_many(["a", "b"]) == {"a": value}
    assert not cache.add("a", "other")


@pytest.mark.django_db
def test_a_counter_counts() -> None:
    cache.set("n", 1)
    assert cache.incr("n") == 2
    assert cache.get("n") == 2


@pytest.mark.parametrize("value", VALUES)
def test_the_serializer_of_redis_returns_what_it_stored(value: Any) -> None:
    stored = JSONSerializer().dumps(value)
    assert JSONSerializer().loads(stored if isinstance(stored, bytes) else str(stored).encode()) == value


@pytest.mark.django_db
def test_what_json_does_not_have_is_not_stored() -> None:
    with pytest.raises(TypeError):
        cache.set("a", object())


def test_a_planted_entry_of_redis_runs_nothing(tmp_path: Path) -> None:
    assert JSONSerializer().loads(pickle.dumps(Bomb(tmp_path / "fired"))) is None
    assert not (tmp_path / "fired").exists()


@pytest.mark.django_db
@pytest.mark.skipif("Database" not in settings.CACHES["default"]["BACKEND"], reason="the cache is Redis")
def test_a_planted_entry_of_the_database_runs_nothing(tmp_path: Path) -> None:
    cache.set("a", "text", 60)
    planted = base64.b64encode(pickle.dumps(Bomb(tmp_path / "fired"))).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET value = %s", [planted])
        assert cursor.rowcount >= 1
    assert cache.get("a") is None
    assert not (tmp_path / "fired").exists()
