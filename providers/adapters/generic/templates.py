"""Templates with named placeholders, and lists such as ``1h=60,1d=1440``, as operators write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, unquote

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"/[A-Za-z0-9/_.~:@!$&'()*+,;=%-]*")
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
_SPELLING = re.compile(r"[A-Za-z0-9_.:-]{1,20}")


def placeholders(template: str) -> frozenset[str]:
    """Return the names of a template's placeholders."""
    return frozenset(_PLACEHOLDER.findall(template))


def problem(template: str, allowed: Collection[str]) -> str | None:
    """Explain what is wrong with a template's placeholders; None if they are valid."""
    if "{" in (rest := _PLACEHOLDER.sub("", template)) or "}" in rest:
        return "A brace without its counterpart."
    unknown = sorted(placeholders(template) - set(allowed))
    if unknown:
        return f"{{{unknown[0]}}} is not a placeholder here; allowed: {', '.join(f'{{{name}}}' for name in allowed)}."
    return None if template.isprintable() else "Characters that cannot be displayed."


def path_problem(template: str, allowed: Collection[str]) -> str | None:
    """Explain what is wrong with a path, which must stay below the endpoint's base URL; None if it is valid."""
    if not template.startswith("/"):
        return "A path begins with a slash, as in /v1/ticker/{symbol}."
    if "?" in template or "#" in template:
        return "A path has no query and no fragment: parameters go into their own field."
    path = _PLACEHOLDER.sub("x", template)
    if not _PATH.fullmatch(path):
        return "A path has letters, digits and the punctuation of a URL, without spaces."
    decoded = _decoded(path)
    if any(part in (".", "..") for part in decoded.split("/")) or "//" in decoded or "\\" in decoded:
        return "A path has no empty, . or .. parts, however they are written."
    return problem(template, allowed)


def _decoded(path: str) -> str:
    """Return the path without percent-encoding, even of percent signs: a path may be decoded more than once."""
    for _ in range(len(path)):
        if (decoded := unquote(path)) == path:
            break
        path = decoded
    return path


def fill(template: str, values: Mapping[str, str]) -> str:
    """Insert the values into the template, unquoted."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """Insert URL-quoted values into a path, so that no value can change another part of it."""
    return fill(template, {name: quote(value, safe=":") for name, value in values.items()})


def fill_params(text: str, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the parameters, one per line; a line with a placeholder without a value is left out."""
    return tuple(
        (name, fill(value, values)) for name, value in parse_lines(text).items() if placeholders(value) <= values.keys()
    )


def parse_lines(text: str) -> dict[str, str]:
    """Return the ``name=value`` lines of a text."""
    rows = (line.strip().partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in rows}


def lines_problem(text: str, allowed: Collection[str]) -> str | None:
    """Explain what is wrong with a text of ``name=value`` lines; None if it is valid."""
    rows = [line.strip() for line in text.splitlines() if line.strip()]
    for row in rows:
        name, separator, value = row.partition("=")
        if not separator or not _NAME.fullmatch(name.strip()):
            return f"One name=value per line; {row[:40]!r} is not."
        message = problem(value, allowed)
        if message:
            return message
    return None if len(parse_lines(text)) == len(rows) else "A name is given twice."


def parse_spellings(text: str) -> dict[str, str]:
    """Return the provider's spellings by the hub's names: ``1h=60, 1d`` is ``{"1h": "60", "1d": "1d"}``."""
    pairs = (entry.strip().partition("=") for entry in text.split(",") if entry.strip())
    return {name.strip(): (spelling.strip() if separator else name.strip()) for name, separator, spelling in pairs}


def spellings_problem(text: str, allowed_names: Collection[str] | re.Pattern[str], what: str) -> str | None:
    """Explain what is wrong with a list of spellings, ``what`` being the word for an entry; None if it is valid."""
    spellings = parse_spellings(text)
    if not spellings:
        return f"At least one {what}."
    if len(spellings) < len([entry for entry in text.split(",") if entry.strip()]):
        return f"A {what} is given twice."
    for name, spelling in spellings.items():
        known = allowed_names.fullmatch(name) if isinstance(allowed_names, re.Pattern) else name in allowed_names
        if not known:
            allowed = "codes such as USD, USDT" if isinstance(allowed_names, re.Pattern) else ", ".join(allowed_names)
            return f"{name[:20]!r} is not a known {what}; allowed: {allowed}."
        if not _SPELLING.fullmatch(spelling):
            return f"{spelling[:20]!r} cannot be sent for {name}: up to 20 letters, digits, and . : _ -"
    return None
