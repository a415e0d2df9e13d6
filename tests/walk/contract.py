"""What a route must answer with, written as the contract writes it: ``count,rows[]{id,name,links{homepage}}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"[A-Za-z0-9_]+|\[\]|[{}]|,")

Tree = dict[str, tuple[bool, "Tree"]]
"""By name: whether it is a list of rows, and what each row, or the object, holds."""


def tree(text: str) -> Tree:
    """The fields that a contract names."""
    tokens = TOKEN.findall(text)
    read, rest = _fields(tokens)
    assert not rest, f"not understood: {rest}"
    return read


def _fields(tokens: list[str]) -> tuple[Tree, list[str]]:
    found: Tree = {}
    while tokens and tokens[0] != "}":
        name, *tokens = tokens
        many = bool(tokens) and tokens[0] == "[]"
        tokens = tokens[1:] if many else tokens
        inner: Tree = {}
        if tokens and tokens[0] == "{":
            inner, tokens = _fields(tokens[1:])
            assert tokens[0] == "}", f"no end after {name}"
            tokens = tokens[1:]
        found[name] = (many, inner)
        tokens = tokens[1:] if tokens and tokens[0] == "," else tokens
    return found, tokens


def lacking(body: Any, fields: Tree, place: str = "") -> Iterator[str]:
    """The places where an answer lacks what its contract names. Null stands for itself: its reason is the schema's."""
    for name, (many, inner) in fields.items():
        at = f"{place}.{name}".lstrip(".")
        if name not in body:
            yield at
        elif many:
            for number, row in enumerate(body[name]):
                yield from lacking(row, inner, f"{at}[{number}]")
        elif body[name] is not None:
            yield from lacking(body[name], inner, at)
