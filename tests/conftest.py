"""What every test stands on: a database of its own, and no road to the outside."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as examples

from cryptohub.api import rate_limiter
from cryptohub.conf.rates import Rate
from tests import timing
from tests.hub_client import HubClient
from tests.memory_rate_counters import MemoryRateCounters

pytest_plugins = ["tests.sandbox_fixture"] if find_spec("tests.sandbox_fixture") else []

ROOT = Path(__file__).parent.parent
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
REDIS_URL = os.environ.get("REDIS_URL", "")
FEW, MANY = 30, 1000
"""How many examples a property is tried on: the same ones each time, and new ones with --hypothesis-profile=long."""
IMPURE_MARKS = ("database", "postgres", "redis", "browser", "slow")
IMPURE_FIXTURES = {"sandbox"}
IMPURE_MODULES = {"multiprocessing", "socket", "socketserver", "subprocess"}
"""A test that has one of these marks or fixtures, or whose module imports one of these, is not marked pure."""
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}

_UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
examples.register_profile("short", max_examples=FEW, derandomize=True, **_UNHURRIED)
examples.register_profile("long", max_examples=MANY, **_UNHURRIED)
examples.load_profile("short")


running_pure = False
"""The test that runs now is marked pure."""


class OutsideReachedError(AssertionError):
    """A test reached for a host that is not on this machine, or a pure test for anything outside its process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shipped-timing", action="store_true", help="ignore the mark relaxed_timing (make test-timing)")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Relax the timing for a test marked so. A hook, not a fixture: fixtures of the module are set up inside it too."""
    relaxed = item.get_closest_marker("relaxed_timing") and not item.get_closest_marker("shipped_timing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "running_pure", item.get_closest_marker("pure") is not None)
        if relaxed and not item.config.getoption("--shipped-timing"):
            timing.relax(patch)
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """A Redis database for each parallel worker: clearing the cache empties one whole.

    Thousands of tests and the libraries they load stay to the end: the collector is to look at them neither while they
    are gathered nor later.
    """
    gc.disable()
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw")
    if REDIS_URL:
        server, _, number = REDIS_URL.rpartition("/")
        settings.CACHES["default"]["LOCATION"] = f"{server}/{(int(number) + int(worker)) % 16}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database and what is pure, and skip, visibly, what this run has no service for."""
    for item in items:
        if item.get_closest_marker("slow"):  # of one file one after another: so what they start is started once
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if _is_pure(item):
            item.add_marker("pure")
        if SQLITE and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))
        if not REDIS_URL and item.get_closest_marker("redis"):
            item.add_marker(pytest.mark.skip(reason="needs Redis: set REDIS_URL"))


def _is_pure(item: pytest.Item) -> bool:
    """Return True if a test uses no database, network, process or browser, as far as its declarations show."""
    if any(item.get_closest_marker(name) for name in IMPURE_MARKS):
        return False
    imported = {getattr(value, "__name__", "") for value in vars(getattr(item, "module", None) or object).values()}
    return not (IMPURE_FIXTURES & set(getattr(item, "fixturenames", ())) or IMPURE_MODULES & imported)


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in life: WAL and locking between connections do not exist in memory."""
    if SQLITE:
        folder = tmp_path_factory.mktemp("database")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The cache's table beside the migrations', as the launcher makes it."""
    with django_db_blocker.unblock():
        call_command("createcachetable", verbosity=0)


KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}
"""What migrations fill and no test changes."""


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_quickly() -> Iterator[None]:
    """After a test with transactions of its own. Django would truncate, which takes PostgreSQL seconds, and announce a
    migration, which fills tables anew.
    """
    emptying: dict[str, list[str]] = {}

    def empty(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]  # has no public name
            connection = connections[alias]
            if alias not in emptying:
                tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
                names = map(connection.ops.quote_name, sorted(tables - KEPT_TABLES))
                emptying[alias] = [f"DELETE FROM {name}" for name in names]
            connection.ops.execute_sql_flush(emptying[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_by_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Templates name static files as they are: there is no manifest before the launcher has collected them."""
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_hashed_quickly() -> None:
    """A good hash is slow by design, and none of these is worth guessing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _fleet_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No other run, and no hub on this machine, takes over what these tests fetched."""
    if not os.environ.get("REDIS_URL"):
        settings.SHARED_FETCH["LOCATION"] = str(tmp_path_factory.mktemp("fleet"))


@pytest.fixture(scope="session", autouse=True)
def _counted_for_itself() -> None:
    """All tests ask from one address, and many without a database: the limit is far away and kept in memory. Those
    about limits say otherwise.
    """
    rate_limiter.reset(MemoryRateCounters())
    settings.API_LIMIT_ANONYMOUS = settings.API_LIMIT_KEY = Rate(10**9, 86400)


def refuse_if_pure(action: str) -> None:
    """Fail a test marked pure. With Redis as the cache even pure code may connect to it, so not then."""
    if running_pure and not REDIS_URL:
        raise OutsideReachedError(f"a test marked pure {action}: see _is_pure in tests/conftest.py")


def checked(host: Any) -> None:
    """Fail a test that reaches for a host other than this machine, or for any if it is marked pure."""
    refuse_if_pure(f"connected to {host}")
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and host and not host.startswith(LOOPBACK):
        raise OutsideReachedError(f"a test reached for {host}")


@pytest.fixture(scope="session", autouse=True)
def _no_connection_leaves_this_machine() -> Iterator[None]:
    """Any connection that would fails the test that tries."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            checked(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX:
            checked(address[0])
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        checked(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_started_by_a_pure_test() -> Iterator[None]:
    start = subprocess.Popen.__init__

    def guarded_start(self: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
        refuse_if_pure("started a process")
        start(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", guarded_start)
        yield


@pytest.fixture
def client() -> HubClient:
    """Answered by the short or the full handler, as in production."""
    return HubClient()


@pytest.fixture
def child_environment(db: None) -> dict[str, str]:
    """The environment for a real process that shares this test's database, cache and keys."""
    database = settings.DATABASES["default"]
    url = f"sqlite:///{database['NAME']}" if SQLITE else _postgres_url(database)
    return {
        **os.environ,
        "DATABASE_URL": url,
        **({"REDIS_URL": settings.CACHES["default"]["LOCATION"]} if REDIS_URL else {}),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "PYTHONPATH": str(ROOT),
    }


def _postgres_url(database: dict[str, Any]) -> str:
    user = f"{database['USER']}:{database['PASSWORD']}".rstrip(":")
    return f"postgres://{user}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
