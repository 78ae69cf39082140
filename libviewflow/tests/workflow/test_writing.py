"""Rows by statements made once mean what Django would have written."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection, models
from django.db.models.functions import Now
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from viewflow.workflow import STATUS
from viewflow.workflow.models import Process, Task
from viewflow.workflow.writing import insert_links, insert_rows, update_rows

from . import flows
from .models import Order, Shipment

pytestmark = pytest.mark.django_db

USING = "default"


def columns(task):
    return {field.attname: getattr(task, field.attname) for field in Task._meta.concrete_fields}


def new(process, **values):
    return Task(
        process=process,
        flow_task=flows.PizzaFlow.bake,
        flow_task_type="HUMAN",
        **{"created": timezone.now(), **values},
    )


@pytest.fixture
def process():
    return Order.objects.create(flow_class=flows.PizzaFlow)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"data": {"a": [1, None, "ü%s"]}, "external_task_id": "x", "status": STATUS.ERROR},
        {"data": [], "finished": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)},
        {"created": Now()},  # an expression: Django writes it
    ],
)
def test_rows_are_inserted_as_django_inserts_them(process, values):
    rows = [new(process, **values) for _ in range(3)]
    insert_rows(Task, rows, USING)
    assert [row.pk for row in rows] == sorted({row.pk for row in rows})
    assert not any(row._state.adding for row in rows)
    expected = new(process, **values)
    Task.objects.bulk_create([expected])
    read = Task.objects.in_bulk([row.pk for row in [*rows, expected]])
    wanted = {**columns(read[expected.pk]), "id": 0, "created": 0}
    assert [{**columns(read[row.pk]), "id": 0, "created": 0} for row in rows] == [wanted] * 3
    assert all(read[row.pk].created for row in rows)


def test_a_model_with_a_table_of_its_own_is_inserted(process):
    shipments = [Shipment(flow_class=flows.PizzaFlow, carrier=f"{n} Ltd") for n in range(2)]
    insert_rows(Shipment, shipments, USING)
    rows = Shipment.objects.filter(pk__in=[shipment.pk for shipment in shipments])
    assert set(rows.values_list("carrier", flat=True)) == {"0 Ltd", "1 Ltd"}


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Order, {"customer_name": "Ann %s", "amount": 3}),
        (Order, {"data": {"a": [1, None]}, "finished": timezone.now(), "status": "DONE"}),
        (Order, {"pk": 10**6}),
        (Order, {"finished": Now()}),  # an expression: Django writes it
        (Shipment, {"carrier": "Ltd", "data": {"a": 1}}),
    ],
)
def test_a_process_is_inserted_as_django_inserts_it(monkeypatch, model, values):
    def read(saved):
        found = model.objects.get(pk=saved.pk)
        names = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
        return {name: getattr(found, name) for name in names if name not in ("created", "finished")}

    sent = []

    def note(instance, created, **kwargs):
        sent.append(created)

    with monkeypatch.context() as patch:
        patch.setattr(Process, "_do_insert", models.Model._do_insert)
        expected = model.objects.create(flow_class=flows.PizzaFlow, **values)
        wanted = read(expected)
        expected.delete()
    post_save.connect(note, model)
    try:
        saved = model(flow_class=flows.PizzaFlow, **values)
        saved.save()
    finally:
        post_save.disconnect(note, model)
    assert sent == [True]
    assert saved.pk and not saved._state.adding and saved._state.db == USING
    assert read(saved) == wanted
    saved.refresh_from_db()
    assert saved.created and bool(saved.finished) == ("finished" in values)


def test_what_a_project_does_in_pre_save_is_written():
    def shout(instance, **kwargs):
        instance.customer_name = instance.customer_name.upper()

    pre_save.connect(shout, Order)
    try:
        saved = Order.objects.create(flow_class=flows.PizzaFlow, customer_name="Ann")
    finally:
        pre_save.disconnect(shout, Order)
    assert Order.objects.get(pk=saved.pk).customer_name == "ANN"


def test_links_are_inserted(process):
    rows = [new(process) for _ in range(3)]
    insert_rows(Task, rows, USING)
    one, two, three = rows
    insert_links(Task._meta.get_field("previous"), [(two.pk, one.pk), (three.pk, one.pk)], USING)
    assert set(one.leading.all()) == {two, three}
    assert list(three.previous.all()) == [one]


@pytest.mark.parametrize(
    ("changes", "unchanged"),
    [
        ({"status": "DONE", "finished": None}, {"finished"}),
        ({"data": {"b": "%s"}}, set()),
        ({"process_id": "another"}, set()),
        ({"created": Now()}, set()),  # expressions
        ({"token": models.F("external_task_id")}, set()),
    ],
)
def test_rows_are_updated(process, changes, unchanged):
    other = Process.objects.create(flow_class=flows.PizzaFlow)
    rows = [new(process, external_task_id="t/1") for _ in range(3)]
    insert_rows(Task, rows, USING)
    if "process_id" in changes:
        changes = {"process_id": other.pk}
    with CaptureQueriesContext(connection) as queries:
        assert update_rows(Task, changes, [rows[0].pk, rows[2].pk, 10**9], USING) == 2
    assert len(queries) == 1
    for row, changed in zip(rows, (True, False, True), strict=True):
        before = columns(row)
        row.refresh_from_db()
        differs = {name for name, value in columns(row).items() if before[name] != value}
        assert differs == (set(changes) if changed else set()) - unchanged
