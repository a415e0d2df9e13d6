"""Figures in templates; the rules are in markets/figures.py."""

from __future__ import annotations

from django import template

from markets import number_format

register = template.Library()
register.filter("price", number_format.price)
register.filter("compact", number_format.compact)
register.filter("change", number_format.change)
register.filter("direction", number_format.direction)
register.filter("span", number_format.duration)
register.filter("exact", number_format.exact)
