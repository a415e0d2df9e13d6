"""An answer that is larger than any in its category is refused before it is decoded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from providers.adapters.generic import expressions
from providers.adapters.shared import limits, parsing
from providers.domain.categories import Category
from providers.domain.outcomes import Failure, Outcome

LOCAL = {Category.AI_PREDICTION, Category.TECHNICAL}
"""Computed here; nobody is asked."""


def refused(category: Category, body: bytes) -> bool:
    try:
        limits.check(category, body)
    except Failure as failure:
        return failure.outcome is Outcome.BROKEN
    return False


@pytest.mark.parametrize("category", [category for category in Category if category not in LOCAL])
def test_each_category_has_limits_of_bytes_and_of_values(category: Category) -> None:
    limit = limits.LIMITS[category]
    assert not refused(category, b"x" * limit.bytes)
    assert refused(category, b"x" * (limit.bytes + 1))
    assert not refused(category, b"," * (limit.values - 1))
    assert refused(category, b"," * limit.values)


@pytest.mark.parametrize("decode", [parsing.decode, expressions.decode])
@pytest.mark.parametrize("item", [b"0", b"[]", b"{}", b'""', b"null", b'{"a":0}'])
def test_eight_mebibytes_of_small_values_never_become_many_times_as_much(
    decode: Callable[[bytes], object], item: bytes
) -> None:
    body = b"[" + b",".join([item] * (8 * limits.MEBIBYTE // (len(item) + 1))) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(Failure):
            decode(body)
        assert tracemalloc.get_traced_memory()[1] < limits.MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("decode", [parsing.decode, expressions.decode])
def test_as_many_values_as_a_list_of_all_coins_has_are_decoded(decode: Callable[[bytes], object]) -> None:
    value = decode(b"[" + b",".join([b"0"] * limits.MAX_VALUES) + b"]")
    assert isinstance(value, list)
    assert len(value) == limits.MAX_VALUES
