"""How scopes are: facts to read, breakers to trip and close, cooldowns to lift. Counters are never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from providers.admin.advice import advice
from providers.admin.ages import ago, to_go
from providers.admin.shared import BAD, GOOD, QUIET, WARN, ShownOnly, badge
from providers.models import Cooldown, Health
from providers.operations import overrides
from providers.resilience.breaker import BreakerState, state
from providers.state.snapshot import breakers
from providers.status.scope_labels import ScopeLabel, ScopeLabels


class NamedList(ChangeList):
    """A list whose rows carry their scope in words, looked up once for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = ScopeLabels()
        self.result_list = list(self.result_list)
        for row in self.result_list:
            row.scope_words = names.label_for(row.pk)


class ScopedAdmin(ShownOnly):
    """Rows keyed by scope, found by the provider's name or host as well."""

    search_fields = ("key",)
    search_help_text = "Provider, host or key"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = Q(key__icontains=search_term)
        for scope in ScopeLabels().keys_matching(search_term) if search_term else ():
            found |= Q(key=scope) | Q(key__startswith=f"{scope}|")
        return queryset.filter(found), False

    @admin.display(description="what", ordering="key")
    def what(self, row: Any) -> ScopeLabel:
        named: ScopeLabel | None = getattr(row, "scope_words", None)
        return named or ScopeLabels().label_for(row.pk)


def _state_badge(health: Health, now: float) -> SafeString:
    """The breaker's state, computed from its facts."""
    columns = (health.trips, health.opened_at, health.open_until, health.closed_at, health.suspect_since)
    breaker = breakers([(health.key, *columns, health.forced_open, health.revision)])[health.key]
    found = state(breaker, now)
    if breaker.forced_open:
        return badge("tripped by hand", BAD, "Nobody asks it until it is closed by hand.")
    if found is BreakerState.CLOSED and not health.requests + health.probes:
        return badge("unknown", QUIET, "Never asked.")
    tones = {BreakerState.CLOSED: GOOD, BreakerState.SLOW_START: WARN, BreakerState.SUSPECT: WARN}
    return badge(found.value.replace("_", "-"), tones.get(found, BAD))


@admin.register(Health)
class HealthAdmin(ScopedAdmin):
    """Facts by scope, with their breaker's state."""

    list_display = ("what", "breaker", "failing", "answered", "typical", "last_success", "last")
    actions = ("trip", "close")
    readonly_fields = ("what", "breaker", "answered", "typical", "last_success", "last_failure")
    fieldsets = (
        (None, {"fields": ("what", "key", "breaker", "answered", "typical", "last_success", "last_failure")}),
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
        ("Last", {"fields": ("last_success_at", "last_failure_at", "last_outcome", "last_detail")}),
    )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Tripping and closing is what the change permission is for here; the facts are nobody's to change."""
        return bool(request.user.has_perm("providers.change_health"))

    @admin.display(description="breaker")
    def breaker(self, health: Health) -> SafeString | str:
        if not overrides.is_breaker(health.key):
            return "–"
        return _state_badge(health, timezone.now().timestamp())

    @admin.display(description="failures in a row", ordering="consecutive_failures")
    def failing(self, health: Health) -> int:
        return health.consecutive_failures

    @admin.display(description="answered", ordering="successes")
    def answered(self, health: Health) -> str:
        calls = health.requests + health.probes
        return f"{100 * health.successes / calls:.1f} % of {calls}" if calls else "–"

    @admin.display(description="p50 / p95", ordering="p50_ms")
    def typical(self, health: Health) -> str:
        if health.p50_ms is None or health.p95_ms is None:
            return "–"
        return f"{health.p50_ms:.0f} / {health.p95_ms:.0f} ms"

    @admin.display(description="last success", ordering="last_success_at")
    def last_success(self, health: Health) -> str:
        return ago(health.last_success_at, timezone.now())

    @admin.display(description="last failure", ordering="last_failure_at")
    def last_failure(self, health: Health) -> str:
        return ago(health.last_failure_at, timezone.now())

    @admin.display(description="last outcome", ordering="last_outcome")
    def last(self, health: Health) -> str:
        return ": ".join(filter(None, (health.last_outcome, health.last_detail))) or "–"

    @admin.action(description="Trip: keep all calls away until closed by hand", permissions=["operate"])
    def trip(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        changed = overrides.trip(queryset.values_list("pk", flat=True), timezone.now())
        self._told(request, changed, "Tripped by hand.", "tripped")

    @admin.action(description="Close: let calls back at once", permissions=["operate"])
    def close(self, request: HttpRequest, queryset: QuerySet[Health]) -> None:
        changed = overrides.close(queryset.values_list("pk", flat=True), timezone.now())
        self._told(request, changed, "Closed by hand.", "closed")

    def _told(self, request: HttpRequest, keys: list[str], log: str, word: str) -> None:
        for health in Health.objects.filter(pk__in=keys):
            self.log_change(request, health, log)
        level = messages.SUCCESS if keys else messages.WARNING
        self.message_user(request, f"{len(keys)} {word}.", level)


@admin.register(Cooldown)
class CooldownAdmin(ScopedAdmin):
    """What must not be asked until a time, why, and what to do about it."""

    list_display = ("what", "why", "ends", "parked", "detail", "what_to_do")
    actions = ("end_cooldown",)
    readonly_fields = ("what", "why", "ends", "parked", "what_to_do")
    fields = ("what", "why", "what_to_do", "detail", "ends", "until", "parked", "since")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Lifting is what the delete permission is for here."""
        return bool(request.user.has_perm("providers.delete_cooldown"))

    @admin.display(description="why", ordering="outcome")
    def why(self, cooldown: Cooldown) -> SafeString:
        return badge(cooldown.outcome.replace("_", " "), WARN)

    @admin.display(description="ends", ordering="until")
    def ends(self, cooldown: Cooldown) -> str:
        return to_go(cooldown.until, timezone.now())

    @admin.display(description="parked", ordering="since")
    def parked(self, cooldown: Cooldown) -> str:
        return ago(cooldown.since, timezone.now())

    @admin.display(description="what to do")
    def what_to_do(self, cooldown: Cooldown) -> str:
        return advice(cooldown.outcome)

    @admin.action(description="Lift: let it be asked again now", permissions=["operate"])
    def end_cooldown(self, request: HttpRequest, queryset: QuerySet[Cooldown]) -> None:
        rows: list[Model] = list(queryset)
        lifted = overrides.end_cooldown([row.pk for row in rows])
        for row in rows:
            self.log_change(request, row, "Cooldown lifted by hand.")
        self.message_user(request, f"{len(lifted)} lifted.", messages.SUCCESS)
