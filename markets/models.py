"""Models of coins, of their names at providers, and of stored candles."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone


class DatedQuerySet(models.QuerySet[Any]):
    """Rows with a ``changed_at`` that bulk updates set too."""

    def update(self, **values: Any) -> int:
        """Update the rows and their ``changed_at``."""
        return super().update(**{"changed_at": timezone.now(), **values})

    update.alters_data = True  # type: ignore[attr-defined]  # keeps templates from calling it


class DatedManager(models.Manager.from_queryset(DatedQuerySet)):  # type: ignore[misc]  # made at run time
    """Manager of rows with a ``changed_at``."""


coin_slug = RegexValidator(
    r"^[a-z0-9][a-z0-9_.-]*\Z", "Lower-case letters, digits, dots, hyphens and underscores only."
)


class Asset(models.Model):
    """A coin or token. The slug is our own and never changes; it is CoinGecko's id where there is one."""

    slug = models.CharField(max_length=100, unique=True, validators=[coin_slug])
    symbol = models.CharField(max_length=20, db_index=True)
    name = models.CharField(max_length=120)
    rank = models.PositiveIntegerField(null=True, blank=True, help_text="Order among coins that share a symbol.")
    enabled = models.BooleanField(default=True, help_text="Off: it cannot be asked for.")
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    objects = DatedManager()

    class Meta:
        ordering = ["rank", "symbol"]

    def __str__(self) -> str:
        return f"{self.symbol} ({self.name})"


class AssetAlias(models.Model):
    """A provider's own name for an asset. An unverified alias is not used."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="aliases")
    provider = models.CharField(max_length=64, help_text="The provider's slug.")
    name = models.CharField(max_length=100)
    verified = models.BooleanField(default=True, help_text="Off: this provider is not asked for this coin.")
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    objects = DatedManager()

    class Meta:
        ordering = ["provider", "name"]
        verbose_name_plural = "asset aliases"
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="alias_once_per_provider"),
            models.UniqueConstraint(fields=["asset", "provider"], name="one_alias_per_asset_and_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


class StoredCandle(models.Model):
    """A closed candle, stored for good, so that history grows with use.

    ``quote`` is the currency requested, ``currency`` the one the source answered in. Numbers are text, with every digit
    the source gave.
    """

    asset = models.CharField(max_length=100)
    quote = models.CharField(max_length=16)
    interval = models.CharField(max_length=4)
    opens = models.DateTimeField()
    currency = models.CharField(max_length=16)
    source = models.CharField(max_length=64)
    open = models.CharField(max_length=60)
    high = models.CharField(max_length=60)
    low = models.CharField(max_length=60)
    close = models.CharField(max_length=60)
    volume = models.CharField(max_length=60, blank=True)
    quote_volume = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["asset", "quote", "interval", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "quote", "currency", "interval", "opens"], name="candle_once")
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.interval} {self.opens:%Y-%m-%d %H:%M}Z"
