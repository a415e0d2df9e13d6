"""Templates an operator fills in: text with named places, and lists such as ``1h=60,1d=1440``. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"/[A-Za-z0-9/_.~:@!$&'()*+,;=%-]*")
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
_SPELLING = re.compile(r"[A-Za-z0-9_.:-]{1,20}")


def placeholders(template: str) -> frozenset[str]:
    """The names of a template's places."""
    return frozenset(_PLACEHOLDER.findall(template))


def problem(template: str, allowed: Collection[str]) -> str | None:
    """What is wrong with a template's places, and what is allowed."""
    if "{" in (rest := _PLACEHOLDER.sub("", template)) or "}" in rest:
        return "A brace without its partner."
    unknown = sorted(placeholders(template) - set(allowed))
    if unknown:
        return f"{{{unknown[0]}}} is not known here; allowed: {', '.join(f'{{{name}}}' for name in allowed)}."
    return None if template.isprintable() else "Characters that cannot be shown."


def path_problem(template: str, allowed: Collection[str]) -> str | None:
    """As ``problem``, for a path: it stays below the endpoint's base URL."""
    if not template.startswith("/"):
        return "A path begins with a slash, as in /v1/ticker/{symbol}."
    if "?" in template or "#" in template:
        return "A path has no query and no fragment: parameters go into their own field."
    bare = _PLACEHOLDER.sub("x", template)
    if not _PATH.fullmatch(bare):
        return "A path has letters, digits and the punctuation of a URL, without spaces."
    if any(part in (".", "..") for part in bare.split("/")) or "//" in bare:
        return "A path has no empty, . or .. parts."
    return problem(template, allowed)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its values in place, as they are."""
    return _PLACEHOLDER.sub(lambda place: values[place[1]], template)


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """A path with its values quoted: none of them can leave its place."""
    return fill(template, {name: quote(value, safe=":") for name, value in values.items()})


def fill_params(text: str, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The parameters, a line each. A line with a place for which there is no value is left out."""
    return tuple(
        (name, fill(value, values)) for name, value in parse_lines(text).items() if placeholders(value) <= values.keys()
    )


def parse_lines(text: str) -> dict[str, str]:
    """The ``name=value`` lines of a text."""
    rows = (line.strip().partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in rows}


def lines_problem(text: str, allowed: Collection[str]) -> str | None:
    """What is wrong with a text of ``name=value`` lines."""
    rows = [line.strip() for line in text.splitlines() if line.strip()]
    for row in rows:
        name, separator, value = row.partition("=")
        if not separator or not _NAME.fullmatch(name.strip()):
            return f"One name=value a line; {row[:40]!r} is none."
        wrong = problem(value, allowed)
        if wrong:
            return wrong
    return None if len(parse_lines(text)) == len(rows) else "A name is given twice."


def parse_spellings(text: str) -> dict[str, str]:
    """Ours and theirs of a list such as ``1h=60, 1d=1440``; what has no ``=`` is spelled as we do."""
    pairs = (entry.strip().partition("=") for entry in text.split(",") if entry.strip())
    return {ours.strip(): (theirs.strip() if separator else ours.strip()) for ours, separator, theirs in pairs}


def spellings_problem(text: str, allowed_names: Collection[str] | re.Pattern[str], what: str) -> str | None:
    """What is wrong with such a list. ``ours`` is what may stand before the ``=``."""
    found = parse_spellings(text)
    if not found:
        return f"At least one {what}."
    if len(found) < len([entry for entry in text.split(",") if entry.strip()]):
        return f"A {what} is given twice."
    for name, spelling in found.items():
        known = allowed_names.fullmatch(name) if isinstance(allowed_names, re.Pattern) else name in allowed_names
        if not known:
            allowed = "codes such as USD, USDT" if isinstance(allowed_names, re.Pattern) else ", ".join(allowed_names)
            return f"{name[:20]!r} is no {what} of ours; allowed: {allowed}."
        if not _SPELLING.fullmatch(spelling):
            return f"{spelling[:20]!r} cannot be sent for {name}: up to 20 letters, digits, and . : _ -"
    return None
