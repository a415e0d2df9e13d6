"""Whatever the document allows, and what it does not: no server error, and no answer that it does not describe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from cryptohub.public_handler import get_application
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import restart
from tests.walk import document
from tests.walk.belongings import owned
from tests.walk.stage import whole_hub

pytestmark = [pytest.mark.xdist_group("schemathesis"), pytest.mark.relaxed_timing]

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
"""For each operation and each kind of data; ``make schemathesis`` asks for many."""
THOROUGH = "SCHEMATHESIS_EXAMPLES" in os.environ
COINS = ["bitcoin", "BTC", "eth", "ETHUSDT"]
JUDGES: list[Any] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
OPERATIONS = sorted(document.operations())
Draw = Callable[..., Any]
PLAN = settings(
    max_examples=EXAMPLES,
    derandomize=not THOROUGH,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Hub:
    """The application in this process, asked by somebody who is signed in as staff and owns a thing of each kind."""

    def __init__(self) -> None:
        client = Client()
        self.user = get_user_model().objects.create_superuser("staff")
        client.force_login(self.user)
        self.cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": "a" * 32}
        self.headers = {"X-CSRFToken": "a" * 32, "Accept-Encoding": "identity"}
        self.application = get_application()
        self.document = schemathesis.openapi.from_dict(document.document())
        self.decision = client.get("/api/prices?symbols=BTC").json()["meta"]["decision"]

    def operation(self, method: str, path: str) -> Any:
        return self.document[path][method]

    def ask(self, case: Any) -> Any:
        return case.call(app=self.application, cookies=self.cookies, headers=self.headers)

    def about_something(self, case: Any, draw: Draw) -> Any:
        """The case, half of the time about a coin that there is, and a thing that is owned."""
        for values in (case.path_parameters, case.query, case.body):
            if not isinstance(values, dict):
                continue
            for name in values:
                if name in ("coin", "symbol", "asset", "q") and draw(st.booleans()):
                    values[name] = draw(st.sampled_from(COINS))
                elif name == "symbols" and draw(st.booleans()):
                    values[name] = draw(st.lists(st.sampled_from(COINS), min_size=1, max_size=3))
                elif name == "decision_id" and draw(st.booleans()):
                    values[name] = self.decision
                elif name == "id" and draw(st.booleans()):
                    values[name] = owned(self.user, case.operation.path)
        return case


@pytest.fixture(scope="module")
def hub(django_db_setup: None, django_db_blocker: Any, sandbox: Sandbox) -> Iterator[Hub]:
    with django_db_blocker.unblock(), whole_hub(sandbox):
        Chain.objects.update(cache_s=3600)
        restart()
        yield Hub()


@pytest.mark.django_db
def test_every_operation_has_a_name_of_its_own() -> None:
    names = [
        answer[method.lower()]["operationId"]
        for path, answer in document.document()["paths"].items()
        for method in document.METHODS
        if method in answer
    ]
    assert len(names) == len(set(names)) == len(OPERATIONS)


def takes_something(method: str, path: str) -> bool:
    answer = document.document()["paths"][path][method.lower()]
    asked = any(parameter["in"] == "query" for parameter in answer.get("parameters", ()))
    return asked or bool(answer.get("requestBody"))


ASKED = [(method, path, GenerationMode.POSITIVE) for method, path in OPERATIONS] + [
    (method, path, GenerationMode.NEGATIVE) for method, path in OPERATIONS if takes_something(method, path)
]


@pytest.mark.parametrize(("method", "path", "mode"), ASKED, ids=lambda value: getattr(value, "name", str(value)))
def test_no_server_error_and_no_undocumented_answer(hub: Hub, method: str, path: str, mode: GenerationMode) -> None:
    operation = hub.operation(method, path)

    @PLAN
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        case = hub.about_something(data.draw(operation.as_strategy(generation_mode=mode)), data.draw)
        response = hub.ask(case)
        assert response.status_code not in (500, 501, 502)
        if response.status_code in (503, 504):
            assert response.status_code == 504 or int(response.headers["retry-after"][0]) >= 1
        case.validate_response(response, checks=JUDGES)

    asked()


EXAMPLE = {"id": "1", "coin": "BTC", "asset": "bitcoin", "decision_id": "0123456789abcdef", "prefix": "hub_0123456789"}


@pytest.mark.parametrize("path", sorted({path for _, path in OPERATIONS}))
def test_a_method_that_a_route_does_not_have_is_405_and_names_those_it_has(hub: Hub, path: str) -> None:
    known = {method for method, one in OPERATIONS if one == path}
    client = Client(headers={"x-csrftoken": "a" * 32})
    client.cookies.load(hub.cookies)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - known:
        response = client.generic(method, path.format(**EXAMPLE))
        assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json"), method
        assert known <= set(response["Allow"].split(", ")) <= known | {"HEAD", "OPTIONS"}
