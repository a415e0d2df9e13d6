"""What users do to their watchlists: add, remove, reorder, within limits."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from alerts.models import DEFAULT_LIST, Watchlist, WatchlistItem

MAX_NAME = 60
MAX_LISTS = 20
MAX_ITEMS = 500


def get_or_create(user: User, name: str = DEFAULT_LIST) -> Watchlist:
    """The user's list of this name, made if it does not exist yet."""
    existing = Watchlist.objects.owned_by(user).filter(name=name).first()
    return existing or create(user, name)


def create(user: User, name: str) -> Watchlist:
    """A new list. Raises ValidationError when the user has one of that name, or too many."""
    with transaction.atomic():
        lock_owner(user)
        existing = Watchlist.objects.owned_by(user)
        if not 0 < len(name) <= MAX_NAME:
            raise ValidationError({"name": f"The name of a list has 1 to {MAX_NAME} characters."})
        if existing.filter(name=name).exists():
            raise ValidationError({"name": f"You already have a watchlist called {name}."})
        if existing.count() >= MAX_LISTS:
            raise ValidationError({"name": f"You can have at most {MAX_LISTS} watchlists. Delete one first."})
        return Watchlist.objects.create(owner=user, name=name)


def rename(watchlist: Watchlist, name: str) -> None:
    """Give a list another name. Raises ValidationError when the user has one of that name."""
    with transaction.atomic():
        owner = lock_owner(watchlist.owner)
        if Watchlist.objects.owned_by(owner).filter(name=name).exclude(pk=watchlist.pk).exists():
            raise ValidationError({"name": f"You already have a watchlist called {name}."})
        watchlist.name = name
        watchlist.save(update_fields=["name"])


def add(watchlist: Watchlist, slug: str) -> bool:
    """Put a coin at the end; False when it is there already. Raises ValidationError at the limit."""
    return bool(add_all(watchlist, [slug]))


def add_all(watchlist: Watchlist, slugs: Sequence[str]) -> list[str]:
    """Put these coins at the end, all or none; those that were added. Raises ValidationError at the limit."""
    with transaction.atomic():
        owner = lock_owner(watchlist.owner)
        there = set(_slugs(watchlist))
        new = [slug for slug in dict.fromkeys(slugs) if slug not in there]
        if WatchlistItem.objects.owned_by(owner).count() + len(new) > MAX_ITEMS:
            raise ValidationError({"coin": f"You can watch at most {MAX_ITEMS} coins. Remove some first."})
        last = watchlist.items.aggregate(last=Max("position"))["last"]
        first = 0 if last is None else last + 1
        WatchlistItem.objects.bulk_create(
            WatchlistItem(watchlist=watchlist, asset_id=slug, position=position)
            for position, slug in enumerate(new, first)
        )
    return new


def remove(watchlist: Watchlist, slug: str) -> bool:
    """Take a coin out; False when it was not there."""
    return watchlist.items.filter(asset_id=slug).delete()[0] > 0


def reorder(watchlist: Watchlist, slugs: Sequence[str]) -> None:
    """Put these coins first, in this order; coins not named (added meanwhile elsewhere) keep theirs behind them.

    Coins that are no longer on the list are passed over: they were removed while the user was dragging.
    """
    with transaction.atomic():
        lock_owner(watchlist.owner)
        items = {item.asset_id: item for item in watchlist.items.all()}
        named = [items.pop(slug) for slug in dict.fromkeys(slugs) if slug in items]
        ordered = [*named, *items.values()]
        for position, item in enumerate(ordered):
            item.position = position
        WatchlistItem.objects.bulk_update(ordered, ["position"])


def move(watchlist: Watchlist, slug: str, by: int) -> None:
    """Move a coin one place up (-1) or down (+1); at either end it stays."""
    order = _slugs(watchlist)
    if slug not in order:
        return
    here = order.index(slug)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    reorder(watchlist, order)


def _slugs(watchlist: Watchlist) -> list[str]:
    return [item.asset_id for item in watchlist.items.all()]


def lock_owner(user: User) -> User:
    """Serialise what one user does, so that a limit is exact. Call inside a transaction."""
    return User.objects.select_for_update().get(pk=user.pk)
