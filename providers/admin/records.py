"""Read-only records: decisions, last known good answers, quarantined values."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from providers.admin.shared import BAD, GOOD, WARN, ReadOnlyAdmin, badge
from providers.admin.text import NO_VALUE, ago
from providers.models import DecisionRecord, LastKnown, Quarantine


@admin.register(DecisionRecord)
class DecisionRecordAdmin(ReadOnlyAdmin):
    """Decisions: the attempts and skips behind each recorded answer."""

    list_display = ("id", "category", "age", "result", "duration", "attempted", "skipped")
    list_filter = ("category", "status")
    search_fields = ("id",)
    date_hierarchy = "made_at"
    fields = ("id", "category", "made_at", "result", "duration", "items", "attempts", "skips")
    show_full_result_count = False

    @admin.display(description="age", ordering="made_at")
    def age(self, record: DecisionRecord) -> str:
        """Show how long ago the decision was made."""
        return ago(record.made_at, timezone.now())

    @admin.display(description="result", ordering="status")
    def result(self, record: DecisionRecord) -> SafeString:
        """Show the status: answered, partial, failed or deadline."""
        tones = {"answered": GOOD, "partial": WARN}
        return badge(record.status, tones.get(record.status, BAD))

    @admin.display(description="duration", ordering="duration_ms")
    def duration(self, record: DecisionRecord) -> str:
        """Show the duration in milliseconds."""
        return f"{record.duration_ms:.0f} ms"

    @admin.display(description="attempts")
    def attempted(self, record: DecisionRecord) -> str:
        """Show the first attempts in one line."""
        return _first_rows(record.body, "attempts", "outcome")

    @admin.display(description="skipped")
    def skipped(self, record: DecisionRecord) -> str:
        """Show the first skips in one line."""
        return _first_rows(record.body, "skipped", "reason")

    @admin.display(description="items")
    def items(self, record: DecisionRecord) -> str:
        """Show the items that the query named."""
        return ", ".join(map(str, record.body.get("items", ()))) or NO_VALUE

    @admin.display(description="attempts")
    def attempts(self, record: DecisionRecord) -> SafeString:
        """Show every attempt in a table."""
        return render_to_string("admin/providers/_attempts.html", {"attempts": record.body.get("attempts", ())})

    @admin.display(description="skipped")
    def skips(self, record: DecisionRecord) -> SafeString:
        """Show every skip in a table."""
        return render_to_string("admin/providers/_skips.html", {"skips": record.body.get("skipped", ())})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Make every field read-only, the computed ones included."""
        return self.fields


def _first_rows(body: dict[str, Any], part: str, column: str) -> str:
    """Return the first three rows of a decision's attempts or skips as ``provider: column``, and how many follow."""
    rows = [f"{row.get('provider')}: {row.get(column)}" for row in body.get(part, ())]
    return ", ".join(rows[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "") or NO_VALUE


@admin.register(LastKnown)
class LastKnownAdmin(ReadOnlyAdmin):
    """Last known good: the newest valid answer for each item."""

    list_display = ("key", "category", "provider", "endpoint", "age")
    list_filter = ("category", "provider")
    search_fields = ("key",)
    show_full_result_count = False

    @admin.display(description="age", ordering="fetched_at")
    def age(self, answer: LastKnown) -> str:
        """Show how long ago the answer was fetched."""
        return ago(answer.fetched_at, timezone.now())


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnlyAdmin):
    """Values that were not served because other lineages contradicted them, with the evidence."""

    list_display = ("item", "category", "provider", "endpoint", "value", "age")
    list_filter = ("category", "provider")
    search_fields = ("item", "provider")

    @admin.display(description="age", ordering="found_at")
    def age(self, row: Quarantine) -> str:
        """Show how long ago the value was quarantined."""
        return ago(row.found_at, timezone.now())
