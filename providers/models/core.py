"""Who we ask, in what order, and how they are. Configuration and health live in separate tables."""

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
    """A company or service that is asked. Its adapter says what its answers mean."""

    slug = models.CharField(max_length=64, unique=True, validators=[plain_name])
    name = models.CharField(max_length=120)
    adapter = models.CharField(max_length=64, help_text="The code that reads this provider's answers.")
    quota_group = models.CharField(
        max_length=64,
        blank=True,
        validators=[plain_name],
        help_text="Providers that share one limit share this name; empty means the slug.",
    )
    enabled = models.BooleanField(default=True)
    api_key_encrypted = models.TextField(blank=True, default="", editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Endpoint(models.Model):
    """One base URL of a provider. Another URL is another endpoint: its health must not be inherited."""

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
        help_text="What an answer may take in all.",
    )
    cache_s = models.PositiveIntegerField(
        "fresh for (s)",
        default=10,
        validators=[MaxValueValidator(86_400)],
        help_text="How long an answer is served without asking again; 0 asks every time.",
    )
    stale_s = models.PositiveIntegerField(
        "stale up to (s)",
        default=86_400,
        validators=[MaxValueValidator(31_536_000)],
        help_text="How old the last known good answer may be that is served, marked stale, when nobody can be asked.",
    )

    class Meta:
        ordering = ["category"]

    def __str__(self) -> str:
        return self.category


class ChainLink(models.Model):
    """A provider's place in a chain.

    Positions are not unique in the database: a dragged save passes through duplicates.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="links")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="links")
    lineage = models.CharField(
        max_length=64,
        blank=True,
        validators=[plain_name],
        help_text="Where its numbers really come from; empty means the provider itself.",
    )
    tier = models.PositiveIntegerField(
        default=1,
        validators=[MaxValueValidator(1_000)],
        help_text="Never decreases along the chain.",
    )
    position = models.PositiveIntegerField(default=0, db_index=True)
    weight = models.PositiveIntegerField(default=1, validators=[MaxValueValidator(10_000)])
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["chain", "provider"], name="provider_once_per_chain")]

    def __str__(self) -> str:
        return f"{self.chain} → {self.provider}"


class Health(models.Model):
    """What is known of one scope: ``endpoint:12``, ``endpoint:12|MARKET_PRICE`` or ``provider:3|MARKET_PRICE``.

    Facts only; the breaker's state is computed from them and the time. ``revision`` counts changes of the breaker
    facts, for compare-and-set between processes. Counters are added to, never overwritten.
    """

    key = models.CharField(max_length=100, primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)
    trips = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    forced_open = models.BooleanField(default=False, help_text="Tripped by hand: stays open until closed by hand.")
    suspect_since = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    requests = models.PositiveBigIntegerField(default=0)
    successes = models.PositiveBigIntegerField(default=0)
    probes = models.PositiveBigIntegerField(default=0)
    latency_ms_sum = models.FloatField(default=0)
    p50_ms = models.FloatField(null=True, blank=True)
    p95_ms = models.FloatField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_outcome = models.CharField(max_length=20, blank=True, default="")
    last_detail = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["key"]
        verbose_name_plural = "health"

    def __str__(self) -> str:
        return self.key


class Cooldown(models.Model):
    """A scope that must not be asked before a time: ``group:binance``, ``endpoint:12`` or ``provider:3``."""

    key = models.CharField(max_length=100, primary_key=True)
    until = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M:%S}Z"


class LastKnown(models.Model):
    """The newest valid answer to one item, kept to be served marked stale when nobody can be asked."""

    key = models.CharField(max_length=200, primary_key=True)
    category = models.CharField(max_length=32, choices=CATEGORIES, db_index=True)
    provider = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=200)
    value = models.TextField()
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]
        verbose_name_plural = "last known good"

    def __str__(self) -> str:
        return self.key


class Quarantine(models.Model):
    """A value that was not served because other lineages contradicted it, with the evidence."""

    provider = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=200)
    category = models.CharField(max_length=32, choices=CATEGORIES)
    item = models.CharField(max_length=200)
    value = models.TextField()
    evidence = models.TextField()
    found_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-found_at"]
        verbose_name_plural = "quarantine"

    def __str__(self) -> str:
        return f"{self.provider}: {self.item}"


class PeerPrice(models.Model):
    """What one lineage said last of one asset, so that every process has peers to compare prices with."""

    key = models.CharField(max_length=170, primary_key=True, help_text="asset|lineage")
    asset = models.CharField(max_length=100)
    lineage = models.CharField(max_length=64)
    currency = models.CharField(max_length=16)
    price = models.CharField(max_length=60)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["asset", "lineage"]
        verbose_name_plural = "peer prices"

    def __str__(self) -> str:
        return self.key


class DecisionRecord(models.Model):
    """Why one answer came from where it did: candidates taken and skipped, attempts, times."""

    id = models.CharField(max_length=32, primary_key=True, validators=[RegexValidator(r"^[0-9a-f]+$")])
    category = models.CharField(max_length=32, choices=CATEGORIES)
    made_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=16)
    duration_ms = models.FloatField()
    body = models.JSONField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.id


class SeededItem(models.Model):
    """What the shipped catalogue has once added: ``provider:binance``, ``link:MARKET_PRICE:binance``.

    It is added once. An operator who deletes or changes it has the last word.
    """

    key = models.CharField(max_length=400, primary_key=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """The right to do one thing in the whole fleet, for a time. ``claimant`` has asked to be next."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()
    claimant = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
