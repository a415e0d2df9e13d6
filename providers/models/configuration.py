"""Configuration: providers, their endpoints, and the failover chains."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from providers.domain.categories import Category, Strategy
from providers.models.base_urls import MAX_LENGTH, check_base_url

CATEGORIES = [(category.value, category.value) for category in Category]
STRATEGIES = [(strategy.value, strategy.value) for strategy in Strategy]

plain_name = RegexValidator(
    r"^[a-z0-9][a-z0-9_.-]*\Z", "Lower-case letters, digits, dots, hyphens and underscores only."
)


class Provider(models.Model):
    """A company or service that answers requests. Its adapter reads the answers."""

    slug = models.CharField(max_length=64, unique=True, validators=[plain_name])
    name = models.CharField(max_length=120)
    adapter = models.CharField(max_length=64, help_text="Code that reads this provider's answers.")
    quota_group = models.CharField(
        max_length=64,
        blank=True,
        validators=[plain_name],
        help_text="Providers with the same name here share one call limit; empty: the slug.",
    )
    enabled = models.BooleanField(default=True)
    api_key_encrypted = models.TextField(blank=True, default="", editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Endpoint(models.Model):
    """A base URL of a provider. A changed URL becomes a new endpoint, so that it does not inherit health."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="endpoints")
    base_url = models.CharField("base URL", max_length=MAX_LENGTH, validators=[check_base_url])
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["provider", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "base_url"], name="endpoint_once_per_provider")]

    def __str__(self) -> str:
        return self.base_url


class Chain(models.Model):
    """The failover order of one category, with its deadline and cache times."""

    category = models.CharField(max_length=32, choices=CATEGORIES, unique=True)
    strategy = models.CharField(max_length=16, choices=STRATEGIES, default=Strategy.PRIORITY.value)
    deadline_ms = models.PositiveIntegerField(
        "deadline (ms)",
        default=4000,
        validators=[MinValueValidator(100), MaxValueValidator(60_000)],
        help_text="Longest total time for an answer.",
    )
    cache_s = models.PositiveIntegerField(
        "fresh for (s)",
        default=10,
        validators=[MaxValueValidator(86_400)],
        help_text="How long an answer is served from the cache; 0: never.",
    )
    stale_s = models.PositiveIntegerField(
        "stale up to (s)",
        default=86_400,
        validators=[MaxValueValidator(31_536_000)],
        help_text="Greatest age of a last known good answer, which is served marked stale when no provider answers.",
    )

    class Meta:
        ordering = ["category"]

    def __str__(self) -> str:
        return self.category


class ChainLink(models.Model):
    """A provider's position in a chain.

    Positions are not unique in the database, because saving a dragged order passes through duplicates.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="links")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="links")
    lineage = models.CharField(
        max_length=64,
        blank=True,
        validators=[plain_name],
        help_text="Original source of its values; empty: the provider itself.",
    )
    tier = models.PositiveIntegerField(
        default=1,
        validators=[MaxValueValidator(1_000)],
        help_text="Tiers must not decrease along the chain.",
    )
    position = models.PositiveIntegerField(default=0, db_index=True)
    weight = models.PositiveIntegerField(default=1, validators=[MaxValueValidator(10_000)])
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["chain", "provider"], name="provider_once_per_chain")]

    def __str__(self) -> str:
        return f"{self.chain} → {self.provider}"


class SeededItem(models.Model):
    """An item that the shipped catalogue has added: ``provider:binance``, ``link:MARKET_PRICE:binance``.

    Each item is added only once, so that an operator's changes and deletions stay.
    """

    key = models.CharField(max_length=400, primary_key=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
