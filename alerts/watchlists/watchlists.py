"""Operations on watchlists: create, rename, add, remove, reorder; each keeps the limits per user."""

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
    """Return the user's list of this name; create it if there is none."""
    existing = Watchlist.objects.owned_by(user).filter(name=name).first()
    return existing or create(user, name)


def find(user: User, name: str) -> Watchlist | None:
    """Return the user's list of this name, None if there is none; raises ValidationError for an impossible name."""
    _check_name(name)
    return Watchlist.objects.owned_by(user).filter(name=name).first()


def create(user: User, name: str) -> Watchlist:
    """Create a list; raises ValidationError if the user has one of that name, or too many."""
    with transaction.atomic():
        lock_owner(user)
        existing = Watchlist.objects.owned_by(user)
        _check_name(name)
        if existing.filter(name=name).exists():
            raise ValidationError({"name": f"You already have a watchlist called {name}."})
        if existing.count() >= MAX_LISTS:
            raise ValidationError({"name": f"You can have at most {MAX_LISTS} watchlists. Delete one first."})
        return Watchlist.objects.create(owner=user, name=name)


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME:
        raise ValidationError({"name": f"A list name has 1 to {MAX_NAME} characters."})
    if not name.isprintable():
        raise ValidationError({"name": "A list name has no control characters."})


def rename(watchlist: Watchlist, name: str) -> None:
    """Rename a list; raises ValidationError if the user has another of that name."""
    with transaction.atomic():
        owner = lock_owner(watchlist.owner)
        _check_name(name)
        if Watchlist.objects.owned_by(owner).filter(name=name).exclude(pk=watchlist.pk).exists():
            raise ValidationError({"name": f"You already have a watchlist called {name}."})
        watchlist.name = name
        watchlist.save(update_fields=["name"])


def add(watchlist: Watchlist, slug: str) -> bool:
    """Append a coin; False if it is on the list already. Raises ValidationError at the limit."""
    return bool(add_all(watchlist, [slug]))


def add_all(watchlist: Watchlist, slugs: Sequence[str]) -> list[str]:
    """Append these coins, all or none; return those that are new. Raises ValidationError at the limit."""
    with transaction.atomic():
        owner = lock_owner(watchlist.owner)
        present = set(_slugs(watchlist))
        new = [slug for slug in dict.fromkeys(slugs) if slug not in present]
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
    """Remove a coin; False if it was not on the list."""
    return watchlist.items.filter(asset_id=slug).delete()[0] > 0


def reorder(watchlist: Watchlist, slugs: Sequence[str]) -> None:
    """Put these coins first, in this order; the others follow in their previous order.

    Coins that are not on the list are ignored: they were removed elsewhere while the user was dragging.
    """
    with transaction.atomic():
        lock_owner(watchlist.owner)
        items = {item.asset_id: item for item in watchlist.items.all()}
        first = [items.pop(slug) for slug in dict.fromkeys(slugs) if slug in items]
        ordered = [*first, *items.values()]
        for position, item in enumerate(ordered):
            item.position = position
        WatchlistItem.objects.bulk_update(ordered, ["position"])


def move(watchlist: Watchlist, slug: str, by: int) -> None:
    """Move a coin up (-1) or down (+1) by one; at either end it stays."""
    order = _slugs(watchlist)
    if slug not in order:
        return
    current = order.index(slug)
    target = min(max(current + by, 0), len(order) - 1)
    order.insert(target, order.pop(current))
    reorder(watchlist, order)


def _slugs(watchlist: Watchlist) -> list[str]:
    return [item.asset_id for item in watchlist.items.all()]


def lock_owner(user: User) -> User:
    """Lock the user's row so that limits are exact under concurrency. Call inside a transaction."""
    return User.objects.select_for_update().get(pk=user.pk)
