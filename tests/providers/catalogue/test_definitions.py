"""A provider without code in the catalogue's document: out, in again, and what is wrong said at its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.catalogue.document import InvalidDocument
from providers.catalogue.import_export import export, import_text
from providers.catalogue.seed import seed
from providers.models import Definition, Provider, RequestFormat
from providers.sandbox.addresses import endpoint_urls
from tests import tidemark
from tests.providers import engine_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _defined() -> None:
    created = engine_rows.provider(tidemark.SLUG, "https://tidemark.example.org", adapter="generic", name=tidemark.NAME)
    RequestFormat.objects.create(provider=created, **tidemark.REQUEST_FORMAT)
    for definition in tidemark.DEFINITIONS:
        Definition.objects.create(provider=created, **definition)


def take(**changes: Any) -> list[str]:
    return import_text(json.dumps({"providers": [{"slug": tidemark.SLUG, **changes}]}))


def refused(**changes: Any) -> str:
    before = export()
    with pytest.raises(InvalidDocument) as error:
        take(**changes)
    assert export() == before
    return "\n".join(error.value.problems)


def test_an_exported_provider_is_taken_back_without_a_change_and_built_anew_where_there_is_none() -> None:
    document = json.dumps(export())
    assert import_text(document) == ["provider tidemark: unchanged"]
    Provider.objects.all().delete()
    assert "provider tidemark: definition MARKET_OHLCV: created" in import_text(document)
    assert json.dumps(export()) == document


def test_an_export_of_release_1_0_imports_under_the_old_name_of_the_request_format() -> None:
    document = json.dumps(export())
    old = document.replace('"request_format"', '"dialect"')
    assert old != document
    Provider.objects.all().delete()
    import_text(old)
    assert json.dumps(export()) == document


def test_an_export_names_the_fields_of_each_category_only() -> None:
    (exported,) = export()["providers"]
    price = next(one for one in exported["definitions"] if one["category"] == "MARKET_PRICE")
    assert exported["request_format"]["symbol"] == "{base}-{quote}"
    assert "price" in price
    assert "bids" not in price


def test_definitions_that_are_named_are_replaced_whole_and_others_stay() -> None:
    assert take(name="Other") == ['provider tidemark: name "Tidemark" -> "Other"']
    assert Definition.objects.count() == 3
    answer = take(definitions=[{**tidemark.PRICE, "price": "trade.buy"}])
    assert 'provider tidemark: definition MARKET_PRICE: price "trade.last" -> "trade.buy"' in answer
    assert "provider tidemark: definition MARKET_OHLCV removed" in answer
    assert Definition.objects.get().price == "trade.buy"


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"definitions": [{**tidemark.PRICE, "price": "a["}]}, "definitions[0].price: Not a JMESPath expression"),
        ({"definitions": [{**tidemark.PRICE, "prize": ""}]}, 'definitions[0]: unknown key "prize"; allowed: category'),
        ({"definitions": [{**tidemark.PRICE, "most": "9"}]}, 'definitions[0].most: "9" is not a whole number'),
        ({"definitions": [{"path": "/x"}]}, "definitions[0].category: is missing"),
        ({"definitions": [tidemark.PRICE, tidemark.PRICE]}, 'category "MARKET_PRICE" is given twice'),
        ({"definitions": {}}, "definitions: {} is not a list"),
        ({"definitions": [{**tidemark.PRICE, "path": "/" + "x" * 300}]}, "path: is longer than 300 characters"),
        ({"request_format": {"symbol": 5}}, "request_format.symbol: 5 is not text"),
        ({"request_format": {"quotes": "usd"}}, "request_format.quotes: 'usd' is not a known quote currency"),
        ({"request_format": []}, "request_format: [] is not an object"),
        ({"adapter": "kraken", "request_format": {}}, "only with the adapter generic"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_written(changes: dict[str, Any], answer: str) -> None:
    assert answer in refused(**changes)


def test_a_request_format_must_hold_with_the_definitions_that_stay() -> None:
    Definition.objects.filter(category="MARKET_PRICE").update(path="/{base}")
    assert "MARKET_PRICE would become invalid: path" in refused(request_format=tidemark.REQUEST_FORMAT)


def test_seeding_never_touches_what_an_operator_defined() -> None:
    before = list(Definition.objects.values()), list(RequestFormat.objects.values()), list(Provider.objects.values())
    seed(endpoint_urls("http://127.0.0.1:8900"))
    after = list(Definition.objects.values()), list(RequestFormat.objects.values())
    assert after == before[:2]
    assert list(Provider.objects.filter(slug="tidemark").values()) == before[2]
    assert Provider.objects.get(slug="tidemark").endpoints.get().base_url == "https://tidemark.example.org"
