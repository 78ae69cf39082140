"""The tables: made from zero, and opened as a django-viewflow 2.x database left them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from . import flows
from .models import LeanTask
from .steps import act_on, check, fresh, last, live_names, perform, person

FACTS = json.loads((Path(__file__).parent / "data" / "peer_2_4.json").read_text())
TABLES = ("viewflow_process", "viewflow_task", "viewflow_task_previous")


def test_every_migration_that_others_refer_to_exists():
    loader = MigrationLoader(None)
    names = {name for label, name in loader.graph.nodes if label == "viewflow"}
    assert set(FACTS["migrations"]) <= names
    assert not loader.detect_conflicts()
    assert ("viewflow", "0001_initial") in loader.graph.root_nodes("viewflow")


@pytest.mark.django_db
def test_models_and_migrations_agree():
    out = io.StringIO()
    call_command("makemigrations", "viewflow", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_tables_made_from_zero_have_the_peers_columns_and_names(table):
    """Each column, index and constraint is there under the same name; ours may add indexes."""
    if connection.vendor == "sqlite":
        facts = FACTS["sqlite"][table]
        with connection.cursor() as cursor:
            columns = {
                row[1]: (row[2].lower(), not row[3], bool(row[5]))
                for row in cursor.execute(f"PRAGMA table_info({table})").fetchall()
            }
            indexes = {
                row[1]: bool(row[2])
                for row in cursor.execute(f"PRAGMA index_list({table})").fetchall()
            }
        wanted = {c["name"]: (c["type"].lower(), c["null"], c["pk"]) for c in facts["columns"]}
        if table == "viewflow_task_previous":
            # The peer's history left two narrower columns here; SQLite does not care.
            columns = {name: value[1:] for name, value in columns.items()}
            wanted = {name: value[1:] for name, value in wanted.items()}
        assert columns == wanted
        assert {i["name"]: i["unique"] for i in facts["indexes"]}.items() <= indexes.items()
    elif connection.vendor == "postgresql":
        facts = FACTS["postgresql"][table]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, data_type, character_maximum_length, is_nullable"
                " FROM information_schema.columns"
                " WHERE table_name = %s AND table_schema = 'public'",
                [table],
            )
            columns = {name: (kind, size, null == "YES") for name, kind, size, null in cursor}
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [table])
            indexes = {name for (name,) in cursor}
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype <> 'n'",
                [table],
            )
            constraints = dict(cursor.fetchall())
        assert columns == {c["name"]: (c["type"], c["length"], c["null"]) for c in facts["columns"]}
        assert {i["name"] for i in facts["indexes"]} <= indexes
        for constraint in facts["constraints"]:
            name, definition = constraint["name"], constraint["definition"]
            if name.endswith("_fk"):
                # Remade in the peer's history, without the second half of the usual name.
                assert definition in constraints.values(), name
            else:
                assert constraints.get(name) == definition
    else:
        with connection.cursor() as cursor:
            found = {
                column.name: bool(column.null_ok)
                for column in connection.introspection.get_table_description(cursor, table)
            }
        assert found == {c["name"]: c["null"] for c in FACTS["postgresql"][table]["columns"]}


@pytest.mark.django_db
def test_permissions_of_the_base_models_are_djangos():
    """``manage`` belongs to the models that flows use."""
    made = {
        (p.content_type.model, p.codename)
        for p in Permission.objects.filter(content_type__app_label="viewflow")
    }
    wanted = {
        (model, codename)
        for label, model, codename, _ in FACTS["permissions"]
        if label == "viewflow"
    }
    assert wanted <= made


def test_migrate_back_to_zero_and_forth(committed):
    if connection.vendor != "sqlite":
        pytest.skip("done on a database of its own, which only SQLite makes here")
    call_command("migrate", "workflow", "zero", verbosity=0)
    call_command("migrate", "viewflow", "zero", verbosity=0)
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        assert not [name for name in names if name in TABLES]
    call_command("migrate", verbosity=0, run_syncdb=True)
    process = flows.HandleFlow.start.run()
    assert live_names(process) == ["wait"]


# a database of the peer ------------------------------------------------------------------------


def peers_tables():
    """Make the peer's tables, as its own migrations left them, with rows that it wrote."""
    facts = FACTS[connection.vendor]
    with connection.cursor() as cursor, connection.constraint_checks_disabled():
        for table in TABLES:
            columns = []
            for column in facts[table]["columns"]:
                null = "" if column["null"] else " NOT NULL"
                if column["name"] == "id":
                    columns.append('"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT')
                else:
                    columns.append(f'"{column["name"]}" {column["type"]}{null}')
            for key in facts[table]["foreign_keys"]:
                other, target = key["references"]
                columns.append(
                    f'FOREIGN KEY ("{key["column"]}") REFERENCES "{other}" ("{target}")'
                    " DEFERRABLE INITIALLY DEFERRED"
                )
            cursor.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')
            for index in facts[table]["indexes"]:
                unique = "UNIQUE " if index["unique"] else ""
                names = ", ".join(f'"{name}"' for name in index["columns"])
                cursor.execute(f'CREATE {unique}INDEX "{index["name"]}" ON "{table}" ({names})')
        for table in TABLES:
            for row in FACTS["rows"][table]:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join(["%s"] * len(row))
                values = [
                    value.replace("bench/flows.", "workflow/peer_flows.")
                    if isinstance(value, str)
                    else value
                    for value in row.values()
                ]
                cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)
        for name in FACTS["migrations"]:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('viewflow', %s, '2024-01-01 00:00:00')",
                [name],
            )


@pytest.fixture
def peers_database(committed, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("a peer's database is made as a file of SQLite only")
    connections["default"].close()
    Path(connection.settings_dict["NAME"]).unlink()
    call_command("migrate", "auth", verbosity=0)
    call_command("migrate", "contenttypes", verbosity=0)
    person("admin", is_superuser=True)
    peers_tables()
    call_command("migrate", verbosity=0, run_syncdb=True)


def test_a_peers_database_is_migrated_in_place(peers_database):
    with connection.cursor() as cursor:
        for table in TABLES:
            found = {c.name for c in connection.introspection.get_table_description(cursor, table)}
            assert found == {c["name"] for c in FACTS["sqlite"][table]["columns"]}
            assert {i["name"] for i in FACTS["sqlite"][table]["indexes"]} <= set(
                connection.introspection.get_constraints(cursor, table)
            )
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == len(FACTS["rows"][table])
    out = io.StringIO()
    call_command("migrate", check_unapplied=True, stdout=out)
    assert Permission.objects.filter(codename="manage_order").exists()


def test_a_peers_rows_read_as_ours(peers_database):
    from . import peer_flows

    done_pizza = Process.objects.get(pk=1).coerced
    assert done_pizza.flow_class is peer_flows.PizzaFlow
    assert done_pizza.status == PROCESS.DONE
    assert done_pizza.customer_name == "Ann"
    assert [t.flow_task.name for t in Task.objects.filter(process_id=1).order_by("pk")] == [
        "start",
        "bake",
        "deliver",
        "end",
    ]
    assert Process.objects.get(pk=4).status == PROCESS.CANCELED
    assert Task.objects.get(process_id=9, status=STATUS.NEW).owner_permission
    assert all(task.brief is not None for task in Task.objects.all())


def test_a_peers_processes_go_on(peers_database):
    """A claimed task, a waiting handle, a revived task, a join that waits for one branch."""
    admin = person("admin")
    pizza = Process.objects.get(pk=3).coerced
    assert [t.flow_task.name for t in Task.objects.inbox([pizza.flow_class], admin)] == ["bake"]
    act_on(last(pizza, "bake"), "execute")
    perform(pizza, "deliver", admin)
    assert fresh(pizza).status == PROCESS.DONE

    waiting = Process.objects.get(pk=6).coerced
    waiting.flow_class.wait.run(last(waiting, "wait"), note="event")
    assert fresh(waiting).status == PROCESS.DONE

    revived = Process.objects.get(pk=8).coerced
    perform(revived, "bake", admin)
    perform(revived, "deliver", admin)
    assert fresh(revived).status == PROCESS.DONE
    check(revived)

    split = Process.objects.get(pk=9).coerced
    assert live_names(split) == ["a", "join"]
    perform(split, "a", admin)
    assert fresh(split).status == PROCESS.DONE
    check(split)


def test_a_projects_migration_of_its_own_task_table_still_loads():
    """What ``makemigrations`` of 2.x has written there for the token."""
    code = (
        "import viewflow.workflow.fields\nimport viewflow.workflow.token\n"
        "field = viewflow.workflow.fields.TokenField("
        "default=viewflow.workflow.token.Token('start'), max_length=150, verbose_name='Token')"
    )
    names = {}
    exec(code, names)  # noqa: S102
    assert names["field"].deconstruct()[3] == {
        **LeanTask._meta.get_field("token").deconstruct()[3],
        "verbose_name": "Token",
    }
