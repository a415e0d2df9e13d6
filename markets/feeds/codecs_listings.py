"""Lists, and what is said on platforms, as they are kept and handed on: any value, by one rule. Pure; see ``kept``."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from markets.feeds.codecs import Codec
from providers.domain.listings import (
    Categories,
    CategoriesQuery,
    CategoryRow,
    CoinList,
    CoinListQuery,
    CoinRow,
    Details,
    DetailsQuery,
    ExchangeRow,
    Exchanges,
    ExchangesQuery,
    Global,
    GlobalQuery,
    ListedCoin,
    SearchQuery,
    Table,
    TableQuery,
)
from providers.domain.news import Article, Buzz, BuzzQuery, Community, CommunityQuery, Topic

VALUES: dict[str, type] = {
    each.__name__: each
    for each in (
        *(Categories, CategoryRow, CoinList, CoinRow, Details, ExchangeRow, Exchanges, Global, ListedCoin, Table),
        *(Article, Buzz, Community, Topic),
    )
}
QUESTIONS: dict[str, type] = {
    each.__name__: each
    for each in (
        *(CategoriesQuery, CoinListQuery, DetailsQuery, ExchangesQuery, GlobalQuery, SearchQuery, TableQuery),
        *(BuzzQuery, CommunityQuery),
    )
}


def encode_value(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def decode_value(text: str) -> Any:
    return _back(json.loads(text))


def _plain(value: Any) -> Any:
    """A value of ours as [class, members], a decimal or a time as its text under a mark."""
    if dataclasses.is_dataclass(value):
        members = [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {"v": [type(value).__name__, *members]}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _back(said: Any) -> Any:
    if isinstance(said, list):
        return tuple(_back(one) for one in said)
    if not isinstance(said, dict):
        return said
    ((mark, held),) = said.items()
    if mark == "v":
        name, *members = held
        return VALUES[name](*(_back(member) for member in members))
    return Decimal(held) if mark == "n" else datetime.fromisoformat(held)


def question(key: str) -> Any:
    """The question with this key."""
    name, _, about = key.partition("|")
    return QUESTIONS[name](about) if about else QUESTIONS[name]()


LISTINGS = Codec(encode_value, decode_value, question)
