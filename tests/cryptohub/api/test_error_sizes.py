"""A request that is refused gets a short answer, soon, whatever is in it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from cryptohub.api.errors import LONGEST_DETAIL, MOST_ERRORS
from cryptohub.public_handler import url_routes

pytestmark = pytest.mark.django_db

LARGEST = 40_000
BOUND_S = 2.0
"""Of processor time; what was mended took that long for one body, these take a tenth of it."""
FIELDS = ("symbol", "symbols", "name", "items", "coins", "holdings", "strategy", "action", "asset", "interval", "days")


def routes() -> list[str]:
    """Every route of the API that takes a body, without those of one object."""
    found = []
    for path, view in url_routes(get_resolver().url_patterns):
        plain = "/" + path.replace(r"\Z", "").replace("$", "").replace("^", "")
        methods = {"post", "put", "patch", "create"} & set(dir(view)) if view is not None else set()
        if methods and plain.startswith("/api/") and not set(r"(?\[") & set(plain):
            found.append(plain)
    return sorted(set(found))


def bodies() -> dict[str, Any]:
    return {
        "many unknown members": {f"unknown{n}": 1 for n in range(45_000)},
        "long unknown members": {f"{n}" + "x" * 10_000: 1 for n in range(90)},
        "long lists": {field: ["nosuchcoin"] * 6_000 for field in FIELDS},
        "long lists of objects": {field: [{"a": n} for n in range(5_000)] for field in FIELDS},
        "long texts": dict.fromkeys(FIELDS, "x" * 80_000),
        "long numbers": dict.fromkeys(FIELDS, "9" * 80000),
        "a long list": [0] * 200_000,
        "nested objects": {field: {"a": {f"b{n}": 1 for n in range(5_000)}} for field in FIELDS},
    }


@pytest.mark.parametrize("kind", bodies())
def test_a_refused_body_gets_a_short_answer_soon(admin_client: Client, kind: str) -> None:
    body = json.dumps(bodies()[kind])
    assert len(body) < 1 << 20
    assert len(routes()) >= 8
    for path in routes():
        began = time.thread_time()
        response = admin_client.post(path, body, content_type="application/json")
        assert time.thread_time() - began < BOUND_S, path
        assert 400 <= response.status_code < 500, path
        assert len(response.content) < LARGEST, path


@pytest.mark.parametrize("query", ["&".join(f"u{n}=1" for n in range(5_000)), f"symbols={'x' * 50_000}", "x" * 60_000])
def test_a_refused_query_gets_a_short_answer(client: Client, query: str) -> None:
    for path in ("/api/prices", "/api/ohlcv/BTC", "/api/coins/search", "/api/news/latest", "/api/indicators/BTC"):
        response = client.get(f"{path}?{query}")
        assert 400 <= response.status_code < 500, path
        assert len(response.content) < LARGEST, path


def test_of_many_unknown_members_the_first_ten_are_named(client: Client) -> None:
    body = {f"unknown{n}": 1 for n in range(45_000)}
    response = client.post("/api/backtest", body, content_type="application/json")
    assert [error["field"] for error in response.json()["errors"]] == [f"unknown{n}" for n in range(10)]


def test_of_many_errors_the_first_are_listed_and_long_ones_are_cut() -> None:
    from rest_framework.exceptions import ValidationError

    from cryptohub.api import errors

    response = errors.handle(ValidationError({f"field{n}": ["x" * 5_000] for n in range(100)}), {})
    assert response is not None
    listed = json.loads(response.content)["errors"]
    assert len(listed) == MOST_ERRORS
    assert len(listed[0]["detail"]) == LONGEST_DETAIL + 1
