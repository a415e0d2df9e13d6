"""Watchlists, price alerts, the events they fired, and the outbox of deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import F, Q

from alerts.fields import ExactDecimalField, positive
from alerts.rules.conditions import CLOCK_LEAD, AlertFacts, AlertState, Direction
from markets.models import Asset
from providers.domain.market_data import ANY_DOLLAR, Instrument

Visitor = User | AnonymousUser
RowT_co = TypeVar("RowT_co", bound=models.Model, covariant=True)
DEFAULT_LIST = "default"
QUOTES = {
    ANY_DOLLAR: "Any dollar",
    "USD": "USD",
    "USDT": "USDT",
    "USDC": "USDC",
    "EUR": "EUR",
    "BTC": "BTC",
}
DIRECTIONS = [(Direction.ABOVE.value, "rises to or above"), (Direction.BELOW.value, "falls to or below")]


class OwnedQuerySet(models.QuerySet[RowT_co]):
    """Queries of rows that belong to a user, by way of ``owner_field``."""

    owner_field = "owner_id"

    def owned_by(self, user: Visitor) -> Self:
        """Return the user's own rows; none for a visitor."""
        return self.filter(**{self.owner_field: user.pk}) if user.is_authenticated else self.none()


class WatchlistQuerySet(OwnedQuerySet["Watchlist"]):
    """Queries of watchlists."""

    def with_items(self) -> Self:
        """Fetch the items and their assets along."""
        return self.prefetch_related(models.Prefetch("items", WatchlistItem.objects.select_related("asset")))


class Watchlist(models.Model):
    """A user's named list of coins. The one called ``default`` is created when it is first needed."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watchlists")
    name = models.CharField(max_length=60, default=DEFAULT_LIST)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WatchlistQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="watchlist_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name


class WatchlistItemQuerySet(OwnedQuerySet["WatchlistItem"]):
    """Queries of watchlist items."""

    owner_field = "watchlist__owner_id"


class WatchlistItem(models.Model):
    """A coin on a watchlist. Positions may repeat while a list is reordered; the primary key breaks the tie."""

    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, to_field="slug", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField(auto_now_add=True)

    objects = WatchlistItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["watchlist", "asset"], name="asset_once_per_watchlist")]

    def __str__(self) -> str:
        return self.asset_id

    @property
    def instrument(self) -> Instrument:
        """The coin in any dollar."""
        return Instrument(self.asset_id)


class PriceAlertQuerySet(OwnedQuerySet["PriceAlert"]):
    """Queries and bulk updates of price alerts."""

    def to_evaluate(self) -> Self:
        """Return the enabled ones of enabled coins and active users."""
        return self.filter(enabled=True, asset__enabled=True, owner__is_active=True).order_by("pk")

    def in_state(self, state: AlertState) -> Self:
        """Return those in this state: the SQL form of ``conditions.AlertFacts.state``."""
        if state is AlertState.ARMED:
            return self.filter(armed=True)
        return self.filter(armed=False, fired_at__isnull=state is AlertState.WAITING)

    def not_changed_since(self, edition: int, armed: bool, at: datetime) -> Self:
        """Return those whose facts are as they were read, and whose last sample is older than ``at``.

        This is the condition of every compare-and-set: a sample applies to the facts it was stepped from, or not at
        all.
        """
        older = Q(last_at__isnull=True) | Q(last_at__lt=at) | Q(last_at__gt=at + CLOCK_LEAD)
        return self.filter(older, enabled=True, edition=edition, armed=armed)

    def rearm(self, **changes: object) -> int:
        """Edit rules and forget what they have seen; an evaluation under way can no longer fire them."""
        return self.update(
            **changes, edition=F("edition") + 1, armed=False, fired_at=None, last_at=None, last_price=None
        )


class PriceAlert(models.Model):
    """A rule that fires once whenever a coin's price crosses a threshold.

    ``edition`` counts edits, ``fires`` counts crossings; ``fired_at`` is the last crossing since the last edit.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="price_alerts")
    asset = models.ForeignKey(Asset, to_field="slug", on_delete=models.PROTECT, related_name="+")
    quote = models.CharField(max_length=10, default=ANY_DOLLAR, choices=list(QUOTES.items()))
    direction = models.CharField(max_length=5, choices=DIRECTIONS)
    threshold = ExactDecimalField(validators=[positive])
    note = models.CharField(max_length=200, blank=True, default="")
    enabled = models.BooleanField(default=True)
    edition = models.PositiveIntegerField(default=0, editable=False)
    armed = models.BooleanField(default=False, editable=False)
    fired_at = models.DateTimeField(null=True, blank=True, editable=False)
    fires = models.PositiveIntegerField(default=0, editable=False)
    last_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_price = ExactDecimalField(max_digits=80, null=True, blank=True, editable=False)  # type: ignore[misc]  # null is meant
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(auto_now_add=True)

    objects = PriceAlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.direction} {self.threshold:f}"

    @property
    def instrument(self) -> Instrument:
        """The coin in the alert's quote currency."""
        return Instrument(self.asset_id, self.quote)

    @property
    def facts(self) -> AlertFacts:
        """The rule and what it has seen, for ``conditions.step``."""
        return AlertFacts(
            direction=Direction(self.direction),
            threshold=self.threshold,
            armed=self.armed,
            fired=self.fired_at is not None,
            last_at=self.last_at,
            last_price=self.last_price,
        )

    @property
    def state(self) -> AlertState:
        """The state computed from the facts."""
        return self.facts.state


class AlertEventQuerySet(OwnedQuerySet["AlertEvent"]):
    """Queries of alert events."""

    def unread(self) -> Self:
        """Return the unread ones."""
        return self.filter(read_at__isnull=True)

    def mark_read(self, now: datetime) -> int:
        """Mark the unread ones as read; return how many there were."""
        return self.unread().update(read_at=now)


class AlertEvent(models.Model):
    """A crossing: the rule as it was and the price that crossed it. Outlives its alert."""

    alert = models.ForeignKey(PriceAlert, null=True, on_delete=models.SET_NULL, related_name="events")
    number = models.PositiveIntegerField(help_text="Which crossing of its alert this was; the first is 1.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_events")
    asset = models.ForeignKey(Asset, to_field="slug", on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=5, choices=DIRECTIONS)
    threshold = ExactDecimalField()
    note = models.CharField(max_length=200, blank=True, default="")
    price = ExactDecimalField(max_digits=80)
    currency = models.CharField(max_length=10)
    source = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=200, help_text="The host that answered.")
    as_of = models.DateTimeField(null=True, help_text="The source's own time; empty where it gives none.")
    fetched_at = models.DateTimeField()
    verified = models.BooleanField(null=True, help_text="Whether a second, independent source agreed.")
    decision = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = AlertEventQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["alert", "number"], name="one_event_per_crossing")]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="event_inbox"),
            models.Index(fields=["owner"], condition=Q(read_at__isnull=True), name="event_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.direction} {self.threshold:f} at {self.price:f} {self.currency}"


class Channel(models.TextChoices):
    """Channels by which events are delivered."""

    EMAIL = "email"


class DeliveryStatus(models.TextChoices):
    """Status of an outbox row. Quarantined rows are tried again only after an operator releases them."""

    PENDING = "pending"
    SENT = "sent"
    QUARANTINED = "quarantined"


LONGEST_DELAY = timedelta(seconds=3600 + 60)
"""Longest time until the next attempt of a delivery (an hour), and a minute by which clocks may differ."""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Queries and bulk updates of the outbox."""

    def due(self, now: datetime) -> Self:
        """Return the pending rows whose next attempt is due, oldest first.

        A time further ahead than the longest delay was stored before the clock was set back: it is due too.
        """
        due = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + LONGEST_DELAY)
        return self.filter(due, status=DeliveryStatus.PENDING).order_by("next_try_at", "pk")

    def not_changed_since(self, row: Delivery) -> Self:
        """Return this row, unless another worker has claimed or finished it since it was read."""
        return self.filter(pk=row.pk, status=row.status, attempts=row.attempts, next_try_at=row.next_try_at)

    def try_again(self, now: datetime) -> int:
        """Release quarantined rows with their attempts reset; return how many there were."""
        return self.filter(status=DeliveryStatus.QUARANTINED).update(
            status=DeliveryStatus.PENDING, attempts=0, next_try_at=now
        )


class Delivery(models.Model):
    """The delivery of one event by one channel; written with the event, delivered at least once.

    A claim counts the attempt and moves ``next_try_at`` past the time that the attempt may take. So a row whose worker
    dies comes due again, and a row that kills its workers runs out of attempts.
    """

    event = models.ForeignKey(AlertEvent, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    status = models.CharField(max_length=16, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_outcome = models.CharField(max_length=20, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "channel"], name="one_delivery_per_channel")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status=DeliveryStatus.PENDING), name="delivery_due")
        ]

    def __str__(self) -> str:
        return f"{self.channel} of event {self.event_id}"
