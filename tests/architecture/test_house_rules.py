"""The house rules that a machine can keep: who imports whom, what is pure, who reaches the network, how code reads."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("architecture")  # each worker would read all sources anew

ROOT = Path(__file__).parents[2]
APPS = ("providers", "markets", "alerts", "cryptohub")

NETWORK = {"requests", "urllib3", "httpx", "aiohttp", "http.client", "urllib.request", "socket", "ssl"}
DOORS = {
    "providers.transport.http": "the one door to upstreams",
    "providers.transport.dns": "bounds the name resolution behind that door",
    "providers.transport.failures": "names the exceptions of the network libraries",
    "providers.sandbox": "plays the upstreams",
    "cryptohub.tools.bench": "is a client of the hub itself, over loopback",
    "cryptohub.tools.drill": "measures against a direct client, and is a client of the hub itself",
    "cryptohub.launch.ports": "looks at this machine's own ports",
}
NAME_OF_THIS_MACHINE = {"providers.state.leases", "providers.background.leased_loop"}
"""Import socket for socket.gethostname() and nothing else."""

PURE_BY_DESIGN = [
    "providers.domain.*",
    "providers.catalogue.shipped",
    "providers.adapters.*",
    "providers.resilience.breaker",
    "providers.resilience.quota",
    "providers.resilience.selection",
    "providers.resilience.price_consensus",
    "alerts.rules.conditions",
]
IMPURE = NETWORK | {
    "django",
    "rest_framework",
    "django_q",
    "sqlite3",
    "psycopg",
    "redis",
    "subprocess",
    "multiprocessing",
    "asyncio",
    "os",
    "random",
    "secrets",
    "time",
}
CLOCKS = {"now", "utcnow", "today"}

LONGEST_FUNCTION = 60
LONGEST_FILE = 420
TYPICAL_FUNCTION = 10


@cache
def sources() -> dict[str, tuple[Path, ast.Module]]:
    """Every module of ours by dotted name, migrations apart."""
    found = {}
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                parts = file.relative_to(ROOT).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                found[name] = (file, ast.parse(file.read_text(encoding="utf-8")))
    return found


@cache
def imported(tree: ast.Module) -> set[str]:
    """Full names of what a module imports, for annotations alone excepted."""
    names = set()
    for node in runtime_nodes(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node
            yield from runtime_nodes(node)


def within(name: str, parents: set[str] | dict[str, str]) -> bool:
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def says_pure(tree: ast.Module) -> bool:
    """A module is pure when its docstring's first paragraph says so."""
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    return re.search(r"\bPure\b", first) is not None


@cache
def functions() -> list[tuple[str, int]]:
    """Every function with its length in lines, docstring left out."""
    found = []
    for name, (_, tree) in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                result = ast.get_docstring(node, clean=False)
                length = (node.end_lineno or 0) - node.lineno + 1 - (result.count("\n") + 1 if result else 0)
                found.append((f"{name}:{node.name}", length))
    return found


@pytest.mark.parametrize("pattern", PURE_BY_DESIGN)
def test_what_is_meant_to_be_pure_exists_and_says_so_or_is_checked_all_the_same(pattern: Any) -> None:
    assert [name for name in sources() if matches(name, pattern)]


def matches(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith(".*") and within(name, {pattern[:-2]}))


@cache
def pure_modules() -> list[str]:
    meant = {name for name in sources() for pattern in PURE_BY_DESIGN if matches(name, pattern)}
    return sorted(meant | {name for name, (_, tree) in sources().items() if says_pure(tree)})


def test_pure_modules_do_no_input_or_output_and_read_no_clock() -> None:
    assert len(pure_modules()) > 100
    reached = {name: impurities(sources()[name][1]) for name in pure_modules()}
    assert not {name: found for name, found in reached.items() if found}


def impurities(tree: ast.Module) -> set[str]:
    reached = {found for found in imported(tree) if within(found, IMPURE)}
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    clocks = {call for call in calls if call.rpartition(".")[2] in CLOCKS}
    return reached | clocks | (calls & {"open", "input", "print"})


def test_pure_modules_stand_on_pure_modules_only() -> None:
    pure = set(pure_modules())
    reached = {
        (name, found)
        for name in pure
        for found in imported(sources()[name][1]) & sources().keys() - pure
        if not is_empty(found) and not within(found, {"providers.sandbox"})  # plays the world
    }
    assert not reached


def is_empty(name: str) -> bool:
    """A package's __init__ that holds nothing but its docstring."""
    return all(isinstance(node, ast.Expr) for node in sources()[name][1].body)


def test_only_the_doors_reach_the_network() -> None:
    reaching = {name: imported(tree) & NETWORK for name, (_, tree) in sources().items()}
    strangers = {name: found for name, found in reaching.items() if found and not within(name, DOORS)}
    assert set(strangers) <= NAME_OF_THIS_MACHINE, strangers
    for name in strangers:
        used = set(re.findall(r"\bsocket\.(\w+)", sources()[name][0].read_text()))
        assert used == {"gethostname"}, name


def test_functions_are_short() -> None:
    lengths = functions()
    assert not [(name, length) for name, length in lengths if length > LONGEST_FUNCTION]
    assert sorted(length for _, length in lengths)[len(lengths) // 2] < TYPICAL_FUNCTION


def test_files_are_short() -> None:
    lengths = {name: len(file.read_text().splitlines()) for name, (file, _) in sources().items()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, (file, tree) in sources().items()
        if tree.body and not ast.get_docstring(tree) and file.name not in {"apps.py", "__init__.py"}
    ]
    assert not silent


def comments(saying: str) -> Iterator[tuple[str, str]]:
    for folder in (*APPS, "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            for token in tokenize.generate_tokens(io.StringIO(text).readline) if re.search(saying, text) else ():
                if token.type == tokenize.COMMENT and re.search(saying, token.string):
                    yield f"{file.relative_to(ROOT)}:{token.start[0]}", token.string


def test_every_exception_to_a_check_gives_its_reason() -> None:
    excused = list(comments(r"# (noqa|type: ignore)"))
    reasoned = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[a-z0-9, -]+\]) *(-|#|,|:) *\S+")
    assert not [(where, text) for where, text in excused if not reasoned.search(text)]


def test_tests_neither_sleep_nor_patch_with_mocks() -> None:
    """A sleep is allowed inside a loop that looks at what another process does, and nowhere else."""
    guilty = []
    for file in sorted((ROOT / "tests").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if not re.search("sleep|mock", text):
            continue
        tree = ast.parse(text)
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.While | ast.For)]
        looking = {id(call) for loop in loops for call in sleeping(loop)}
        if len(sleeping(tree)) > len(looking) or "unittest.mock" in imported(tree) or "mock" in imported(tree):
            guilty.append(str(file.relative_to(ROOT)))
    assert not guilty


def sleeping(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) in {"time.sleep", "sleep"}]


def test_every_setting_of_the_environment_is_in_the_readme() -> None:
    read = set(re.findall(r'env\.\w+\("([A-Z_]+)"', (ROOT / "cryptohub" / "settings.py").read_text()))
    readme = (ROOT / "README.md").read_text()
    assert read
    assert not {name for name in read | {"PORT", "HOST", "SANDBOX"} if f"`{name}`" not in readme}


def test_every_route_of_the_api_is_in_the_openapi_document() -> None:
    from django.urls import URLPattern, URLResolver, get_resolver
    from drf_spectacular.generators import SchemaGenerator

    def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
        for entry in patterns:
            path = prefix + re.sub(r"^\^|\$$|\\Z$", "", str(entry.pattern))
            if isinstance(entry, URLResolver):
                yield from routes(entry.url_patterns, path)
            elif not re.search(r"\(\?P<format>|<drf_format_suffix", path):
                yield "/" + path

    def plain(path: str) -> str:
        return re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>|\{[^}]*\}", "{}", path)

    documented = {plain(path) for path in SchemaGenerator().get_schema(request=None, public=True)["paths"]}
    served = {plain(route) for route in routes(get_resolver().url_patterns) if route.startswith("/api/")}
    assert served - documented <= {"/api/schema/", "/api/docs/", "/api/"}


def test_what_is_installed_is_what_is_pinned() -> None:
    from importlib.metadata import version

    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[a-z]+\])?==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert len(pins) > 20
    assert not [(name, pin, version(name)) for name, pin in pins if version(name) != pin]
