"""Records of answers: last known good values, quarantined values and decisions."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from providers.models.configuration import CATEGORIES


class LastKnown(models.Model):
    """The newest valid answer for an item, served marked stale when no provider answers."""

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
    """A value that was rejected because other lineages contradicted it, with the evidence."""

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


class DecisionRecord(models.Model):
    """The decision behind one answer: candidates taken and skipped, attempts, times."""

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
