"""Outcomes of one attempt, the scope each counts against, and the exception that carries them. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class FailureScope(StrEnum):
    """Narrowest scope that explains an outcome; only its health is affected."""

    NOBODY = "nobody"
    ENDPOINT = "endpoint"
    ENDPOINT_CATEGORY = "endpoint+category"
    PROVIDER = "provider"
    PROVIDER_CATEGORY = "provider+category"
    QUOTA_GROUP = "quota group"


class Outcome(StrEnum):
    """Result of one attempt. The engine acts on these values only, never on finer detail."""

    OK = "ok"
    NOT_SUPPORTED = "not_supported"
    UNKNOWN_ASSET = "unknown_asset"
    BAD_REQUEST = "bad_request"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    GEO_BLOCKED = "geo_blocked"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    LOST_HEDGE = "lost_hedge"
    BROKEN = "broken"
    IMPLAUSIBLE = "implausible"

    @property
    def scope(self) -> FailureScope:
        """The scope that this outcome counts against."""
        return _SCOPES[self]

    @property
    def starts_cooldown(self) -> bool:
        """True when the scope gets a cooldown instead of a failure for its breaker."""
        return self in _COOLING

    @property
    def trips_breaker(self) -> bool:
        """True when the outcome counts as a failure for its scope's breaker."""
        return self in _TRIPPING


_SCOPES = {
    Outcome.OK: FailureScope.NOBODY,
    Outcome.NOT_SUPPORTED: FailureScope.NOBODY,
    Outcome.UNKNOWN_ASSET: FailureScope.NOBODY,
    Outcome.BAD_REQUEST: FailureScope.NOBODY,
    Outcome.RATE_LIMITED: FailureScope.QUOTA_GROUP,
    Outcome.BANNED: FailureScope.QUOTA_GROUP,
    Outcome.GEO_BLOCKED: FailureScope.ENDPOINT,
    Outcome.UNAUTHORIZED: FailureScope.PROVIDER,
    Outcome.REFUSED: FailureScope.ENDPOINT,
    Outcome.RESET: FailureScope.ENDPOINT,
    Outcome.TIMEOUT: FailureScope.ENDPOINT,
    Outcome.LOST_HEDGE: FailureScope.ENDPOINT,
    Outcome.BROKEN: FailureScope.ENDPOINT_CATEGORY,
    Outcome.IMPLAUSIBLE: FailureScope.PROVIDER_CATEGORY,
}
_COOLING = frozenset({Outcome.RATE_LIMITED, Outcome.BANNED, Outcome.GEO_BLOCKED, Outcome.UNAUTHORIZED})
_TRIPPING = frozenset(
    {Outcome.REFUSED, Outcome.RESET, Outcome.TIMEOUT, Outcome.LOST_HEDGE, Outcome.BROKEN, Outcome.IMPLAUSIBLE}
)


class Failure(Exception):  # noqa: N818 - expected and handled by the engine; an "Error" would be a bug of ours
    """An attempt without a usable answer.

    ``detail`` is for operators: short, and free of URLs, keys and exception texts of other libraries.
    ``retry_at`` is the time the provider named (Retry-After, "banned until") as aware UTC, or None.
    """

    def __init__(self, outcome: Outcome, detail: str, retry_at: datetime | None = None) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_at = retry_at
        self.status: int | None = None
        """The HTTP status where there was a response; set by the code that made the call."""
        self.of_item = False
        """True if the fault may be the item's own: it counts against the source once another item fails as well."""

        self.item: object | None = None
        """The item at fault where several were asked for; None stands for the only one."""

    def about_item(self, item: object | None = None) -> Failure:
        """Mark a failure that one item of the answer explains, and return it."""
        self.of_item = True
        self.item = item
        return self


class InactiveMarket(Failure):
    """A row of a market without trades, such as a price of zero: the item is not offered, and nobody is at fault."""

    def __init__(self, detail: str) -> None:
        super().__init__(Outcome.IMPLAUSIBLE, detail)
