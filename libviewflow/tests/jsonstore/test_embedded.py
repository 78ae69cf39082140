"""Objects and lists of objects with a schema, inside a document."""

from __future__ import annotations

import copy
import datetime
import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Max, prefetch_related_objects
from django.forms.models import modelform_factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from viewflow import jsonstore

from .helpers import pickled
from .models import Country, Line, NamedPlace, Parcel, Place, Position, Tag

pytestmark = pytest.mark.django_db

DAY = datetime.date(2024, 5, 1)


def test_a_copy_is_stored_and_does_not_leak():
    """B219"""
    place = Place(city="Rome", since=DAY, position=Position(lat="1.5", lon=2))
    parcel = Parcel(address=place)
    place.city = "Oslo"
    place.position.lat = 7
    stored = {
        "city": "Rome",
        "since": "2024-05-01",
        "position": {"lat": "1.5", "lon": "2"},
    }
    assert parcel.data == {"address": stored}
    given_as = {"city": "Bari", "since": DAY, "notes": [1]}
    parcel.address = given_as
    given_as["notes"].append(2)
    assert parcel.data == {"address": {"city": "Bari", "since": "2024-05-01", "notes": [1]}}
    parcel.origin = parcel.address
    parcel.origin.city = "Pisa"
    assert parcel.address.city == "Bari"
    for wrong in ("Rome", 5, [], Position(), {"since": "soon"}, {"position": 1}, {"tags": 5}):
        before = copy.deepcopy(parcel.data)
        with pytest.raises(TypeError):
            parcel.address = wrong
        assert parcel.data == before


def test_what_is_changed_on_an_instance_is_changed_in_the_row():
    """B220 B222"""
    Parcel.objects.create(address={"city": "Rome"}, origin=Place())
    parcel = Parcel.objects.get()
    assert parcel.address is parcel.address
    parcel.address.city = "Bari"
    parcel.address.street = "Via Roma"
    parcel.address.position = {"lat": 1, "lon": "2.25"}
    parcel.address.position.lat = Decimal("3.5")
    parcel.origin.since = DAY  # the object was empty
    parcel.address.notes.append("n")  # a default
    parcel.save()
    loaded = Parcel.objects.get()
    assert loaded.data == {
        "address": {
            "city": "Bari",
            "line": {"street": "Via Roma"},
            "position": {"lat": "3.5", "lon": "2.25"},
            "notes": ["n"],
        },
        "from": {"place": {"since": "2024-05-01"}},
    }
    assert loaded.address.position.lon == Decimal("2.25")
    assert loaded.origin.since == DAY
    loaded.address.city = "Oslo"
    loaded.origin.city = "not saved"
    loaded.save(update_fields=["address"])
    loaded.refresh_from_db()
    assert (loaded.address.city, loaded.origin.city) == ("Oslo", None)
    kept = loaded.address
    loaded.address = kept
    loaded.full_clean(exclude=["origin", "stops"])
    kept.city = "Nice"
    assert loaded.data["address"]["city"] == "Nice"


def test_absent_null_and_default():
    """B221"""
    parcel = Parcel()
    assert (parcel.address, parcel.origin) == (None, None)
    assert parcel.usual.floor == 1
    assert parcel.usual.get_kind_display() == "Small"
    assert parcel.data == {}
    parcel.usual.city = "Rome"
    assert parcel.usual.city == "Rome"
    parcel.save()
    assert Parcel.objects.get().data == {"usual": {"city": "Rome"}}
    parcel.origin = None
    parcel.address = {"city": "x"}
    parcel.address = None
    assert parcel.data == {"usual": {"city": "Rome"}, "from": {"place": None}}
    parcel.data = {"address": "text", "lines": 5}
    assert parcel.address == "text"
    assert list(parcel.lines) == []
    with pytest.raises(jsonstore.InvalidValueError, match="not a list"):
        parcel.lines.append({})
    assert Parcel(data=None).usual.floor == 1


def test_construction_and_equality():
    """B223 B224 B225"""
    with pytest.raises(TypeError, match="unexpected keyword argument 'town'"):
        Place(town="Rome")
    with pytest.raises(TypeError):
        Place("Rome")
    with pytest.raises(jsonstore.InvalidValueError):
        Place(floor=object())
    with pytest.raises(TypeError, match="subclass of EmbeddedModel"):
        jsonstore.EmbeddedField(Parcel)
    with pytest.raises(TypeError, match="subclass of EmbeddedModel"):
        jsonstore.EmbeddedListField("Place")
    with pytest.raises(TypeError, match="no columns"):
        type("Odd", (jsonstore.EmbeddedModel,), {"x": jsonstore.CharField(json_field_name="y")})
    with pytest.raises(TypeError, match="no rows"):
        type("Odd", (jsonstore.EmbeddedModel,), {"x": jsonstore.ForeignKey("self")})
    assert Place(city="Rome") == Place.from_dict({"city": "Rome"})
    assert Place(city="Rome") != Place(city="Oslo")
    assert Place() != Position()
    with pytest.raises(TypeError):
        hash(Place())
    with pytest.raises(TypeError):
        Place.from_dict([])
    assert repr(Place(city="Rome", since=DAY)) == (
        "Place(city='Rome', since=datetime.date(2024, 5, 1))"
    )
    store = {"city": "Rome"}
    bound = Place.from_dict(store)
    bound.floor = 3
    assert store == {"city": "Rome", "floor": 3}
    for other in (copy.copy(bound), copy.deepcopy(bound), pickled(bound)):
        assert other == bound
        other.city = "Oslo"
        assert bound.city == "Rome"
    assert list(NamedPlace._fields) == [*(n for n in Place._fields if n != "floor"), "label"]
    assert NamedPlace(city="x", label="y").to_dict() == {"city": "x", "label": "y"}
    assert Place.city.fget  # class access gives the descriptor
    assert pickled(Place._fields["city"]) is Place._fields["city"]


def test_a_list_of_instances():
    """B226 B228"""
    parcel = Parcel()
    assert list(parcel.lines) == []
    assert parcel.lines == []
    assert parcel.data == {}
    parcel.lines.append(Line(sku="a", price=1))
    parcel.lines.extend([{"sku": "b"}, Line(sku="d")])
    parcel.lines.insert(2, {"sku": "c", "price": "2.50"})
    assert [line.sku for line in parcel.lines] == ["a", "b", "c", "d"]
    assert len(parcel.lines) == 4
    assert parcel.lines[0] is parcel.lines[0]
    assert [line.sku for line in parcel.lines[1:3]] == ["b", "c"]
    assert parcel.lines[-1].sku == "d"
    assert Line(sku="b") in parcel.lines
    assert parcel.lines == [Line(sku="a", price=1), {"sku": "b"}, parcel.lines[2], Line(sku="d")]
    parcel.lines[0].price = Decimal("9.99")
    parcel.lines[0].stops.append({"lat": 1, "lon": 2})
    parcel.lines[1] = {"sku": "B"}
    del parcel.lines[2]
    parcel.lines += [{"sku": "e"}]
    kept = parcel.lines[0]
    parcel.lines.reverse()
    assert [line.sku for line in parcel.lines] == ["e", "d", "B", "a"]
    parcel.lines.sort(key=lambda line: line.sku.lower())
    assert parcel.lines[0] is kept
    assert parcel.lines.pop().sku == "e"
    parcel.save()
    loaded = Parcel.objects.get()
    assert loaded.data == {
        "lines": [
            {"sku": "a", "price": "9.99", "stops": [{"lat": "1", "lon": "2"}]},
            {"sku": "B"},
            {"sku": "d"},
        ]
    }
    loaded.lines[1].price = 5
    loaded.save()
    assert Parcel.objects.get().lines[1].price == Decimal(5)
    assert loaded.lines.to_list() == loaded.data["lines"]
    loaded.lines[:] = [{"sku": "only"}]
    assert str(loaded.lines) == "[Line(sku='only')]"
    same = loaded.lines
    del loaded.lines[0]
    assert loaded.data == {}
    same.append({"sku": "again"})
    assert loaded.data == {"lines": [{"sku": "again"}]}
    loaded.lines.clear()
    assert loaded.data == {}
    loaded.lines = [Line(sku="x")]
    loaded.lines = None
    assert loaded.data == {}


@pytest.mark.parametrize("wrong", [5, "x", Place(), {"price": "dear"}, None, [{}]])
def test_a_wrong_element_changes_nothing(wrong):
    """B227"""
    parcel = Parcel(lines=[{"sku": "a"}])
    before = copy.deepcopy(parcel.data)
    with pytest.raises(TypeError):
        parcel.lines.append(wrong)
    with pytest.raises(ValueError):
        parcel.lines[0] = wrong
    with pytest.raises(TypeError):
        parcel.lines.extend([{"sku": "b"}, wrong])
    with pytest.raises(TypeError):
        parcel.lines[:] = [{"sku": "b"}, wrong]
    with pytest.raises(TypeError):
        parcel.lines = [{"sku": "b"}, wrong]
    with pytest.raises(TypeError):
        parcel.lines = "text"
    assert parcel.data == before


def test_relations_inside(django_assert_num_queries):
    italy = Country.objects.create(code="it", name="Italy")
    tags = [Tag.objects.create(name=name) for name in "ab"]
    for number in range(3):
        Parcel.objects.create(
            address=Place(city=str(number), country=italy, tags=tags),
            lines=[Line(product=tags[0]), Line(product=tags[1]), Line()],
        )
    assert Parcel.objects.first().data["address"]["country_id"] == "it"
    with django_assert_num_queries(3):
        found = list(Parcel.objects.prefetch_related("address__country", "address__tags"))
        assert [parcel.address.country for parcel in found] == [italy] * 3
        assert [[tag.name for tag in parcel.address.tags.all()] for parcel in found] == [
            ["a", "b"]
        ] * 3
    with django_assert_num_queries(1):
        prefetch_related_objects([line for p in found for line in p.lines], "product")
        assert {line.product and line.product.name for p in found for line in p.lines} == {
            "a",
            "b",
            None,
        }
    parcel = Parcel(address={"city": "x", "country_id": "it"})
    with django_assert_num_queries(1):
        assert parcel.address.country is parcel.address.country
    new = Country(code=None, name="New")
    parcel.address.country = new
    with pytest.raises(ValueError, match="unsaved related object 'country'"):
        parcel.save()
    parcel.address.country = None
    with pytest.raises(jsonstore.InvalidValueError):
        parcel.address = {"tags": ["no uuid"]}


def test_queries_reach_into_objects():
    """B199 B222"""
    italy = Country.objects.create(code="it", name="Italy")
    tag = Tag.objects.create(name="t")
    one = Parcel.objects.create(
        address=Place(city="Rome", since=DAY, floor=9, country=italy, street="Via", tags=[tag]),
        lines=[{"sku": "a", "price": 9}, {"sku": "b", "price": 10}],
    )
    two = Parcel.objects.create(
        address=Place(city="Oslo", floor=10, position={"lat": "9.5", "lon": 1}),
        lines=[{"sku": "b", "price": "10.5"}],
    )
    none = Parcel.objects.create()
    find = Parcel.objects.order_by("pk")
    assert find.get(address__city="Rome") == one
    assert find.get(address__since__gte=DAY) == one
    assert find.get(address__since__year=2024) == one
    assert find.get(address__floor__gt=9) == two
    assert list(find.filter(address__kind="s")) == [one, two]
    assert list(find.exclude(address__kind="s")) == [none]
    assert list(find.values_list("address__kind", "address__notes")) == [
        ("s", None),  # a callable default is not known to the database
        ("s", None),
        (None, None),
    ]
    assert find.get(address__line__street="Via") == find.get(address__street="Via") == one
    assert find.get(address__country=italy) == find.get(address__country_id="it") == one
    assert find.get(address__country__in=[italy]) == one
    assert find.get(address__tags=tag) == one
    assert find.get(address__position__lat=Decimal("9.50")) == two
    assert find.get(address=two.address) == find.get(address=two.address.to_dict()) == two
    assert list(find.filter(address__isnull=True)) == [none]
    assert list(find.exclude(address__city="Rome")) == [two, none]
    assert find.get(lines__0__price__lt=10) == one
    assert find.get(lines__1__sku="b") == one
    assert find.get(data__lines__0__sku="a") == one
    assert find.get(data__address__city="Oslo") == two
    rows = Parcel.objects.filter(address__isnull=False).order_by("-address__floor")
    assert list(rows.values_list("address__floor", "address__since", "lines__0__price")) == [
        (10, None, Decimal("10.5")),
        (9, DAY, Decimal(9)),
    ]
    assert rows.aggregate(Max("address__floor")) == {"address__floor__max": 10}
    assert rows.annotate(n=F("address__floor") + 1).first().n == 11
    assert list(find.values_list("address", "lines"))[1] == (
        Place(city="Oslo", floor=10, position={"lat": "9.5", "lon": 1}),
        [Line(sku="b", price="10.5")],
    )
    assert list(find.values_list("address", "lines"))[2] == (None, [])
    query = pickled(find.filter(address__since=DAY, lines__0__price=9).query)
    copied = Parcel.objects.all()
    copied.query = query
    assert list(copied) == [one]


def test_writes_through_querysets():
    parcel = Parcel.objects.create(address={"city": "Rome"}, lines=[{"sku": "a"}])
    Parcel.objects.update(address=Place(city="Oslo", since=DAY), lines=[Line(sku="b")])
    loaded = Parcel.objects.get()
    assert (loaded.address.since, loaded.lines[0].sku) == (DAY, "b")
    parcel.address.floor = 4
    Parcel.objects.bulk_update([parcel], ["address"])
    loaded = Parcel.objects.get()
    assert (loaded.address.city, loaded.address.floor, loaded.lines[0].sku) == ("Rome", 4, "b")
    Parcel.objects.update(address=None, lines=[])
    assert Parcel.objects.get().data == {}


def test_validation_names_the_attribute():
    parcel = Parcel(
        address=Place(city="x" * 21, floor=1),
        lines=[Line(sku="ok"), Line(sku="none"), Line()],
        stops=[{}],
    )
    parcel.address.floor = "many"
    with pytest.raises(ValidationError) as caught:
        parcel.full_clean()
    assert caught.value.message_dict == {
        "address": [
            "city: Ensure this value has at most 20 characters (it has 21).",
            "floor: “many” value must be an integer.",
        ],
        "lines": [
            "2. There is no such thing.",
            "3. sku: This field cannot be null.",
        ],
        "stops": ["1. lat: This field cannot be null.", "1. lon: This field cannot be null."],
    }
    with pytest.raises(jsonstore.InvalidValueError):
        parcel.save()
    with pytest.raises(ValidationError, match="cannot be blank"):
        Parcel(address={"city": "x"}).full_clean()


def test_forms_show_json_and_check_it():
    """B203"""
    form_class = modelform_factory(Parcel, fields=["address", "lines", "usual"])
    parcel = Parcel.objects.create(address=Place(city="Rome", since=DAY), lines=[{"sku": "a"}])
    form = form_class(instance=parcel)
    assert json.loads(form["address"].value()) == {"city": "Rome", "since": "2024-05-01"}
    assert json.loads(form["lines"].value()) == [{"sku": "a"}]
    shown = {name: form[name].value() for name in form.fields}
    form = form_class(shown, instance=parcel)
    assert form.is_valid(), form.errors
    assert set(form.changed_data) <= {"usual"}  # Django hides a callable default's initial
    form = form_class({**shown, "address": '{"city": "Oslo"}', "lines": "[]"}, instance=parcel)
    assert form.is_valid(), form.errors
    form.save()
    loaded = Parcel.objects.get()
    assert (loaded.address.city, loaded.address.since, len(loaded.lines)) == ("Oslo", None, 0)
    before = copy.deepcopy(loaded.data)
    for text in ('{"city": 5, "since": "soon"}', '"Rome"', "[1]", "{", '{"city": ""}'):
        form = form_class({**shown, "address": text}, instance=loaded)
        assert not form.is_valid(), text
        assert set(form.errors) == {"address"}
        assert loaded.data["address"] == before["address"]
    assert not form_class({**shown, "lines": '[{"sku": "none"}]'}).is_valid()


places = st.builds(
    Place,
    city=st.text(st.characters(categories=["L"]), min_size=1, max_size=20),
    since=st.none() | st.dates(datetime.date(1000, 1, 1)),
    floor=st.integers(-(2**31), 2**31 - 1),
    kind=st.sampled_from(["s", "l"]),
    position=st.none()
    | st.builds(
        Position,
        lat=st.decimals(-90, 90, places=4),
        lon=st.decimals(-180, 180, places=4),
    ),
)


class RoundTrip(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(place=places, lines=st.lists(st.builds(Line, sku=st.just("s"), price=st.integers(0, 9))))
    def test_form_model_database_form(self, place, lines):
        """B219 B222 B226"""
        row = Parcel.objects.create(address=place, lines=lines)
        loaded = Parcel.objects.get(pk=row.pk)
        assert loaded.address == place
        assert loaded.address.since == place.since
        assert list(loaded.lines) == lines
        assert Parcel.objects.filter(pk=row.pk, address__since=place.since).exists()
        assert Parcel.objects.filter(pk=row.pk).values_list("address").get() == (place,)
        form_class = modelform_factory(Parcel, fields=["address", "lines"])
        shown = form_class(instance=loaded)
        form = form_class(
            {name: shown[name].value() for name in ("address", "lines")}, instance=loaded
        )
        assert form.is_valid(), form.errors
        form.save()
        assert Parcel.objects.get(pk=row.pk).data == loaded.data
        assert Parcel.objects.get(pk=row.pk).address == place


def test_embedded_fields_are_members_of_the_model():
    field = Parcel._meta.get_field("address")
    assert isinstance(field, models.JSONField)
    assert field.clone().embedded_model is Place
    assert pickled(Parcel(address={"city": "x"})).address.city == "x"
