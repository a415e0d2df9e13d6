"""The Django app of market data."""

from django.apps import AppConfig


class MarketsConfig(AppConfig):
    """Coins, prices and all else the hub answers about markets."""

    name = "markets"
    default_auto_field = "django.db.models.BigAutoField"
