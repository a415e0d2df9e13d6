"""A key is read from the usual Authorization headers, and any other header is refused aloud."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cryptohub.conftest import MakeKey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer", "TOKEN"])
def test_a_key_is_accepted_in_both_schemes(make_key: MakeKey, scheme: str) -> None:
    key = make_key().partition(" ")[2]
    answer = Client().get("/api/events", headers={"Authorization": f"{scheme} {key}"})
    assert answer.status_code == 200
    assert answer["RateLimit-Policy"].startswith('"key"')


@pytest.mark.parametrize("header", ["hub_0123456789a", "Key abc", "Bearer", "Token ", "Digest x=1"])
@pytest.mark.parametrize("path", ["/api/events", "/api/watchlists/"])
def test_another_header_is_refused_with_what_is_allowed(header: str, path: str) -> None:
    answer = Client().get(path, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "Bearer <key>" in answer.json()["detail"]


def test_basic_credentials_may_be_a_proxys() -> None:
    assert Client().get("/api/events", headers={"Authorization": "Basic YTpi"}).status_code == 200
