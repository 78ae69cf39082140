"""Forms inside forms: names, validation, what is saved in which order, what is refused."""

from __future__ import annotations

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.forms.models import inlineformset_factory, modelformset_factory

from viewflow.forms import (
    ForeignKeyFormField,
    Form,
    FormField,
    FormSet,
    FormSetField,
    InlineFormSetField,
    Layout,
    ModelForm,
    ModelFormField,
    Row,
    Tag,
    render,
)

from .markup import read
from .models import Address, Buyer, Phone, Preferences

pytestmark = pytest.mark.django_db


class WhoForm(forms.Form):
    name = forms.CharField(max_length=10)
    born = forms.DateField(required=False)


class LineForm(forms.Form):
    dish = forms.CharField()
    count = forms.IntegerField(min_value=1, initial=1)


class TableForm(Form):
    title = forms.CharField()
    who = FormField(form_class=WhoForm)
    second = FormField(WhoForm, required=False)
    lines = FormSetField(form=LineForm, extra=1, can_delete=True)


class AddressForm(ModelForm):
    class Meta:
        model = Address
        fields = ["street", "city"]


class PreferencesForm(forms.ModelForm):
    class Meta:
        model = Preferences
        fields = "__all__"


class CustomerForm(ModelForm):
    address = ForeignKeyFormField(AddressForm)
    billing = ForeignKeyFormField(AddressForm, required=False)
    preferences = ModelFormField(form_class=PreferencesForm, required=False)
    phones = InlineFormSetField(
        Buyer, Phone, fields=["number", "kind"], extra=1, can_delete=True, label="Phones"
    )

    class Meta:
        model = Buyer
        fields = ["name", "address", "billing", "preferences"]


def managed(prefix, rows=(), initial=0, **more):
    """What a page sends for a formset."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data | more


def filled(phones=(), initial=0, **more):
    return {
        "name": "Ann",
        "form-address-street": "Via Roma 1",
        "form-address-city": "Bari",
        **managed("formset-phones", phones, initial),
        **more,
    }


@pytest.fixture
def ann():
    form = CustomerForm(filled([{"number": "1", "kind": "home"}, {"number": "2", "kind": "work"}]))
    assert form.is_valid(), form.errors
    return form.save()


# --- plain forms ---------------------------------------------------------------------------------


def test_a_nested_form_and_a_formset_are_part_of_the_value():
    data = {"title": "Table 4", "form-who-name": "Ann", "form-who-born": "2001-02-03"}
    lines = [{"dish": "Pizza", "count": "2"}, {"dish": "", "count": "1"}]
    form = TableForm({**data, **managed("formset-lines", lines)})
    assert form.is_valid(), form.errors
    cleaned = form.cleaned_data
    assert cleaned["who"]["name"] == "Ann" and cleaned["who"]["born"].year == 2001
    assert cleaned["second"] is None
    assert cleaned["lines"] == [{"dish": "Pizza", "count": 2}]
    assert form.formsets["lines"].total_form_count() == 2
    assert set(form.nested_forms) == {"who", "second"}


def test_every_error_says_where_it_is_and_links_to_its_control():
    data = managed("formset-lines", [{"dish": "Pizza", "count": "0"}])
    form = TableForm({"title": "x", "form-who-name": "x" * 20, **data})
    assert not form.is_valid()
    assert set(form.errors) == {"who", "lines"}
    assert form.errors["lines"][0].startswith("1. Count: Ensure this value")
    page = read(render(form))
    summary = page.one(role="alert")
    assert [a.attrs["href"] for a in summary.all("a")] == [
        "#id_form-who-name",
        "#id_formset-lines-0-count",
    ]
    assert "Lines 1, Count" in summary.text
    for name in ("form-who-name", "formset-lines-0-count"):
        assert page.one(name=name).attrs["aria-invalid"] == "true"
    assert page.one(name="form-who-name").attrs["value"] == "x" * 20
    # The message stands at the control, and not at the fieldset once more.
    assert len(page.with_class("error")) == 2


def test_an_optional_form_is_validated_as_soon_as_something_is_in_it():
    data = {"title": "x", "form-who-name": "Ann", **managed("formset-lines")}
    assert TableForm({**data, "form-second-name": ""}).is_valid()
    form = TableForm({**data, "form-second-born": "2001-02-03"})
    assert not form.is_valid() and set(form.errors) == {"second"}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"formset-lines-TOTAL_FORMS": "1"},
        {"formset-lines-TOTAL_FORMS": "x", "formset-lines-INITIAL_FORMS": "0"},
        {"formset-lines-TOTAL_FORMS": "-1", "formset-lines-INITIAL_FORMS": "0"},
        {"formset-lines-TOTAL_FORMS": "1", "formset-lines-INITIAL_FORMS": "2"},
        {"formset-lines-TOTAL_FORMS": "\x00", "formset-lines-INITIAL_FORMS": "9" * 5000},
    ],
)
def test_without_its_management_form_a_formset_is_refused_and_can_be_filled_in_again(broken):
    form = TableForm({"title": "x", "form-who-name": "Ann", **broken})
    assert not form.is_valid() and set(form.errors) == {"lines"}
    page = read(render(form))
    assert page.one(name="formset-lines-TOTAL_FORMS").attrs["value"] == "1"
    assert "missing or has been tampered" in page.one(role="alert").text


def test_has_changed_looks_into_nested_forms():
    initial = {"title": "x", "who": {"name": "Ann"}, "lines": [{"dish": "Pizza", "count": 1}]}
    same = {"title": "x", "form-who-name": "Ann"}
    rows = [{"dish": "Pizza", "count": "1"}]
    form = TableForm({**same, **managed("formset-lines", rows, 1)}, initial=initial)
    assert form.is_valid() and form.changed_data == []
    rows[0]["count"] = "2"
    form = TableForm({**same, **managed("formset-lines", rows, 1)}, initial=initial)
    assert form.is_valid() and form.changed_data == ["lines"]
    form = TableForm(
        {**same, "form-who-name": "Bob", **managed("formset-lines", rows, 1)}, initial=initial
    )
    assert form.changed_data == ["who", "lines"]


def test_initial_fills_in_nested_forms_and_lines():
    class Prefilled(TableForm):
        lines = FormSetField(form=LineForm, extra=0, initial=[{"dish": "Pizza"}, {"dish": "Pie"}])

    page = read(render(Prefilled(initial={"who": {"name": "Ann"}})))
    assert page.one(name="form-who-name").attrs["value"] == "Ann"
    assert page.one(name="formset-lines-1-dish").attrs["value"] == "Pie"
    page = read(render(Prefilled(initial={"lines": [{"dish": "Soup"}]})))
    assert page.one(name="formset-lines-0-dish").attrs["value"] == "Soup"
    assert not page.all(name="formset-lines-1-dish")


def test_a_required_formset_asks_for_a_line_and_an_ordered_one_gives_its_order():
    class Ordered(Form):
        lines = FormSetField(form=LineForm, can_order=True, can_delete=True, required=True)

    form = Ordered(managed("formset-lines"))
    assert form.errors == {"lines": ["At least one line is needed."]}
    assert "At least one line is needed." in render(form)
    rows = [
        {"dish": "a", "count": "1", "ORDER": "2"},
        {"dish": "b", "count": "1", "ORDER": "1"},
        {"dish": "c", "count": "1", "DELETE": "on"},
        {"dish": "d", "count": "1"},
    ]
    form = Ordered(managed("formset-lines", rows))
    assert form.is_valid(), form.errors
    assert [line["dish"] for line in form.cleaned_data["lines"]] == ["b", "a", "d"]


def test_forms_nest_to_any_depth_and_keep_the_prefix_of_the_outer_form():
    class Room(Form):
        number = forms.IntegerField()
        tables = FormSetField(form=TableForm)

    class House(Form):
        room = FormField(Room)

    data = {
        "x-form-room-number": "7",
        **managed("x-form-room-formset-tables", [{"title": "t", "form-who-name": "Ann"}]),
        **managed("x-form-room-formset-tables-0-formset-lines", [{"dish": "Pie", "count": "1"}]),
    }
    form = House(data, prefix="x")
    assert form.is_valid(), form.errors
    table = form.cleaned_data["room"]["tables"][0]
    assert table["who"]["name"] == "Ann" and table["lines"] == [{"dish": "Pie", "count": 1}]
    assert read(render(form)).one(name="x-form-room-formset-tables-0-formset-lines-0-dish")


def test_a_disabled_composite_keeps_what_there_was():
    class Fixed(TableForm):
        who = FormField(WhoForm, disabled=True)
        lines = FormSetField(form=LineForm, disabled=True)

    data = {"title": "x", "form-who-name": "Mallory", **managed("formset-lines", [{"dish": "y"}])}
    initial = {"who": {"name": "Ann"}, "lines": [{"dish": "Pizza"}]}
    form = Fixed(data, initial=initial)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["who"] == {"name": "Ann"}
    assert form.cleaned_data["lines"] == [{"dish": "Pizza"}]
    page = read(render(form))
    assert page.one(name="form-who-name").attrs["value"] == "Ann"
    assert "disabled" in page.one(name="form-who-name").attrs


def test_files_in_lines_make_the_form_multipart_and_arrive():
    class Scan(forms.Form):
        scan = forms.FileField()

    class Scans(Form):
        scans = FormSetField(form=Scan)

    assert Scans().is_multipart() and not TableForm().is_multipart()
    files = {"formset-scans-0-scan": SimpleUploadedFile("a.txt", b"x")}
    form = Scans(managed("formset-scans", [{}]), files)
    assert form.is_valid() and form.cleaned_data["scans"][0]["scan"].name == "a.txt"


# --- rows ----------------------------------------------------------------------------------------


def test_all_rows_are_saved_with_the_customer(ann):
    assert str(ann.address) == "Via Roma 1, Bari" and ann.billing is None
    assert not Preferences.objects.exists()
    assert [str(phone) for phone in ann.phones.order_by("pk")] == ["1", "2"]


def test_an_update_changes_adds_and_removes(ann):
    first, second = ann.phones.order_by("pk")
    rows = [
        {"id": str(first.pk), "number": "11", "kind": "home"},
        {"id": str(second.pk), "number": "2", "kind": "work", "DELETE": "on"},
        {"number": "3", "kind": "work"},
    ]
    more = {"form-billing-street": "Via Po", "form-billing-city": "Turin"}
    more |= {"form-preferences-colour": "red", "form-preferences-newsletter": "on"}
    form = CustomerForm(filled(rows, 2, **more), instance=ann)
    assert form.is_valid(), form.errors
    assert sorted(form.changed_data) == ["billing", "phones", "preferences"]
    form.save()
    ann = Buyer.objects.get()
    assert ann.billing.city == "Turin" and ann.preferences.newsletter
    assert sorted(str(phone) for phone in ann.phones.all()) == ["11", "3"]
    assert Address.objects.count() == 2


def test_an_unchanged_form_writes_the_row_only(ann):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    rows = [{"id": str(p.pk), "number": p.number, "kind": p.kind} for p in ann.phones.all()]
    form = CustomerForm(filled(rows, 2), instance=ann)
    assert form.is_valid() and not form.has_changed()
    with CaptureQueriesContext(connection) as queries:
        form.save()
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(written) == 1 and "forms_buyer" in written[0]


def test_an_emptied_optional_foreign_key_is_cleared_and_its_row_stays(ann):
    ann.billing = Address.objects.create(street="Via Po", city="Turin")
    ann.save()
    form = CustomerForm(filled(), instance=ann)
    assert form.is_valid(), form.errors
    form.save()
    assert Buyer.objects.get().billing is None and Address.objects.count() == 2


def test_a_row_that_points_here_is_not_lost_by_emptying_its_form(ann):
    Preferences.objects.create(customer=ann, colour="red")
    form = CustomerForm(filled(), instance=ann)
    assert not form.is_valid() and set(form.errors) == {"preferences"}
    assert "form-preferences-customer" not in render(form)


@pytest.mark.parametrize("wrong", ["address", "phone", "name", "lines"])
def test_one_wrong_answer_anywhere_saves_nothing(wrong):
    data = filled([{"number": "1", "kind": "home"}])
    data |= {
        "address": {"form-address-city": ""},
        "phone": {"formset-phones-0-kind": "moon"},
        "name": {"name": ""},
        "lines": {"formset-phones-TOTAL_FORMS": ""},
    }[wrong]
    form = CustomerForm(data)
    assert not form.is_valid()
    with pytest.raises(ValueError):
        form.save()
    assert not (Buyer.objects.exists() or Address.objects.exists() or Phone.objects.exists())


def test_when_the_database_refuses_one_row_there_is_none(ann):
    """Between the check and the row somebody else was faster."""
    form = CustomerForm(filled([{"number": "1", "kind": "home"}], name="Bob"))
    assert form.is_valid()
    form.instance.name = "Ann"
    with pytest.raises(IntegrityError):
        form.save()
    assert Buyer.objects.count() == 1 and Address.objects.count() == 1
    assert form.instance.pk is None and form.instance._state.adding


def test_uncommitted_rows_can_be_saved_by_hand():
    form = CustomerForm(filled([{"number": "1", "kind": "home"}]))
    assert form.is_valid()
    customer = form.save(commit=False)
    assert not Buyer.objects.exists()
    form.save_references()
    customer.save()
    form.save_m2m()
    assert customer.address.city == "Bari" and customer.phones.get().number == "1"


def test_keys_of_other_rows_are_refused(ann):
    form = CustomerForm(filled([{"number": "7", "kind": "home"}], name="Bob"))
    form.is_valid()
    bob = form.save()
    other = bob.phones.get()
    mine = ann.phones.order_by("pk").first()
    for key in (str(other.pk), str(10**30), "-1", "x", "\x00", "", str(other.pk) + " "):
        for initial in (1, 0):
            rows = [{"id": key, "number": "666", "kind": "home"}]
            form = CustomerForm(filled(rows, initial), instance=Buyer.objects.get(pk=ann.pk))
            if initial or key.strip():
                assert not form.is_valid(), (key, initial)
            render(form)
            rows[0]["DELETE"] = "on"
            form = CustomerForm(filled(rows, initial), instance=Buyer.objects.get(pk=ann.pk))
            if form.is_valid():
                form.save()
            other.refresh_from_db()
            assert other.number == "7" and other.customer_id == bob.pk
    twice = [{"id": str(mine.pk), "number": n, "kind": "home"} for n in ("8", "9")]
    form = CustomerForm(filled(twice, 2), instance=ann)
    assert not form.is_valid() and "sent twice" in form.errors["phones"][0]


def test_lines_that_clash_with_each_other_are_refused(ann):
    rows = [{"number": "5", "kind": "home"}, {"number": "5", "kind": "work"}]
    form = CustomerForm(filled(rows), instance=ann)
    assert not form.is_valid()
    assert "duplicate" in str(form.errors["phones"]).lower()
    assert "duplicate" in render(form).lower()
    # Nor with a row that is there, the link to which the line does not name.
    form = CustomerForm(filled([{"number": "1", "kind": "home"}]), instance=ann)
    assert not form.is_valid()


def test_lines_of_a_new_object_can_be_filled_in_and_are_saved_as_seen():
    class Prefilled(CustomerForm):
        phones = InlineFormSetField(
            model=Phone, fields=["number", "kind"], extra=0, initial=[{"number": "0800"}]
        )

    page = read(render(Prefilled()))
    assert page.one(name="formset-phones-0-number").attrs["value"] == "0800"
    form = Prefilled(filled([{"number": "0800", "kind": "work"}]))
    assert form.is_valid() and "phones" in form.changed_data
    ann = form.save()
    assert ann.phones.get().number == "0800"
    assert 'value="0800"' in render(Prefilled(instance=ann))
    assert len(Prefilled(instance=ann).formsets["phones"].forms) == 1


def test_a_formset_of_rows_that_belong_to_nobody():
    streets = modelformset_factory(Address, fields=["street", "city"], extra=1, can_delete=True)

    class Plain(Form):
        around = FormSetField(streets)

    mine, other = (Address.objects.create(street=s, city="Bari") for s in "ab")
    initial = {"around": Address.objects.filter(pk=mine.pk)}
    assert [f.instance for f in Plain(initial=initial).formsets["around"].initial_forms] == [mine]
    rows = [{"id": mine.pk, "street": "c", "city": "Bari"}, {"street": "d", "city": "Bari"}]
    form = Plain(managed("formset-around", rows, 1), initial=initial)
    assert form.is_valid(), form.errors
    form.formsets["around"].save()
    assert sorted(Address.objects.values_list("street", flat=True)) == ["b", "c", "d"]
    stolen = [{"id": other.pk, "street": "x", "city": "Bari"}]
    assert not Plain(managed("formset-around", stolen, 1), initial=initial).is_valid()


def test_the_class_of_the_formset_may_be_given():
    made = inlineformset_factory(Buyer, Phone, fields=("number", "kind"), extra=2)

    class Given(ModelForm):
        phones = InlineFormSetField(formset_class=made)

        class Meta:
            model = Buyer
            fields = ["name"]

    assert len(Given().formsets["phones"].forms) == 2
    with pytest.raises(TypeError, match="needs a model"):
        InlineFormSetField()
    with pytest.raises(TypeError, match="belong to formset_class"):
        InlineFormSetField(formset_class=made, extra=3)
    with pytest.raises(TypeError, match="needs formset_class or form"):
        FormSetField()


def test_names_that_are_no_such_relation_are_refused():
    class NoKey(ModelForm):
        preferences = ForeignKeyFormField(AddressForm)

        class Meta:
            model = Buyer
            fields = ["name"]

    class Many(ModelForm):
        phones = ModelFormField(AddressForm)

        class Meta:
            model = Buyer
            fields = ["name"]

    class NoModel(Form):
        phones = InlineFormSetField(model=Phone, fields=["number"])

    with pytest.raises(ImproperlyConfigured, match="needs a foreign key"):
        render(NoKey())
    with pytest.raises(ImproperlyConfigured, match="InlineFormSetField for several"):
        render(Many())
    with pytest.raises(ImproperlyConfigured, match="needs parent_model"):
        NoModel()


# --- more of the form ----------------------------------------------------------------------------


def test_the_button_for_another_line_keeps_all_and_saves_nothing():
    rows = [{"number": "1", "kind": ""}]
    data = filled(rows, **{"formset-phones-ADD": "1", "name": "", "form-address-city": ""})
    form = CustomerForm(data)
    assert not form.is_valid() and form.errors == {"__all__": ["Nothing has been saved yet."]}
    with pytest.raises(ValueError):
        form.save()
    page = read(render(form))
    assert not page.all(role="alert") and not page.with_class("error")
    assert page.one(name="formset-phones-TOTAL_FORMS").attrs["value"] == "2"
    assert page.one(name="formset-phones-0-number").attrs["value"] == "1"
    assert page.one(name="form-address-street").attrs["value"] == "Via Roma 1"
    assert page.one(name="formset-phones-1-number")


def test_another_line_of_a_formset_in_a_line():
    class Rooms(Form):
        tables = FormSetField(form=TableForm)

    data = {
        **managed("formset-tables", [{"title": "t"}]),
        **managed("formset-tables-0-formset-lines", [{"dish": "Pie"}]),
        "formset-tables-0-formset-lines-ADD": "1",
    }
    form = Rooms(data)
    assert not form.is_valid()
    page = read(render(form))
    assert page.one(name="formset-tables-0-formset-lines-0-dish").attrs["value"] == "Pie"
    assert page.one(name="formset-tables-0-formset-lines-1-dish")
    assert not page.with_class("error")


def test_the_button_in_a_form_of_djangos_own_saves_nothing_either():
    class Plain(forms.Form):
        lines = FormSetField(form=LineForm)

    data = managed("formset-lines", [{"dish": "a", "count": "1"}])
    assert Plain(data).is_valid()
    form = Plain({**data, "formset-lines-ADD": "1"})
    assert not form.is_valid() and len(form["lines"].nested.forms) == 2


def test_names_like_buttons_of_others_mean_nothing():
    data = filled(**{"x-ADD": "1", "ADD": "1", "name-ADD": "1", "-ADD": "", "formset-x-ADD": "1"})
    assert CustomerForm(data).is_valid()


def test_there_is_a_limit_to_lines():
    class Few(Form):
        lines = FormSetField(form=LineForm, max_num=2, absolute_max=3)

    data = managed("formset-lines", [{"dish": "a"}, {"dish": "b"}]) | {"formset-lines-ADD": "1"}
    page = read(render(Few(data)))
    assert page.one(name="formset-lines-TOTAL_FORMS").attrs["value"] == "2"
    assert "hidden" in page.one(name="formset-lines-ADD").attrs
    many = Few({"formset-lines-TOTAL_FORMS": "99999999", "formset-lines-INITIAL_FORMS": "0"})
    assert not many.is_valid() or many.cleaned_data["lines"] == []
    assert len(many.formsets["lines"].forms) == 3


def test_formsets_in_formsets_do_not_multiply():
    class OrderForm(Form):
        table = forms.CharField(required=False)
        lines = FormSetField(form=WhoForm, extra=1)

    class DayForm(Form):
        orders = FormSetField(form=OrderForm, extra=1)

    data = managed("formset-orders", [{} for _ in range(20)])
    for number in range(20):
        data |= {
            f"formset-orders-{number}-formset-lines-TOTAL_FORMS": "2000",
            f"formset-orders-{number}-formset-lines-INITIAL_FORMS": "0",
        }
    form = DayForm(data)
    assert form.is_valid()
    orders = form.formsets["orders"].forms
    assert sum(len(order.formsets["lines"].forms) for order in orders) <= 20 * 11

    data["formset-orders-3-formset-lines-1-name"] = "Pizza"
    form = DayForm(data)
    assert form.is_valid()
    assert form.cleaned_data["orders"][0]["lines"] == [{"name": "Pizza", "born": None}]

    # What was typed is never left out: a line far away is refused instead.
    data["formset-orders-3-formset-lines-1999-name"] = "Pasta"
    form = DayForm(data)
    assert not form.is_valid()
    assert "missing or has been tampered" in form.errors["orders"][0]


def test_files_are_lines_and_lines_that_send_nothing_stay():
    class FilesForm(Form):
        files = FormSetField(form=type("F", (forms.Form,), {"file": forms.FileField()}), extra=0)

    class TicksForm(Form):
        ticks = FormSetField(
            form=type("T", (forms.Form,), {"on": forms.BooleanField(required=False)}), extra=0
        )

    data = managed("formset-files", [{}] * 40)
    names = [f"formset-files-{number}-file" for number in range(40)]
    form = FilesForm(data, {name: SimpleUploadedFile("a.txt", b"a") for name in names})
    assert form.is_valid() and len(form.cleaned_data["files"]) == 40
    ticked = {"ticks": [{"on": True}] * 40}
    form = TicksForm(managed("formset-ticks", [{}] * 40, 40), initial=ticked)
    assert form.is_valid() and form.cleaned_data["ticks"] == [{"on": False}] * 40


# --- layout --------------------------------------------------------------------------------------


def test_composites_stand_in_layouts_and_bring_their_own():
    class Laid(CustomerForm):
        layout = Layout(Row("name", "address"), FormSet("phones", card_desktop=6), Tag("hr"))

    AddressForm.layout = Layout(Row("street", "city"))
    try:
        page = read(render(Laid()))
    finally:
        del AddressForm.layout
    assert "form-row" in page.one(name="form-address-city").parent.parent.classes
    assert not page.all(name="form-billing-city")
    cards = page.with_class("formset-row")
    assert "col-6" in cards[0].classes and page.one("hr")
    legends = [legend.text for legend in page.all("legend")]
    assert legends == ["Address", "Phones"]


def test_tag_refuses_what_is_no_element():
    page = read(render(Form(), Layout(Tag("p", text="<b>", class_="small", data_x="1"))))
    assert page.one("p", data_x="1").text == "<b>"
    for name in ("", "a b", "1a", "p>", "ä"):
        with pytest.raises(ValueError):
            Tag(name)
    with pytest.raises(ValueError):
        Tag("p", **{"on click": "x"})


def test_a_template_of_an_own_prints_nested_forms_too():
    form = CustomerForm()
    assert 'name="form-address-street"' in str(form["address"])
    assert 'name="formset-phones-0-number"' in form.as_div()


def test_scripts_and_styles_come_with_the_fields():
    media = str(CustomerForm().media)
    assert "widgets/formset.js" in media and "widgets/widgets.css" in media
    assert str(AddressForm().media) == ""
