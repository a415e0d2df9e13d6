"""Figures in templates; the rules are in markets/figures.py."""

from __future__ import annotations

from django import template

from markets import figures

register = template.Library()
register.filter("price", figures.price)
register.filter("compact", figures.compact)
register.filter("change", figures.change)
register.filter("direction", figures.direction)
register.filter("span", figures.span)
register.filter("exact", figures.exact)
