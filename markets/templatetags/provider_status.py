"""How a provider stands, for people: an icon, a word and a colour, never the colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django import template

from markets import number_format
from providers.domain.categories import Category
from providers.domain.wire_format import unix
from providers.status.link_status import LinkStatus, Status
from providers.status.reports import percent

register = template.Library()


class StatusLook(NamedTuple):
    label: str
    icon: str
    tone: str


_STATUS_LOOKS = {
    Status.HEALTHY: StatusLook("Healthy", "circle-check", "good"),
    Status.UNKNOWN: StatusLook("Not asked yet", "help", "quiet"),
    Status.DEGRADED: StatusLook("Degraded", "alert-triangle", "fair"),
    Status.RECOVERING: StatusLook("Recovering", "trending-up", "fair"),
    Status.SUSPECT: StatusLook("Suspect", "eye", "fair"),
    Status.DOWN: StatusLook("Down", "circle-x", "bad"),
    Status.COOLDOWN: StatusLook("Parked", "clock", "bad"),
    Status.NOT_CONFIGURED: StatusLook("Not configured", "key", "quiet"),
    Status.UNSUPPORTED: StatusLook("Not served", "minus", "quiet"),
    Status.SWITCHED_OFF: StatusLook("Switched off", "player-pause", "quiet"),
}
_TITLES = {
    Category.MARKET_PRICE: "Prices",
    Category.MARKET_OHLCV: "Candles",
    Category.MARKET_VOLUME: "Volumes",
    Category.MARKET_ORDERBOOK: "Order books",
    Category.MARKET_METADATA: "Coins and markets",
    Category.NEWS: "News",
    Category.SENTIMENT: "Sentiment",
    Category.AI_PREDICTION: "Forecasts",
    Category.TECHNICAL: "Indicators",
    Category.SOCIAL: "Social",
}


@register.filter
def look(status: Status) -> StatusLook:
    """The word, icon and tone of a status."""
    return _STATUS_LOOKS[status]


@register.filter
def category_title(category: Category) -> str:
    return _TITLES[category]


@register.filter
def failing(links: Sequence[LinkStatus]) -> list[LinkStatus]:
    return [standing for standing in links if standing.condition.status.failing]


@register.filter
def ready(links: Sequence[LinkStatus]) -> list[LinkStatus]:
    """Those that are asked in their turn."""
    return [standing for standing in links if standing.condition.status.available]


@register.filter
def success(standing: LinkStatus) -> str:
    """The share of calls that went well; nothing lost is never rounded up to it."""
    share = percent(standing.successes, standing.attempts)
    if share is None:
        return number_format.UNKNOWN
    return f"{min(share, 99.99) if standing.successes < standing.attempts else share:.4g}{number_format.THIN_SPACE}%"


@register.filter
def ms(value: float | None) -> str:
    """Milliseconds: tenths below ten, else whole."""
    if value is None:
        return number_format.UNKNOWN
    return f"{value:.1f}{number_format.THIN_SPACE}ms" if value < 10 else f"{value:,.0f}{number_format.THIN_SPACE}ms"


@register.filter
def at(moment: float | None) -> str:
    """A unix time as ISO 8601, for <time>."""
    return unix(moment) or ""


@register.filter
def named(names: dict[str, str], slug: str) -> str:
    """A provider's name by its slug; the slug where it has been removed since."""
    return names.get(slug, slug)
