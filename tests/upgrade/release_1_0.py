"""A scratch database as release 1.0 left it: its last migrations, and rows in every table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django_q.signing import SignedPackage

LEAVES = {"providers": "0002_dialects", "cryptohub": "0001_initial", "markets": "0002_storedcandle", "alerts": "0001"}
"""Release 1.0's last migration of each app. Apps not named here are third-party and have their current ones."""

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUEUED = ("markets.tasks.probe", "markets.tasks.prune", "alerts.tasks.watch", "alerts.tasks.deliver")
HEARTBEAT = "cryptohub.heartbeat.beat"
VALUES: dict[str, list[Any]] = {
    "providers.provider.slug": ["binance", "kraken"],
    "providers.provider.adapter": ["binance", "kraken"],
    "providers.provider.api_key_encrypted": ["", ""],
    "providers.endpoint.base_url": ["https://api.example.com", "https://api.example.org/v1"],
    "providers.parking.key": ["group:binance", "endpoint:1"],
    "providers.parking.outcome": ["banned", "geo_blocked"],
    "providers.health.key": ["endpoint:1", "endpoint:1|MARKET_PRICE"],
    "providers.witness.key": ["bitcoin|binance", "bitcoin|kraken"],
    "providers.decisionrecord.id": ["0a", "0b"],
    "providers.seeded.key": ["provider:binance", "link:MARKET_PRICE:binance"],
}
"""Values by field where any text would not do."""


@contextmanager
def scratch_database(name: str, folder: Path) -> Iterator[None]:
    """Point the default connection at a new, empty database; drop it afterwards."""
    original = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        _run_on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    _connect_to(name if connection.vendor == "postgresql" else str(folder / f"{name}.sqlite3"))
    try:
        yield
    finally:
        _connect_to(original)
        if connection.vendor == "postgresql":
            _run_on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _connect_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()


def _run_on_server(*statements: str) -> None:
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def install() -> None:
    """Migrate an empty database to what release 1.0 had."""
    migrate_to_release()
    loader = MigrationExecutor(connection).loader
    for app in sorted({app for app, _ in loader.graph.leaf_nodes()} - LEAVES.keys()):
        call_command("migrate", app, verbosity=0)


def migrate_to_release() -> None:
    """Migrate the hub's own apps forward or back to the leaf migrations of release 1.0."""
    for app, name in LEAVES.items():
        call_command("migrate", app, name, verbosity=0)


def migrate_to_present() -> None:
    """Migrate forward in one run, as an upgrade does."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def release_apps() -> Apps:
    """The models of release 1.0."""
    loader = MigrationExecutor(connection).loader
    leaves = [node for node in loader.graph.leaf_nodes() if node[0] not in LEAVES]
    release = [loader.get_migration_by_prefix(app, name) for app, name in LEAVES.items()]
    return loader.project_state([*leaves, *((each.app_label, each.name) for each in release)]).apps


def fill(apps: Apps) -> None:
    """Put two rows into every table: an operator who is no superuser, and generated values for the rest."""
    _add_people(apps)
    _add_queue_rows(apps)
    tables = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    pending = [model for model in tables if not model._default_manager.exists()]
    while pending:
        ready = [model for model in pending if not _referenced(model) & set(pending)]
        for model in ready:
            for number in range(1 if model._meta.auto_created else 2):
                model._default_manager.create(**_row(model, number))
        pending = [model for model in pending if model not in ready]


def _add_people(apps: Apps) -> None:
    """``grouped`` has the permissions through a group, ``direct`` by himself."""
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__model__in=["parking", "witness", "dialect", "tally", "seeded", "decisionrecord"]
    )
    people = apps.get_model("auth", "User").objects
    grouped, direct = (
        people.create(username=name, password=f"!{name}", is_staff=True, email=f"{name}@example.com")
        for name in ("grouped", "direct")
    )
    operators = apps.get_model("auth", "Group").objects.create(name="operators")
    operators.permissions.set(permissions)
    grouped.groups.add(operators)
    direct.user_permissions.set(permissions)


def _add_queue_rows(apps: Apps) -> None:
    schedules, queue = apps.get_model("django_q", "Schedule").objects, apps.get_model("django_q", "OrmQ").objects
    for func in QUEUED:
        schedules.create(func=func, schedule_type="I", minutes=1, repeats=-1, next_run=START)
    for func in (*QUEUED, HEARTBEAT):
        task = {"id": func, "name": func, "func": func, "args": (), "kwargs": {}, "started": START}
        queue.create(key="cryptohub", payload=SignedPackage.dumps(task), lock=START)


def _referenced(model: type[Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}


def _row(model: type[Model], number: int) -> dict[str, Any]:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return {field.attname: _value(field, number) for field in fields}


def _value(field: Any, number: int) -> Any:
    prepared = VALUES.get(f"{field.model._meta.label_lower}.{field.name}")
    if prepared:
        return prepared[number]
    if field.is_relation:
        rows = field.related_model._default_manager.order_by("pk").values_list(field.target_field.attname, flat=True)
        return rows[min(number, len(rows) - 1)]
    if field.choices:
        choices = list(field.choices)
        return choices[number % len(choices)][0]
    return _plain_value(field, number)


def _plain_value(field: Any, number: int) -> Any:
    kinds: dict[str, Any] = {
        "DateTimeField": START + timedelta(hours=number),
        "BooleanField": bool(number),
        "JSONField": {"name": field.name, "number": number},
        "FloatField": number + 0.25,
        "GenericIPAddressField": "192.0.2.1",
        "PickledObjectField": {"number": number},
    }
    kind = field.get_internal_type() if type(field).__name__ != "PickledObjectField" else "PickledObjectField"
    if kind in kinds:
        return kinds[kind]
    if "Integer" in kind:
        return number + 1
    if "decimal_places" in vars(field):
        return f"{number}.000000000000000001"
    return f"{field.name} {number}"[: field.max_length]


Tables = dict[str, list[dict[str, Any]]]


def dump() -> Tables:
    """Every row of every table, as the database gives it."""
    with closing(connection.cursor()) as cursor:
        return {table: _rows(cursor, table) for table in connection.introspection.table_names(cursor)}


def _rows(cursor: Any, table: str) -> list[dict[str, Any]]:
    cursor.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return sorted((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=repr)


def operator(name: str) -> User:
    return User.objects.get(username=name)
