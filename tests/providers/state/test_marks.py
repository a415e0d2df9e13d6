"""A mark in the cache is set once for its term, and gone after the clock was set back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from providers.state import marks

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_a_mark_is_taken_once() -> None:
    assert [marks.take("work", 10.0) for _ in range(3)] == [True, False, False]


def test_a_mark_set_before_the_clock_went_back_is_gone() -> None:
    with time_machine.travel(NOW, tick=False):
        assert marks.take("work", 10.0)
    with time_machine.travel(NOW - timedelta(hours=2), tick=False):
        assert [marks.take("work", 10.0) for _ in range(2)] == [True, False]
