"""The whole hub, as it is shipped, over the sandbox; and every route asked once in each state of the upstreams."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from markets.assets import seed as asset_seed
from markets.models import StoredCandle
from providers.catalogue import seed
from providers.engine import thread_pool
from providers.models import Chain, ChainLink, Cooldown, DecisionRecord, Health, LastKnown, PeerPrice
from providers.sandbox.client import Sandbox
from tests import waiting
from tests.hub import flush, restart
from tests.hub_client import HubClient
from tests.walk.routes import ROUTES, Route

STATES = ("all well", "first dead", "all dead, known", "all dead, never known")


@dataclass(frozen=True)
class Answer:
    """What came back, and when."""

    status: int
    headers: dict[str, str]
    content: bytes
    at: float

    @property
    def body(self) -> Any:
        return json.loads(self.content)


@dataclass
class Walk:
    """Every route's answer in every state, and who was dead in the second."""

    dead: set[str] = field(default_factory=set)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def of(self, state: str, route: Route) -> Answer:
        return self.answers[state, str(route)]


@contextmanager
def whole_hub(sandbox: Sandbox) -> Iterator[None]:
    """Everything that is shipped, with nothing known yet. Deadlines and cache times are long: no time is tested."""
    allowed = settings.ALLOW_PRIVATE_UPSTREAMS
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    seed.seed(sandbox.endpoints)
    asset_seed.seed()
    Chain.objects.update(deadline_ms=30_000, cache_s=600)
    restart()
    try:
        yield
    finally:
        sandbox.reset()
        finish_pending()
        restart()
        call_command("flush", verbosity=0, interactive=False)
        settings.ALLOW_PRIVATE_UPSTREAMS = allowed


def finish_pending() -> None:
    """What goes on behind the callers has ended."""
    assert waiting.until(lambda: thread_pool.pool.busy == 0)


def begin(*, knowing: bool) -> None:
    """As a new process would, with what was last known or with nothing."""
    finish_pending()
    flush()
    if not knowing:
        for model in (LastKnown, StoredCandle, Health, Cooldown, PeerPrice, DecisionRecord):
            model.objects.all().delete()
    restart()


def first_of_each_chain() -> set[str]:
    """The providers, with endpoints, that each chain asks first."""
    firsts = [chain.links.order_by("position", "pk").first() for chain in Chain.objects.all()]
    return {link.provider.slug for link in firsts if link is not None and link.provider.endpoints.exists()}


def walk_routes(sandbox: Sandbox) -> Walk:
    """Ask every route in every state."""
    created, clients = Walk(), (HubClient(), signed_in())
    _ask(created, STATES[0], clients)
    begin(knowing=False)
    created.dead = first_of_each_chain()
    for slug in created.dead:
        sandbox.fault(slug, "refuse")
    local = ChainLink.objects.filter(chain__category="AI_PREDICTION").order_by("position").first()
    assert local is not None
    ChainLink.objects.filter(pk=local.pk).update(enabled=False)
    _ask(created, STATES[1], clients)
    begin(knowing=True)
    sandbox.fault("*", "refuse")
    _ask(created, STATES[2], clients)
    begin(knowing=False)
    _ask(created, STATES[3], clients)
    return created


def signed_in() -> Client:
    client = HubClient()
    client.force_login(get_user_model().objects.create_user("walker"))
    return client


def _ask(created: Walk, state: str, clients: tuple[Client, Client]) -> None:
    for route in ROUTES:
        created.answers[state, str(route)] = asked(clients[route.signed_in], route)


def asked(client: Client, route: Route) -> Answer:
    if route.method == "GET":
        response = client.get(route.ask)
    else:
        response = client.generic(route.method, route.ask, json.dumps(route.body), content_type="application/json")
    return Answer(response.status_code, dict(response.headers), response.content, time.time())


def routed(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and view of everything the URL conf knows under /api/."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routed(pattern.url_patterns, path)
        elif path.startswith("api/"):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), pattern.callback
