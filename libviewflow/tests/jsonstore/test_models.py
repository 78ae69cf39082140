"""Virtual fields are good members of Django's model machinery."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
from decimal import Decimal
from io import StringIO

import pytest
from django.apps import apps
from django.core import checks, serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import isolate_apps

from viewflow import jsonstore
from viewflow.jsonstore.checks import check_embedded, check_model, check_models

from .models import Author, Base, Child, Everything, Managed, OfBase, OfOfBase, Order, Stamped


def test_migrations_do_not_see_virtual_fields():
    """B168"""
    for model in (Order, Everything, OfBase, Child, Managed, Stamped):
        state = ModelState.from_model(model)
        assert not [n for n, f in state.fields.items() if isinstance(f, jsonstore.VirtualField)]
        assert set(state.fields) == {f.name for f in model._meta.local_fields}


def test_a_migration_that_was_written_does_not_change():
    """B168"""
    plain = type("Managed", (models.Manager,), {})
    state = ProjectState.from_apps(apps)
    changes = MigrationAutodetector(state, ProjectState.from_apps(apps)).changes(graph=_graph())
    assert changes == {}
    assert type(plain()) is plain


@isolate_apps("tests.jsonstore")
def test_managers_recorded_by_migrations_compare_equal():
    class Recorded(models.Manager):
        use_in_migrations = True

    class Row(models.Model):
        data = models.JSONField()
        name = jsonstore.CharField()
        objects = Recorded()

        class Meta:
            app_label = "jsonstore"

    (name, manager), *_ = ModelState.from_model(Row).managers
    recorded = Recorded()
    recorded.__dict__.update(manager.__dict__)
    assert name == "objects"
    assert manager == recorded
    assert recorded == manager


def _graph():
    from django.db.migrations.graph import MigrationGraph

    return MigrationGraph()


def test_the_fields_are_private_and_not_concrete():
    meta = Order._meta
    field = meta.get_field("name")
    assert field in meta.private_fields
    assert field in meta.fields
    assert field in meta.get_fields()
    assert field.concrete is False
    assert field.column is None
    assert field not in meta.concrete_fields
    assert field not in meta.local_fields
    assert isinstance(field, models.CharField)


@pytest.mark.django_db
def test_loading_a_row_does_nothing_for_virtual_fields(django_assert_num_queries):
    Order.objects.create(name="x")
    with django_assert_num_queries(1):
        order = Order.objects.get()
        assert set(vars(order)) == {"_state", "id", "title", "author_id", "data", "payload"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Base, OfBase, OfOfBase, Child])
def test_inherited_fields_work(model):
    """B229"""
    row = model.objects.create(summary="s", level=4)
    model.objects.create(summary="t")
    loaded = model.objects.get(summary="s")
    assert (loaded.pk, loaded.level, loaded.data) == (row.pk, 4, {"summary": "s", "level": 4})
    assert [r.level for r in model.objects.order_by("-level")] == [4, 1]
    assert model.objects.filter(level=1).get().summary == "t"
    assert sorted(model.objects.values_list("summary", "level")) == [("s", 4), ("t", 1)]
    assert model.objects.aggregate(models.Sum("level")) == {"level__sum": 5}
    assert [r.summary for r in model.objects.only("level").order_by("level")] == ["t", "s"]


@pytest.mark.django_db
def test_a_child_reads_its_document_in_the_parents_table():
    """B229"""
    Child.objects.create(weight=5, own="x", level=2)
    Child.objects.create(weight=50)
    assert Child.objects.filter(weight__gt=5).get().weight == 50
    assert Child.objects.exclude(weight=5, level=2).get().weight == 50
    assert list(Child.objects.order_by("-weight").values_list("weight", "level")) == [
        (50, 1),
        (5, 2),
    ]
    assert Base.objects.filter(level=2).get().child.weight == 5
    assert Base.objects.filter(child__weight=5).get().level == 2
    assert pickle.loads(pickle.dumps(Child.objects.filter(weight=5))).get().own == "x"  # noqa: S301


@isolate_apps("tests.jsonstore")
def test_a_concrete_child_may_replace_an_abstract_field():
    class Abstract(models.Model):
        name = jsonstore.CharField(default="a")
        gone = jsonstore.CharField(default="g")

        class Meta:
            abstract = True
            app_label = "jsonstore"

    class Concrete(Abstract):
        data = models.JSONField(default=dict)
        name = jsonstore.IntegerField(default=5)
        gone = None

        class Meta:
            app_label = "jsonstore"

    assert Concrete().name == 5
    assert Concrete().gone is None
    assert [f.name for f in Concrete._meta.private_fields] == ["name"]


@isolate_apps("tests.jsonstore")
def test_a_field_may_be_added_to_a_finished_class():
    class Row(models.Model):
        data = models.JSONField(default=dict)

        class Meta:
            app_label = "jsonstore"

    Row.add_to_class("late", jsonstore.IntegerField(default=2))
    assert Row(late=3).data == {"late": 3}
    assert "update" in dir(Row.objects)
    assert Row._meta.get_field("late").json_column is Row._meta.get_field("data")


@pytest.mark.django_db
def test_copies_and_pickles():
    order = Order.objects.create(name="x", amount=1, due=datetime.date(2024, 1, 1))
    order.tags.append("edited")
    for other in (pickle.loads(pickle.dumps(order)), copy.deepcopy(order)):  # noqa: S301
        assert other == order
        assert (other.name, other.due) == ("x", datetime.date(2024, 1, 1))
        other.name = "changed"
        assert order.name == "x"
        other.tags.append("more")
        assert order.tags == ["edited"]
        assert other.tags == ["edited", "more"]


def test_fields_can_be_copied_and_pickled():
    field = Order._meta.get_field("city")
    assert pickle.loads(pickle.dumps(field)) is field  # noqa: S301
    clone = field.clone()
    assert (clone.json_key, clone.json_field_name) == (("address", "city"), "data")
    assert copy.deepcopy(field).json_path == ("address", "city")
    name, path, args, kwargs = Order._meta.get_field("color").deconstruct()
    assert (name, path) == ("color", "viewflow.jsonstore.fields.CharField")
    assert kwargs["json_field_name"] == "payload"
    assert args == []


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["json", "jsonl", "xml", "python"])
def test_fixtures_hold_the_document(form):
    Order.objects.create(name="x", amount=5, price=Decimal("1.50"), title="t")
    text = serializers.serialize(form, Order.objects.all())
    Order.objects.all().delete()
    for one in serializers.deserialize(form, text):
        one.save()
    order = Order.objects.get(name="x")
    assert (order.amount, order.price, order.title) == (5, Decimal("1.50"), "t")
    assert order.data == {"name": "x", "amount": 5, "price": "1.50"}


@pytest.mark.django_db
def test_dumpdata_and_loaddata(tmp_path):
    Child.objects.create(weight=5, level=2, summary="s")
    out = StringIO()
    call_command("dumpdata", "jsonstore.base", "jsonstore.child", stdout=out)
    assert "weight" not in json.loads(out.getvalue())[1]["fields"]
    fixture = tmp_path / "rows.json"
    fixture.write_text(out.getvalue())
    Base.objects.all().delete()
    call_command("loaddata", str(fixture), verbosity=0)
    assert Child.objects.get(weight=5, level=2).summary == "s"


@pytest.mark.django_db
def test_refresh_from_db():
    order = Order.objects.create(name="x", amount=1)
    Order.objects.filter(pk=order.pk).update(data={"name": "z", "amount": 2}, title="t")
    order.refresh_from_db()
    assert (order.name, order.amount) == ("z", 2)
    Order.objects.update(name="y", title="u")
    order.refresh_from_db(fields=["name"])
    assert (order.name, order.title) == ("y", "t")


@pytest.mark.django_db
def test_select_related_and_prefetch(django_assert_num_queries):
    author = Author.objects.create(name="Ann", born=datetime.date(1980, 1, 1))
    Order.objects.create(name="x", author=author)
    with django_assert_num_queries(1):
        found = Order.objects.select_related("author").get()
        assert (found.name, found.author.name) == ("x", "Ann")
    with django_assert_num_queries(2):
        ann = Author.objects.prefetch_related("orders").get()
        assert [o.name for o in ann.orders.all()] == ["x"]


def test_full_clean_validates_and_writes_no_defaults():
    """B174"""
    order = Order(name="x")
    order.full_clean()
    assert order.data == {"name": "x"}
    with pytest.raises(ValidationError) as caught:
        Order(
            name="x" * 21, amount="many", size="?", price=Decimal("1.234"), due="soon", title="t"
        ).full_clean()
    assert set(caught.value.message_dict) == {"name", "amount", "size", "price", "due"}
    with pytest.raises(ValidationError) as caught:
        Order().full_clean()
    assert set(caught.value.message_dict) == {"name"}
    Order().full_clean(exclude=["name"])


def test_full_clean_validates_defaults_and_converts_strings():
    stamped = Stamped(vat=Decimal("99.999"))
    with pytest.raises(ValidationError, match="vat"):
        stamped.full_clean(exclude=["created", "modified"])
    row = Everything(data={"integer": "12", "char": "x"})
    row.full_clean(exclude=["boolean"])
    assert row.data == {"integer": 12, "char": "x"}


@pytest.mark.django_db
def test_unique_checks_and_deletion_go_on_working():
    order = Order.objects.create(name="x")
    order.validate_unique()
    order.validate_constraints()
    Order.objects.create(name="y").delete()
    assert Order.objects.filter(name="x").delete()[0] == 1


def test_the_tests_models_pass_the_checks():
    assert check_models() == []


def _problems(**attributes):
    meta = type("Meta", (), {"app_label": "jsonstore"})
    model = type(
        "Broken",
        (models.Model,),
        {"__module__": "tests.jsonstore.models", "Meta": meta} | attributes,
    )
    return [message.id for message in check_model(model)]


@isolate_apps("tests.jsonstore")
@pytest.mark.parametrize(
    ("attributes", "codes"),
    [
        ({"name": jsonstore.CharField()}, ["jsonstore.E001"]),
        (
            {"data": models.TextField(), "name": jsonstore.CharField()},
            ["jsonstore.E002"],
        ),
        (
            {
                "data": models.JSONField(),
                "a": jsonstore.CharField(json_key="x"),
                "b": jsonstore.CharField(json_key=("x", "y")),
            },
            ["jsonstore.E003"],
        ),
        (
            {
                "data": models.JSONField(),
                "other": models.JSONField(),
                "a": jsonstore.CharField(json_key="x"),
                "b": jsonstore.CharField(json_key="x", json_field_name="other"),
            },
            [],
        ),
        (
            {"data": models.JSONField(), "a": jsonstore.IntegerField(unique=True, db_index=True)},
            ["jsonstore.W001"],
        ),
        (
            {"data": models.JSONField(), "a": jsonstore.IntegerField(json_key='a"b')},
            ["jsonstore.W002"],
        ),
        ({"data": models.JSONField(), "a": jsonstore.SlugField()}, []),
        (
            {"data": models.JSONField(), "a": jsonstore.IntegerField(primary_key=True)},
            ["jsonstore.E004"],
        ),
        (
            {"data": models.JSONField(), "a": jsonstore.IntegerField(db_default=1)},
            ["jsonstore.W001"],
        ),
        ({"data": models.JSONField(), "a": jsonstore.IPAddressField()}, []),
        ({"data": models.JSONField(), "a": jsonstore.NullBooleanField()}, []),
        (
            {
                "data": models.JSONField(),
                "a": jsonstore.ForeignKey("self"),
                "a_id": models.IntegerField(),
            },
            ["jsonstore.E006"],
        ),
        (
            {
                "data": models.JSONField(),
                "a": jsonstore.OneToOneField("self", models.CASCADE),
                "b": jsonstore.ManyToManyField("self", related_name="c", json_key="a_id"),
            },
            ["jsonstore.W003", "jsonstore.W001", "jsonstore.E003"],
        ),
    ],
)
def test_system_checks_name_the_mistake(attributes, codes):
    assert _problems(**{k: copy.deepcopy(v) for k, v in attributes.items()}) == codes


def test_embedded_models_are_checked():
    class Inner(jsonstore.EmbeddedModel):
        size = jsonstore.CharField(unique=True, choices=5)
        same = jsonstore.CharField(json_key="size")
        lost = jsonstore.ForeignKey("jsonstore.Nowhere")

    assert [message.id for message in check_embedded(Inner)] == [
        "jsonstore.E003",
        "fields.E004",
        "jsonstore.E007",
    ]


def test_the_checks_are_part_of_manage_py_check():
    registered = checks.registry.registry.get_checks()
    assert check_models in registered


def test_private_names_of_querysets_and_managers_are_kept():
    assert repr(Managed.objects.all().__class__.__name__) == "'EvenQuerySet'"
    assert isinstance(Managed.objects, models.Manager)
    assert Managed._default_manager.name == "objects"
    assert [m.name for m in Managed._meta.managers] == ["objects", "all_of_them"]
