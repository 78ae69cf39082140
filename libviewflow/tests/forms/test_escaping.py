"""Nothing that a person or a developer writes can break out of the markup."""

from __future__ import annotations

import pytest
from django import forms
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from viewflow.forms import Caption, FieldSet, Layout, Row, render

from .markup import read

nasty = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                '"',
                "'",
                "<",
                ">",
                "&",
                "</",
                "-->",
                "<!--",
                "]]>",
                "\n",
                "\t",
                "\x00",
                " onfocus=x ",
                "<script>alert(1)</script>",
                "</textarea>",
                "</select>",
                "</option>",
                "&quot;",
                "{{",
                "%}",
            ]
        ),
        max_size=8,
    ).map("".join),
)
ELEMENTS = {
    "div",
    "label",
    "input",
    "textarea",
    "select",
    "option",
    "optgroup",
    "fieldset",
    "legend",
    "p",
    "span",
    "h2",
    "ul",
    "li",
    "a",
    "svg",
    "path",
    "circle",
    "line",
    "rect",
}


def tags(html):
    return {element.tag for element in read(html).all()}


def same(sent, seen):
    """HTML parsers read CR as LF and drop nothing else; Python's also resolves references."""
    return seen == sent


@settings(max_examples=examples(60))
@given(
    value=nasty, label=nasty, help_text=nasty, attr=nasty, choice=nasty, error=nasty, title=nasty
)
def test_no_text_can_break_out(value, label, help_text, attr, choice, error, title):
    def refuse(_value):
        raise forms.ValidationError(error)

    common = {"label": label, "help_text": help_text, "required": False}
    choices = [("x", choice), (choice, [(value, choice)])]

    class Form(forms.Form):
        text = forms.CharField(
            widget=forms.TextInput(
                attrs={"title": attr, "placeholder": attr, "class": attr, "suffix": attr}
            ),
            validators=[refuse],
            **common,
        )
        area = forms.CharField(widget=forms.Textarea(attrs={"title": attr}), **common)
        hidden = forms.CharField(widget=forms.HiddenInput, validators=[refuse], **common)
        one = forms.ChoiceField(choices=choices, **common)
        radio = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        many = forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple({"inline": True}), **common
        )
        day = forms.DateField(**common)
        number = forms.FloatField(**common)
        agree = forms.BooleanField(**common)
        pair = forms.SplitDateTimeField(**common)

    data = dict.fromkeys(
        ["text", "area", "hidden", "one", "radio", "day", "number", "agree", "pair_0", "pair_1"],
        value,
    )
    data["many"] = [value]
    layout = Layout(
        FieldSet(title, Row("text", "area")), Caption(title), *list(Form.base_fields)[2:]
    )
    form = Form(data, prefix=None)
    for chosen in (None, layout):
        html = render(form, chosen)
        page = read(html)
        assert tags(html) <= ELEMENTS
        for element in page.all():
            assert not any(name.startswith("on") for name in element.attrs)
        # What was typed is what a browser would send again.
        assert same(str(form["text"].value()), page.one(name="text").attrs.get("value", ""))
        assert page.one(name="text").attrs["placeholder"] == attr
        area = page.one("textarea")
        assert area.parts == ["\n" + value]


@pytest.mark.parametrize("name", ["x onclick", 'a"', "a>", "a/", "a=b", "", "a\nb", "a\x00"])
def test_attribute_name_that_could_end_the_tag_is_refused(name):
    class Form(forms.Form):
        a = forms.CharField(widget=forms.TextInput(attrs={name: "alert(1)"}))

    with pytest.raises(ValueError, match="not a possible name"):
        render(Form())
