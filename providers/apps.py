"""Django application of the providers: models, failover engine, admin and operators' API."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Connects the signal receivers when Django starts."""

    name = "providers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the signal receivers, which register themselves."""
        from providers.state import signals  # noqa: F401  # connects them; it needs the models
