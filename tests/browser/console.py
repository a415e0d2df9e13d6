"""Listens to what a browser complains about: console errors, uncaught exceptions, violations of the CSP."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page

_REPORT = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});"""


class Watch:
    """Everything said in anger on the pages it watches. ``expected`` texts are let pass."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: tuple[str, ...] = ()

    def over(self, page: Page) -> None:
        page.add_init_script(_REPORT)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._hear(f"uncaught: {error}", page.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._hear(f"{message.type}: {message.text}", message.location.get("url", ""))

    def _hear(self, text: str, where: str) -> None:
        if not any(part in text for part in self.expected):
            self.heard.append(f"{text} ({where})")

    def assert_quiet(self) -> None:
        assert not self.heard, "\n".join(self.heard)
