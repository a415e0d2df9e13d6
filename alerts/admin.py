"""Admin of users' watchlists and alerts, which can be edited, and of events and deliveries, which cannot."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from alerts.models import (
    AlertEvent,
    Delivery,
    DeliveryQuerySet,
    DeliveryStatus,
    PriceAlert,
    PriceAlertQuerySet,
    Watchlist,
    WatchlistItem,
)
from alerts.rules import price_alerts
from alerts.rules.conditions import AlertState
from providers.admin.shared import BAD, GOOD, QUIET, WARN, badge

_TONES = {AlertState.ARMED: GOOD, AlertState.WAITING: WARN, AlertState.FIRED: QUIET}
_DELIVERY_TONES = {DeliveryStatus.SENT: GOOD, DeliveryStatus.PENDING: WARN, DeliveryStatus.QUARANTINED: BAD}


class HistoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Base for records that are never added or edited by hand; they are deleted with their owner."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False


class ItemInline(admin.TabularInline):  # type: ignore[type-arg]  # as above
    """The coins of a watchlist."""

    model = WatchlistItem
    fields = ("asset", "position", "added_at")
    readonly_fields = ("added_at",)
    autocomplete_fields = ("asset",)
    extra = 0


@admin.register(Watchlist)
class WatchlistAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Users' watchlists."""

    list_display = ("name", "owner", "coins", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username", "items__asset__symbol")
    autocomplete_fields = ("owner",)
    inlines = (ItemInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Annotate the number of coins."""
        return super().get_queryset(request).annotate(coin_count=Count("items"))

    @admin.display(description="coins", ordering="coin_count")
    def coins(self, watchlist: Any) -> int:
        """Show the number of coins."""
        return int(watchlist.coin_count)


class StateFilter(admin.SimpleListFilter):
    """Filters price alerts by their computed state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Return every state."""
        return [(state.value, state.value) for state in AlertState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the alerts in the chosen state; all if none is chosen."""
        state = self.value()
        if isinstance(queryset, PriceAlertQuerySet) and state in list(AlertState):
            return queryset.in_state(AlertState(state))
        return queryset


@admin.register(PriceAlert)
class PriceAlertAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Users' price alerts. An edit here resets what the alert has seen, as the user's own edit does."""

    list_display = (
        "__str__",
        "owner",
        "quote",
        "enabled",
        "current_state",
        "fires",
        "fired_at",
        "last_price",
        "last_at",
    )
    list_filter = ("enabled", StateFilter, "direction", "quote")
    list_select_related = ("owner", "asset")
    search_fields = ("owner__username", "asset__symbol", "asset__slug", "note")
    autocomplete_fields = ("asset",)
    readonly_fields = (
        "owner",
        "current_state",
        "fires",
        "fired_at",
        "last_price",
        "last_at",
        "created_at",
        "edited_at",
    )
    fields = ("owner", "asset", "quote", "direction", "threshold", "note", "enabled", *readonly_fields[1:])
    actions = ("switch_on", "switch_off")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    @admin.display(description="state")
    def current_state(self, alert: PriceAlert) -> SafeString:
        """Show the state, or off."""
        return badge(alert.state, _TONES[alert.state]) if alert.enabled else badge("off", QUIET)

    def save_model(self, request: HttpRequest, obj: PriceAlert, form: ModelForm[PriceAlert], change: bool) -> None:
        """Save through ``price_alerts.edit``."""
        before = PriceAlert.objects.get(pk=obj.pk)
        price_alerts.edit(before, {name: getattr(obj, name) for name in price_alerts.EDITABLE}, timezone.now())

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: PriceAlertQuerySet) -> None:
        """Switch the selected alerts on."""
        self._switch(request, queryset, True)

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: PriceAlertQuerySet) -> None:
        """Switch the selected alerts off."""
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, rows: PriceAlertQuerySet, on: bool) -> None:
        changed = rows.exclude(enabled=on).rearm(enabled=on, edited_at=timezone.now())
        self.message_user(request, f"{changed} switched {'on' if on else 'off'}.", messages.SUCCESS)


@admin.register(AlertEvent)
class AlertEventAdmin(HistoryAdmin):
    """Events of price alerts."""

    list_display = ("created_at", "owner", "__str__", "source", "endpoint", "verified", "read_at")
    list_filter = ("verified", "source", "direction")
    list_select_related = ("owner", "asset")
    search_fields = ("owner__username", "asset__symbol", "asset__slug", "decision")
    date_hierarchy = "created_at"


@admin.register(Delivery)
class DeliveryAdmin(HistoryAdmin):
    """The outbox. Quarantined rows are tried again only after they are released here."""

    list_display = ("__str__", "recipient", "delivery_status", "attempts", "last_outcome", "next_try_at", "sent_at")
    list_filter = ("status", "channel", "last_outcome")
    list_select_related = ("event__owner",)
    search_fields = ("event__owner__username", "event__asset__symbol")
    actions = ("try_again",)

    @admin.display(description="recipient")
    def recipient(self, delivery: Delivery) -> User:
        """Show the owner of the event."""
        return delivery.event.owner

    @admin.display(description="status", ordering="status")
    def delivery_status(self, delivery: Delivery) -> SafeString:
        """Show the status."""
        return badge(delivery.status, _DELIVERY_TONES[DeliveryStatus(delivery.status)])

    @admin.action(description="Release from quarantine and try again", permissions=["release"])
    def try_again(self, request: HttpRequest, queryset: DeliveryQuerySet) -> None:
        """Release the selected rows that are quarantined."""
        released = queryset.try_again(timezone.now())
        self.message_user(request, f"{released} will be tried again.", messages.SUCCESS)

    def has_release_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may release rows: the change permission, although nothing else can be edited."""
        return request.user.has_perm("alerts.change_delivery")
