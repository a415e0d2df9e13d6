"""Leases: one holder among all processes, for a limited time, by compare-and-set on one row.

A lease that is not renewed expires, so a killed holder blocks others for at most one term. Each process compares terms
with its own clock. If clocks differ by more than a term, two processes may hold the lease, so work done under a lease
must be safe to do twice.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from providers.models import Lease

LONGEST_TERM = timedelta(hours=1)
CLOCK_LEAD = timedelta(seconds=30)
"""Lead of another host's clock that does not end its lease."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Result of a renewal: if the lease is still held, and if another process has claimed it next."""

    held: bool
    claimed: bool = False


def new_holder() -> str:
    """Return a unique holder name that an operator can read: host, process, nonce."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


def acquire(name: str, holder: str, term: timedelta, now: datetime) -> bool:
    """Take the lease if it is free, expired or already ``holder``'s. Of several callers exactly one gets True.

    An end further ahead than any holder could have set it counts as past: the clock has been set back since.
    """
    free = Q(holder=holder) | Q(until__lte=now) | Q(until__gt=_latest_end(term, now))
    if Lease.objects.filter(free, name=name).update(holder=holder, until=now + term, claimant=""):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"holder": holder, "until": now + term})
    return created


def renew(name: str, holder: str, term: timedelta, now: datetime) -> Renewal:
    """Extend the lease. The result is not held if it has expired and another process has taken it."""
    held = Lease.objects.filter(name=name, holder=holder).update(until=now + term) == 1
    if not held:
        return Renewal(held=False)
    return Renewal(held=True, claimed=Lease.objects.filter(name=name).exclude(claimant="").exists())


def claim_next(name: str, claimant: str) -> None:
    """Ask the holder to hand over. The latest claimant replaces earlier ones."""
    Lease.objects.filter(name=name).exclude(holder=claimant).update(claimant=claimant)


def is_claimed_by(name: str, claimant: str) -> bool:
    """Return True if this claimant is still the next in line."""
    return Lease.objects.filter(name=name, claimant=claimant).exists()


def release(name: str, holder: str, now: datetime) -> None:
    """End the lease before its term. Does nothing if another process holds it."""
    Lease.objects.filter(name=name, holder=holder).update(until=now)


def is_held(name: str, now: datetime, term: timedelta = LONGEST_TERM) -> bool:
    """Return True if any process holds the lease; ``term`` is the longest that it is taken for."""
    return Lease.objects.filter(name=name, until__gt=now, until__lte=_latest_end(term, now)).exists()


def _latest_end(term: timedelta, now: datetime) -> datetime:
    """Return the latest end that a holder can have set, by a clock that runs at most a term ahead of ours."""
    return now + 2 * term + CLOCK_LEAD
