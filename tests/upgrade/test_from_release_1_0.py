"""An upgrade from release 1.0 keeps every row, every permission and every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage

from providers.state import runtime
from tests.upgrade import release_1_0
from tests.upgrade.release_1_0 import Tables

pytestmark = pytest.mark.xdist_group("upgrade")

RENAMED_MODELS = {
    "providers.parking": "providers.cooldown",
    "providers.witness": "providers.peerprice",
    "providers.dialect": "providers.requestformat",
    "providers.seeded": "providers.seededitem",
    "cryptohub.tally": "cryptohub.ratecounter",
}
RENAMED_COLUMNS: dict[str, dict[str, str]] = {}
"""New names of columns by the table's new name."""
ACTIONS = ("add", "change", "delete", "view")
NOT_DATA = {"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"}


@pytest.fixture(scope="module")
def scratch(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    name = f"upgrade_{tmp_path_factory.getbasetemp().name}".replace("-", "_")
    folder = tmp_path_factory.mktemp("upgrade")
    with django_db_blocker.unblock(), release_1_0.scratch_database(name, folder):
        runtime.reset()
        release_1_0.install()
        yield
        runtime.reset()


@pytest.fixture(scope="module")
def before(scratch: None) -> Tables:
    """The rows of release 1.0. One permission is missing, as an upgrade must not depend on any."""
    release_1_0.fill(release_1_0.release_apps())
    Permission.objects.filter(codename="add_witness").delete()
    return release_1_0.dump()


@pytest.fixture(scope="module")
def upgraded(before: Tables) -> Tables:
    release_1_0.migrate_to_present()
    ContentType.objects.clear_cache()
    return release_1_0.dump()


def _assert_same_rows(old: Tables, new: Tables) -> None:
    """Every row of ``old`` is in ``new``, under the new names of tables and columns, with equal values."""
    tables = {old.replace(".", "_"): new.replace(".", "_") for old, new in RENAMED_MODELS.items()}
    for name in old.keys() - NOT_DATA:
        table = tables.get(name, name)
        columns = RENAMED_COLUMNS.get(table, {})
        expected = [{columns.get(column, column): value for column, value in row.items()} for row in old[name]]
        present = [{column: row[column] for column in expected[0]} for row in new[table]] if expected else []
        assert sorted(present, key=repr) == sorted(expected, key=repr), table


def _content_types() -> set[str]:
    return {f"{label}.{model}" for label, model in ContentType.objects.values_list("app_label", "model")}


def test_every_table_of_the_release_was_filled(before: Tables) -> None:
    tables = {model._meta.db_table for model in release_1_0.release_apps().get_models(include_auto_created=True)}
    assert {table for table in tables if not before[table]} == set()


def test_every_row_is_there_with_equal_values(before: Tables, upgraded: Tables) -> None:
    _assert_same_rows(before, upgraded)


def test_no_old_table_is_left(upgraded: Tables) -> None:
    assert not {name.replace(".", "_") for name in RENAMED_MODELS} & set(upgraded)


def test_content_types_are_renamed_and_not_doubled(before: Tables, upgraded: Tables) -> None:
    ids = {f"{row['app_label']}.{row['model']}": row["id"] for row in before["django_content_type"]}
    for old, new in RENAMED_MODELS.items():
        label, model = new.split(".")
        assert ContentType.objects.get(app_label=label, model=model).pk == ids[old]
    assert not _content_types() & RENAMED_MODELS.keys()


@pytest.mark.parametrize("name", ["grouped", "direct"])
@pytest.mark.parametrize("model", RENAMED_MODELS.values())
def test_operators_have_the_permissions_under_their_new_names(upgraded: Tables, name: str, model: str) -> None:
    label, model = model.split(".")
    missing = {"add"} if model == "peerprice" else set()
    user = release_1_0.operator(name)
    assert {action for action in ACTIONS if not user.has_perm(f"{label}.{action}_{model}")} == missing


def test_each_model_has_each_permission_once(upgraded: Tables) -> None:
    for label, model in (new.split(".") for new in RENAMED_MODELS.values()):
        codenames = Permission.objects.filter(content_type__app_label=label, content_type__model=model)
        assert sorted(codenames.values_list("codename", flat=True)) == [f"{action}_{model}" for action in ACTIONS]
    old = [f"{action}_{old.split('.')[1]}" for old in RENAMED_MODELS for action in ACTIONS]
    assert not Permission.objects.filter(codename__in=old).exists()


def test_permissions_have_the_names_that_django_would_give_them(upgraded: Tables) -> None:
    names = dict(Permission.objects.values_list("codename", "name"))
    assert names["view_cooldown"] == "Can view cooldown"
    assert names["delete_peerprice"] == "Can delete peer price"
    assert names["change_requestformat"] == "Can change request format"
    assert names["view_ratecounter"] == "Can view rate counter"


@pytest.mark.parametrize("name", ["grouped", "direct"])
def test_the_cooldown_pages_open_for_operators(upgraded: Tables, name: str) -> None:
    client = Client()
    client.force_login(release_1_0.operator(name))
    for address in ("/admin/providers/cooldown/", "/admin/providers/cooldown/group_3Abinance/change/"):
        response = client.get(address)
        assert response.status_code == 200
        assert "group:binance" in response.text or "Quota group binance" in response.text


def test_old_admin_addresses_lead_to_the_renamed_pages_with_their_query(upgraded: Tables) -> None:
    client = Client()
    client.force_login(release_1_0.operator("grouped"))
    for rest in ("?q=binance&p=0", "group_3Abinance/change/?_changelist_filters=q%3Dbinance"):
        response = client.get(f"/admin/providers/parking/{rest}")
        assert (response.status_code, response["Location"]) == (302, f"/admin/providers/cooldown/{rest}")
        assert client.get(response["Location"]).status_code == 200


def test_functions_named_in_queue_rows_can_be_imported(upgraded: Tables) -> None:
    tasks: list[Any] = [SignedPackage.loads(payload) for payload in OrmQ.objects.values_list("payload", flat=True)]
    functions = {task["func"] for task in tasks} | set(Schedule.objects.values_list("func", flat=True))
    assert functions == {*release_1_0.QUEUED, release_1_0.HEARTBEAT}
    for function in functions:
        assert callable(import_string(function))


def test_the_upgraded_schema_is_the_one_of_the_models(upgraded: Tables) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    connection.check_constraints()


def test_going_back_to_the_release_restores_rows_and_permissions(before: Tables, upgraded: Tables) -> None:
    present = release_1_0.dump()
    try:
        release_1_0.migrate_to_release()
        restored = release_1_0.dump()
        _assert_same_rows(restored, present)
        assert before.keys() - restored.keys() == set()
        codenames = {row["codename"] for row in before["auth_permission"]} | {"add_witness"}
        left = {f"{action}_invitation" for action in ("add", "change", "delete", "view")}  # Django keeps them
        assert {row["codename"] for row in restored["auth_permission"]} - left == codenames
    finally:
        release_1_0.migrate_to_present()
