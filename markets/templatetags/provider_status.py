"""Template filters for the status of providers: icon, label and colour, never the colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django import template

from markets import number_format
from providers.domain.categories import Category
from providers.domain.wire_format import unix
from providers.status.link_status import LinkStatus, Status
from providers.status.statistics import percent

register = template.Library()


class StatusLook(NamedTuple):
    """The label, the icon and the tone (a CSS class of markets.css) of a status."""

    label: str
    icon: str
    tone: str


_ICONS_AND_TONES = {
    Status.HEALTHY: ("circle-check", "good"),
    Status.UNKNOWN: ("help", "quiet"),
    Status.DEGRADED: ("alert-triangle", "fair"),
    Status.RECOVERING: ("trending-up", "fair"),
    Status.SUSPECT: ("eye", "fair"),
    Status.DOWN: ("circle-x", "bad"),
    Status.COOLDOWN: ("clock", "bad"),
    Status.NOT_CONFIGURED: ("key", "quiet"),
    Status.UNSUPPORTED: ("minus", "quiet"),
    Status.SWITCHED_OFF: ("player-pause", "quiet"),
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
def status_look(status: Status) -> StatusLook:
    """Return the label, icon and tone of a status."""
    icon, tone = _ICONS_AND_TONES[status]
    return StatusLook(status.label.capitalize(), icon, tone)


@register.filter
def category_title(category: Category) -> str:
    """Return the title of a category for people."""
    return _TITLES[category]


@register.filter
def failing(links: Sequence[LinkStatus]) -> list[LinkStatus]:
    """Return the links that are set up to work and do not."""
    return [link for link in links if link.condition.status.failing]


@register.filter
def available(links: Sequence[LinkStatus]) -> list[LinkStatus]:
    """Return the links that are called in their turn."""
    return [link for link in links if link.condition.status.available]


@register.filter
def success(link: LinkStatus) -> str:
    """Format the share of successful calls; below 100 % if any failed, however it rounds."""
    share = percent(link.successes, link.attempts)
    if share is None:
        return number_format.UNKNOWN
    return f"{min(share, 99.99) if link.successes < link.attempts else share:.4g}{number_format.THIN_SPACE}%"


@register.filter
def ms(value: float | None) -> str:
    """Format milliseconds: one decimal below ten, else none."""
    if value is None:
        return number_format.UNKNOWN
    return f"{value:.1f}{number_format.THIN_SPACE}ms" if value < 10 else f"{value:,.0f}{number_format.THIN_SPACE}ms"


@register.filter
def iso_time(moment: float | None) -> str:
    """Format unix seconds as ISO 8601, for ``<time>``."""
    return unix(moment) or ""


@register.filter
def named(names: dict[str, str], slug: str) -> str:
    """Return a provider's name by its slug; the slug if the provider has been removed since."""
    return names.get(slug, slug)
