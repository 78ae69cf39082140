"""Forms of objects in a JSON document: their fields, their checks, and what is in the document."""

from __future__ import annotations

import datetime

import pytest
from django import forms
from django.core.exceptions import FieldError, ImproperlyConfigured

from viewflow.forms import (
    EmbeddedFormField,
    EmbeddedFormSetField,
    EmbeddedModelForm,
    ModelForm,
    render,
)

from .markup import read
from .models import Address, Event, Line, Place
from .test_composite import managed

pytestmark = pytest.mark.django_db


class PlaceForm(EmbeddedModelForm):
    class Meta:
        model = Place
        fields = ["name", "opened", "seats", "host"]
        labels = {"name": "Where"}
        widgets = {"name": forms.Textarea}


class EventForm(ModelForm):
    place = EmbeddedFormField(PlaceForm)
    rain_place = EmbeddedFormField(model=Place, fields=["name"], required=False)
    lines = EmbeddedFormSetField(model=Line, extra=1)

    class Meta:
        model = Event
        fields = ["title", "place", "rain_place", "lines"]


def filled(lines=(), initial=0, **more):
    data = {"title": "Party", "form-place-name": "Bari", "form-place-seats": "5"}
    return {**data, **managed("formset-lines", lines, initial), **more}


def saved(data, instance=None):
    form = EventForm(data, instance=instance)
    assert form.is_valid(), form.errors
    form.save()
    return Event.objects.get()


def test_fields_follow_the_schema():
    fields = PlaceForm().fields
    kinds = {name: type(field) for name, field in fields.items()}
    assert kinds == {
        "name": forms.CharField,
        "opened": forms.DateField,
        "seats": forms.IntegerField,
        "host": forms.ModelChoiceField,
    }
    assert fields["name"].label == "Where" and isinstance(fields["name"].widget, forms.Textarea)
    assert not fields["opened"].required and PlaceForm().initial["seats"] == 10

    class Without(EmbeddedModelForm):
        more = forms.CharField(required=False)

        class Meta:
            model = Place
            exclude = ["host"]

    assert list(Without().fields) == ["name", "opened", "seats", "more"]


def test_wrong_declarations_are_refused():
    with pytest.raises(FieldError, match="no field nope"):
        type(
            "F",
            (EmbeddedModelForm,),
            {"Meta": type("Meta", (), {"model": Place, "fields": ["nope"]})},
        )
    with pytest.raises(ImproperlyConfigured, match="fields or exclude"):
        type("F", (EmbeddedModelForm,), {"Meta": type("Meta", (), {"model": Place})})
    with pytest.raises(ValueError, match=r"no Meta\.model"):
        EmbeddedModelForm()
    with pytest.raises(TypeError, match="needs form_class or model"):
        EmbeddedFormField()


def test_a_form_works_on_a_copy_and_runs_the_schemas_checks():
    place = Place(name="Rome", seats=3)
    form = PlaceForm({"name": "Bari", "seats": "x"}, instance=place)
    assert not form.is_valid() and set(form.errors) == {"seats"}
    assert place == Place(name="Rome", seats=3)
    form = PlaceForm({"name": "Nowhere", "seats": "1"})
    assert form.errors == {"__all__": ["There is no such place."]}
    host = Address.objects.create(street="a", city="b")
    form = PlaceForm(
        {"name": "Bari", "opened": "2020-02-01", "seats": "7", "host": host.pk}, instance=place
    )
    assert form.is_valid(), form.errors
    assert form.instance == Place(name="Bari", opened=datetime.date(2020, 2, 1), seats=7, host=host)
    assert form.has_changed() and place.name == "Rome"


def test_what_was_submitted_is_in_the_document_in_order():
    lines = [{"sku": "a", "price": "1.50"}, {"sku": "", "price": ""}, {"sku": "b", "price": "2"}]
    event = saved(filled(lines))
    assert event.data == {
        "place": {"name": "Bari", "opened": None, "seats": 5, "host_id": None},
        "rain_place": None,
        "lines": [{"sku": "a", "price": "1.50"}, {"sku": "b", "price": "2"}],
    }
    page = read(render(EventForm(instance=event)))
    assert page.one(name="form-place-name").text == "Bari"
    assert [page.one(name=f"formset-lines-{n}-sku").attrs["value"] for n in (0, 1)] == ["a", "b"]
    rows = [
        {"sku": "a", "price": "1.50", "DELETE": "on"},
        {"sku": "b", "price": "3"},
        {"sku": "c", "price": "4"},
    ]
    event = saved(filled(rows, 2, **{"form-rain_place-name": "Hall"}), event)
    assert [line.sku for line in event.lines] == ["b", "c"] and event.lines[0].price == 3
    assert event.rain_place.name == "Hall"
    event = saved(filled([{**row, "DELETE": "on"} for row in rows[1:]], 2), event)
    assert len(event.lines) == 0 and event.rain_place is None


def test_keys_that_the_form_does_not_know_stay():
    event = saved(filled([{"sku": "a", "price": "1"}]))
    event.data["place"]["gate"] = "north"
    event.data["lines"][0]["note"] = "fragile"
    event.save()
    event = saved(filled([{"sku": "z", "price": "1"}], 1), event)
    assert event.data["place"]["gate"] == "north"
    assert event.data["lines"][0] == {"sku": "z", "price": "1", "note": "fragile"}


def test_nothing_changed_is_seen():
    event = saved(filled([{"sku": "a", "price": "1"}]))
    form = EventForm(filled([{"sku": "a", "price": "1"}], 1), instance=event)
    assert form.is_valid() and form.changed_data == []


def test_a_list_that_somebody_else_has_changed_is_refused():
    event = saved(filled([{"sku": "a", "price": "1"}]))
    before = dict(event.data)
    for count in (0, 2):
        rows = [{"sku": "x", "price": "1"}, {"sku": "y", "price": "2"}]
        form = EventForm(filled(rows, count), instance=event)
        assert not form.is_valid() and "somebody else" in str(form.errors["lines"])
    assert Event.objects.get().data == before


def test_wrong_values_say_where_they_are_and_come_back():
    rows = [{"sku": "a", "price": "much"}]
    form = EventForm(filled(rows, **{"form-place-opened": "never", "form-place-name": "Nowhere"}))
    assert not form.is_valid() and not Event.objects.exists()
    assert form.errors["lines"] == ["1. Price: Enter a number."]
    page = read(render(form))
    assert page.one(name="formset-lines-0-price").attrs["value"] == "much"
    assert page.one(name="form-place-opened").attrs["value"] == "never"
    assert "no such place" in page.one(role="alert").text


def test_initial_is_for_new_rows():
    class Prefilled(EventForm):
        place = EmbeddedFormField(PlaceForm, initial={"name": "Hall", "seats": 3})
        lines = EmbeddedFormSetField(model=Line, extra=0, initial=[{"sku": "std", "price": "1.00"}])

    page = read(render(Prefilled()))
    assert page.one(name="form-place-name").text == "Hall"
    assert page.one(name="formset-lines-0-sku").attrs["value"] == "std"
    form = Prefilled(filled([{"sku": "std", "price": "1.00"}], 1))
    assert form.is_valid(), form.errors
    event = form.save()
    assert [line.sku for line in event.lines] == ["std"]
    event.lines.clear()
    event.save()
    assert not read(render(Prefilled(instance=event))).all(name="formset-lines-0-sku")
