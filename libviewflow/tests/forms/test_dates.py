"""Dates, times and numbers: native inputs that the server understands, in any language."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.formats import reset_format_cache

from viewflow.forms import render

from .markup import read

DAY = datetime.date(2026, 11, 22)
NOON = datetime.time(12, 5)
MOMENT = datetime.datetime(2026, 11, 22, 12, 5)


class Meeting(forms.Form):
    day = forms.DateField()
    at = forms.TimeField()
    moment = forms.DateTimeField()
    both = forms.SplitDateTimeField()


def inputs(form):
    return {e.attrs["name"]: e.attrs for e in read(render(form)).all("input")}


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja", "ar", "pt-br", "fa"])
def test_native_inputs_show_iso_and_their_answers_are_understood(language):
    initial = {"day": DAY, "at": NOON, "moment": MOMENT, "both": MOMENT}
    with translation.override(language):
        shown = inputs(Meeting(initial=initial))
        assert {name: (a["type"], a["value"]) for name, a in shown.items()} == {
            "day": ("date", "2026-11-22"),
            "at": ("time", "12:05"),
            "moment": ("datetime-local", "2026-11-22T12:05"),
            "both_0": ("date", "2026-11-22"),
            "both_1": ("time", "12:05"),
        }
        sent = Meeting({name: attrs["value"] for name, attrs in shown.items()})
        assert sent.is_valid(), sent.errors
        assert sent.cleaned_data["day"] == DAY
        assert sent.cleaned_data["at"] == NOON
        assert timezone.make_naive(sent.cleaned_data["moment"]) == MOMENT
        # Shown again after an error elsewhere, the answers are still those.
        again = inputs(Meeting({name: attrs["value"] for name, attrs in shown.items()}))
        assert {n: a["value"] for n, a in again.items()} == {
            n: a["value"] for n, a in shown.items()
        }


def test_date_typed_in_the_persons_own_format_comes_back_as_that_date():
    with translation.override("de"):
        shown = inputs(Meeting({"day": "22.11.2026", "at": "12:05", "moment": "22.11.2026 12:05"}))
    assert (shown["day"]["type"], shown["day"]["value"]) == ("date", "2026-11-22")
    assert shown["moment"]["value"] == "2026-11-22T12:05"


def test_nonsense_comes_back_as_it_was_typed():
    shown = inputs(
        Meeting({"day": "2026-02-31", "at": "25:99", "moment": "tomorrow", "both_0": "x"})
    )
    assert {n: (a["type"], a.get("value")) for n, a in shown.items()} == {
        "day": ("text", "2026-02-31"),
        "at": ("text", "25:99"),
        "moment": ("text", "tomorrow"),
        "both_0": ("text", "x"),
        "both_1": ("time", None),
    }


@pytest.mark.parametrize("format_", ["%d.%m.%Y", "%d %b %Y", "%b %d %Y", "%Y-%d-%m", "%j/%y"])
def test_field_with_formats_of_its_own_gets_a_text_input_that_it_understands(format_):
    """
    B128: no format has to be refused. One that a native input cannot send (%b, or a day and a
    month swapped) is typed as text, and what is shown can be sent back.
    """

    class Form(forms.Form):
        day = forms.DateField(input_formats=[format_], widget=forms.DateInput(format=format_))

    shown = inputs(Form(initial={"day": DAY}))["day"]
    assert shown["type"] == "text"
    assert shown["placeholder"].startswith("like ")
    sent = Form({"day": shown["value"]})
    assert sent.is_valid()
    assert sent.cleaned_data["day"] == DAY


def test_widget_format_alone_does_not_take_the_native_input_away():
    class Form(forms.Form):
        day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%d/%m/%Y"))

    with translation.override("de"):
        assert inputs(Form(initial={"day": DAY}))["day"]["value"] == "2026-11-22"


@override_settings(DATE_INPUT_FORMATS=["%d|%m|%Y"])
def test_project_whose_formats_leave_iso_out_gets_text_inputs():
    reset_format_cache()
    try:
        with translation.override(None):  # no language, so the settings alone count
            shown = inputs(Meeting(initial={"day": DAY}))["day"]
            assert (shown["type"], shown["value"]) == ("text", "22|11|2026")
            form = Meeting({"day": shown["value"]})
            form.full_clean()
            assert form.cleaned_data["day"] == DAY
    finally:
        reset_format_cache()


def test_seconds_are_shown_only_where_there_are_some_and_can_be_changed():
    initial = {"at": datetime.time(1, 2, 3), "moment": datetime.datetime(2026, 1, 2, 3, 4, 5)}
    shown = inputs(Meeting(initial=initial))
    assert (shown["at"]["value"], shown["at"]["step"]) == ("01:02:03", "1")
    assert (shown["moment"]["value"], shown["moment"]["step"]) == ("2026-01-02T03:04:05", "1")
    sent = Meeting({name: a.get("value", "") for name, a in shown.items()})
    sent.full_clean()
    assert sent.cleaned_data["at"] == datetime.time(1, 2, 3)


@override_settings(USE_TZ=True, TIME_ZONE="Europe/Berlin")
def test_moment_is_shown_and_read_in_the_current_time_zone():
    moment = datetime.datetime(2026, 7, 1, 10, 0, tzinfo=datetime.UTC)
    with timezone.override("America/New_York"):
        shown = inputs(Meeting(initial={"moment": moment}))["moment"]
        assert shown["value"] == "2026-07-01T06:00"
        sent = Meeting({"moment": shown["value"]})
        sent.full_clean()
        assert sent.cleaned_data["moment"] == moment


def test_select_date_widget_has_a_name_for_each_part():
    class Form(forms.Form):
        born = forms.DateField(widget=forms.SelectDateWidget(years=range(2000, 2003)))

    page = read(render(Form({"born_year": "2001", "born_month": "2", "born_day": "31"})))
    assert {s.attrs["aria-label"] for s in page.all("select")} == {"Year", "Month", "Day"}
    chosen = [o.attrs["value"] for o in page.all("option") if "selected" in o.attrs]
    assert sorted(chosen) == ["2", "2001", "31"]  # an impossible date is shown as it was chosen


@override_settings(USE_THOUSAND_SEPARATOR=True)
def test_localised_number_is_a_text_input_and_survives_the_round_trip():
    class Form(forms.Form):
        price = forms.DecimalField(localize=True, widget=forms.NumberInput)

    with translation.override("de"):
        shown = inputs(Form(initial={"price": Decimal("1234.5")}))["price"]
        assert (shown["type"], shown["value"]) == ("text", "1.234,5")
        sent = Form({"price": shown["value"]})
        assert sent.is_valid()
        assert sent.cleaned_data["price"] == Decimal("1234.5")


def test_plain_number_is_never_localised():
    class Form(forms.Form):
        price = forms.FloatField()

    with translation.override("de"), override_settings(USE_THOUSAND_SEPARATOR=True):
        assert inputs(Form(initial={"price": 1234.5}))["price"]["value"] == "1234.5"


def test_an_empty_date_that_was_refused_is_still_a_native_input():
    class Plan(forms.Form):
        day = forms.DateField()
        at = forms.TimeField()

    page = read(render(Plan({"day": "", "at": ""})))
    assert page.one(name="day").attrs["type"] == "date"
    assert page.one(name="at").attrs["type"] == "time"
