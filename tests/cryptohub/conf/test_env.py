"""Environment variables are read strictly; a bad one is one line that says what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cryptohub.conf import env as environment

ROOT = Path(__file__).parents[3]

BAD = [
    ("DEBUG", "maybe"),
    ("ALLOW_PRIVATE_UPSTREAMS", "2"),
    ("ALLOWED_HOSTS", "https://hub.example.org"),
    ("ALLOWED_HOSTS", "hub.example.org:8000"),
    ("CSRF_TRUSTED_ORIGINS", "hub.example.org"),
    ("CSRF_TRUSTED_ORIGINS", "https://hub.example.org/path"),
    ("CORS_ALLOWED_ORIGINS", "*"),
    ("CORS_ALLOWED_ORIGINS", "https://*.example.org"),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.org/"),
    ("CORS_ALLOWED_ORIGINS", "https://app.example.org#a"),
    ("CORS_ALLOWED_ORIGINS", "null"),
    ("API_LIMIT_ANONYMOUS", "0/minute"),
    ("API_LIMIT_ANONYMOUS", "600"),
    ("API_LIMIT_KEY", "600/fortnight"),
    ("API_LIMIT_KEY", "-5/second"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("TRUSTED_PROXIES", "proxy"),
    ("DATABASE_URL", "mysql://u@h/db"),
    ("DATABASE_URL", "postgres://u@h:notaport/db"),
    ("DATABASE_URL", "postgres://u@h"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "/srv/db.sqlite3"),
    ("REDIS_URL", "memcached://127.0.0.1"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "127.0.0.1:6379"),
    ("EMAIL_URL", "pigeon://loft"),
    ("EMAIL_URL", "smtp://"),
]
SECRETS = [("SECRET_KEY", "tooshort"), ("FIELD_ENCRYPTION_KEYS", "not-a-fernet-key")]


def start(name: str, value: str) -> subprocess.CompletedProcess[str]:
    """Load the settings as any command does."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, name: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def read(tmp_path: Path) -> Any:
    return {
        "DEBUG": lambda: environment.boolean("DEBUG", False),
        "ALLOW_PRIVATE_UPSTREAMS": lambda: environment.boolean("ALLOW_PRIVATE_UPSTREAMS", False),
        "ALLOWED_HOSTS": lambda: environment.hosts("ALLOWED_HOSTS", []),
        "CSRF_TRUSTED_ORIGINS": lambda: environment.origins("CSRF_TRUSTED_ORIGINS"),
        "CORS_ALLOWED_ORIGINS": lambda: environment.exact_origins("CORS_ALLOWED_ORIGINS"),
        "API_LIMIT_ANONYMOUS": lambda: environment.rate("API_LIMIT_ANONYMOUS", "300/minute"),
        "API_LIMIT_KEY": lambda: environment.rate("API_LIMIT_KEY", "3000/minute"),
        "TRUSTED_PROXIES": lambda: environment.networks("TRUSTED_PROXIES"),
        "DATABASE_URL": lambda: environment.database("DATABASE_URL", tmp_path / "db.sqlite3"),
        "REDIS_URL": lambda: environment.cache("REDIS_URL"),
        "EMAIL_URL": lambda: environment.email("EMAIL_URL"),
        "SECRET_KEY": lambda: environment.secret("SECRET_KEY"),
        "FIELD_ENCRYPTION_KEYS": lambda: environment.fernet_keys("FIELD_ENCRYPTION_KEYS"),
    }


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_one_line_with_name_value_and_what_is_allowed(
    read: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        read[name]()
    line = str(stopped.value)
    assert line.startswith(f"CryptoHub cannot start: {name} ")
    assert value in line
    assert "allowed: " in line
    assert "\n" not in line


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_a_bad_secret_is_named_but_not_printed(
    read: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        read[name]()
    assert name in str(stopped.value)
    assert value not in str(stopped.value)


def test_a_password_in_a_bad_url_is_masked(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://hub:hunter2@db/hub")
    with pytest.raises(SystemExit, match=r"mysql://hub:\*\*\*@db/hub"):
        read["DATABASE_URL"]()


@pytest.mark.parametrize(("name", "value"), [("DEBUG", "maybe"), ("SECRET_KEY", "tooshort")])
def test_a_process_with_a_bad_value_ends_with_that_line_and_no_traceback(name: str, value: str) -> None:
    ended = start(name, value)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"CryptoHub cannot start: {name} ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(("word", "meaning"), [("1", True), ("Yes", True), ("ON", True), ("0", False), ("off", False)])
def test_a_boolean_accepts_the_usual_words(monkeypatch: pytest.MonkeyPatch, word: str, meaning: bool) -> None:
    monkeypatch.setenv("DEBUG", word)
    assert environment.boolean("DEBUG", not meaning) is meaning


def test_the_default_database_is_sqlite_in_a_file_that_several_processes_can_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    created = environment.database("DATABASE_URL", tmp_path / "hub.sqlite3")
    assert created["NAME"] == str(tmp_path / "hub.sqlite3")
    assert created["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in created["OPTIONS"]["init_command"]


def test_the_default_cache_is_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert environment.cache("REDIS_URL")["BACKEND"].endswith("DatabaseCache")


def test_urls_give_postgresql_and_redis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://hub:p%40ss@db:5433/hub")
    monkeypatch.setenv("REDIS_URL", "redis://cache:6379/2")
    database = environment.database("DATABASE_URL", tmp_path / "unused")
    assert (database["HOST"], database["PORT"], database["NAME"], database["PASSWORD"]) == ("db", 5433, "hub", "p@ss")
    assert environment.cache("REDIS_URL")["LOCATION"] == "redis://cache:6379/2"


def test_mail_goes_to_the_console_unless_a_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert environment.email("EMAIL_URL")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://u:p@mail:587")
    assert environment.email("EMAIL_URL")["EMAIL_USE_TLS"] is True


@pytest.mark.parametrize(("text", "rate"), [("600/minute", (600, 60)), ("5 / Second", (5, 1)), ("1/day", (1, 86400))])
def test_a_limit_is_a_number_of_requests_in_a_time(
    monkeypatch: pytest.MonkeyPatch, text: str, rate: tuple[int, int]
) -> None:
    monkeypatch.setenv("API_LIMIT_KEY", text)
    assert environment.rate("API_LIMIT_KEY", "1/hour") == rate


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "hub.example.org"])
def test_debug_pages_are_refused_on_a_network(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DEBUG", "true")
    with pytest.raises(SystemExit, match="DEBUG is 'true'; allowed: true only while HOST"):
        environment.debug("DEBUG", host)
    monkeypatch.setenv("DEBUG", "false")
    assert environment.debug("DEBUG", host) is False


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_debug_pages_are_allowed_on_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DEBUG", "true")
    assert environment.debug("DEBUG", host) is True


def test_with_debug_on_a_network_the_hub_does_not_start() -> None:
    names = {"DEBUG": "true", "HOST": "0.0.0.0"}
    result = subprocess.run(
        [sys.executable, "-c", "import cryptohub.settings"],
        cwd=ROOT,
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "DEBUG" in result.stderr
