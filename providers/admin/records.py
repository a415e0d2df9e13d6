"""What was answered and why: decisions, last known good answers, quarantined values. Read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from providers.admin.ages import ago
from providers.admin.shared import BAD, GOOD, WARN, ShownOnly, badge
from providers.models import DecisionRecord, LastKnown, Quarantine


@admin.register(DecisionRecord)
class DecisionRecordAdmin(ShownOnly):
    """Why an answer came from where it did."""

    list_display = ("id", "category", "made", "how", "took", "asked", "passed_over")
    list_filter = ("category", "status")
    search_fields = ("id",)
    date_hierarchy = "made_at"
    fields = ("id", "category", "made_at", "how", "took", "items", "attempts", "skips")
    show_full_result_count = False

    @admin.display(description="made", ordering="made_at")
    def made(self, record: DecisionRecord) -> str:
        return ago(record.made_at, timezone.now())

    @admin.display(description="result", ordering="status")
    def how(self, record: DecisionRecord) -> SafeString:
        tones = {"answered": GOOD, "partial": WARN}
        return badge(record.status, tones.get(record.status, BAD))

    @admin.display(description="took", ordering="duration_ms")
    def took(self, record: DecisionRecord) -> str:
        return f"{record.duration_ms:.0f} ms"

    @admin.display(description="asked")
    def asked(self, record: DecisionRecord) -> str:
        return _chosen(record.body, "attempts", "outcome")

    @admin.display(description="passed over")
    def passed_over(self, record: DecisionRecord) -> str:
        return _chosen(record.body, "skipped", "reason")

    @admin.display(description="items")
    def items(self, record: DecisionRecord) -> str:
        return ", ".join(map(str, record.body.get("items", ()))) or "–"

    @admin.display(description="attempts")
    def attempts(self, record: DecisionRecord) -> SafeString:
        return render_to_string("admin/providers/_attempts.html", {"attempts": record.body.get("attempts", ())})

    @admin.display(description="passed over")
    def skips(self, record: DecisionRecord) -> SafeString:
        return render_to_string("admin/providers/_skips.html", {"skips": record.body.get("skipped", ())})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields


def _chosen(body: dict[str, Any], part: str, why: str) -> str:
    """The first few of a decision's attempts or skips in a line."""
    rows = [f"{row.get('provider')}: {row.get(why)}" for row in body.get(part, ())]
    return ", ".join(rows[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "") or "–"


@admin.register(LastKnown)
class LastKnownAdmin(ShownOnly):
    """The newest valid answer to each item."""

    list_display = ("key", "category", "provider", "endpoint", "fetched")
    list_filter = ("category", "provider")
    search_fields = ("key",)
    show_full_result_count = False

    @admin.display(description="age", ordering="fetched_at")
    def fetched(self, known: LastKnown) -> str:
        return ago(known.fetched_at, timezone.now())


@admin.register(Quarantine)
class QuarantineAdmin(ShownOnly):
    """Values that other lineages contradicted, with the evidence."""

    list_display = ("item", "category", "provider", "endpoint", "value", "found")
    list_filter = ("category", "provider")
    search_fields = ("item", "provider")

    @admin.display(description="found", ordering="found_at")
    def found(self, row: Quarantine) -> str:
        return ago(row.found_at, timezone.now())
