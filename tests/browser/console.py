"""Records console errors and warnings, uncaught exceptions and CSP violations of pages."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page

_REPORT = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});"""


class ConsoleWatch:
    """Messages of the watched pages. Those that contain an ``expected`` text are ignored."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.expected: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        page.add_init_script(_REPORT)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._record(f"uncaught: {error}", page.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._record(f"{message.type}: {message.text}", message.location.get("url", ""))

    def _record(self, text: str, url: str) -> None:
        if not any(part in text for part in self.expected):
            self.messages.append(f"{text} ({url})")

    def assert_no_messages(self) -> None:
        assert not self.messages, "\n".join(self.messages)
