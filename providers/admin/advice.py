"""What an operator can do about a cooldown, by its outcome. Pure."""

from __future__ import annotations

from providers.domain.outcomes import Outcome

ADVICE = {
    Outcome.RATE_LIMITED: "Its limit is used up; the cooldown ends by itself. To ask less: longer cache times, "
    "a smaller weight, or an API key with a higher limit.",
    Outcome.BANNED: "It banned this address for asking on after a limit. Wait: asking earlier makes bans longer. "
    "Then ask less: longer cache times, or a smaller weight.",
    Outcome.GEO_BLOCKED: "It does not serve this server's location. Use another endpoint of it (for Binance: "
    "data-api.binance.vision) or switch it off and rely on others. Lift this after moving the server.",
    Outcome.UNAUTHORIZED: "It refuses the API key or what its plan covers. Set a valid key on the provider: saving one "
    "lifts this.",
}


def advice(outcome: str) -> str:
    """What to do; "" for an outcome that does not park."""
    return {known.value: text for known, text in ADVICE.items()}.get(outcome, "")
