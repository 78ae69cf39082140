"""Saving single keys: create, update, bulk_update, save(update_fields) and their like."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Now, Upper
from django.db.models.signals import post_save, pre_save
from django.utils import timezone

from .models import Author, Child, Everything, Managed, OfBase, Order, Stamped

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return Order.objects.create(
        name="Ann", amount=1, city="Rome", floor=2, data={"other": [1, None]}, title="T"
    )


def document(obj):
    return type(obj).objects.values_list("data", flat=True).get(pk=obj.pk)


def test_create_and_its_relatives():
    """B171"""
    created = Order.objects.create(name="a", amount=1)
    found, new = Order.objects.get_or_create(name="a", defaults={"amount": 5})
    assert (found, new, found.amount) == (created, False, 1)
    other, new = Order.objects.get_or_create(name="b", defaults={"amount": 5})
    assert (new, Order.objects.get(pk=other.pk).amount) == (True, 5)
    found, new = Order.objects.update_or_create(name="a", defaults={"amount": 99})
    again = Order.objects.get(pk=found.pk)
    assert (new, again.name, again.amount) == (False, "a", 99)
    Order.objects.bulk_create([Order(name="c", amount=7), Order(name="d")])
    assert Order.objects.get(name="c").amount == 7
    assert document(Order.objects.get(name="d")) == {"name": "d"}


def test_update_writes_the_key_and_keeps_the_rest(order):
    """B202"""
    other = Order.objects.create(name="Bob", amount=5)
    assert Order.objects.filter(name="Ann").update(amount=50, city="Oslo", title="X") == 1
    assert document(order) == {
        "other": [1, None],
        "name": "Ann",
        "amount": 50,
        "address": {"city": "Oslo", "floor": 2},
    }
    order.refresh_from_db()
    assert order.title == "X"
    assert document(other) == {"name": "Bob", "amount": 5}


def test_update_creates_missing_parents_and_documents():
    """B202 B230"""
    bare = Order.objects.create(data={"x": 1})
    Order.objects.update(city="Rome", floor=3, color="red", amount=2)
    bare.refresh_from_db()
    assert bare.data == {"x": 1, "address": {"city": "Rome", "floor": 3}, "amount": 2}
    assert bare.payload == {"color": "red"}
    author = Author.objects.create(data=None)
    Author.objects.update(name="Ann")
    assert document(author) == {"name": "Ann"}
    odd = Order.objects.create(data={"address": None})
    Order.objects.filter(pk=odd.pk).update(city="Rome")
    assert document(odd) == {"address": {"city": "Rome"}}


def test_update_leaves_a_document_that_is_no_object_alone():
    odd = Order.objects.create(data=[1, 2])
    Order.objects.update(amount=5, nickname="")
    assert document(odd) == [1, 2]


def test_update_follows_the_rules_of_assignment(order):
    """B176 B177 B178 B202"""
    Order.objects.update(city=None, nickname="", rating=None, amount=0, approved=False)
    assert document(order) == {
        "other": [1, None],
        "name": "Ann",
        "amount": 0,
        "address": {"floor": 2},
        "rating": None,
        "approved": False,
    }
    Order.objects.update(floor="")
    assert document(order)["address"] == {}
    Order.objects.update(nickname=None)
    assert "nickname" not in document(order)


@pytest.mark.parametrize(
    "values",
    [
        {"boolean": True},
        {"integer": -3, "float": 0.5},
        {"char": 'it\'s "x" \\ % %s 😀\n'},
        {"decimal": Decimal("10.125")},
        {"date": datetime.date(2024, 1, 2), "time": datetime.time(1, 2, 3, 4)},
        {"datetime": datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)},
        {"duration": -datetime.timedelta(days=1, seconds=2, microseconds=3)},
        {"uuid": uuid.UUID(int=5), "ip": "10.0.0.1"},
        {"binary": b"\x00\xff"},
        {"json": {"a": [1, {"b": None}], "c": "x"}},
        {"json": []},
        {"json": "text"},
        {"json": 5},
        {"json": False},
    ],
)
def test_update_of_every_kind(values):
    """B202"""
    row = Everything.objects.create(data={"json": {"z": 1}, "char": "old"})
    Everything.objects.update(**values)
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in values} == values
    assert row.data == {"json": {"z": 1}, "char": "old", **Everything(**values).data}


def test_update_with_expressions(order):
    """B202"""
    Order.objects.update(amount=F("amount") + 1)
    Order.objects.update(amount=F("amount") * 10, nickname=Upper("name"))
    Order.objects.update(name=Concat("name", Value("-"), "city"))
    Order.objects.update(approved=Case(When(amount__gt=5, then=True), default=False))
    Order.objects.update(price=F("amount") * Decimal("1.5"), due=Value(datetime.date(2024, 1, 2)))
    Order.objects.update(extra=Value("it's"))
    assert Order.objects.get(pk=order.pk).extra == "it's"
    Order.objects.update(extra=F("amount"), tags=F("data__other"))
    assert Order.objects.get(pk=order.pk).extra == 20
    assert Order.objects.get(pk=order.pk).tags == [1, None]
    order.refresh_from_db()
    assert (order.amount, order.nickname, order.name) == (20, "ANN", "Ann-Rome")
    assert order.approved is True
    assert order.price == Decimal("30")
    assert order.due == datetime.date(2024, 1, 2)
    assert order.data["other"] == [1, None]
    Order.objects.update(amount=F("rating"), title=F("name"))
    order.refresh_from_db()
    assert (order.amount, order.title) == (3, "Ann-Rome")


def test_update_with_expressions_of_every_kind():
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    values = {
        "boolean": True,
        "integer": 4,
        "float": 2.5,
        "char": "x",
        "decimal": Decimal("1.250"),
        "date": moment.date(),
        "datetime": moment,
        "time": moment.time(),
        "duration": -datetime.timedelta(days=3, hours=1, microseconds=5),
        "uuid": uuid.UUID(int=7),
        "binary": b"abc",
        "json": {"a": [1]},
    }
    row = Everything.objects.create(**values)
    Everything.objects.update(**{name: F(name) for name in values})
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in values} == values
    for name, value in values.items():
        assert Everything.objects.filter(**{name: value}).exists(), name
    before = timezone.now() - datetime.timedelta(minutes=1)
    Everything.objects.update(datetime=Now())
    row.refresh_from_db()
    assert before < row.datetime < before + datetime.timedelta(minutes=2)
    if connection.vendor != "mysql":  # Django has no arithmetic of durations there
        Everything.objects.update(duration=F("duration") * -2)
        row.refresh_from_db()
        assert row.duration == datetime.timedelta(days=6, hours=2, microseconds=10)


def test_update_of_a_key_and_the_whole_document(order):
    Order.objects.update(data={"fresh": 1}, amount=4)
    assert document(order) == {"fresh": 1, "amount": 4}


def test_update_of_an_unknown_name_is_refused(order):
    with pytest.raises(FieldDoesNotExist):
        Order.objects.update(nonsense=1)
    with pytest.raises(AssertionError):
        Order.objects.update(due=5)
    assert document(order)["amount"] == 1


def test_bulk_update_writes_the_keys_of_each_object(order):
    """B202"""
    others = [Order.objects.create(name=f"n{i}", amount=i) for i in range(5)]
    # Somebody else changes another key meanwhile.
    Order.objects.update(nickname="meanwhile")
    order.amount, order.city = 100, None
    for other in others:
        other.amount += 10
        other.title = f"t{other.amount}"
    others[0].city = "Oslo"
    assert Order.objects.bulk_update([order, *others], ["amount", "city", "title"]) == 6
    order.refresh_from_db()
    assert order.data == {
        "other": [1, None],
        "name": "Ann",
        "amount": 100,
        "address": {"floor": 2},
        "nickname": "meanwhile",
    }
    found = Order.objects.exclude(pk=order.pk).order_by("amount")
    assert [(o.amount, o.title, o.nickname) for o in found] == [
        (10 + i, f"t{10 + i}", "meanwhile") for i in range(5)
    ]
    assert found[0].city == "Oslo"
    assert "address" not in found[1].data


def test_bulk_update_in_batches(django_assert_num_queries):
    rows = Order.objects.bulk_create([Order(name=str(i)) for i in range(7)])
    for number, row in enumerate(Order.objects.order_by("pk")):
        rows[number] = row
        row.amount = number
    with django_assert_num_queries(3):
        Order.objects.bulk_update(rows, ["amount"], batch_size=3)
    assert sorted(Order.objects.values_list("amount", flat=True)) == list(range(7))
    assert Order.objects.bulk_update([], ["amount"]) == 0
    with pytest.raises(ValueError, match="primary key"):
        Order.objects.bulk_update([Order()], ["amount"])
    with pytest.raises(ValueError, match="Batch size"):
        Order.objects.bulk_update(rows, ["amount"], batch_size=-1)


def test_bulk_update_of_a_document_writes_it_whole(order):
    order.amount = 9
    Order.objects.bulk_update([order], ["data", "amount"])
    assert document(order) == order.data


def test_save_of_a_key_leaves_other_keys_alone(order):
    """B202"""
    elsewhere = Order.objects.get(pk=order.pk)
    elsewhere.nickname = "meanwhile"
    elsewhere.save()
    order.amount = 7
    order.title = "unsaved"
    order.save(update_fields=["amount"])
    loaded = Order.objects.get(pk=order.pk)
    assert (loaded.amount, loaded.nickname, loaded.title) == (7, "meanwhile", "T")
    order.nickname = "x"
    order.city = None
    order.save(update_fields=["city", "title"])
    loaded = Order.objects.get(pk=order.pk)
    assert loaded.city is None
    assert loaded.floor == 2
    assert loaded.nickname == "meanwhile"
    assert loaded.title == "unsaved"
    assert order.data["nickname"] == "x"


def test_save_of_the_document_writes_it_whole(order):
    order.data = {"amount": 1}
    order.save(update_fields=["data", "name"])
    assert document(order) == {"amount": 1}


def test_save_of_a_key_tells_signals_the_key_and_the_column(order):
    told = []

    def listen(sender, update_fields, **kwargs):
        told.append(set(update_fields))

    pre_save.connect(listen, sender=Order)
    post_save.connect(listen, sender=Order)
    try:
        order.save(update_fields=["amount"])
    finally:
        pre_save.disconnect(listen, sender=Order)
        post_save.disconnect(listen, sender=Order)
    assert told == [{"amount", "data"}] * 2


def test_save_of_an_unknown_name_is_refused(order):
    with pytest.raises(ValueError, match="nonsense"):
        order.save(update_fields=["nonsense"])


def test_a_save_method_may_name_virtual_fields(order):
    row = Managed.objects.create(power=1)
    row.power = 2
    row.save(update_fields=["power_and_more"])
    assert Managed.objects.get().power == 2


def test_custom_managers_update_without_being_told(order):
    Managed.objects.bulk_create([Managed(power=n) for n in (1, 10, 13)])
    assert Managed.objects.update(power=F("power") + 1) == 2
    assert sorted(m.power for m in Managed.all_of_them.all()) == [2, 11, 13]
    assert Managed.objects.strong().update(power=50) == 1
    assert sorted(m.power for m in Managed._base_manager.all()) == [2, 13, 50]
    Managed._base_manager.update(power=5)
    assert {m.power for m in Managed.all_of_them.all()} == {5}


def test_managers_of_relations_update_too():
    author = Author.objects.create(name="Ann")
    author.orders.create(name="a", amount=1)
    Order.objects.create(name="b", amount=1)
    assert author.orders.update(amount=5) == 1
    assert dict(Order.objects.values_list("name", "amount")) == {"a": 5, "b": 1}
    author.managed.create(power=3)
    assert author.managed.strong().count() == 0
    assert author.managed.update(power=30) == 1
    assert author.managed.strong().count() == 1


def test_proxies_update_without_a_manager_of_their_own():
    """B202 B229"""
    row = OfBase.objects.create(mood="fine", level=2, summary="s")
    assert OfBase.objects.filter(mood="fine").update(mood="good", level=F("level") + 1) == 1
    row.refresh_from_db()
    assert row.data == {"mood": "good", "level": 3, "summary": "s"}
    row.mood = "bad"
    OfBase.objects.bulk_update([row], ["mood"])
    assert OfBase.objects.get(mood="bad").level == 3
    row.level = 9
    row.save(update_fields=["level"])
    assert OfBase.objects.get(level=9).mood == "bad"


def test_children_update_the_document_in_the_parents_table():
    """B202 B229"""
    child = Child.objects.create(weight=5, level=2, own="x")
    Child.objects.create(weight=6)
    assert Child.objects.filter(weight=5).update(weight=7, level=3) == 1
    assert Child.objects.get(weight=7).level == 3
    child = Child.objects.get(weight=7)
    child.weight = 8
    child.save(update_fields=["weight"])
    assert Child.objects.get(weight=8) == child
    child.weight = 9
    Child.objects.bulk_update([child], ["weight"])
    assert Child.objects.get(weight=9).own == "x"
    assert Child.objects.filter(weight=9).update(own="y", weight=10) == 1
    assert (Child.objects.get(own="y").weight) == 10


def test_dates_that_are_set_at_save():
    row = Stamped.objects.create()
    first = row.modified
    assert row.created is not None
    created = row.created
    row.save()
    assert row.created == created
    assert row.modified > first
    loaded = Stamped.objects.get()
    assert (loaded.created, loaded.modified) == (row.created, row.modified)
    Stamped.objects.bulk_create([Stamped()])
    assert Stamped.objects.filter(created=None).count() == 0
    assert "day" not in loaded.data


def test_upsert_writes_the_column(order):
    if connection.features.supports_update_conflicts_with_target:
        target = {"unique_fields": ["id"]}
    else:
        target = {}
    order.amount = 33
    Order.objects.bulk_create(
        [order], update_conflicts=True, update_fields=["amount", "name"], **target
    )
    assert Order.objects.get(pk=order.pk).amount == 33


@pytest.mark.django_db(transaction=True)
async def _async_part(order):
    await Order.objects.filter(pk=order.pk).aupdate(amount=5)
    assert (await Order.objects.aget(pk=order.pk)).amount == 5


def test_asynchronous_update(order):
    from asgiref.sync import async_to_sync

    async_to_sync(_async_part)(order)


@pytest.mark.parametrize(
    ("name", "rubbish"), [("integer", "many"), ("date", "2024-02-31"), ("uuid", "x")]
)
def test_a_string_that_is_no_value_does_not_reach_the_database(name, rubbish):
    row = Everything.objects.create(char="x")
    setattr(row, name, rubbish)
    assert getattr(row, name) == rubbish
    for write in (
        row.save,
        lambda: row.save(update_fields=[name]),
        lambda: Everything.objects.bulk_update([row], [name]),
        lambda: Everything.objects.bulk_create([Everything(**{name: rubbish})]),
        lambda: Everything.objects.update(**{name: rubbish}),
        lambda: Everything.objects.create(**{name: rubbish}),
    ):
        with pytest.raises(ValueError, match=name):
            write()
    assert Everything.objects.get().data == {"char": "x"}
    row.save(update_fields=["char"])
    setattr(row, name, None)
    row.save()
    assert Everything.objects.get().data == {"char": "x"}


def test_numbers_beyond_sql_do_not_break_queries():
    Everything.objects.create(data={"integer": 2**70})
    good = Everything.objects.create(integer=5)
    assert Everything.objects.get(integer=5) == good
    assert Everything.objects.order_by("integer").count() == 2
