"""A looping task works alone, hands over, and stops when it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from providers.background import leased_loop
from providers.background.leased_loop import LoopEnvironment
from providers.state import leases

START = datetime(2026, 1, 1, tzinfo=UTC)
TERM = timedelta(seconds=20)


class Surroundings:
    """Time that passes only while the loop waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    @property
    def shell(self) -> LoopEnvironment:
        return LoopEnvironment(now=self.now, clock=lambda: self.seconds, wait=self.wait)


@pytest.mark.django_db
def test_turns_are_taken_at_their_pace_until_the_time_is_over() -> None:
    world, at = Surroundings(), []
    assert (
        leased_loop.run("work", lambda: at.append(world.seconds), every_s=5, duration_s=21, environment=world.shell)
        == 5
    )
    assert at == [0, 5, 10, 15, 20]


@pytest.mark.django_db
def test_the_lease_is_free_again_when_the_loop_has_ended() -> None:
    world = Surroundings()
    leased_loop.run("work", lambda: None, every_s=5, duration_s=6, environment=world.shell)
    assert not leases.is_held("work", world.now())


@pytest.mark.django_db
def test_the_one_at_work_hands_over_to_a_newcomer_at_its_next_turn() -> None:
    world = Surroundings()
    taken = leased_loop.run(
        "work", lambda: leases.claim_next("work", "newcomer"), every_s=5, duration_s=85, environment=world.shell
    )
    assert taken == 1
    assert leases.acquire("work", "newcomer", TERM, world.now())


@pytest.mark.django_db
def test_a_newcomer_takes_over_when_the_holder_has_died() -> None:
    world = Surroundings()
    leases.acquire("work", "dead", TERM, START)
    assert leased_loop.run("work", lambda: None, every_s=5, duration_s=30, environment=world.shell) == 2
    assert world.seconds >= TERM.total_seconds()


@pytest.mark.django_db
def test_a_newcomer_that_another_newcomer_follows_leaves_without_working() -> None:
    world = Surroundings()
    leases.acquire("work", "busy", timedelta(seconds=20), START)

    def wait(seconds: float) -> None:
        world.wait(seconds)
        leases.claim_next("work", "even newer")

    assert (
        leased_loop.run("work", lambda: None, every_s=5, duration_s=85, environment=replace(world.shell, wait=wait))
        == 0
    )
    assert world.seconds < 1


@pytest.mark.django_db
def test_a_loop_that_is_told_to_stop_does_so_within_half_a_second() -> None:
    world = Surroundings()
    shell = replace(world.shell, stopping=lambda: world.seconds >= 7)
    assert leased_loop.run("work", lambda: None, every_s=5, duration_s=85, environment=shell) == 2
    assert world.seconds <= 7.5


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_tried_again_when_the_database_drops_the_connection() -> None:
    world, tries = Surroundings(), []

    def turn() -> None:
        tries.append(world.seconds)
        if len(tries) == 1:
            raise OperationalError("server closed the connection unexpectedly")

    assert leased_loop.run("work", turn, every_s=5, duration_s=1, environment=world.shell) == 1
    assert len(tries) == 2


@pytest.mark.django_db
def test_a_turn_that_fails_ends_the_loop_and_frees_the_lease() -> None:
    world = Surroundings()

    def turn() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        leased_loop.run("work", turn, every_s=5, environment=world.shell)
    assert not leases.is_held("work", world.now())


def test_a_task_that_a_killed_worker_left_behind_is_overdue() -> None:
    assert leased_loop.is_overdue(START.isoformat(), START + timedelta(minutes=3))
    assert not leased_loop.is_overdue(START.isoformat(), START + timedelta(minutes=1))
    assert not leased_loop.is_overdue(None, START)
