"""Single fields: label, control, error, help, and what ties them together."""

from __future__ import annotations

import gc

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.test import override_settings
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from viewflow.forms import render
from viewflow.forms.renderers import InputRenderer, WidgetRenderer, get_renderer, registry

from .markup import read
from .models import Document


def form_of(data=None, *, files=None, initial=None, **fields):
    return type("Form", (forms.Form,), fields)(data, files, initial=initial)


def test_field_is_label_then_control_then_error_then_help():
    form = form_of({"n": "45"}, n=forms.IntegerField(max_value=30, help_text="From 1 to 30."))
    field = read(render(form)).with_class("field")[0]
    assert [child.tag for child in field.children] == ["label", "input", "p", "p"]
    label, control, error, help_text = field.children
    assert label.attrs["for"] == control.attrs["id"] == "id_n"
    assert control.attrs["aria-describedby"] == f"{error.attrs['id']} {help_text.attrs['id']}"
    assert control.attrs["aria-invalid"] == "true"
    assert "less than or equal to 30" in error.text
    assert help_text.text == "From 1 to 30."


def test_error_of_a_field_is_shown_at_the_field_and_linked_from_the_top():
    """B121, and the summary leads to the control."""
    form = form_of({"agree": ""}, agree=forms.BooleanField(label="I agree"))
    page = read(render(form))
    assert page.with_class("error")[0].text == "This field is required."
    link = page.one("div", role="alert").one("a")
    assert link.attrs["href"] == "#id_agree"
    assert link.text == "I agree: This field is required."
    assert page.one("input", type="checkbox").attrs["aria-invalid"] == "true"


def test_several_errors_of_a_field_are_all_shown():
    def strict(value):
        raise forms.ValidationError(["Too short.", "Too plain."])

    page = read(render(form_of({"a": "x"}, a=forms.CharField(validators=[strict]))))
    assert [item.text for item in page.with_class("error")[0].all("li")] == [
        "Too short.",
        "Too plain.",
    ]


def test_help_text_is_escaped_unless_it_says_that_it_is_safe():
    """B122"""
    form = form_of(
        a=forms.CharField(help_text="<b>1</b>"), b=forms.CharField(help_text=mark_safe("<b>2</b>"))
    )
    first, second = read(render(form)).with_class("help")
    assert first.text == "<b>1</b>"
    assert second.one("b").text == "2"


def test_help_text_that_comes_late_may_hold_a_list():
    """As the rules for passwords do: a list in a paragraph would end it, and look like no help."""
    late = lazy(lambda: mark_safe("<ul><li>Long</li></ul>"), str)
    (found,) = read(render(form_of(a=forms.CharField(help_text=late())))).with_class("help")
    assert found.tag == "div"
    assert found.one("li").text == "Long"
    plain = lazy(lambda: "<ul>", str)
    (found,) = read(render(form_of(a=forms.CharField(help_text=plain())))).with_class("help")
    assert (found.tag, found.text) == ("p", "<ul>")


@pytest.mark.parametrize("widget", [forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple])
def test_every_option_of_every_group_is_drawn(widget):
    """B123"""
    choices = [
        ("", "---------"),
        ("Warm", [(1, "Margherita"), (2, "Diavola")]),
        ("Cold", [(3, "Salad")]),
    ]
    page = read(
        render(
            form_of(dish=forms.MultipleChoiceField(choices=choices, widget=widget, required=False))
        )
    )
    for label in ("Margherita", "Diavola", "Salad", "Warm", "Cold"):
        assert label in page.text or page.all(label=label)
    values = [e.attrs.get("value") for e in page.all("option") or page.all("input")]
    assert values == ["", "1", "2", "3"]


def test_blank_choice_comes_first_with_an_empty_value_and_a_word_instead_of_dashes():
    """B124"""
    choices = [("", "---------"), ("1", "Oven 1")]
    form = form_of(
        a=forms.ChoiceField(choices=choices), b=forms.ChoiceField(choices=choices, required=False)
    )
    first, second = (s.all("option")[0] for s in read(render(form)).all("select"))
    assert (first.attrs["value"], first.text) == ("", "Choose…")
    assert (second.attrs["value"], second.text) == ("", "Not set")


def test_true_attributes_are_boolean_and_false_ones_are_left_out():
    """B125"""
    attrs = {"data-on": True, "data-off": False, "data-none": None, "data-n": 0}
    control = read(render(form_of(a=forms.CharField(widget=forms.TextInput(attrs))))).one("input")
    assert control.attrs["data-on"] is None  # no value: a boolean attribute
    assert "data-off" not in control.attrs
    assert "data-none" not in control.attrs
    assert control.attrs["data-n"] == "0"


def test_pattern_and_autocomplete_reach_the_input():
    """B126"""
    attrs = {"pattern": r"[A-Z]\d", "autocomplete": "off"}
    control = read(render(form_of(a=forms.CharField(widget=forms.TextInput(attrs))))).one("input")
    assert control.attrs["pattern"] == r"[A-Z]\d"
    assert control.attrs["autocomplete"] == "off"


@pytest.mark.parametrize("widget", [forms.TextInput, forms.PasswordInput, forms.Textarea])
@pytest.mark.parametrize("value", [True, "readonly"])
def test_readonly_is_effective_and_absent_means_editable(widget, value):
    """B127"""
    form = form_of(
        a=forms.CharField(widget=widget({"readonly": value})), b=forms.CharField(widget=widget)
    )
    page = read(render(form))
    assert "readonly" in page.one(name="a").attrs
    assert "readonly" not in page.one(name="b").attrs


def test_stored_file_is_named_and_can_be_downloaded(db, settings, tmp_path):
    """B129"""
    settings.MEDIA_ROOT = tmp_path
    document = Document(title="Menu")
    document.attachment.save("menu & wine.pdf", SimpleUploadedFile("x", b"%PDF"), save=False)
    form_class = forms.modelform_factory(Document, fields="__all__")
    url = document.attachment.url
    page = read(render(form_class(instance=document)))
    link = page.one("a")
    assert link.attrs["href"] == url
    assert "download" in link.attrs
    assert link.text.startswith("menu")
    assert page.one("input", name="attachment-clear").attrs["type"] == "checkbox"
    # After a failed submit the stored file is still there, and the box stays ticked.
    failed = form_class({"title": "", "attachment-clear": "on"}, {}, instance=document)
    page = read(render(failed))
    assert page.all("a", href=url)
    assert "checked" in page.one("input", name="attachment-clear").attrs


def test_chosen_file_that_is_lost_with_a_failed_submit_is_named():
    upload = SimpleUploadedFile("<plan>.pdf", b"x")
    form = form_of(
        {"title": ""}, files={"plan": upload}, title=forms.CharField(), plan=forms.FileField()
    )
    page = read(render(form))
    assert "Please choose" in page.with_class("file-lost")[0].text
    assert "plan" in page.with_class("file-lost")[0].text


class MoneyWidget(forms.MultiWidget):
    def __init__(self):
        super().__init__(
            [
                forms.NumberInput({"step": "0.01"}),
                forms.Select(choices=[("EUR", "€"), ("USD", "$")]),
            ]
        )

    def decompress(self, value):
        return value or [None, None]


class MoneyField(forms.MultiValueField):
    widget = MoneyWidget

    def __init__(self, **kwargs):
        fields = (forms.DecimalField(label="Amount"), forms.CharField(label="Currency"))
        super().__init__(fields, **kwargs)

    def compress(self, values):
        return values


def test_every_part_of_a_multi_value_field_is_drawn_and_named():
    """B130"""
    page = read(render(form_of(price=MoneyField(initial=["9.50", "USD"]))))
    group = page.one("fieldset")
    assert group.one("legend").text == "Price"
    amount, currency = group.one("input"), group.one("select")
    assert (amount.attrs["name"], amount.attrs["value"]) == ("price_0", "9.50")
    assert (amount.attrs["aria-label"], currency.attrs["aria-label"]) == ("Amount", "Currency")
    assert [o.attrs["value"] for o in currency.all("option") if "selected" in o.attrs] == ["USD"]


class Phone(forms.TextInput):
    input_type = "tel"


class MobilePhone(Phone):
    pass


class StarWidget(forms.TextInput):
    def render(self, name, value, attrs=None, renderer=None):
        return format_html('<my-stars name="{}"></my-stars>', name)


class FromNowhere(forms.Widget):
    def render(self, name, value, attrs=None, renderer=None):
        return format_html('<canvas data-name="{}"></canvas>', name)


def test_subclass_of_a_known_widget_is_drawn_like_its_nearest_ancestor():
    """B131"""
    control = read(render(form_of(a=forms.CharField(widget=MobilePhone)))).one("input")
    assert control.attrs["type"] == "tel"
    assert "input" in control.classes


def test_widget_with_markup_of_its_own_keeps_it_inside_the_usual_field():
    """B134"""
    page = read(
        render(form_of(a=forms.CharField(widget=StarWidget), b=forms.CharField(widget=FromNowhere)))
    )
    assert page.one("my-stars").attrs["name"] == "a"
    assert page.one("canvas").attrs["data-name"] == "b"
    assert [label.text for label in page.all("label")] == ["A", "B"]


def test_widget_that_adds_attributes_in_get_context_keeps_them():
    class Slug(forms.TextInput):
        def get_context(self, name, value, attrs):
            context = super().get_context(name, value, attrs)
            context["widget"]["attrs"]["data-from"] = "title"
            return context

    assert (
        read(render(form_of(a=forms.CharField(widget=Slug)))).one("input").attrs["data-from"]
        == "title"
    )


def test_renderers_are_kept_per_class_and_not_per_form():
    """B132"""
    form_class = type("Form", (forms.Form,), {"a": forms.CharField(), "b": forms.IntegerField()})
    render(form_class())
    gc.collect()
    size = len(registry._found)
    for _ in range(200):
        render(form_class())
    assert len(registry._found) == size
    # A widget class made on the fly takes its entry along when it goes.
    get_renderer(type("Temporary", (forms.TextInput,), {}))
    gc.collect()
    assert len(registry._found) == size


class ShoutRenderer(WidgetRenderer):
    def markup(self, widget, data, field):
        return format_html('<vf-shout name="{}"></vf-shout>', data["name"])


def test_setting_adds_renderers_to_the_built_in_ones():
    """B24, B25"""
    form = form_of(a=forms.CharField(widget=Phone), b=forms.CharField())
    mapping = {f"{__name__}.Phone": f"{__name__}.ShoutRenderer"}
    with override_settings(VIEWFLOW={"WIDGET_RENDERERS": mapping}):
        page = read(render(form))
        assert page.one("vf-shout").attrs["name"] == "a"
        assert page.one("input").attrs["name"] == "b"
    assert isinstance(get_renderer(Phone), InputRenderer)
    assert not read(render(form)).all("vf-shout")


def test_template_tag_returns_safe_html_with_and_without_layout():
    """B133"""
    from viewflow.forms import Layout

    form = form_of(a=forms.CharField(), b=forms.CharField())
    source = "{% load viewflow %}{% render form %}|{% render form layout %}"
    both = Template(source).render(Context({"form": form, "layout": Layout("b")}))
    plain, laid_out = both.split("|")
    assert [e.attrs["name"] for e in read(plain).all("input")] == ["a", "b"]
    assert [e.attrs["name"] for e in read(laid_out).all("input")] == ["b"]
    form.layout = Layout("a")
    assert [e.attrs["name"] for e in read(render(form)).all("input")] == ["a"]
    assert isinstance(render(form), SafeString)


def test_optional_fields_say_so_where_others_are_required():
    form = form_of(a=forms.CharField(), b=forms.CharField(required=False))
    labels = [label.text for label in read(render(form)).all("label")]
    assert labels == ["A", "B optional"]
    only_optional = form_of(b=forms.CharField(required=False))
    assert [label.text for label in read(render(only_optional)).all("label")] == ["B"]


def test_radio_group_is_a_fieldset_whose_legend_is_the_label():
    field = forms.ChoiceField(
        choices=[("d", "Delivery"), ("p", "Pick-up")], widget=forms.RadioSelect, help_text="Free."
    )
    page = read(render(form_of({}, how=field)))
    group = page.one("fieldset")
    assert group.one("legend").text == "How"
    assert group.attrs["aria-describedby"] == "id_how_error id_how_helptext"
    assert [radio.attrs["id"] for radio in group.all("input")] == ["id_how_0", "id_how_1"]
    assert page.one("div", role="alert").one("a").attrs["href"] == "#id_how_0"


def test_icon_and_unit_stand_beside_the_control():
    attrs = {"leading-icon": "search", "suffix": "minutes"}
    page = read(render(form_of(a=forms.IntegerField(widget=forms.NumberInput(attrs)))))
    affix = page.with_class("affix")[0]
    assert [child.tag for child in affix.children] == ["svg", "input", "span"]
    assert affix.one("span").text == "minutes"
    assert "leading-icon" not in affix.one("input").attrs


def test_number_has_bounds_and_the_keypad_that_fits():
    page = read(
        render(
            form_of(
                whole=forms.IntegerField(min_value=1, max_value=30),
                money=forms.DecimalField(min_value=0, decimal_places=2, max_digits=6),
                change=forms.IntegerField(),
            )
        )
    )
    whole, money, change = page.all("input")
    assert (whole.attrs["min"], whole.attrs["max"], whole.attrs["inputmode"]) == (
        "1",
        "30",
        "numeric",
    )
    assert (money.attrs["step"], money.attrs["inputmode"]) == ("0.01", "decimal")
    assert "inputmode" not in change.attrs  # a numeric keypad may have no minus sign


def test_password_is_never_sent_back_but_everything_else_typed_is():
    form = form_of(
        {
            "a": "kept",
            "b": "secret",
            "c": "two\nlines",
            "d": "not a number",
            "e": "32.13.2026",
            "f": "1",
        },
        a=forms.CharField(max_length=2),
        b=forms.CharField(widget=forms.PasswordInput),
        c=forms.CharField(widget=forms.Textarea),
        d=forms.IntegerField(),
        e=forms.DateField(),
        f=forms.ChoiceField(choices=[("1", "One"), ("2", "Two")]),
    )
    page = read(render(form))
    assert page.one(name="a").attrs["value"] == "kept"
    assert "value" not in page.one(name="b").attrs
    assert page.one(name="c").text == "two\nlines"
    assert page.one(name="d").attrs["value"] == "not a number"
    assert page.one(name="d").attrs["type"] == "text"  # a number input would show nothing
    assert page.one(name="e").attrs["value"] == "32.13.2026"
    assert page.one(name="e").attrs["type"] == "text"
    assert "selected" in page.one("option", value="1").attrs


def test_text_that_begins_with_a_newline_keeps_it():
    form = form_of({"a": "\nsecond line"}, a=forms.CharField(widget=forms.Textarea, strip=False))
    # A browser drops exactly one newline after the tag.
    assert ">\n\nsecond line</textarea>" in render(form)


def test_form_without_ids_still_names_its_controls():
    form = type("Form", (forms.Form,), {"a": forms.CharField(label="Pizza")})(auto_id=False)
    control = read(render(form)).one("input")
    assert control.attrs["aria-label"] == "Pizza"
    assert "id" not in control.attrs


def test_hidden_initial_values_travel_along():
    page = read(render(form_of(initial={"a": "x"}, a=forms.CharField(show_hidden_initial=True))))
    assert {e.attrs["name"] for e in page.all("input")} == {"a", "initial-a"}


def test_disabled_field_is_disabled_and_not_called_optional():
    page = read(
        render(form_of(a=forms.CharField(), b=forms.CharField(disabled=True, required=False)))
    )
    assert "disabled" in page.one(name="b").attrs
    assert page.one("label", for_="id_b").text == "B"


def test_link_beside_a_label():
    form = form_of(a=forms.CharField())
    form.fields["a"].label_link = ("/help/?a=1&b=2", "Forgot <it>?")
    link = read(render(form)).one("a")
    assert (link.attrs["href"], link.text) == ("/help/?a=1&b=2", "Forgot <it>?")
