"""Reads an admin page's form as a browser does, so that a test posts back what was shown."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Form(HTMLParser):
    """The successful controls of the page's main form, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._inside = (found.get("id") or "").endswith(("_form", "changelist-form"))
        elif self._inside and "disabled" not in found:
            self._control(tag, found)

    def _control(self, tag: str, found: dict[str, str | None]) -> None:
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found:
            self.data[self._select] = value
        elif tag == "input" and name and found.get("type") == "checkbox":
            if "checked" in found:
                self.data[name] = value or "on"
        elif tag == "input" and name and found.get("type") != "submit":
            self.data[name] = value


def filled(response: Any) -> dict[str, Any]:
    """What the form of this page would post, without the empty rows that its script copies."""
    form = _Form()
    form.feed(response.text)
    return {name: value for name, value in form.data.items() if "__prefix__" not in name}
