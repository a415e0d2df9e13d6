"""Leases: one holder in the whole fleet, for a time, by compare-and-set on one row.

A lease that is not renewed lapses, so a killed holder blocks nobody for longer than its last term. Terms are compared
by each process's own clock: clocks that differ by more than a term would let two hold it, which is why whatever is done
under a lease must be safe to do twice.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from providers.models import Lease


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a holder learns when it renews: whether it still holds the lease, and whether somebody waits for it."""

    held: bool
    claimed: bool = False


def new_holder() -> str:
    """A name no other holder has, readable to an operator: host, process, nonce."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


def acquire(name: str, holder: str, term: timedelta, now: datetime) -> bool:
    """Take the lease if it is free, lapsed or already ours. Of many that try at once, one gets it."""
    free = Q(holder=holder) | Q(until__lte=now)
    if Lease.objects.filter(free, name=name).update(holder=holder, until=now + term, claimant=""):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"holder": holder, "until": now + term})
    return created


def renew(name: str, holder: str, term: timedelta, now: datetime) -> Renewal:
    """Extend our lease. One that lapsed and was taken by another is lost."""
    held = Lease.objects.filter(name=name, holder=holder).update(until=now + term) == 1
    if not held:
        return Renewal(held=False)
    return Renewal(held=True, claimed=Lease.objects.filter(name=name).exclude(claimant="").exists())


def claim_next(name: str, claimant: str) -> None:
    """Ask the holder to hand over. The last to ask is the one that waits."""
    Lease.objects.filter(name=name).exclude(holder=claimant).update(claimant=claimant)


def is_claimed_by(name: str, claimant: str) -> bool:
    """Whether this claimant is still the one that waits."""
    return Lease.objects.filter(name=name, claimant=claimant).exists()


def release(name: str, holder: str, now: datetime) -> None:
    """Give our lease back before its term ends. Nothing happens if it is no longer ours."""
    Lease.objects.filter(name=name, holder=holder).update(until=now)


def is_held(name: str, now: datetime) -> bool:
    """Whether anybody holds the lease."""
    return Lease.objects.filter(name=name, until__gt=now).exists()
