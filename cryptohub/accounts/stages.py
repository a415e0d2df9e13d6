"""Steps of signing in."""

from __future__ import annotations

from typing import Any

from allauth.account import stages


class EmailVerificationStage(stages.EmailVerificationStage):
    """Confirmation of the e-mail address; an account without one was made by an operator and has nothing to confirm."""

    def handle(self) -> Any:
        """Return a response that interrupts the sign-in or None, and whether to go on."""
        user: Any = self.login.user
        return super().handle() if user.email else (None, True)  # type: ignore[no-untyped-call]  # allauth's
