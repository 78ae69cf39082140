"""Any value of any field survives save, search, form and save again."""

from __future__ import annotations

import datetime
import decimal
import math

import pytest
from django.forms.models import modelform_factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.examples import examples

from .models import Everything

# No NUL: PostgreSQL has none in JSON. No surrogates: no database stores half a character.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
small = st.integers(0, 32767)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
STRATEGIES = {
    "boolean": st.booleans(),
    "null_boolean": st.booleans(),
    "char": texts,
    "text": texts,
    "slug": st.from_regex(r"[a-z0-9_-]{1,20}", fullmatch=True),
    "ip": st.ip_addresses().map(str),
    "ipv4": st.ip_addresses(v=4).map(str),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "big_integer": st.integers(-(2**63), 2**63 - 1),
    "small_integer": st.integers(-32768, 32767),
    "positive_integer": st.integers(0, 2**31 - 1),
    "positive_small_integer": small,
    "positive_big_integer": st.integers(0, 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    "decimal": st.decimals(-(10**9), 10**9, places=3).filter(lambda d: abs(d) < 10**9),
    "date": st.dates(datetime.date(1000, 1, 1)),
    "datetime": st.datetimes(
        datetime.datetime(1971, 1, 1), datetime.datetime(2037, 1, 1), timezones=st.timezones()
    ),
    "time": st.times(),
    "duration": st.timedeltas(datetime.timedelta(days=-99999), datetime.timedelta(days=99999)),
    "uuid": st.uuids(),
    "binary": st.binary(min_size=1, max_size=40),
    "json": st.dictionaries(texts, st.lists(scalars, max_size=3) | scalars, max_size=3),
}
# What a form widget does not show to the last digit: seconds' fractions, and text's edges.
NOT_THROUGH_A_FORM = {"datetime", "time", "text", "char", "json", "ip", "null_boolean"}


class RoundTrip(TestCase):
    """B179 B181 B182 B183 B184 B185 B186 B187 B188 B189"""


def _same(name, found, value):
    if name == "float":
        assert math.isclose(found, value, rel_tol=1e-15)
    else:
        assert found == value
        assert type(found) is type(value) or isinstance(found, type(value))


def _make(name, strategy):
    @settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
    @given(value=strategy)
    def test(self, value):
        row = Everything(**{name: value})
        assert row.data == {} or _is_read(row, name, value)
        row.save()
        Everything.objects.create(data={})
        loaded = Everything.objects.get(pk=row.pk)
        if value in ("",):
            assert getattr(loaded, name) is None
            return
        value = getattr(loaded, name) if name in {"ip", "datetime"} else value
        _same(name, getattr(loaded, name), value)
        mine = Everything.objects.filter(pk=row.pk)
        assert mine.filter(**{name: value}).exists()
        assert mine.filter(**{f"{name}__in": [value]}).exists()
        assert not mine.exclude(**{name: value}).exists()
        _same(name, mine.values_list(name, flat=True).get(), value)
        assert mine.update(**{name: value}) == 1
        assert mine.get().data == loaded.data
        if name not in NOT_THROUGH_A_FORM:
            _through_a_form(loaded, name, value)

    test.__name__ = f"test_{name}"
    setattr(RoundTrip, test.__name__, test)


def _is_read(row, name, value):
    if name == "datetime":
        value = value.astimezone(datetime.UTC)
    if name != "ip":  # written in its short form
        _same(name, getattr(row, name), value)
    return True


def _through_a_form(row, name, value):
    form_class = modelform_factory(Everything, fields=[name])
    shown = form_class(instance=row)[name]
    widget = shown.field.widget
    data = widget.format_value(shown.value()) if hasattr(widget, "format_value") else shown.value()
    form = form_class({name: data}, instance=row)
    assert form.is_valid(), form.errors
    form.save()
    _same(name, getattr(Everything.objects.get(pk=row.pk), name), value)


for _name, _strategy in STRATEGIES.items():
    _make(_name, _strategy)


def test_every_field_class_has_a_round_trip():
    untested = {"email", "url", "file_path"}  # strings with validators, as `char`
    fields = {f.name for f in Everything._meta.private_fields}
    assert fields - untested == set(STRATEGIES)


@pytest.mark.django_db
def test_decimals_of_any_precision_are_kept_in_the_document():
    number = decimal.Decimal("123456789.123")
    Everything.objects.create(decimal=number)
    assert Everything.objects.get(decimal=number).decimal == number
