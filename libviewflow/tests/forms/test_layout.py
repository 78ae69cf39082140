"""Where fields stand: rows, columns, spans and what is refused."""

from __future__ import annotations

import pytest
from django import forms

from viewflow.forms import (
    Caption,
    Column,
    FieldSet,
    FormLayout,
    Layout,
    LayoutNode,
    Row,
    Span,
    render,
)

from .markup import read


class Order(forms.Form):
    name = forms.CharField()
    phone = forms.CharField(required=False)
    street = forms.CharField(required=False)
    city = forms.CharField(required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def names(html):
    return [e.attrs["name"] for e in read(html).all("input")]


def cells(html):
    """Name of each visible field with the classes that place it."""
    page = read(html)
    return {
        field.all("input")[0].attrs["name"]: [c for c in field.classes if c != "field"]
        for field in page.with_class("field")
    }


def test_without_layout_every_visible_field_has_a_line_of_its_own():
    """B114"""
    html = render(Order())
    assert list(cells(html)) == ["name", "phone", "street", "city"]
    assert all(not classes for classes in cells(html).values())
    assert html == FormLayout().render(Order())


def test_layout_draws_only_the_fields_named_and_hidden_ones_always():
    """B115"""
    assert names(render(Order(), Layout("name", Row("phone", "city")))) == [
        "token",
        "name",
        "phone",
        "city",
    ]
    assert names(render(Order(), Layout("name", "token"))) == ["token", "name"]


def test_layout_that_names_a_missing_field_says_which():
    """B116"""
    with pytest.raises(ValueError, match=r"'pone'.*name, phone"):
        render(Order(), Layout("name", "pone"))


def test_fixed_spans_are_kept_and_automatic_ones_share_the_rest():
    """B117"""
    html = render(Order(), Layout(Row(Span("name", desktop=6), "phone", "city")))
    assert cells(html) == {"name": ["col-6"], "phone": ["col-3"], "city": ["col-3"]}


def test_tablet_and_mobile_spans_stand_beside_the_desktop_ones():
    html = render(
        Order(), Layout(Row(Span("name", desktop=8, tablet=5, mobile=3), Span("phone", mobile=1)))
    )
    assert cells(html) == {
        "name": ["col-8", "tab-5", "mob-3"],
        "phone": ["col-4", "tab-3", "mob-1"],
    }


@pytest.mark.parametrize(
    "make",
    [
        lambda: Row(Span("name", desktop=7), Span("phone", desktop=6)),
        lambda: Row(Span("name", desktop=12), "phone"),
        lambda: Row("a", "b", "c", Span("d", desktop=5)),
        lambda: Row("a", Span("b", desktop=5), "c"),
        lambda: Row("a", "b", "c", "d", "e"),
        lambda: Row(Span("a", tablet=3), "b", "c"),
        lambda: Span("a", desktop=13),
        lambda: Span("a", tablet=9),
        lambda: Span("a", mobile=0),
        lambda: Span("a", desktop="6"),
        lambda: Layout(Row(3)),
        lambda: Layout(None),
        lambda: Layout("name", Row("name", "phone")),
    ],
)
def test_impossible_layout_is_refused_when_it_is_made(make):
    """B118: no silent gap, nothing too wide, nothing that is not a field or an element."""
    with pytest.raises(ValueError, match=r"\w"):
        make()


def test_narrow_rows_may_fill_several_lines():
    wide = {"desktop": 6, "mobile": 4}
    html = render(Order(), Layout(Row(Span("name", **wide), Span("phone", **wide))))
    # Eight of four columns on a phone, and a line of its own on a tablet.
    assert cells(html) == {"name": ["col-6"], "phone": ["col-6"]}


def test_form_error_is_shown_above_the_form():
    """B119"""

    class Strict(Order):
        def clean(self):
            raise forms.ValidationError("The kitchen is <closed>.")

    page = read(render(Strict({"name": "x"})))
    body = page.with_class("form-body")[0]
    assert "alert" in body.children[0].classes
    assert body.children[0].text == "The kitchen is <closed>."


def test_error_of_a_hidden_field_is_shown_above_the_form():
    """B120"""

    class Strict(Order):
        def clean_token(self):
            raise forms.ValidationError("This page is too old, load it again.")

    page = read(render(Strict({"name": "x", "token": "1"})))
    assert page.one("div", role="alert").text == "Token: This page is too old, load it again."


def test_error_of_a_field_that_the_layout_leaves_out_is_shown_above_the_form():
    page = read(render(Order({}), Layout("phone")))
    assert "Name: This field is required." in page.one("div", role="alert").text


def test_summary_counts_the_wrong_answers():
    class Both(forms.Form):
        a = forms.CharField()
        b = forms.CharField()

    one = read(render(Both({"a": "x"}))).one("h2").text
    two = read(render(Both({}))).one("h2").text
    assert one == "One answer needs another look"
    assert two == "2 answers need another look"


def test_two_forms_on_a_page_have_two_summaries():
    assert 'id="errors"' in render(Order({}))
    assert 'id="a-errors"' in render(Order({}, prefix="a"))


def test_column_is_one_cell_and_an_empty_one_draws_nothing():
    html = render(Order(), Layout(Row(Column("name", "phone", desktop=8), "city"), Row(Column())))
    column = read(html).with_class("form-col")[0]
    assert "col-8" in column.classes
    assert [e.attrs["name"] for e in column.all("input")] == ["name", "phone"]
    assert len(read(html).with_class("form-row")) == 1


def test_fieldset_has_a_legend_and_stands_between_the_other_fields():
    layout = Layout("name", FieldSet("Where <to>?", Row("street", "city")), "phone")
    page = read(render(Order(), layout))
    section = page.one("fieldset")
    assert section.one("legend").text == "Where <to>?"
    assert [e.attrs["name"] for e in section.all("input")] == ["street", "city"]
    assert names(render(Order(), layout)) == ["token", "name", "street", "city", "phone"]


def test_caption_takes_sizes():
    html = render(Order(), Layout(Row(Caption("To & from", desktop=4), Span("name", desktop=8))))
    caption = read(html).with_class("form-caption")[0]
    assert caption.text == "To & from"
    assert "col-4" in caption.classes


def test_row_may_have_an_id():
    assert read(render(Order(), Layout(Row("name", id_="who")))).one("div", id="who")


def test_layout_tells_its_fields_in_order():
    layout = Layout("name", FieldSet("x", Row("street", Column("city"))), Caption("y"))
    assert list(layout.field_names()) == ["name", "street", "city"]


def test_own_layout_element_is_escaped_unless_safe():
    class Note(LayoutNode):
        def append(self, layout, form, root):
            root.append("5 < 6")

    assert "5 &lt; 6" in render(Order(), Layout("name", Note()))
