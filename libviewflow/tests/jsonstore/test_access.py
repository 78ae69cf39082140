"""Attributes: reading, writing, defaults, places in the document."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from viewflow import jsonstore

from .models import AwkwardKeys, Everything, Order, Size, Stamped


def test_an_assigned_value_is_in_the_document_at_once():
    """B169"""
    order = Order()
    order.name = "Ann"
    assert order.data == {"name": "Ann"}
    order.name = "Bob"
    assert order.data == {"name": "Bob"}


@pytest.mark.django_db
def test_an_assigned_value_is_stored_by_save():
    """B169"""
    order = Order(name="Ann", amount=3)
    order.save()
    loaded = Order.objects.get(pk=order.pk)
    assert (loaded.name, loaded.amount) == ("Ann", 3)
    assert loaded.data == {"name": "Ann", "amount": 3}


def test_the_constructor_takes_virtual_names():
    """B170"""
    assert Order(name="x", city="Rome").data == {"name": "x", "address": {"city": "Rome"}}
    order = Order(data={"name": "q"}, amount=4)
    assert order.data == {"name": "q", "amount": 4}
    with pytest.raises(TypeError, match="nonsense"):
        Order(nonsense=1)


def test_a_new_object_has_an_untouched_document_of_its_own():
    first, second = Order(), Order()
    assert first.data == {}
    first.name = "a"
    assert second.data == {}


@pytest.mark.parametrize(
    ("name", "default"), [("approved", False), ("amount", 0), ("note", ""), ("size", Size.SMALL)]
)
def test_an_absent_key_reads_as_the_default(name, default):
    """B172 B174 B175"""
    order = Order()
    assert getattr(order, name) == default
    assert order.data == {}


def test_an_absent_key_without_default_reads_as_none():
    """B175"""
    order = Order()
    assert order.name is None
    assert order.city is None
    assert order.price is None


def test_a_callable_default_is_called_at_each_read():
    """B173"""
    assert Stamped().day == datetime.date.today()
    assert Stamped().data == {}


def test_a_list_that_is_the_default_can_be_edited_in_place():
    order = Order()
    order.tags.append("new")
    assert order.tags == ["new"]
    assert Order().tags == []


@pytest.mark.django_db
def test_a_default_that_was_edited_in_place_is_saved():
    order = Order.objects.create(name="x")
    order.tags.append("new")
    order.save()
    assert Order.objects.get().tags == ["new"]
    untouched = Order(name="y")
    assert untouched.tags == []
    untouched.save()
    assert "tags" not in untouched.data
    third = Order(name="z")
    third.tags.append(1)
    Order.objects.bulk_create([third])
    assert Order.objects.get(name="z").tags == [1]


@pytest.mark.django_db
def test_an_edited_default_is_forgotten_with_its_document():
    order = Order.objects.create(name="x")
    order.tags.append("new")
    order.refresh_from_db()
    assert order.tags == []


def test_null_column_reads_defaults_and_a_write_creates_the_document():
    """B230"""
    order = Order(data=None)
    assert order.amount == 0
    assert order.name is None
    order.name = "x"
    assert order.data == {"name": "x"}
    assert Order().payload is None
    order.color = "red"
    assert order.payload == {"color": "red"}


@pytest.mark.parametrize("document", [None, {}, [], "", 0, False])
def test_a_falsy_document_is_replaced_by_a_fresh_one(document):
    order = Order(data=document)
    order.name = "x"
    assert order.data == {"name": "x"}
    assert order.data is not document


@pytest.mark.parametrize("document", [["a"], "text", 5, True])
def test_a_document_that_is_no_object_reads_defaults_and_refuses_writes(document):
    order = Order(data=document)
    assert order.name is None
    assert order.amount == 0
    for value in ("x", "", None):
        with pytest.raises(AssertionError, match="not an object"):
            order.nickname = value
    with pytest.raises(AssertionError, match="not an object"):
        order.amount = 5
    assert order.data == document


def test_falsy_values_are_stored_in_optional_fields():
    """B176"""
    row = Everything(integer=0, float=0.0, boolean=False, json=[])
    assert row.data == {"integer": 0, "float": 0.0, "boolean": False, "json": []}
    assert (row.integer, row.float, row.boolean, row.json) == (0, 0.0, False, [])


@pytest.mark.parametrize("empty", [None, ""])
def test_emptying_an_optional_field_removes_its_key_only(empty):
    """B177"""
    order = Order(data={"other": 1, "address": {"city": "Rome", "floor": 2}, "nickname": "x"})
    order.city = empty
    order.nickname = empty
    assert order.data == {"other": 1, "address": {"floor": 2}}
    order.city = empty
    assert order.data == {"other": 1, "address": {"floor": 2}}


def test_none_in_a_nullable_field_is_stored():
    """B178"""
    order = Order(rating=None, due=None)
    assert order.data == {"rating": None, "due": None}
    assert order.rating is None  # and not the default
    assert Order().rating == 3


def test_values_of_all_kinds_have_their_form_in_json():
    """B182 B183 B185 B186 B187 B188"""
    key = uuid.uuid4()
    row = Everything(
        decimal=Decimal("12.50"),
        date=datetime.date(2024, 2, 3),
        datetime=datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.UTC),
        time=datetime.time(12, 59),
        duration=datetime.timedelta(hours=1, minutes=30),
        uuid=str(key),
        binary=b"\x00\xff",
        ip="2001:DB8:0::1",
    )
    assert row.data == {
        "decimal": "12.50",
        "date": "2024-02-03",
        "datetime": "2024-02-03T04:05:06+00:00",
        "time": "12:59:00+00:00",
        "duration": "P0DT01H30M00S",
        "uuid": str(key),
        "binary": "AP8=",
        "ip": "2001:db8::1",
    }
    assert json.loads(json.dumps(row.data)) == row.data
    assert row.decimal == Decimal("12.50")
    assert row.date == datetime.date(2024, 2, 3)
    assert row.time == datetime.time(12, 59)
    assert row.duration == datetime.timedelta(hours=1, minutes=30)
    assert row.uuid == key
    assert row.binary == b"\x00\xff"


@pytest.mark.parametrize(
    "duration",
    [
        datetime.timedelta(0),
        datetime.timedelta(days=-1, microseconds=1),
        datetime.timedelta(days=400, hours=23, seconds=59, microseconds=999999),
        -datetime.timedelta(days=3, minutes=7),
        datetime.timedelta.max,
        datetime.timedelta.min,
    ],
)
def test_durations_of_any_size_and_sign_are_read_back(duration):
    """B186"""
    assert Everything(duration=duration).duration == duration


def test_a_naive_datetime_is_made_aware():
    """B184"""
    naive = datetime.datetime(2024, 7, 1, 10, 30)
    with timezone.override("Europe/Rome"):
        row = Everything(datetime=naive)
    assert row.datetime == datetime.datetime(2024, 7, 1, 8, 30, tzinfo=datetime.UTC)
    assert timezone.is_aware(row.datetime)


def test_with_use_tz_off_datetimes_are_naive(settings):
    settings.USE_TZ = False
    settings.TIME_ZONE = "Europe/Rome"
    naive = datetime.datetime(2024, 7, 1, 10, 30)
    row = Everything(datetime=naive)
    assert row.data["datetime"] == "2024-07-01T08:30:00+00:00"
    assert row.datetime == naive


def test_strings_are_converted_as_a_form_or_an_import_needs():
    row = Everything(
        integer="5",
        float="1.5",
        decimal="2.5",
        date="2024-02-03",
        datetime="2024-02-03T04:05:06+02:00",
        time="12:59",
        duration="01:30:00",
        uuid="6ba7b8109dad11d180b400c04fd430c8",
        binary="AP8=",
        boolean="true" and "True",
    )
    assert row.data == {
        "integer": 5,
        "float": 1.5,
        "decimal": "2.5",
        "date": "2024-02-03",
        "datetime": "2024-02-03T02:05:06+00:00",
        "time": "12:59:00+00:00",
        "duration": "P0DT01H30M00S",
        "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "binary": "AP8=",
        "boolean": True,
    }


@pytest.mark.parametrize("name", ["integer", "date", "datetime", "duration", "uuid", "decimal"])
def test_a_string_that_is_no_value_is_kept_for_full_clean_to_report(name):
    from django.core.exceptions import ValidationError

    row = Everything(**{name: "rubbish"})
    assert getattr(row, name) == "rubbish"
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    assert name in caught.value.message_dict


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("integer", object()),
        ("float", float("nan")),
        ("float", float("inf")),
        ("date", 5),
        ("time", 5),
        ("duration", 5),
        ("binary", 5),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_and_nothing_changes(name, value):
    row = Everything(char="x")
    with pytest.raises(jsonstore.InvalidValueError, match=name):
        setattr(row, name, value)
    assert row.data == {"char": "x"}


def test_an_expression_cannot_be_assigned():
    order = Order(amount=1)
    with pytest.raises(TypeError, match="update"):
        order.amount = F("amount") + 1
    assert order.amount == 1


def test_what_another_program_wrote_is_read_as_it_is():
    row = Everything(data={"integer": "12", "date": "soon", "decimal": 2.5, "uuid": 7})
    assert (row.integer, row.date, row.uuid) == ("12", "soon", 7)
    assert row.decimal == Decimal("2.5")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-07-01T10:30:00Z", 10),
        ("2024-07-01T10:30:00+02:00", 8),
        ("2024-07-01 10:30:00", 10),
        ("2024-07-01T10:30:00.500000+00:00", 10),
    ],
)
def test_other_iso_texts_are_understood(text, hour):
    row = Everything(data={"datetime": text})
    assert row.datetime.astimezone(datetime.UTC).hour == hour


def test_enumerations_and_lazy_texts_become_plain_strings():
    order = Order(size=Size.LARGE, name=Size.SMALL.label)
    assert order.data == {"size": "l", "name": "Small"}
    assert type(order.data["size"]) is str


def test_choices_give_a_display_method():
    """B190"""
    assert Order(size="l").get_size_display() == "Large"
    assert Order().get_size_display() == "Small"


def test_places_in_the_document():
    """B191 B192 B193 B194"""
    order = Order(color="red", short="x", plain="y", city="Rome")
    order.floor = 3
    assert order.payload == {"color": "red"}
    assert order.data == {"s": "x", "plain": "y", "address": {"city": "Rome", "floor": 3}}
    order.city = "Oslo"
    assert order.data["address"] == {"city": "Oslo", "floor": 3}
    assert (order.city, order.floor, order.short, order.color) == ("Oslo", 3, "x", "red")


def test_a_missing_parent_reads_as_default_and_is_not_created():
    """B195"""
    order = Order(data={"x": 1})
    assert (order.city, order.floor) == (None, 1)
    order.city = None
    assert order.data == {"x": 1}
    order.data["address"] = "a street"
    assert (order.city, order.floor) == (None, 1)
    with pytest.raises(AssertionError, match="a street"):
        order.city = "Rome"
    assert order.data == {"x": 1, "address": "a street"}


def test_awkward_keys():
    row = AwkwardKeys(quote="a", digit=5)
    assert row.data == {"it's: 100% $[0] @ {x}": "a", "0": {"1": 5}}
    assert (row.quote, row.digit) == ("a", 5)


def test_unknown_keys_are_kept():
    order = Order(data={"other": [1]})
    order.name = "x"
    assert order.data == {"other": [1], "name": "x"}


def test_json_values_are_read_by_reference():
    """B189"""
    order = Order(extra={"a": [1, {"b": None}]})
    assert order.extra == {"a": [1, {"b": None}]}
    order.extra["a"].append(2)
    assert order.data["extra"]["a"][-1] == 2


def test_the_class_attribute_is_the_descriptor():
    assert Order.name is Order.__dict__["name"]
    assert hasattr(Order.name, "__set__")


@pytest.mark.parametrize("key", [5, ("a", 5), object(), {"a"}])
def test_a_json_key_that_is_no_path_is_refused(key):
    with pytest.raises(TypeError, match="json_key"):
        jsonstore.CharField(json_key=key)


def test_boolean_fields_are_never_blank():
    """B180"""
    field = jsonstore.BooleanField(blank=True)
    assert field.blank is False
    order = Order()
    order.approved = False
    assert order.data == {"approved": False}
