"""Template filters for figures; the formats are in markets/number_format.py."""

from __future__ import annotations

from django import template

from markets import number_format

register = template.Library()
register.filter("price", number_format.price)
register.filter("compact", number_format.compact)
register.filter("change", number_format.change)
register.filter("direction", number_format.direction)
register.filter("duration", number_format.duration)
register.filter("exact", number_format.exact)
