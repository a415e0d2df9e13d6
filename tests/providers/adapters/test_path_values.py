"""A name of a coin never changes another part of a request's path, whatever is in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.adapters.generic import templates
from tests.providers.adapters.handler_cases import Case, cases

NAMES = (
    "x/../../admin",
    "x?key=1",
    "x#y",
    "x%2f..%2fadmin",
    "..",
    ".",
    "%2e%2e",
    "a b",
    "a\\b",
    "é",
    "x;y",
    "//evil",
    "",
)
PLAIN = "abc"


def path_of(case: Case, name: str) -> str | None:
    lookup = replace(case.lookup_list[0], name=name)
    return case.handler.request([lookup]).path if case.handler.accepts(lookup) else None


@pytest.mark.parametrize("case", [case for case in cases() if case.lookup_list[0].name], ids=str)
def test_no_adapter_lets_a_name_change_its_path(case: Case) -> None:
    plain = path_of(case, PLAIN)
    for name in NAMES:
        path = path_of(case, name)
        if path is None or plain is None:
            continue
        assert path.count("/") == plain.count("/"), name
        assert not set("?#\\ ") & set(path), name
        assert not {".", ".."} & set(path.split("/")), name


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_quotes_the_values_in_its_path(name: str) -> None:
    path = templates.fill_path("/v1/{symbol}/ticker", {"symbol": name})
    assert path.startswith("/v1/")
    assert path.endswith("/ticker")
    assert path.count("/") == 3
    assert not set("?#\\ ") & set(path)
