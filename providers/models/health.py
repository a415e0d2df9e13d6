"""Health shared between processes: breaker facts, cooldowns, peer prices and leases."""

from __future__ import annotations

from django.db import models


class Health(models.Model):
    """Facts about one scope: ``endpoint:12``, ``endpoint:12|MARKET_PRICE`` or ``provider:3|MARKET_PRICE``.

    The breaker's state is computed from these facts and the time. ``revision`` counts changes of the breaker's facts,
    for compare-and-set between processes. Counters are incremented, never overwritten.
    """

    key = models.CharField(max_length=100, primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)
    trips = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    forced_open = models.BooleanField(default=False, help_text="Tripped by hand; stays open until closed by hand.")
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
    """A scope that must not be called before a time: ``group:binance``, ``endpoint:12`` or ``provider:3``."""

    key = models.CharField(max_length=100, primary_key=True)
    until = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M:%S}Z"


class PeerPrice(models.Model):
    """A lineage's latest price of an asset, for the comparison of prices in every process."""

    key = models.CharField(max_length=170, primary_key=True, help_text="Asset and lineage, as in bitcoin|binance.")
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


class Lease(models.Model):
    """The right of one process to do a task, for a limited time. ``claimant`` takes over next."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()
    claimant = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
