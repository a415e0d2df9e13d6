"""Lists of coins in requests: by comma, as repeated parameters, or both."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from markets.api.params import symbols
from providers.api import query_params


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["symbols=BTC,ETH,SOL", "symbols=BTC&symbols=ETH&symbols=SOL", "symbols=BTC,ETH&symbols=SOL"]
)
def test_both_forms_of_lists_name_the_same_coins(query: str) -> None:
    query_params.reject_unknown(QueryDict(query), "symbols")
    assert list(symbols.read(QueryDict(query)).by_name) == ["BTC", "ETH", "SOL"]
