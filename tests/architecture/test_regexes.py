"""No regular expression of the project takes more than linear time for long hostile text."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

PACKAGES = ("cryptohub", "providers", "markets", "alerts")
NOT_IMPORTED = re.compile(r"\.(?:migrations|__main__|wsgi|asgi|manage|management)(?:\.|$)")
FRAGMENTS = (
    *(
        "a",
        "a-",
        "-",
        "_",
        ".",
        "a.",
        " ",
        "\t",
        "0",
        "1,",
        "/",
        ":",
        "=",
        "'",
        '"',
        "&",
        "x-",
        "<",
        "<!--",
        "<a ",
        "&lt;",
    ),
    *("token", "token ", "api_", "The post ", "](", "[", "(", "{", "${", "\\", "%", "$", "é", "A", "aA0_", "http://"),
)
LENGTH = 12_000
BOUND_S = 0.5
"""Linear patterns take under 5 ms; one with quadratic time takes seconds."""


def patterns() -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    """Yield every pattern, and whether it is looked for anywhere in a text or must match its beginning."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if NOT_IMPORTED.search(module.name):
                continue
            imported = importlib.import_module(module.name)
            source = inspect.getsource(imported)
            for name, value in vars(imported).items():
                if isinstance(value, re.Pattern):
                    anchored = re.search(rf"\b{name}\.(?:full)?match\(", source) is not None
                    anywhere = re.search(rf"\b{name}\.(?:search|sub|finditer|findall|split)\(", source) is not None
                    yield f"{module.name}.{name}", value, anywhere or not anchored


def test_every_module_level_pattern_grows_linearly_with_its_text() -> None:
    slow = set()
    found = list(patterns())
    assert len(found) > 40
    for name, pattern, anywhere in found:
        for fragment in FRAGMENTS:
            text: str | bytes = fragment * (LENGTH // len(fragment)) + "!"
            if isinstance(pattern.pattern, bytes):
                text = str(text).encode()
            began = time.thread_time()
            (pattern.search if anywhere else pattern.fullmatch)(text)
            if time.thread_time() - began > BOUND_S:
                slow.add(f"{name} with {fragment!r}")
    assert slow == set()


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_log_line_of_a_long_path_is_redacted_in_linear_time(fragment: str) -> None:
    from cryptohub.ops.log_format import redact

    began = time.thread_time()
    redact(f"Not Found: /{fragment * (65_000 // len(fragment))}")
    assert time.thread_time() - began < BOUND_S
