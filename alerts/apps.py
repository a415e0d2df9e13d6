"""App configuration of alerts."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Watchlists, price alerts, and the deliveries of their events."""

    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
