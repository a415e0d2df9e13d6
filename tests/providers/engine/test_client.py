"""GET and POST to one provider for code: the same health, cooldown and budget, and a POST is never sent twice."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

import providers
from providers.credentials import encryption
from providers.domain.outcomes import Failure, Outcome
from providers.models import Cooldown, Endpoint, Health, Provider
from tests.providers.engine_harness import BTC, Road, tried
from tests.providers.upstream import reply, serving

TICKER = ("/api/v3/ticker/24hr", {"symbol": "BTCUSDT"})


def get(road: Road, **more: Any) -> Any:
    road.engine.state.refresh()
    return providers.client("binance").get(*TICKER, **more)


def post(road: Road, **more: Any) -> Any:
    road.engine.state.refresh()
    return providers.client("binance").post("/api/v3/order/test", {"symbol": "BTCUSDT"}, body=b"{}", **more)


def failure(of: Any, road: Road, **more: Any) -> Failure:
    with pytest.raises(Failure) as found:
        of(road, **more)
    return found.value


def test_a_get_gives_the_providers_own_answer(road: Road) -> None:
    road.build("binance")
    answer = json.loads(get(road).body)
    assert answer["symbol"] == "BTCUSDT"


def test_clients_are_had_as_often_as_one_likes(road: Road) -> None:
    road.build("binance", "kraken")
    for slug in ("binance", "kraken", "binance"):
        assert providers.client(slug).slug == slug


def test_a_get_goes_on_to_the_next_endpoint(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "refuse", n=0)
    road.sandbox.fault("binance", "status", n=1, status=500)
    assert get(road).status == 200
    assert road.blamed() == {"binance/0", "binance/1|MARKET_PRICE"}


def test_what_fails_for_code_is_shut_for_prices_too(road: Road) -> None:
    road.build("kraken", "binance")
    road.sandbox.fault("kraken", "refuse")
    road.engine.state.refresh()
    for _ in range(3):
        with pytest.raises(Failure):
            providers.client("kraken").get("/0/public/Time")
    assert tried(road.ask()) == ["binance ok"]


@pytest.mark.parametrize("fault", [("reset", {}), ("hang", {}), ("status", {"status": 500}), ("truncated", {})])
def test_a_post_that_may_have_reached_a_server_is_never_sent_again(road: Road, fault: tuple[str, Any]) -> None:
    road.build("binance")
    road.sandbox.fault("binance", fault[0], **fault[1])
    failure(post, road, deadline_s=1.5)
    assert road.calls() == 1


def test_a_post_that_reached_nobody_goes_on(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "refuse", n=0)
    failure(post, road)
    assert [(call["n"], call["method"]) for call in road.sandbox.log()] == [(1, "POST")]


def test_a_post_carries_its_body_and_type(road: Road) -> None:
    road.build("binance")
    with serving(reply(b'{"ok": true}')) as upstream:
        Endpoint.objects.all().delete()
        Endpoint.objects.create(provider=Provider.objects.get(), base_url=upstream.url)
        assert post(road).body == b'{"ok": true}'
    assert upstream.requests == ["POST /api/v3/order/test?symbol=BTCUSDT"]
    assert "Content-Type: application/json" in upstream.heads[0]


def test_who_is_limited_is_parked_and_left_alone(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "status", status=429, retry_after=30)
    assert failure(get, road).outcome is Outcome.RATE_LIMITED
    assert Cooldown.objects.filter(key="group:binance").exists()
    assert failure(get, road).detail == "no endpoint of it may be asked now"
    assert road.calls() == 1


def test_the_deadline_is_for_all_endpoints_together(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "hang")
    began = time.monotonic()
    assert failure(get, road, deadline_s=0.4).outcome is Outcome.TIMEOUT
    assert time.monotonic() - began < 3


def test_a_wrong_path_is_the_callers_own_mistake(road: Road) -> None:
    """Code that asks for what is not there must not take the provider's prices down with it."""
    road.build("binance", "kraken")
    with serving(reply(b"not found", "404 Not Found")) as upstream:
        Endpoint.objects.filter(provider__slug="binance").delete()
        Endpoint.objects.create(provider=Provider.objects.get(slug="binance"), base_url=upstream.url)
        for _ in range(5):
            assert failure(get, road).outcome is Outcome.BAD_REQUEST
        assert len(upstream.requests) == 5
    assert road.blamed() == set()


def test_a_path_that_needs_a_key_we_do_not_have_is_the_callers_own_mistake(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "status", status=401)
    assert failure(get, road).outcome is Outcome.BAD_REQUEST
    assert road.blamed() == set()
    road.sandbox.clear()
    assert get(road).status == 200


def test_a_key_that_is_refused_parks_its_provider(road: Road) -> None:
    road.build("coincap")
    Provider.objects.update(api_key_encrypted=encryption.encrypt("wrong"))
    road.engine.state.refresh()
    road.sandbox.fault("coincap", "status", status=401)
    with pytest.raises(Failure):
        providers.client("coincap").get("/v3/assets")
    assert road.blamed() == {"coincap"}


def test_the_key_goes_with_the_call_and_nowhere_else(road: Road) -> None:
    road.build("coincap")
    with serving(reply()) as upstream:
        Endpoint.objects.update(base_url=upstream.url)
        Provider.objects.update(api_key_encrypted=encryption.encrypt("s3cret"))
        road.engine.state.refresh()
        providers.client("coincap").get("/v3/assets")
    assert "s3cret" in upstream.heads[0]
    road.finish_pending()
    assert "s3cret" not in str(list(Health.objects.values()))


def test_without_its_key_a_provider_is_not_asked(road: Road) -> None:
    road.build("coincap")
    with pytest.raises(Failure) as found:
        providers.client("coincap").get("/v3/assets")
    assert "not configured" in found.value.detail
    assert road.calls() == 0


def test_a_provider_nobody_knows_or_that_is_switched_off_is_not_asked(road: Road) -> None:
    road.build("binance")
    with pytest.raises(Failure):
        providers.client("nobody").get("/")
    Provider.objects.update(enabled=False)
    failure(get, road)
    assert road.calls() == 0


def test_an_endpoint_no_chain_leads_to_is_tried_again_after_its_time(road: Road) -> None:
    """Nobody probes it: without a trial of its own it would be shut for ever."""
    road.build("kraken")
    road.provider("binance")
    Endpoint.objects.filter(provider__slug="binance", position__gt=0).delete()
    road.sandbox.fault("binance", "refuse")
    for _ in range(3):
        failure(get, road)
    while road.engine.state.health.take_extra_call(time.time()):
        pass  # a last resort would hide that nobody tries
    road.sandbox.clear()
    failure(get, road)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3), tick=False):
        assert get(road).status == 200
        assert get(road).status == 200


def test_when_all_is_shut_code_has_its_last_resorts_within_the_budget(road: Road) -> None:
    road.build("kraken")
    road.sandbox.fault("kraken", "status", status=500)
    for _ in range(3):
        road.ask()
    road.sandbox.clear()
    assert providers.client("kraken").get("/0/public/Time").status == 200


def test_a_limit_the_provider_says_is_used_up_stops_code_too(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "quota", calls=6000, window_s=60, used=5900)
    get(road)
    assert failure(get, road).detail == "no endpoint of it may be asked now"
    assert tried(road.ask(BTC)) == ["kraken ok"]


def test_a_model_of_the_hubs_own_is_not_asked_over_the_network(road: Road) -> None:
    road.build("binance")
    Provider.objects.create(slug="momentum", name="Momentum", adapter="local:momentum")
    road.engine.state.refresh()
    with pytest.raises(Failure) as refused:
        providers.client("momentum").get("/")
    assert refused.value.outcome is Outcome.NOT_SUPPORTED
