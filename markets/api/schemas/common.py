"""Parts that the bodies of market routes have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from markets.api.params.symbols import MOST
from markets.feeds import provenance
from providers.api import structs
from providers.domain.wire_format import moment, seconds

NO_ASSETS: Mapping[str, str] = MappingProxyType({})


B = TypeVar("B", bound=structs.Body)


def not_given(body: B, source: str, /, **reasons: str) -> B:
    """Fill in ``unknown``: for each member of the body that is null its reason, or else that its source leaves it out.

    A reason of "" means that the member is expected to be null at times and needs none.
    """
    unknown: dict[str, str] = cast("Any", body).unknown
    for name in body.__struct_fields__:
        if getattr(body, name) is None and (reason := reasons.get(name, f"not given by {source}")):
            unknown[name] = reason
    return body


def meta(whole: provenance.Meta, age_s: float | None, assets: Mapping[str, str]) -> structs.Meta:
    """The provenance of a whole body, ``age_s`` old when it was built. ``assets`` maps requested names to coin ids."""
    return structs.Meta(
        source=whole.source,
        endpoint=whole.endpoint,
        as_of=moment(whole.as_of),
        fetched_at=moment(whole.fetched_at),
        age_s=seconds(age_s),
        stale=whole.stale,
        stale_reason=whole.stale_reason,
        verified=whole.verified,
        cache=whole.cache,
        chain=whole.chain,
        attempts=whole.attempts,
        decision=whole.decision,
        asset=dict(assets),
    )


def meta_now(whole: provenance.Meta, now: datetime, assets: Mapping[str, str] = NO_ASSETS) -> structs.Meta:
    """The provenance of a body that is built now: of age 0, unless it is a last known good.

    Ages are in whole seconds, so that the bytes and the ETag of a stale body do not change with each request.
    """
    age = 0.0
    if whole.stale and whole.fetched_at is not None:
        age = max(0.0, (now.replace(microsecond=0) - whole.fetched_at).total_seconds())
    return meta(whole, age, assets)


SYMBOLS = OpenApiParameter(
    "symbols",
    {
        "type": "array",
        "items": {"type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]*$"},
        "minItems": 1,
        "maxItems": MOST,
    },
    required=True,
    explode=False,
    style="form",
    description="Coins by symbol (BTC, any case), id (bitcoin) or pair (BTCUSDT), separated by commas. A symbol that "
    "several coins share means the highest-ranked one; meta.asset says which was taken. A pair asks for that quote "
    "currency; without one, each source answers in its own US dollar or dollar stablecoin and names it.",
    examples=[
        OpenApiExample("One coin", value=["BTC"]),
        OpenApiExample("By symbol, id and pair", value=["BTC", "solana", "ETHUSDT"]),
    ],
)
