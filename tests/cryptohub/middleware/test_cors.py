"""Scripts of listed origins may read the API, without cookies."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

APP, OTHER = "https://app.example.org", "https://evil.example"


@pytest.fixture
def listed(settings: Any) -> Client:
    settings.CORS_ALLOWED_ORIGINS, settings.CORS_URLS_REGEX = [APP], r"^/api/"
    return Client()


def preflight(client: Client, path: str, origin: str = APP) -> Any:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,if-none-match"}
    return client.options(path, headers={"Origin": origin, **asked})


@pytest.mark.parametrize("path", ["/api/prices", "/api/watchlists/", "/api/system/quarantine"])
def test_a_preflight_is_answered_without_a_database_also_where_a_key_is_needed(listed: Client, path: str) -> None:
    answer = preflight(listed, path)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == APP
    assert {"authorization", "if-none-match", "x-request-id", "content-type"} <= words(
        answer["Access-Control-Allow-Headers"]
    )
    assert {"get", "post", "patch", "delete"} <= words(answer["Access-Control-Allow-Methods"])
    assert "Access-Control-Allow-Credentials" not in answer


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/prices"])
def test_scripts_can_read_refusals_and_their_headers_too(listed: Client, path: str) -> None:
    answer = listed.get(path, headers={"Origin": APP})
    assert answer.status_code in {400, 404}
    assert answer["Access-Control-Allow-Origin"] == APP
    exposed = {"etag", "age", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id", "www-authenticate"}
    assert words(answer["Access-Control-Expose-Headers"]) == exposed


@pytest.mark.parametrize("origin", [APP, OTHER, ""])
def test_caches_learn_that_answers_vary_by_origin(listed: Client, origin: str) -> None:
    answer = listed.get("/api/nowhere", headers={"Origin": origin} if origin else {})
    assert "origin" in words(answer["Vary"])
    assert answer.get("Access-Control-Allow-Origin") == (APP if origin == APP else None)


def test_pages_are_closed_to_other_sites(listed: Client) -> None:
    assert "Access-Control-Allow-Origin" not in listed.get("/healthz", headers={"Origin": APP})


def test_without_listed_origins_other_sites_read_nothing(client: Client) -> None:
    answer = client.get("/api/nowhere", headers={"Origin": APP})
    assert "Access-Control-Allow-Origin" not in answer
    assert "Vary" not in answer
