"""Operations on watchlists, and their limits."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from alerts.models import Watchlist, WatchlistItem
from alerts.watchlists import watchlists
from markets.models import Asset

pytestmark = pytest.mark.django_db


def order(watchlist: Watchlist) -> list[str]:
    return [item.asset_id for item in watchlist.items.all()]


def filled(user: User, *slugs: str) -> Watchlist:
    watchlist = watchlists.get_or_create(user)
    watchlists.add_all(watchlist, slugs)
    return watchlist


def test_the_default_list_is_created_on_first_use(ann: User) -> None:
    assert watchlists.get_or_create(ann) == watchlists.get_or_create(ann)
    assert Watchlist.objects.owned_by(ann).get().name == "default"


def test_coins_are_listed_in_the_order_they_were_added_each_once(ann: User, coins: Any) -> None:
    watchlist = filled(ann, "solana", "bitcoin")
    assert watchlists.add(watchlist, "ethereum")
    assert not watchlists.add(watchlist, "solana")
    assert order(watchlist) == ["solana", "bitcoin", "ethereum"]


def test_a_dragged_order_is_saved(ann: User, coins: Any) -> None:
    watchlist = filled(ann, "bitcoin", "ethereum", "solana")
    watchlists.reorder(watchlist, ["solana", "bitcoin", "ethereum"])
    assert order(watchlist) == ["solana", "bitcoin", "ethereum"]


def test_changes_made_elsewhere_while_dragging_are_preserved(ann: User, coins: Any) -> None:
    watchlist = filled(ann, "bitcoin", "ethereum", "solana")
    watchlists.remove(watchlist, "bitcoin")
    watchlists.reorder(watchlist, ["ethereum", "bitcoin", "ethereum"])
    assert order(watchlist) == ["ethereum", "solana"]


def test_a_coin_moves_by_one_and_stops_at_the_ends(ann: User, coins: Any) -> None:
    watchlist = filled(ann, "bitcoin", "ethereum", "solana")
    for slug, by in (("bitcoin", -1), ("solana", +1), ("solana", -1), ("nosuch", -1)):
        watchlists.move(watchlist, slug, by)
    assert order(watchlist) == ["bitcoin", "solana", "ethereum"]


def test_removing_an_absent_coin_returns_false(ann: User, coins: Any) -> None:
    watchlist = filled(ann, "bitcoin")
    assert watchlists.remove(watchlist, "bitcoin")
    assert not watchlists.remove(watchlist, "bitcoin")


def test_two_lists_of_one_user_have_two_names(ann: User, bob: User) -> None:
    watchlists.create(ann, "coins")
    watchlists.create(bob, "coins")
    with pytest.raises(ValidationError, match="already have a watchlist called coins"):
        watchlists.create(ann, "coins")
    with pytest.raises(ValidationError, match="already have"):
        watchlists.rename(watchlists.create(ann, "more"), "coins")


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_list_needs_a_name_that_fits(ann: User, name: str) -> None:
    with pytest.raises(ValidationError, match="1 to 60 characters"):
        watchlists.create(ann, name)


def test_the_number_of_lists_is_limited(ann: User) -> None:
    Watchlist.objects.bulk_create(Watchlist(owner=ann, name=f"list {n}") for n in range(watchlists.MAX_LISTS))
    with pytest.raises(ValidationError, match="at most 20 watchlists"):
        watchlists.create(ann, "one more")


def test_the_number_of_coins_is_limited_over_all_lists(ann: User, coins: Any) -> None:
    Asset.objects.bulk_create(Asset(slug=f"coin-{n}", symbol=f"C{n}", name=f"Coin {n}") for n in range(500))
    watchlist = filled(ann, *(f"coin-{n}" for n in range(499)))
    other = watchlists.create(ann, "other")
    with pytest.raises(ValidationError, match="at most 500 coins"):
        watchlists.add_all(other, ["bitcoin", "ethereum"])
    assert order(other) == []
    assert watchlists.add(watchlist, "coin-499")


@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_when_two_requests_come_at_once(ann: User, coins: Any) -> None:
    Asset.objects.bulk_create(Asset(slug=f"coin-{n}", symbol=f"C{n}", name=f"Coin {n}") for n in range(499))
    watchlist = filled(ann, *(f"coin-{n}" for n in range(499)))
    refused = []

    def add(slug: str) -> None:
        try:
            watchlists.add(watchlist, slug)
        except ValidationError:
            refused.append(slug)
        connection.close()

    threads = [threading.Thread(target=add, args=(coin.slug,)) for coin in coins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (WatchlistItem.objects.owned_by(ann).count(), len(refused)) == (500, 2)
