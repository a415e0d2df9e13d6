"""Which link the ``fastest`` strategy holds on to: it is left only for one 30 % better for 30 s. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BETTER, FOR_S = 0.7, 30.0


@dataclass(slots=True)
class StickyChoice:
    """The link the ``fastest`` strategy holds on to, and the one that has been better lately."""

    link: int | None = None
    challenger: int | None = None
    since: float = 0.0

    def update(self, known: Mapping[int, float], now: float) -> None:
        best = min(known, key=lambda link: known[link])
        if self.link is None or self.link not in known:
            self.link, self.challenger = best, None
        elif best != self.link and known[best] < BETTER * known[self.link]:
            if self.challenger != best:
                self.challenger, self.since = best, now
            elif now - self.since >= FOR_S:
                self.link, self.challenger = best, None
        else:
            self.challenger = None
