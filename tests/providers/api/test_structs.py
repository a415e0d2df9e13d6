"""Response bodies as structs: the bytes that are rendered, and the schema in the OpenAPI document."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from providers.api.structs import (
    UNSET,
    Answer,
    Body,
    Doc,
    Moment,
    Money,
    UnsetType,
    by_category,
    encode,
    respond,
    schemas,
)
from providers.domain.wire_format import money


class Row(Body):
    """A row."""

    price: Annotated[Money | None, Doc(description="In dollars.")]
    as_of: Moment | None
    note: str | UnsetType = UNSET


class Rows(Answer):
    """Some rows."""

    rows: list[Row]
    newest: Row | None
    count: int


Table = by_category("Table", list[Row], total=int)


def rows(*prices: str | None) -> Rows:
    return Rows(rows=[Row(price=price, as_of=None) for price in prices], newest=None, count=len(prices))


def test_fields_are_rendered_in_the_order_of_their_declaration() -> None:
    assert encode(rows("1.50")) == (b'{"success":true,"rows":[{"price":"1.50","as_of":null}],"newest":null,"count":1}')


@pytest.mark.parametrize("amount", ["1E-10", "1E+20", "0.00000001230", "64123.45000000", "-0.5"])
def test_money_keeps_its_digits_and_plain_notation(amount: str) -> None:
    (row,) = json.loads(encode(rows(money(Decimal(amount)))))["rows"]
    assert "E" not in row["price"]
    assert Decimal(row["price"]) == Decimal(amount)


def test_one_ten_billionth_is_written_out() -> None:
    assert b'"price":"0.0000000001"' in encode(rows(money(Decimal("1E-10"))))


@pytest.mark.parametrize("text", ["a/b", "\x00\x1f\x7f", "é \u2028 🐈", '"\\', "<script>&"])
def test_text_is_rendered_as_the_json_module_renders_it(text: str) -> None:
    assert encode({"text": text}) == json.dumps({"text": text}, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_field_that_is_unset_is_left_out() -> None:
    assert json.loads(encode(Row(price=None, as_of=None))) == {"price": None, "as_of": None}
    assert json.loads(encode(Row(price=None, as_of=None, note="x")))["note"] == "x"
    assert json.loads(encode(Table(NEWS=[], total=3))) == {"NEWS": [], "total": 3}


def test_a_response_is_json_that_no_cache_stores() -> None:
    response = respond(rows())
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/json", "no-store")
    assert json.loads(response.content)["success"] is True


# -- the schema ---------------------------------------------------------------------------------------------------


def wrong(body: Any, struct: type[Body]) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{struct.__name__}", "components": {"schemas": schemas(struct)}}
    return [error.message for error in Draft202012Validator(schema).iter_errors(body)]


def test_the_schema_accepts_what_is_rendered_and_nothing_else() -> None:
    body = json.loads(encode(rows("1.50", None)))
    assert wrong(body, Rows) == []
    assert wrong(body | {"count": "2"}, Rows)
    assert wrong(body | {"rows": [{"price": "1E-7", "as_of": None}]}, Rows)
    assert wrong({name: value for name, value in body.items() if name != "success"}, Rows)


def test_descriptions_and_null_are_in_the_schema() -> None:
    price = schemas(Rows)["Row"]["properties"]["price"]
    assert (price["type"], price["description"]) == (["string", "null"], "In dollars.")
    assert schemas(Rows)["Row"]["required"] == ["price", "as_of"]
    assert schemas(Rows)["Rows"]["required"] == ["success", "rows", "newest", "count"]
    assert schemas(Table)["Table"]["required"] == ["total"]


class Page(Body):
    """A body with members named like keywords of a schema."""

    title: str
    default: int
    properties: list[str]


def test_members_named_like_keywords_of_a_schema_are_documented() -> None:
    assert list(schemas(Page)["Page"]["properties"]) == schemas(Page)["Page"]["required"]
    assert wrong(json.loads(encode(Page(title="a", default=1, properties=[]))), Page) == []
    assert wrong({"title": 1, "default": 1, "properties": []}, Page)


def bodies(body: type[Body] = Body) -> list[type[Body]]:
    return [body, *(each for inner in body.__subclasses__() for each in bodies(inner))]


def decimals(kind: Any) -> bool:
    return (
        isinstance(kind, msgspec.inspect.DecimalType)
        or any(decimals(part) for part in (getattr(kind, name, None) for name in ("item_type", "value_type")) if part)
        or any(decimals(part) for part in getattr(kind, "types", ()))
    )


def test_no_body_has_a_decimal_which_would_be_rendered_in_scientific_notation() -> None:
    SchemaGenerator().get_schema(request=None, public=True)  # imports every view
    found = [body for body in bodies() if body.__module__.partition(".")[0] != "tests"]
    assert found
    for body in found:
        info: Any = msgspec.inspect.type_info(body)
        assert not [field.name for field in info.fields if decimals(field.type)], body
