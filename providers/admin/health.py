"""Health and cooldowns by scope: counters to read, breakers to trip and close, cooldowns to end."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from providers.admin.shared import BAD, GOOD, QUIET, WARN, ReadOnlyAdmin, badge
from providers.admin.text import NO_VALUE, ago, cooldown_advice, latency, share, time_left
from providers.models import Cooldown, Health
from providers.operations import overrides
from providers.resilience.breaker import BreakerState, state
from providers.state.snapshot import breakers
from providers.status.scope_labels import ScopeLabel, ScopeLabels


class LabelledChangeList(ChangeList):
    """A change list that looks up the scope labels of all its rows at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the rows and set ``scope_label`` on each."""
        super().get_results(request)
        labels = ScopeLabels()
        self.result_list = list(self.result_list)
        for row in self.result_list:
            row.scope_label = labels.label_for(row.pk)


class ScopedAdmin(ReadOnlyAdmin):
    """Base for rows keyed by scope; the search also finds a provider's name and an endpoint's host."""

    search_fields = ("key",)
    search_help_text = "Provider, host or key"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the change list that labels scopes."""
        return LabelledChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Match the key itself, and the keys of every provider and endpoint whose name or host matches."""
        condition = Q(key__icontains=search_term)
        for key in ScopeLabels().keys_matching(search_term) if search_term else ():
            condition |= Q(key=key) | Q(key__startswith=f"{key}|")
        return queryset.filter(condition), False

    @admin.display(description="scope", ordering="key")
    def scope(self, row: Any) -> ScopeLabel:
        """Label the scope: provider, host and category."""
        label: ScopeLabel | None = getattr(row, "scope_label", None)
        return label or ScopeLabels().label_for(row.pk)


def _state_badge(health: Health, now: float) -> SafeString:
    """Render the breaker's state, computed from the row's facts at ``now`` (unix seconds)."""
    columns = (health.trips, health.opened_at, health.open_until, health.closed_at, health.suspect_since)
    breaker = breakers([(health.key, *columns, health.forced_open, health.revision)])[health.key]
    current = state(breaker, now)
    if breaker.forced_open:
        return badge("tripped by hand", BAD, "No calls are made until it is closed by hand.")
    if current is BreakerState.CLOSED and not health.requests + health.probes:
        return badge("unknown", QUIET, "Never called.")
    tones = {BreakerState.CLOSED: GOOD, BreakerState.SLOW_START: WARN, BreakerState.SUSPECT: WARN}
    labels = {BreakerState.SLOW_START: "slow start", BreakerState.HALF_OPEN: "half-open"}
    return badge(labels.get(current, current.value), tones.get(current, BAD))


@admin.register(Health)
class HealthAdmin(ScopedAdmin):
    """Counters and breaker of each scope, with actions to trip and close the breaker."""

    list_display = ("scope", "breaker", "failures", "success_rate", "latency", "last_success", "latest_outcome")
    actions = ("trip", "close")
    readonly_fields = ("scope", "breaker", "success_rate", "latency", "last_success", "last_failure")
    fieldsets = (
        (None, {"fields": ("scope", "key", "breaker", "success_rate", "latency", "last_success", "last_failure")}),
        (
            "Breaker",
            {"fields": ("forced_open", "trips", "opened_at", "open_until", "closed_at", "suspect_since", "revision")},
        ),
        (
            "Counters",
            {
                "fields": (
                    "requests",
                    "successes",
                    "probes",
                    "consecutive_failures",
                    "latency_ms_sum",
                    "p50_ms",
                    "p95_ms",
                )
            },
        ),
        ("Latest call", {"fields": ("last_success_at", "last_failure_at", "last_outcome", "last_detail")}),
    )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may trip and close breakers: the change permission, which edits nothing else here."""
        return bool(request.user.has_perm("providers.change_health"))

    @admin.display(description="breaker")
    def breaker(self, health: Health) -> SafeString | str:
        """Show the breaker's state; a dash for scopes that only count."""
        if not overrides.is_breaker(health.key):
            return NO_VALUE
        return _state_badge(health, timezone.now().timestamp())

    @admin.display(description="consecutive failures", ordering="consecutive_failures")
    def failures(self, health: Health) -> int:
        """Show the failures since the last success."""
        return health.consecutive_failures

    @admin.display(description="success rate", ordering="successes")
    def success_rate(self, health: Health) -> str:
        """Show the share of successful calls, users' and probes."""
        calls = health.requests + health.probes
        return f"{share(health.successes, calls)} of {calls}" if calls else NO_VALUE

    @admin.display(description="p50 / p95", ordering="p50_ms")
    def latency(self, health: Health) -> str:
        """Show the median and the 95th percentile of the latency in milliseconds."""
        return latency(health.p50_ms, health.p95_ms)

    @admin.display(description="last success", ordering="last_success_at")
    def last_success(self, health: Health) -> str:
        """Show the age of the last success."""
        return ago(health.last_success_at, timezone.now())

    @admin.display(description="last failure", ordering="last_failure_at")
    def last_failure(self, health: Health) -> str:
        """Show the age of the last failure."""
        return ago(health.last_failure_at, timezone.now())

    @admin.display(description="last outcome", ordering="last_outcome")
    def latest_outcome(self, health: Health) -> str:
        """Show the outcome of the last call with its detail."""
        return ": ".join(filter(None, (health.last_outcome, health.last_detail))) or NO_VALUE

    @admin.action(description="Trip: stop all calls until closed by hand", permissions=["operate"])
    def trip(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        """Trip the breakers of the selected rows."""
        changed = overrides.trip(queryset.values_list("pk", flat=True), timezone.now())
        self._report(request, changed, "Tripped by hand.", "tripped")

    @admin.action(description="Close: allow calls again at once", permissions=["operate"])
    def close(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        """Close the breakers of the selected rows."""
        changed = overrides.close(queryset.values_list("pk", flat=True), timezone.now())
        self._report(request, changed, "Closed by hand.", "closed")

    def _report(self, request: HttpRequest, keys: list[str], log: str, verb: str) -> None:
        """Log the change at each changed row and tell the user how many there were."""
        for health in Health.objects.filter(pk__in=keys):
            self.log_change(request, health, log)
        level = messages.SUCCESS if keys else messages.WARNING
        self.message_user(request, f"{len(keys)} {verb}.", level)


@admin.register(Cooldown)
class CooldownAdmin(ScopedAdmin):
    """Scopes that are not called until a time: the reason, and what an operator can do."""

    list_display = ("scope", "reason", "ends", "started", "detail", "advice")
    actions = ("end_cooldown",)
    readonly_fields = ("scope", "reason", "ends", "started", "advice")
    fields = ("scope", "reason", "advice", "detail", "ends", "until", "started", "since")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may end cooldowns: the delete permission."""
        return bool(request.user.has_perm("providers.delete_cooldown"))

    @admin.display(description="reason", ordering="outcome")
    def reason(self, cooldown: Cooldown) -> SafeString:
        """Show the outcome that started the cooldown."""
        return badge(cooldown.outcome.replace("_", " "), WARN)

    @admin.display(description="ends", ordering="until")
    def ends(self, cooldown: Cooldown) -> str:
        """Show the time left."""
        return time_left(cooldown.until, timezone.now())

    @admin.display(description="started", ordering="since")
    def started(self, cooldown: Cooldown) -> str:
        """Show how long ago it started."""
        return ago(cooldown.since, timezone.now())

    @admin.display(description="what to do")
    def advice(self, cooldown: Cooldown) -> str:
        """Show what an operator can do."""
        return cooldown_advice(cooldown.outcome)

    @admin.action(description="End the cooldown: allow calls again now", permissions=["operate"])
    def end_cooldown(self, request: HttpRequest, queryset: QuerySet[Cooldown]) -> None:
        """End the selected cooldowns."""
        rows: list[Model] = list(queryset)
        ended = overrides.end_cooldown([row.pk for row in rows])
        for row in rows:
            self.log_change(request, row, "Cooldown ended by hand.")
        self.message_user(request, f"{len(ended)} ended.", messages.SUCCESS)
