"""Filters on virtual fields use the index that the model declares for them."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import pytest
from django.apps import apps
from django.core import checks
from django.db import connection, migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter, OperationWriter
from django.test.utils import isolate_apps

from viewflow import jsonstore

from .models import Indexed, Tag

pytestmark = pytest.mark.django_db

TAG = uuid.uuid4()
WHEN = datetime.datetime(2024, 5, 1, 12, 30, 59, 1234, tzinfo=datetime.UTC)
VALUES = {
    "name": "row 7" + "x" * 200,
    "amount": 7,
    "ratio": 7.5,
    "price": Decimal("7.25"),
    "due": WHEN.date(),
    "at": WHEN,
    "opens": datetime.time(7, 30, 1, 5),
    "pause": -datetime.timedelta(days=2, hours=30, microseconds=7),
    "code": uuid.UUID(int=7),
    "raw": b"\x00\xff7",
    "tag": TAG,
}


@pytest.fixture
def rows():
    Tag.objects.create(pk=TAG, name="t")
    step = datetime.timedelta(days=1)
    made = [
        Indexed(
            name=f"row {n}" + "x" * 200,
            amount=n,
            ratio=n + 0.5,
            price=Decimal(n) + Decimal("0.25"),
            due=WHEN.date() + step * (n - 7),
            at=WHEN + step * (n - 7),
            opens=datetime.time(n % 24, 30, 1, 5),
            pause=VALUES["pause"] + step * (n - 7),
            code=uuid.UUID(int=n),
            raw=b"\x00\xff" + str(n).encode(),
            tag_id=TAG if n == 7 else uuid.UUID(int=n),
            place={"city": "x", "since": WHEN.date() + step * (n - 7)},
            state="new" if n % 50 else "old",
        )
        for n in range(400)
    ]
    Indexed.objects.bulk_create(made)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
        elif connection.vendor == "postgresql":
            cursor.execute("ANALYZE jsonstore_indexed")
            cursor.execute("SET LOCAL enable_seqscan = off")


def plan(queryset):
    return queryset.explain().replace("\n", " ")


def index_of(name):
    return next(index for index in Indexed._meta.indexes if index.names == (name,))


@pytest.mark.parametrize("name", [*VALUES, "place__since"])
def test_a_filter_uses_the_index(rows, name):
    value = VALUES.get(name, WHEN.date())
    found = Indexed.objects.filter(**{name: value})
    assert index_of(name).name in plan(found)
    expected = [n for n in range(400) if n % 24 == 7] if name == "opens" else [7]
    assert sorted(row.amount for row in found) == expected
    assert found.values_list(name, flat=True)[0] == value
    if name not in {"tag", "raw"}:
        later = Indexed.objects.filter(**{f"{name}__gte": value})
        assert later.filter(amount=7).exists()


def test_several_keys_and_ordering(rows):
    found = Indexed.objects.filter(state="old", amount__gte=340)
    assert "indexed_state_amount" in plan(Indexed.objects.filter(state="old"))
    assert sorted(found.values_list("amount", flat=True)) == [350]
    by_state = Indexed.objects.filter(state="old").order_by("-amount")
    assert [row.amount for row in by_state[:2]] == [350, 300]
    newest = Indexed.objects.order_by("due")[:3]
    if connection.vendor != "mysql":  # which sorts by a covering index only
        assert index_of("due").name in plan(newest)
    assert [row.amount for row in newest] == [0, 1, 2]
    assert Indexed.objects.filter(paid=False).count() == 400
    assert index_of("amount").name in plan(Indexed.objects.filter(amount__in=[1, 2]))


def test_values_stay_what_they_are_without_an_index(rows):
    odd = Indexed.objects.create(
        data={"name": "odd", "at": "2024-05-01T14:00:00+02:00", "due": None, "pause": None}
    )
    noon = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
    assert Indexed.objects.get(at=noon) == odd
    assert Indexed.objects.filter(due=None).get() == odd
    assert Indexed.objects.exclude(name__startswith="row").get() == odd
    Indexed.objects.filter(name="odd").update(amount=5000, at=WHEN)
    assert Indexed.objects.get(amount=5000).at == WHEN
    assert Indexed.objects.aggregate(models.Max("amount")) == {"amount__max": 5000}


def test_migrations_carry_the_index_and_see_no_change():
    """B168"""
    state = ModelState.from_model(Indexed)
    assert set(state.fields) == {"id", "plain", "data", "payload"}
    index = next(one for one in state.options["indexes"] if one.name == "indexed_state_amount")
    text, imports = OperationWriter(migrations.AddIndex("indexed", index)).serialize()
    assert "import viewflow.jsonstore" in imports
    assert "viewflow.jsonstore.JSONKeyIndex('state', '-amount'" in text
    assert "viewflow.jsonstore.Key" in text
    source = f"import viewflow.jsonstore\n{MigrationWriter.serialize(index)[0]}"
    namespace: dict = {"viewflow": __import__("viewflow")}
    import viewflow.jsonstore  # noqa: F401

    assert eval(source.split("\n", 1)[1], namespace) == index  # noqa: S307
    project = ProjectState.from_apps(apps)
    changes = MigrationAutodetector(project, ProjectState.from_apps(apps)).changes(MigrationGraph())
    assert changes == {}
    other = index.clone()
    other.keys[0] = jsonstore.Key(["other"])
    assert other != index
    assert hash(other.keys[0]) == hash(jsonstore.Key(["other"]))
    assert jsonstore.Key(["a"], default=1) != jsonstore.Key(["a"], default=True)


@pytest.mark.django_db(transaction=True)
def test_an_index_is_added_and_removed_by_migrations():
    state = ProjectState()
    create = migrations.CreateModel(
        "Lot", [("id", models.AutoField(primary_key=True)), ("data", models.JSONField())]
    )
    first = jsonstore.JSONKeyIndex(keys=[jsonstore.Key(["a"])], name="lot_a")
    both = jsonstore.JSONKeyIndex(
        "a", "-b", keys=[jsonstore.Key(["a"]), jsonstore.Key(["b"], "integer")], name="lot_ab"
    )
    operations = [
        create,
        migrations.AddIndex("Lot", first),
        migrations.AddIndex("Lot", both),
        migrations.AddField("Lot", "more", models.IntegerField(null=True)),
        migrations.RemoveIndex("Lot", "lot_a"),
        migrations.AlterField("Lot", "data", models.JSONField(null=True)),
    ]
    seen = []
    states = [state]
    try:
        for operation in operations:
            after = states[-1].clone()
            operation.state_forwards("lots", after)
            with connection.schema_editor() as editor:
                operation.database_forwards("lots", editor, states[-1], after)
            states.append(after)
            seen.append(_indexes("lots_lot"))
        assert seen == [
            set(),
            {"lot_a"},
            {"lot_a", "lot_ab"},
            {"lot_a", "lot_ab"},
            {"lot_ab"},
            {"lot_ab"},
        ]
        with connection.schema_editor() as editor:
            editor.remove_index(states[-1].apps.get_model("lots", "Lot"), both)
        assert _indexes("lots_lot") == set()
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(states[-1].apps.get_model("lots", "Lot"))


def _indexes(table):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {name for name, one in found.items() if one["index"] and name.startswith("lot_")}


@pytest.mark.django_db(transaction=True)
@isolate_apps("tests.jsonstore")
def test_an_index_of_a_proxy_is_created_by_a_migration_of_its_own():
    class IndexedProxy(Indexed):
        note = jsonstore.CharField(max_length=20, blank=True)

        class Meta:
            app_label = "jsonstore"
            proxy = True
            indexes = [jsonstore.JSONKeyIndex("note", name="indexed_note")]

    found = jsonstore.checks.check_indexes(IndexedProxy)
    assert [message.id for message in found] == ["jsonstore.W004"]
    assert all(message.level == checks.WARNING for message in found)
    index = next(iter(IndexedProxy._meta.indexes))
    operation = jsonstore.AddKeyIndex("Indexed", index)
    assert "indexed_note" in operation.describe()
    state = ProjectState.from_apps(apps)
    with connection.schema_editor() as editor:
        operation.database_forwards("jsonstore", editor, state, state)
    try:
        row = IndexedProxy.objects.create(note="n")
        assert IndexedProxy.objects.filter(amount=0).count() == 1
        found = IndexedProxy.objects.filter(note="n")
        assert "indexed_note" in plan(found)
        assert found.get() == row
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards("jsonstore", editor, state, state)
    text, _imports = OperationWriter(operation).serialize()
    assert "viewflow.jsonstore.indexes.AddKeyIndex(" in text


@isolate_apps("tests.jsonstore")
def test_mistakes_are_reported():
    class Wrong(models.Model):
        data = models.JSONField()
        doc = jsonstore.JSONField()

        class Meta:
            app_label = "jsonstore"
            indexes = [
                jsonstore.JSONKeyIndex("doc", name="w_doc"),
                jsonstore.JSONKeyIndex("nothing", name="w_nothing"),
            ]

    class Fine(models.Model):
        data = models.JSONField()
        name = jsonstore.CharField()

        class Meta:
            app_label = "jsonstore"
            abstract = True
            indexes = [jsonstore.JSONKeyIndex("name")]

    class Finer(Fine):
        class Meta(Fine.Meta):
            app_label = "jsonstore"

    found = jsonstore.checks.check_indexes(Wrong)
    assert [message.id for message in found] == ["jsonstore.E005", "jsonstore.E005"]
    assert jsonstore.checks.check_indexes(Finer) == []
    (index,) = Finer._meta.indexes
    assert index.name == "jsonstore_f_name_" + index.name[-10:]
    assert index.keys == [jsonstore.Key(["name"])]
    for call in (
        lambda: jsonstore.JSONKeyIndex(),
        lambda: jsonstore.JSONKeyIndex(models.F("name"), name="x"),
        lambda: jsonstore.JSONKeyIndex("name", name="x").keys,
    ):
        with pytest.raises(ValueError, match=r"(At least one|names of fields|not in the Meta)"):
            call()
