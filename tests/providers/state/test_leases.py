"""A lease has one holder, and passes on when it lapses, is given back or is handed over."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from providers.state import leases

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TERM = timedelta(seconds=10)


@pytest.mark.django_db
def test_a_free_lease_goes_to_the_first_who_asks_and_to_nobody_else() -> None:
    assert leases.acquire("alerts", "a", TERM, NOW)
    assert not leases.acquire("alerts", "b", TERM, NOW)
    assert leases.is_held("alerts", NOW)


@pytest.mark.django_db
def test_a_lease_that_was_not_renewed_passes_to_the_next() -> None:
    leases.acquire("alerts", "a", TERM, NOW)
    assert not leases.is_held("alerts", NOW + TERM)
    assert leases.acquire("alerts", "b", TERM, NOW + TERM)
    assert leases.renew("alerts", "a", TERM, NOW + TERM) == leases.Renewal(held=False)


@pytest.mark.django_db
def test_a_renewed_lease_stays_where_it_is() -> None:
    leases.acquire("alerts", "a", TERM, NOW)
    assert leases.renew("alerts", "a", TERM, NOW + TERM / 2).held
    assert not leases.acquire("alerts", "b", TERM, NOW + TERM)


@pytest.mark.django_db
def test_a_holder_learns_at_its_next_renewal_that_somebody_waits() -> None:
    leases.acquire("alerts", "a", TERM, NOW)
    assert not leases.renew("alerts", "a", TERM, NOW).claimed
    leases.claim_next("alerts", "b")
    assert leases.renew("alerts", "a", TERM, NOW).claimed
    leases.release("alerts", "a", NOW)
    assert leases.acquire("alerts", "b", TERM, NOW)
    assert not leases.renew("alerts", "b", TERM, NOW).claimed


@pytest.mark.django_db
def test_only_the_holder_can_give_a_lease_back() -> None:
    leases.acquire("alerts", "a", TERM, NOW)
    leases.release("alerts", "b", NOW)
    assert leases.is_held("alerts", NOW)


@pytest.mark.django_db
def test_two_names_are_two_leases() -> None:
    assert leases.acquire("alerts", "a", TERM, NOW)
    assert leases.acquire("probes", "b", TERM, NOW)


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_ask_at_once_one_gets_it() -> None:
    start, got = threading.Barrier(8), []

    def ask(holder: str) -> None:
        start.wait()
        if leases.acquire("alerts", holder, TERM, NOW):
            got.append(holder)
        connection.close()

    threads = [threading.Thread(target=ask, args=(f"holder-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
