"""The total, the calendar, JSON and text with styles: what the server makes of them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.utils.safestring import SafeString, mark_safe

from viewflow.forms import (
    Form,
    FormField,
    FormSetField,
    InlineCalendar,
    JSONEditorWidget,
    TotalCounterWidget,
    TrixEditorWidget,
    clean_html,
    render,
)
from viewflow.forms.expression import compile_expression, evaluate

from .markup import read
from .test_composite import managed


class Tax(forms.Form):
    rate = forms.DecimalField()


class Item(forms.Form):
    count = forms.IntegerField()
    price = forms.DecimalField()
    total = forms.DecimalField(
        required=False, widget=TotalCounterWidget(expression="count * price", round=2)
    )


class Bill(Form):
    discount = forms.DecimalField(required=False)
    tax = FormField(Tax)
    items = FormSetField(form=Item, can_delete=True)
    total = forms.DecimalField(
        required=False,
        widget=TotalCounterWidget(
            {"class": "big"},
            expression="(sum(items.count * items.price) - discount) * (1 + tax.rate / 100)",
        ),
    )


def test_a_total_is_worked_out_by_the_server_whatever_is_sent():
    rows = [
        {"count": "2", "price": "1.255", "total": "999"},
        {"count": "1", "price": "10", "DELETE": "on"},
        {"count": "3", "price": "2"},
    ]
    data = {
        "discount": "1",
        "form-tax-rate": "10",
        "total": "0.01",
        **managed("formset-items", rows),
    }
    form = Bill(data)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["total"] == Decimal("8.26")
    assert [row["total"] for row in form.cleaned_data["items"]] == [Decimal("2.51"), Decimal(6)]
    page = read(render(Bill({**data, "discount": "much"})))
    total = page.one("input", name="total")
    assert total.attrs["value"] == "9.36" and "readonly" in total.attrs
    assert not {name for name in total.attrs if "tree" in name or "expression" in name}
    assert json.loads(total.parent.attrs["data-tree"])[0] == "*"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"), ("-(1 + 2) * 3", "-9"), ("a / b", None), ("a / 4", "0.5"), ("a - -a", "4"),
        ("count(l)", "2"), ("sum(l.x)", "5"), ("min(l.x * 2)", "4"), ("max(l.x)", "3"),
        ("avg(l.x) + a", "4.5"), ("sum(m.x)", "0"), ("avg(m.x)", "0"), ("n.x + +1", "8"), ("word", "0"),
        ("big * big * big * big", None), ("tick + 1", "2"), ("1e3 + 0.5", "1000.5"),
    ],
)  # fmt: skip
def test_arithmetic(expression, value):
    data = {
        "a": "2", "b": "0", "form-n-x": "7", "word": "x", "big": "9" * 39, "tick": "on",
        **managed("formset-l", [{"x": "2"}, {"x": "3"}, {"x": "9", "DELETE": "on"}]),
    }  # fmt: skip
    if value is None:
        found = evaluate(compile_expression(expression), data)
        assert found is None or expression.startswith("big")
        return
    assert evaluate(compile_expression(expression), data) == Decimal(value)


@pytest.mark.parametrize(
    "expression",
    [
        "", "1 +", "__import__('os')", "a.b.c", "a()", "sum(a)", "sum(l.x, l.y)", "sum(sum(l.x))",
        "sum(l.x + m.x)", "2 ** 9999999", "a if b else c", "[1]", "'x'", "True", "a < b", "lambda: 1",
        "a; b", "(a := 1)", "f'{a}'", "1 // 2", "~a", "a[0]", "sum(*l)", "sum(x=l.x)", "(" * 300,
        "-" * 490 + "1", "a+" * 400 + "a", "\x00", "1j",
    ],
)  # fmt: skip
def test_everything_else_is_refused(expression):
    with pytest.raises(ValueError):
        compile_expression(expression)


def test_totals_take_odd_numbers_for_zero():
    for odd in ("\x00", "9" * 10_000, "1e999999", "NaN", "-Infinity", "١٢", "1,5", "0x1", None, []):
        form = Bill(
            {"discount": odd, "form-tax-rate": odd, **managed("formset-items", [{"price": odd}])}
        )
        form.is_valid()
        render(form)


def test_a_localised_total(settings):
    settings.LANGUAGE_CODE = "de"

    class Local(forms.Form):
        price = forms.DecimalField(localize=True)
        total = forms.DecimalField(
            required=False, localize=True, widget=TotalCounterWidget(expression="price * 2")
        )

    from django.utils import translation

    with translation.override("de"):
        form = Local({"price": "1234,50"})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["total"] == Decimal("2469.00")


class Extras(Form):
    day = forms.DateField(widget=InlineCalendar())
    own = forms.DateField(
        input_formats=["%d.%m.%Y"], widget=InlineCalendar(format="%d.%m.%Y"), required=False
    )
    odd = forms.DateField(input_formats=["%b %d, %Y"], widget=InlineCalendar(), required=False)
    data = forms.JSONField(widget=JSONEditorWidget, required=False)
    text = forms.CharField(widget=TrixEditorWidget, required=False)


def test_a_calendar_is_a_date_input():
    initial = {"day": datetime.date(2026, 5, 31), "own": datetime.date(2026, 5, 31)}
    page = read(render(Extras(initial=initial)))
    day, own = page.one(name="day"), page.one(name="own")
    assert (day.attrs["type"], day.attrs["value"]) == ("date", "2026-05-31")
    assert (own.attrs["type"], own.attrs["value"]) == ("text", "31.05.2026")
    assert own.parent.attrs["data-format"] == "%d.%m.%Y" and day.parent.attrs["data-format"] == ""
    assert page.one(name="odd").parent.tag != "vf-field-inline-calendar"
    form = Extras({"day": "2026-05-31", "own": "30.05.2026"})
    assert form.is_valid() and form.cleaned_data["own"] == datetime.date(2026, 5, 30)


def test_json_is_indented_when_it_is_shown_and_kept_as_typed_when_it_is_wrong():
    page = read(render(Extras(initial={"data": {"a": [1, "é"]}})))
    assert page.one(name="data").text == '{\n  "a": [\n    1,\n    "é"\n  ]\n}'
    form = Extras({"day": "2026-05-31", "data": '{"a": 1,'})
    assert not form.is_valid() and page.one(name="data")
    assert read(render(form)).one(name="data").text == '{"a": 1,'
    form = Extras({"day": "2026-05-31", "data": '{"big": 12345678901234567890}'})
    assert form.is_valid() and form.cleaned_data["data"] == {"big": 12345678901234567890}


@pytest.mark.parametrize(
    "value", ["[" * 100_000, "NaN", "1e999", '"\\ud800"', "\x00", "{" * 500, "nul"]
)
def test_odd_json_is_no_crash(value):
    form = Extras({"day": "2026-05-31", "data": value})
    form.is_valid()
    render(form)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<p>a <b>b</b></p>", "<p>a <b>b</b></p>"),
        ("<p onclick=x()>a</p><script>alert(1)</script>", "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<img src=x onerror=x()>a", "a"),
        ('<p style="color:red" class="x">a</p>', "<p>a</p>"),
        ("<p><br></p>", ""),
        ("&nbsp; \n", ""),
        ("1 < 2", "1 &lt; 2"),
    ],
)
def test_text_with_styles_is_sanitised(typed, kept):
    form = Extras({"day": "2026-05-31", "text": typed})
    assert form.is_valid() and form.cleaned_data["text"] == kept
    page = read(render(Extras(initial={"text": typed})))
    assert page.one(name="text").text == kept


def test_html_that_came_another_way_is_shown_without_harm():
    template = Template("{% load viewflow %}{{ text|rich_text }}")
    shown = template.render(
        Context({"text": "<b>a</b><img src=x onerror=x()><script>x()</script>"})
    )
    assert shown == "<b>a</b>"
    assert template.render(Context({"text": None})) == ""
    assert template.render(Context({"text": mark_safe("<p onclick=x()>a")})) == "<p>a</p>"
    assert isinstance(clean_html("<b>a"), SafeString) and clean_html("1 < 2") == "1 &lt; 2"


def test_text_with_styles_needs_its_library(monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"libviewflow\[richtext\]"):
        TrixEditorWidget()
    with pytest.raises(ImproperlyConfigured, match=r"libviewflow\[richtext\]"):
        clean_html("a")


def test_each_widget_brings_its_script():
    media = str(Extras().media) + str(Bill().media)
    for name in ("calendar", "json", "editor", "total", "formset"):
        assert f"widgets/{name}.js" in media
