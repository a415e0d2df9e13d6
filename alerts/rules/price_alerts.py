"""Operations on price alerts: create and edit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from alerts.models import PriceAlert
from alerts.watchlists.watchlists import lock_owner

MAX_ALERTS = 200
EDITABLE = frozenset({"asset_id", "quote", "direction", "threshold", "note", "enabled"})
_REARMING = EDITABLE - {"note"}


def create(user: User, fields: Mapping[str, object]) -> PriceAlert:
    """Create an alert in the state ``waiting``. Raises ValidationError at the limit."""
    with transaction.atomic():
        lock_owner(user)
        if PriceAlert.objects.owned_by(user).count() >= MAX_ALERTS:
            raise ValidationError(f"You can have at most {MAX_ALERTS} price alerts. Delete one first.")
        return PriceAlert.objects.create(owner=user, **fields)


class Conflict(Exception):  # noqa: N818 - expected: two people, or two tabs
    """The alert was changed since it was shown, in fields that this edit changes as well; ``fields`` names them."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields)
        self.fields = fields


def changes_since(alert: PriceAlert, shown: Mapping[str, object], requested: Mapping[str, object]) -> dict[str, object]:
    """Return what an edit changes: fields that differ from what was shown, whatever others have changed since.

    Raises Conflict if one of these was changed by somebody else to another value.
    """
    changes = {name: value for name, value in requested.items() if shown.get(name) != value}
    conflicts = [name for name, value in changes.items() if getattr(alert, name) not in (shown.get(name), value)]
    if conflicts:
        raise Conflict(conflicts)
    return changes


def edit(alert: PriceAlert, fields: Mapping[str, object], now: datetime) -> PriceAlert:
    """Change an alert and return it; what it has seen is forgotten, unless only its note changed."""
    changes = {name: value for name, value in fields.items() if getattr(alert, name) != value}
    if unknown := changes.keys() - EDITABLE:
        raise ValueError(f"not editable: {sorted(unknown)}")
    row = PriceAlert.objects.filter(pk=alert.pk)
    if changes.keys() & _REARMING:
        row.rearm(**changes, edited_at=now)
    elif changes:
        row.update(**changes, edited_at=now)
    alert.refresh_from_db()
    return alert
