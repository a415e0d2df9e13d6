"""Keys are hashed, expire, have a scope, are revoked within a second, and are verified without SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.api.keys import KeyCache
from cryptohub.models import ApiKey
from tests.cryptohub.conftest import MakeKey

pytestmark = pytest.mark.django_db


def bare(header: str) -> str:
    return header.removeprefix("Token ")


def get(key: str, path: str = "/api/watchlists/", **options: Any) -> Any:
    return Client().get(path, headers={"Authorization": key}, **options)


def test_only_the_digest_and_the_beginning_of_a_key_are_stored(make_key: MakeKey) -> None:
    key = bare(make_key())
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cryptohub_apikey")
        stored = repr(cursor.fetchall())
    assert key not in stored
    assert key[15:] not in stored
    assert ApiKey.objects.get().prefix == key[:15]


def test_a_key_gives_access_to_its_owners_objects(make_key: MakeKey, bob: User) -> None:
    key = make_key(KeyScope.WRITE)
    created = Client().post(
        "/api/watchlists/", {"name": "mine"}, content_type="application/json", headers={"Authorization": key}
    )
    assert created.status_code == 201
    assert [row["name"] for row in get(key).json()["results"]] == ["mine"]
    assert get(make_key(KeyScope.WRITE, owner=bob)).json()["results"] == []


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [(KeyScope.MARKET, 403, 403), (KeyScope.READ, 200, 403), (KeyScope.WRITE, 200, 201)],
)
def test_a_key_does_what_its_scope_allows_and_no_more(
    make_key: MakeKey, scope: KeyScope, reads: int, writes: int
) -> None:
    key = make_key(scope)
    assert get(key).status_code == reads
    assert get(key, "/api/system/quarantine").status_code == 403
    created = Client().post(
        "/api/watchlists/", {"name": "a"}, content_type="application/json", headers={"Authorization": key}
    )
    assert created.status_code == writes


def test_operators_routes_take_an_operators_key_of_that_scope_only(make_key: MakeKey, admin_user: User) -> None:
    assert get(make_key(KeyScope.WRITE, owner=admin_user), "/api/system/quarantine").status_code == 403
    assert get(make_key(KeyScope.OPERATE, owner=admin_user), "/api/system/quarantine").status_code == 200


def test_an_operators_key_stops_working_when_its_owner_is_no_operator_any_more(
    make_key: MakeKey, admin_user: User
) -> None:
    key = make_key(KeyScope.OPERATE, owner=admin_user)
    User.objects.filter(pk=admin_user.pk).update(is_staff=False)
    assert get(key, "/api/system/quarantine").status_code == 403


def test_only_operators_can_create_an_operators_key(ann: User) -> None:
    with pytest.raises(ValidationError, match="Only operators"):
        keys.create(ann, "too much", KeyScope.OPERATE, 30)


@pytest.mark.parametrize("key", ["Token", "Token ", "Token hub_", "token hub_" + "0" * 64, "Token a b", "Token \u00e9"])
@pytest.mark.parametrize("path", ["/api/watchlists/", "/api/prices?symbols=BTC", "/api/nowhere"])
def test_a_bad_key_is_401_and_a_problem_on_every_route(make_key: MakeKey, key: str, path: str) -> None:
    refused = get(key, path)
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
    assert refused["WWW-Authenticate"] == 'Token realm="CryptoHub"'
    assert refused.json()["request_id"] == refused["X-Request-ID"]


def test_without_a_key_a_users_objects_are_401_with_the_challenge(db: None) -> None:
    refused = Client().get("/api/watchlists/")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Token realm="CryptoHub"')


def test_another_authorization_scheme_is_ignored(db: None) -> None:
    assert get("Basic cHJveHk6cHJveHk=", "/api/system/circuit-breakers").status_code == 200


@pytest.mark.parametrize(
    "query", ["token={}", "api_key=1", "symbols=BTC&access_token=1", "symbols={}", "ACCESS-TOKEN=x"]
)
def test_a_key_in_the_query_string_is_refused_and_repeated_nowhere(make_key: MakeKey, caplog: Any, query: str) -> None:
    key = bare(make_key())
    refused = Client().get(f"/api/prices?{query.format(key)}")
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:cryptohub:problem:key_in_query")
    assert key not in refused.content.decode() + caplog.text
    assert "Authorization" in refused.json()["detail"]


def test_an_expired_key_is_refused_at_once(make_key: MakeKey) -> None:
    key = make_key(KeyScope.READ, days=1)
    assert get(key).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert get(key).status_code == 401


def test_a_key_costs_no_sql_once_it_is_cached(make_key: MakeKey, django_assert_num_queries: Any) -> None:
    token = bare(make_key())
    with django_assert_num_queries(1):
        assert keys.verify(token, timezone.now())
    with django_assert_num_queries(0):
        assert keys.verify(token, timezone.now())


def test_a_malformed_key_costs_no_sql_at_all(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert keys.verify("hub_" + "x" * 64, timezone.now()) is None


@pytest.mark.parametrize(
    "change", [lambda: ApiKey.objects.all().delete(), lambda: User.objects.update(is_active=False)]
)
def test_another_process_drops_a_revoked_key_at_its_next_refresh(make_key: MakeKey, change: Any) -> None:
    token, elsewhere = bare(make_key()), KeyCache(lambda: 0.0)
    assert elsewhere.verify(token, timezone.now())
    change()
    assert elsewhere.verify(token, timezone.now()), "the race that is tolerated, for less than a second"
    elsewhere.refresh()
    assert elsewhere.verify(token, timezone.now()) is None


def test_a_process_that_does_not_refresh_trusts_its_cache_for_a_second(make_key: MakeKey) -> None:
    token, clock = bare(make_key()), [0.0]
    cache = KeyCache(lambda: clock[0])
    assert cache.verify(token, timezone.now())
    ApiKey.objects.all().delete()
    clock[0] = 1.01
    assert cache.verify(token, timezone.now()) is None


def test_a_refresh_rereads_all_keys_in_one_statement(make_key: MakeKey, django_assert_num_queries: Any) -> None:
    cache = KeyCache()
    with django_assert_num_queries(0):
        cache.refresh()
    for token in (bare(make_key()), bare(make_key())):
        assert cache.verify(token, timezone.now())
    with django_assert_num_queries(1):
        cache.refresh()


def test_a_cached_key_stays_valid_while_the_database_is_unreachable(make_key: MakeKey) -> None:
    token, clock = bare(make_key()), [0.0]
    cache = KeyCache(lambda: clock[0])
    assert cache.verify(token, timezone.now())
    clock[0] = 60.0
    with connection.execute_wrapper(unreadable):
        assert cache.verify(token, timezone.now())


def test_a_key_that_cannot_be_checked_is_503_and_not_401(make_key: MakeKey) -> None:
    with connection.execute_wrapper(unreadable):
        refused = get(f"Token hub_{'0' * 64}", "/api/system/circuit-breakers")
    assert (refused.status_code, refused["Retry-After"]) == (503, "2")


def unreadable(*_: Any) -> None:
    raise OperationalError("gone")


def test_the_hour_of_the_last_use_is_written_behind_and_once(make_key: MakeKey, django_assert_num_queries: Any) -> None:
    token, cache = bare(make_key()), KeyCache()
    assert cache.verify(token, timezone.now())
    with django_assert_num_queries(1):
        cache.flush()
    used = ApiKey.objects.get().last_used_at
    assert used is not None
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)
    assert cache.verify(token, timezone.now())
    with django_assert_num_queries(0):
        cache.flush()
