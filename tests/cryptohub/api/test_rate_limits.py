"""Rate limits hold over threads and processes, most requests cost no statement, and headers report the limit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.db import OperationalError, close_old_connections, connection, connections
from django.http import HttpResponseNotModified
from django.test import Client, RequestFactory

from cryptohub.api import rate_limiter
from cryptohub.api.middleware import api_clients
from cryptohub.api.rate_counters import DatabaseRateCounters, RedisRateCounters, Unreachable, rate_counters
from cryptohub.api.rate_limiter import Limiter, block_size, window_end
from cryptohub.conf.rates import Rate
from cryptohub.models import RateCounter
from tests.conftest import REDIS_URL
from tests.memory_rate_counters import MemoryRateCounters

ROOT = Path(__file__).parents[3]
RATE = Rate(100, 86400)
NOW = 1_800_000_000.0


class Shaky(MemoryRateCounters):
    """A shared count that can be reached at times."""

    there = True

    def take(self, client: str, ends: int, tokens: int) -> int:
        taken = super().take(client, ends, tokens if self.there else 0)
        if not self.there:
            raise Unreachable
        return taken


def spend(limiter: Limiter, times: int, client: str = "a", rate: Rate = RATE, now: float = NOW) -> int:
    """How many of so many requests are let through."""
    return sum(limiter.take(client, rate, now).allowed for _ in range(times))


# -- one process --------------------------------------------------------------------------------------------------


def test_exactly_the_quota_is_allowed_in_a_window() -> None:
    assert spend(Limiter(MemoryRateCounters()), 300) == 100


def test_a_new_window_brings_a_new_quota() -> None:
    limiter = Limiter(MemoryRateCounters())
    ends = window_end(f"a/{RATE.window_s}", RATE, NOW)
    assert spend(limiter, 200, now=ends - 1) == 100
    assert spend(limiter, 200, now=ends) == 100


def test_clients_are_counted_apart() -> None:
    limiter = Limiter(MemoryRateCounters())
    assert [spend(limiter, 150, client) for client in ("a", "b")] == [100, 100]


def test_the_shared_counters_are_used_once_a_block_and_not_for_refused_requests() -> None:
    counters = MemoryRateCounters()
    limiter = Limiter(counters)
    spend(limiter, 100)
    assert counters.calls == RATE.quota / block_size(RATE) == 10
    spend(limiter, 1000)
    assert counters.calls == 10


def test_the_status_gives_what_is_left_and_until_when() -> None:
    limiter = Limiter(MemoryRateCounters())
    ends = window_end(f"a/{RATE.window_s}", RATE, NOW)
    first, second = (limiter.take("a", RATE, ends - 10.4) for _ in range(2))
    assert (first.remaining, first.reset_s, second.remaining) == (99, 11, 98)


def test_windows_begin_at_a_different_moment_for_each_client() -> None:
    assert len({window_end(f"client {n}", Rate(10, 60), NOW) for n in range(50)}) > 10


@pytest.mark.parametrize(("quota", "tokens"), [(1, 1), (9, 1), (100, 10), (3000, 300), (10**9, 1000)])
def test_a_block_is_a_tenth_of_the_quota_within_bounds(quota: int, tokens: int) -> None:
    assert block_size(Rate(quota, 60)) == tokens


# -- ahead --------------------------------------------------------------------------------------------------------


class Later:
    """Does what is to be done behind the callers when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def __call__(self, job: Callable[[], None]) -> bool:
        self.jobs.append(job)
        return True

    def catch_up(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


def test_the_next_block_is_leased_in_the_background_and_only_the_first_request_waits() -> None:
    counters, later = MemoryRateCounters(), Later()
    limiter = Limiter(counters, submit=later)
    spend(limiter, 1)
    waited_for = 0
    for _ in range(60):
        before = counters.calls
        assert spend(limiter, 1) == 1
        waited_for += counters.calls - before
        later.catch_up()
    assert waited_for == 0


def test_a_block_that_is_late_is_leased_by_the_request_and_the_quota_holds() -> None:
    counters, later = MemoryRateCounters(), Later()
    limiter = Limiter(counters, submit=later)
    assert spend(limiter, 50) == 50
    assert len(later.jobs) == 1
    later.catch_up()
    assert spend(limiter, 300) == 50


def test_a_block_that_comes_after_its_window_is_not_spent_in_the_next() -> None:
    later = Later()
    limiter = Limiter(MemoryRateCounters(), submit=later)
    ends = window_end(f"a/{RATE.window_s}", RATE, NOW)
    assert spend(limiter, 8, now=ends - 1) == 8
    assert spend(limiter, 1, now=ends) == 1
    later.catch_up()
    assert spend(limiter, 300, now=ends) == 99


# -- many at once -------------------------------------------------------------------------------------------------


def rush(limiters: list[Limiter], threads: int, times: int) -> int:
    """So many threads, spread over instances that share a count; how many requests are let through in all."""

    def one(number: int) -> int:
        try:
            return spend(limiters[number % len(limiters)], times)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(one, range(threads)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("instances", [1, 2])
def test_the_database_allows_exactly_the_quota_at_32_connections(instances: int) -> None:
    assert rush([Limiter(DatabaseRateCounters()) for _ in range(instances)], 32, 20) == 100


@pytest.mark.redis
@pytest.mark.parametrize("instances", [1, 2])
def test_redis_allows_exactly_the_quota_at_32_connections(instances: int) -> None:
    url = live.CACHES["default"]["LOCATION"]
    RedisRateCounters(url)._client.delete(*RedisRateCounters(url)._client.keys("cryptohub:tally:*") or ["-"])
    assert rush([Limiter(RedisRateCounters(url)) for _ in range(instances)], 32, 20) == 100


def test_a_process_that_holds_unspent_tokens_costs_the_others_less_than_a_block() -> None:
    counters = MemoryRateCounters()
    idle, busy = Limiter(counters), Limiter(counters)
    spend(idle, 1)
    assert RATE.quota - block_size(RATE) < 1 + spend(busy, 300) <= RATE.quota


ELSEWHERE = """
import django; django.setup()
from cryptohub.api.rate_limiter import Limiter
from cryptohub.conf.rates import Rate
from cryptohub.api.rate_counters import rate_counters
limiter = Limiter(rate_counters())
print(sum(limiter.take("a", Rate(100, 86400), 1_800_000_000.0).allowed for _ in range(300)))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_allow_exactly_the_quota(child_environment: dict[str, str]) -> None:
    environment = child_environment | {"DJANGO_SETTINGS_MODULE": "cryptohub.settings"}
    if REDIS_URL:
        RedisRateCounters(environment["REDIS_URL"])._client.flushdb()
    command = [sys.executable, "-c", ELSEWHERE]
    started = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert sum(int(child.communicate()[0]) for child in started) == 100


# -- the count ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "kind"), [("", DatabaseRateCounters), ("redis://127.0.0.1:9/0", RedisRateCounters)]
)
def test_the_settings_name_the_class_and_its_location(settings: Any, location: str, kind: type) -> None:
    settings.RATE_COUNTERS = {"BACKEND": f"{kind.__module__}.{kind.__qualname__}", "LOCATION": location}
    assert type(rate_counters()) is kind


@pytest.mark.django_db
def test_a_lease_is_one_statement_and_a_row_per_client(django_assert_num_queries: Any) -> None:
    counters = DatabaseRateCounters()
    assert [counters.take("a", 100, 10), counters.take("a", 100, 10), counters.take("b", 100, 5)] == [10, 20, 5]
    assert counters.take("a", 160, 10) == 10
    assert counters.take("a", 100, 10) == 20, "a clock that is behind counts on the newer window"
    assert RateCounter.objects.count() == 2
    extra = 2 if connection.vendor == "sqlite" else 0  # how long to wait for the lock, and back
    with django_assert_num_queries(1 + extra):
        counters.take("a", 160, 10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases lock rows")
def test_a_request_does_not_wait_long_for_sqlites_writer() -> None:
    limiter, counters = Limiter(DatabaseRateCounters()), DatabaseRateCounters()
    with ThreadPoolExecutor(1) as elsewhere, connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        assert elsewhere.submit(lambda: apart(lambda: limiter.take("a", RATE, NOW).allowed)).result()
        cursor.execute("ROLLBACK")
        assert elsewhere.submit(lambda: apart(lambda: counters.take("a", 1, 1))).result() == 1
        assert elsewhere.submit(lambda: apart(patience)).result() == 20_000


def apart(job: Callable[[], Any]) -> Any:
    try:
        return job()
    finally:
        close_old_connections()


def patience() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        return int(cursor.fetchone()[0])


def test_a_process_counts_locally_while_the_counters_are_unreachable_and_logs_it_once(caplog: Any) -> None:
    counters, clock = Shaky(), [0.0]
    limiter = Limiter(counters, lambda: clock[0])
    assert spend(limiter, 35) == 35
    counters.there = False
    assert spend(limiter, 300) == 65, "from what it had last heard"
    assert spend(limiter, 300, "b") == 100
    assert (counters.calls, caplog.text.count("counts locally")) == (4 + 1, 1)
    clock[0], counters.there = 2.0, True
    with caplog.at_level("INFO"):
        assert spend(limiter, 300, "c") == 100
    assert caplog.text.count("reachable again") == 1


@pytest.mark.django_db
def test_a_database_that_fails_is_unreachable() -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(broken), pytest.raises(Unreachable):
        DatabaseRateCounters().take("a", 1, 1)


def test_a_redis_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        RedisRateCounters("redis://127.0.0.1:1/0").take("a", 1, 1)


# -- over HTTP ----------------------------------------------------------------------------------------------------

PATH = "/api/system/circuit-breakers"


def request_once(path: str = PATH, address: str = "192.0.2.7", client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).get(path, headers=headers, REMOTE_ADDR=address)


@pytest.mark.django_db
def test_beyond_the_limit_is_a_problem_with_retry_after(near: Any) -> None:
    assert {request_once().status_code for _ in range(20)} == {200}
    refused = request_once()
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert refused["RateLimit-Policy"] == '"address";q=20;w=86400'
    assert refused["RateLimit"] == f'"address";r=0;t={refused["Retry-After"]}'
    assert refused.json()["type"] == "urn:cryptohub:problem:throttled"
    assert request_once(address="192.0.2.8").status_code == 200


@pytest.mark.django_db
def test_ipv6_is_counted_by_the_64_that_one_customer_has(near: Any) -> None:
    assert {request_once(address=f"2001:db8:1:2::{n:x}").status_code for n in range(20)} == {200}
    assert request_once(address="2001:db8:1:2:ffff::1").status_code == 429
    assert request_once(address="2001:db8:1:3::1").status_code == 200


@pytest.mark.django_db
def test_a_key_has_its_own_limit(near: Any, make_key: Any) -> None:
    key = make_key()
    answers = [request_once(Authorization=key) for _ in range(41)]
    assert [answer.status_code for answer in answers].count(200) == 40
    assert answers[0]["RateLimit-Policy"] == '"key";q=40;w=86400'
    assert request_once().status_code == 200
    assert request_once(Authorization=make_key()).status_code == 200


@pytest.mark.django_db
def test_a_signed_in_user_is_counted_as_one_client_from_any_address(near: Any, ann_client: Client) -> None:
    answers = [request_once(address=f"192.0.2.{n}", client=ann_client) for n in range(41)]
    assert [answer.status_code for answer in answers].count(200) == 40
    assert answers[0]["RateLimit-Policy"] == '"user";q=40;w=86400'


@pytest.mark.django_db
def test_bad_keys_are_counted_on_the_address_they_come_from(near: Any) -> None:
    wrong = f"Token hub_{'0' * 64}"
    assert [request_once(Authorization=wrong).status_code for _ in range(21)] == [401] * 20 + [429]


@pytest.mark.django_db
def test_pages_are_not_counted(near: Any, client: Client) -> None:
    assert {client.get("/healthz").status_code for _ in range(30)} == {200}
    assert "RateLimit" not in client.get("/healthz")


def test_a_304_has_the_rate_limit_headers_too(near: Any, rf: RequestFactory) -> None:
    answer = api_clients(lambda _: HttpResponseNotModified())(rf.get("/api/prices"))
    assert (answer.status_code, answer["RateLimit-Policy"]) == (304, '"address";q=20;w=86400')


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/nowhere", "/api/schema/", "/api/prices", "/api/watchlists/", "/api/docs/"])
def test_every_answer_has_the_rate_limit_headers(near: Any, path: str) -> None:
    answer = request_once(path)
    assert answer["RateLimit-Policy"] == '"address";q=20;w=86400'
    assert answer["RateLimit"].startswith('"address";r=19;t=')


@pytest.mark.django_db
def test_a_warm_request_with_a_key_costs_no_sql_here(near: Any, make_key: Any, django_assert_num_queries: Any) -> None:
    rate_limiter.reset(DatabaseRateCounters())
    key = make_key()
    request_once("/api/nowhere", Authorization=key)
    with django_assert_num_queries(0):
        assert request_once("/api/nowhere", Authorization=key)["RateLimit"].startswith('"key";r=38;')
