"""The system routes blame exactly who failed, say why and until when, and give nothing away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from providers.domain.categories import Category
from providers.models import Chain, Endpoint, Provider
from providers.sandbox.client import Sandbox
from tests.hub import add_provider, flush, force_open, restart

pytestmark = pytest.mark.relaxed_timing

ROUTES = ["providers/health", "binance/health", "circuit-breakers", "providers/stats"]


def system(client: Client, path: str) -> Any:
    response = client.get(f"/api/system/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def request_prices(client: Client, symbols: str = "BTC", times: int = 1) -> None:
    for _ in range(times):
        client.get(f"/api/prices?symbols={symbols}")


def price_rows(client: Client) -> dict[str, Any]:
    rows = system(client, "providers/health")["providers"]["MARKET_PRICE"]
    return {row["name"]: row for row in rows}


# -- providers/health ---------------------------------------------------------------------------------------------


def test_health_names_every_category_and_the_fields_of_the_contract(hub: Chain, client: Client) -> None:
    answer = system(client, "providers/health")
    assert set(answer) == {"success", "providers", "summary", "meta"}
    assert set(answer["providers"]) == {*(category.value for category in Category), "binance_dns"}
    assert answer["providers"]["NEWS"] == []
    assert {
        *("name", "priority", "status", "available", "success_rate"),
        *("consecutive_failures", "response_time_ms", "last_check"),
    } <= set(answer["providers"]["MARKET_PRICE"][0])


def test_a_provider_never_called_is_unknown_not_healthy(hub: Chain, client: Client) -> None:
    request_prices(client)
    rows = price_rows(client)
    assert (rows["binance"]["status"], rows["binance"]["success_rate"]) == ("healthy", 100.0)
    assert (rows["kraken"]["status"], rows["kraken"]["success_rate"], rows["kraken"]["last_check"]) == (
        "unknown",
        None,
        None,
    )


def test_priorities_are_the_positions_in_the_chain(hub: Chain, client: Client) -> None:
    assert [(row["name"], row["priority"]) for row in price_rows(client).values()] == [
        ("binance", 1),
        ("kraken", 2),
        ("okx", 3),
    ]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("refuse", {}),
        ("html200", {}),
        ("error200", {}),
        ("status", {"status": 500}),
        ("empty", {}),
        ("status", {"status": 451}),
    ],
)
def test_a_failure_counts_only_against_the_provider_that_failed(
    hub: Chain, sandbox: Sandbox, client: Client, kind: str, options: dict[str, Any]
) -> None:
    sandbox.fault("binance", kind, **options)
    request_prices(client, times=4)
    rows = price_rows(client)
    assert (rows["binance"]["available"], rows["kraken"]["available"]) == (False, True)
    assert rows["binance"]["reason"]
    assert rows["kraken"]["status"] == "healthy"
    assert system(client, "providers/health")["summary"]["failing"] == 1


def test_a_rate_limited_provider_is_in_cooldown_until_the_time_it_named(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.fault("binance", "status", status=429, retry_after=30)
    request_prices(client)
    row = price_rows(client)["binance"]
    assert (row["status"], row["reason"]) == ("parked", "its rate limit is reached")
    wait = datetime.fromisoformat(row["retry_at"]) - datetime.fromisoformat(row["last_check"])
    assert 28 <= wait.total_seconds() <= 31


def test_a_cooldown_survives_a_restart(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "status", status=429, retry_after=30)
    request_prices(client)
    restart()
    assert price_rows(client)["binance"]["status"] == "parked"


def test_a_provider_without_its_key_is_not_configured_and_not_failing(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    hub.links.create(provider=add_provider(sandbox, "coincap"), position=9)
    restart()
    assert price_rows(client)["coincap"]["status"] == "not_configured"
    assert system(client, "providers/health")["summary"]["failing"] == 0


def test_one_category_can_be_requested(hub: Chain, client: Client) -> None:
    answer = system(client, "providers/health?category=market_price")
    assert set(answer["providers"]) == {"MARKET_PRICE", "binance_dns"}
    assert answer["summary"]["total"] == 3


# -- binance/health -----------------------------------------------------------------------------------------------


def test_binance_health_lists_each_mirror_with_the_fields_of_the_contract(hub: Chain, client: Client) -> None:
    answer = system(client, "binance/health")["binance_health"]
    assert answer["total_endpoints"] == len(answer["endpoints"]) == 6
    assert [row["url"] for row in answer["endpoints"]] == list(
        Endpoint.objects.filter(provider__slug="binance").order_by("position").values_list("base_url", flat=True)
    )
    assert {
        *("url", "available", "consecutive_failures", "success_rate", "total_requests"),
        *("avg_response_time_ms", "last_success", "last_failure", "backoff_until"),
    } <= set(answer["endpoints"][0])


def test_only_the_mirror_that_refuses_is_unavailable(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "refuse", n=0)
    request_prices(client, times=4)
    answer = system(client, "binance/health")
    first, second, *_ = answer["binance_health"]["endpoints"]
    assert (first["available"], first["unavailable_in"], first["success_rate"]) == (False, ["MARKET_PRICE"], 0.0)
    assert first["consecutive_failures"] >= 3
    assert first["backoff_until"] is not None
    assert (second["available"], second["success_rate"]) == (True, 100.0)
    assert answer["summary"]["available_endpoints"] == 5


def test_without_binance_no_mirrors_are_listed(hub: Chain, client: Client) -> None:
    Provider.objects.filter(slug="binance").delete()
    restart()
    assert system(client, "binance/health")["binance_health"]["endpoints"] == []


# -- circuit-breakers ---------------------------------------------------------------------------------------------


def test_breakers_are_listed_by_endpoint_with_the_fields_of_the_contract(hub: Chain, client: Client) -> None:
    answer = system(client, "circuit-breakers")
    rows = answer["circuit_breakers"]["MARKET_PRICE"]
    assert len(rows) == answer["summary"]["total"] == 8
    assert {
        *("provider", "endpoint", "circuit_open", "state", "consecutive_failures"),
        *("status", "available", "priority", "retry_at"),
    } <= set(rows[0])
    assert {row["state"] for row in rows} == {"closed"}


def test_an_open_breaker_says_when_it_is_tried_again(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("binance", "refuse", n=0)
    request_prices(client, times=4)
    first, second, *_ = system(client, "circuit-breakers")["circuit_breakers"]["MARKET_PRICE"]
    assert (first["circuit_open"], first["state"], first["available"]) == (True, "open", False)
    assert first["retry_at"] is not None
    assert (second["circuit_open"], second["available"]) == (False, True)


def test_a_breaker_tripped_by_hand_has_that_reason(hub: Chain, client: Client) -> None:
    kraken = Endpoint.objects.get(provider__slug="kraken")
    force_open(f"endpoint:{kraken.pk}")
    rows = system(client, "circuit-breakers")["circuit_breakers"]["MARKET_PRICE"]
    (row,) = [row for row in rows if row["provider"] == "kraken"]
    assert (row["state"], row["reason"], row["retry_at"]) == ("open", "tripped by hand", None)


# -- providers/stats ----------------------------------------------------------------------------------------------


def test_stats_contain_the_share_of_each_provider(hub: Chain, client: Client) -> None:
    request_prices(client, "BTC", times=3)
    request_prices(client, "SOL", times=1)
    answer = system(client, "providers/stats")["statistics"]["MARKET_PRICE"]
    assert {"providers", "total_providers", "requests", "avg_success_rate", "p50_ms", "p95_ms"} == set(answer)
    assert (answer["total_providers"], answer["requests"], answer["avg_success_rate"]) == (3, 4, 100.0)
    assert {row["name"]: row["share"] for row in answer["providers"]} == {"binance": 75.0, "kraken": 25.0, "okx": 0.0}
    assert answer["p50_ms"] > 0


def test_counts_are_reported_before_they_are_written_and_do_not_change_then(hub: Chain, client: Client) -> None:
    request_prices(client, times=3)
    at_once = system(client, "providers/stats")["statistics"]
    flush()
    assert system(client, "providers/stats")["statistics"] == at_once
    request_prices(client)
    assert system(client, "providers/stats")["statistics"]["MARKET_PRICE"]["requests"] == 4


def test_a_category_without_traffic_has_no_figures(hub: Chain, client: Client) -> None:
    answer = system(client, "providers/stats")["statistics"]["NEWS"]
    assert answer == {
        "providers": [],
        "total_providers": 0,
        "requests": 0,
        "avg_success_rate": None,
        "p50_ms": None,
        "p95_ms": None,
    }


# -- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_hub_answers_too(transactional_db: None, client: Client, route: str) -> None:
    restart()
    response = client.get(f"/api/system/{route}")
    assert response.status_code == 200
    assert response.json()["success"] is True
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", ROUTES)
def test_a_parameter_that_is_not_there_is_refused(client: Client, route: str) -> None:
    response = client.get(f"/api/system/{route}?depth=5")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["errors"][0]["field"] == "depth"


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "binance/health"])
def test_an_unknown_category_is_refused_with_the_allowed_ones(client: Client, route: str) -> None:
    response = client.get(f"/api/system/{route}?category=PRICES")
    assert response.status_code == 400
    assert "MARKET_PRICE" in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("route", ["providers/health", "circuit-breakers", "providers/stats"])
def test_no_url_key_or_upstream_text_is_given_away(hub: Chain, sandbox: Sandbox, client: Client, route: str) -> None:
    sandbox.fault("*", "status", status=500)
    request_prices(client, times=3)
    text = client.get(f"/api/system/{route}").content.decode()
    assert "http" not in text
    assert "HTTP 500" not in text
