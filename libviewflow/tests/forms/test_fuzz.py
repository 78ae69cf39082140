"""Honest values survive form, model and form again; whatever else is sent is refused, never a crash."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from viewflow.forms import Form, FormField, FormSetField, render
from viewflow.forms.expression import compile_expression, evaluate

from .atlas import TripForm, fill
from .desk import CustomerForm, EventForm, OrderForm
from .markup import read
from .models import Buyer, Event

pytestmark = pytest.mark.django_db

fuzz = settings(
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# What a text field keeps exactly: no NUL, no white space at its ends, no lone surrogate.
words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)
numbers = st.decimals(Decimal("-999999.99"), Decimal("999999.99"), places=2)
days = st.dates(datetime.date(1000, 1, 1))
nasty = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\x00", "9" * 5000, "-1", "on", "__prefix__", "NaN", "1e999", "[" * 2000,
         "null", "<script>", "2026-02-30", str(2**63), "0" * 300, "٣", "'; --"]
    ),
)  # fmt: skip


def sent(form):
    """What a browser sends for a form as it is drawn."""
    data = QueryDict(mutable=True)
    page = read(render(form))

    def walk(element):
        for child in element.children:
            if child.tag in ("template", "noscript"):
                continue
            name, attrs = child.attrs.get("name"), child.attrs
            if name and "disabled" not in attrs and child.tag != "button":
                if child.tag == "select":
                    options = child.all("option")
                    chosen = [option for option in options if "selected" in option.attrs]
                    if not chosen and "multiple" not in attrs:
                        chosen = options[:1]
                    for option in chosen:
                        data.appendlist(name, option.attrs["value"])
                elif child.tag == "textarea":
                    text = "".join(part for part in child.parts if isinstance(part, str))
                    data.appendlist(name, text.removeprefix("\n"))
                elif attrs.get("type") not in ("checkbox", "radio"):
                    data.appendlist(name, attrs.get("value", ""))
                elif "checked" in attrs:
                    data.appendlist(name, attrs.get("value", "on"))
            walk(child)

    walk(page)
    return data


@fuzz
@given(
    name=words, street=words, city=words, colour=st.none() | words, letter=st.booleans(),
    phones=st.lists(st.tuples(words, st.sampled_from(["home", "work"])), max_size=3, unique_by=lambda p: p[0]),
)  # fmt: skip
def test_a_customer_survives(name, street, city, colour, letter, phones):
    with transaction.atomic():
        data = {"name": name, "form-address-street": street, "form-address-city": city}
        data |= {"formset-phones-TOTAL_FORMS": len(phones), "formset-phones-INITIAL_FORMS": 0}
        for number, (phone, kind) in enumerate(phones):
            data |= {
                f"formset-phones-{number}-number": phone,
                f"formset-phones-{number}-kind": kind,
            }
        if colour:
            data["form-preferences-colour"] = colour
            if letter:
                data["form-preferences-newsletter"] = "on"
        form = CustomerForm(data)
        assert form.is_valid(), form.errors
        form.save()
        customer = Buyer.objects.get()
        assert (customer.name, customer.address.street, customer.address.city) == (
            name,
            street,
            city,
        )
        assert list(customer.phones.order_by("pk").values_list("number", "kind")) == phones
        if colour:
            assert (customer.preferences.colour, customer.preferences.newsletter) == (
                colour,
                letter,
            )
        # The page of the customer, sent as it is, changes nothing.
        again = CustomerForm(sent(CustomerForm(instance=customer)), instance=Buyer.objects.get())
        assert again.is_valid(), again.errors
        assert again.changed_data == []
        again.save()
        assert list(customer.phones.order_by("pk").values_list("number", "kind")) == phones
        transaction.set_rollback(True)


@fuzz
@given(
    title=words, place=words.filter(lambda text: text != "Nowhere"), opened=st.none() | days,
    seats=st.integers(-(2**31), 2**31 - 1), lines=st.lists(st.tuples(words, numbers), max_size=4),
)  # fmt: skip
@example(
    title="x", place="</textarea>", opened=datetime.date.max, seats=0, lines=[("'\"&", Decimal(0))]
)
def test_an_event_survives(title, place, opened, seats, lines):
    with transaction.atomic():
        data = {"title": title, "form-place-name": place, "form-place-seats": seats}
        data |= {"form-place-opened": opened.isoformat() if opened else ""}
        data |= {"formset-lines-TOTAL_FORMS": len(lines), "formset-lines-INITIAL_FORMS": 0}
        for number, (sku, price) in enumerate(lines):
            data |= {
                f"formset-lines-{number}-sku": sku,
                f"formset-lines-{number}-price": str(price),
            }
        form = EventForm(data)
        assert form.is_valid(), form.errors
        form.save()
        event = Event.objects.get()
        assert (event.place.name, event.place.opened, event.place.seats) == (place, opened, seats)
        assert [(line.sku, line.price) for line in event.lines] == lines
        before = event.data
        again = EventForm(sent(EventForm(instance=event)), instance=Event.objects.get())
        assert again.is_valid(), again.errors
        assert again.changed_data == []
        again.save()
        assert Event.objects.get().data == before
        transaction.set_rollback(True)


class Part(forms.Form):
    word = forms.CharField(max_length=20)
    number = forms.DecimalField(max_digits=9, decimal_places=2)
    day = forms.DateField()
    tick = forms.BooleanField(required=False)
    choice = forms.MultipleChoiceField(choices=[(c, c) for c in "abc"], required=False)


class Whole(Form):
    one = FormField(Part)
    none = FormField(Part, required=False)
    many = FormSetField(form=Part, can_delete=True, extra=0)


parts = st.fixed_dictionaries(
    {"word": words, "number": numbers, "day": days, "tick": st.booleans(),
     "choice": st.lists(st.sampled_from("abc"), unique=True).map(sorted)}
)  # fmt: skip


@fuzz
@given(one=parts, many=st.lists(parts, max_size=3), none=st.none() | parts)
def test_values_of_nested_forms_survive(one, many, none):
    initial = {"one": one, "many": many} | ({"none": none} if none else {})
    data = sent(Whole(initial=initial))
    form = Whole(data, initial=initial)
    assert form.is_valid(), form.errors
    assert form.changed_data == []
    assert form.cleaned_data == {"one": one, "none": none, "many": many}


NAMES = {
    CustomerForm: [
        "name", "form-address-street", "form-address-city", "form-billing-street",
        "form-preferences-colour", "form-preferences-newsletter", "formset-phones-TOTAL_FORMS",
        "formset-phones-INITIAL_FORMS", "formset-phones-0-id", "formset-phones-0-number",
        "formset-phones-0-kind", "formset-phones-0-DELETE", "formset-phones-1-id", "formset-phones-ADD",
    ],
    EventForm: [
        "title", "form-place-name", "form-place-opened", "form-place-seats",
        "formset-lines-TOTAL_FORMS", "formset-lines-INITIAL_FORMS", "formset-lines-0-sku",
        "formset-lines-0-price", "formset-lines-0-DELETE", "formset-lines-ADD",
    ],
    OrderForm: [
        "name", "day", "discount", "total", "text", "data", "formset-items-TOTAL_FORMS",
        "formset-items-INITIAL_FORMS", "formset-items-0-count", "formset-items-0-price",
        "formset-items-0-total", "formset-items-ADD",
    ],
    TripForm: [
        "title", "country", "region", "city", "sights", "country-QUERY", "country-FIND", "sights-QUERY",
        "sights-FIND", "region-REFRESH", "formset-stops-TOTAL_FORMS", "formset-stops-INITIAL_FORMS",
        "formset-stops-0-id", "formset-stops-0-country", "formset-stops-0-region",
        "formset-stops-0-country-FIND", "formset-stops-0-country-QUERY",
    ],
}  # fmt: skip
COUNTS = ("TOTAL_FORMS", "INITIAL_FORMS")


def junk(form_class):
    small = st.sampled_from(["0", "1", "2", "-1", "x", "", "1e3", "\x00"])
    fields = {name: small if name.endswith(COUNTS) else nasty for name in NAMES[form_class]}
    some = st.sets(st.sampled_from(list(fields)))
    return st.tuples(st.fixed_dictionaries(fields), some).map(
        lambda both: {name: value for name, value in both[0].items() if name not in both[1]}
    )


@pytest.fixture
def rows():
    atlas = fill()
    form = CustomerForm(
        {"name": "Ann", "form-address-street": "a", "form-address-city": "b",
         "formset-phones-TOTAL_FORMS": "1", "formset-phones-INITIAL_FORMS": "0",
         "formset-phones-0-number": "1", "formset-phones-0-kind": "home"}
    )  # fmt: skip
    assert form.is_valid()
    event = Event.objects.create(title="x", place={"name": "y"}, lines=[{"sku": "a", "price": "1"}])
    return {CustomerForm: form.save(), EventForm: event, TripForm: atlas["trip"]}


@pytest.mark.parametrize("form_class", list(NAMES))
@pytest.mark.parametrize("edits", [False, True])
def test_no_input_is_a_crash(form_class, edits, rows):
    @settings(fuzz, max_examples=examples(25))
    @given(data=junk(form_class))
    def run(data):
        query = QueryDict(mutable=True)
        for name, value in data.items():
            query.appendlist(name, value)
        options = {"instance": rows[form_class]} if edits and form_class in rows else {}
        if options:
            options["instance"] = type(options["instance"]).objects.get(pk=options["instance"].pk)
        with transaction.atomic():
            form = form_class(query, **options)
            if form.is_valid() and hasattr(form, "save"):
                form.save()
            # What was refused comes back as a page that can be corrected and sent again.
            read(render(form))
            transaction.set_rollback(True)

    run()


@fuzz
@given(
    st.recursive(
        st.sampled_from(["a", "b", "1", "2.5", "sum(l.x)", "count(l)", "n.y"]),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        max_leaves=8,
    ),
    st.dictionaries(
        st.sampled_from(["a", "b", "form-n-y", "formset-l-TOTAL_FORMS", "formset-l-0-x"]), nasty
    ),
)
def test_totals_of_anything_are_numbers_or_nothing(expression, data):
    value = evaluate(compile_expression(expression), data, places=2)
    assert value is None or value.is_finite()


@fuzz
@given(st.text(max_size=60))
def test_whatever_an_expression_is_it_is_arithmetic_or_refused(text):
    try:
        tree = compile_expression(text)
    except ValueError:
        return
    assert evaluate(tree, {}) is None or tree
