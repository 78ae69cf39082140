"""Model forms and the admin treat virtual names as columns."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.forms.models import modelform_factory, modelformset_factory
from django.http import QueryDict
from django.test import override_settings
from django.urls import path, reverse

from viewflow import jsonstore
from viewflow.views import ListModelView
from viewflow.workflow.flow.views.form import save_instance

from .models import Author, Book, Country, Everything, Order, Parcel, Publisher, Tag


class OrderAdmin(admin.ModelAdmin):
    list_display = ["name", "amount", "approved", "get_size_display", "due"]
    list_filter = ["approved", "size"]
    search_fields = ["name", "city"]
    ordering = ["-amount"]
    fieldsets = [
        (None, {"fields": ["name", "amount", "approved", "size", "price", "due"]}),
        ("Address", {"fields": ["city", "floor"]}),
    ]
    readonly_fields = ["floor"]


class AuthorAdmin(admin.ModelAdmin):
    exclude = ["data"]


class TagAdmin(admin.ModelAdmin):
    search_fields = ["name"]
    ordering = ["name"]


class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "publisher", "country"]
    list_filter = ["publisher", "country", "tags", ("country", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["publisher", "country"]
    search_fields = ["title", "publisher__name"]
    ordering = ["country__name"]
    autocomplete_fields = ["genre"]
    raw_id_fields = ["publisher"]
    filter_horizontal = ["tags"]
    fieldsets = [(None, {"fields": ["title", "publisher", "genre", "country", "tags"]})]


class ParcelAdmin(admin.ModelAdmin):
    fields = ["address", "lines"]
    list_display = ["pk", "address"]


site = admin.AdminSite()
site.register(Tag, TagAdmin)
site.register(Book, BookAdmin)
site.register(Publisher)
site.register(Parcel, ParcelAdmin)
site.register(Order, OrderAdmin)
site.register(Author, AuthorAdmin)
urlpatterns = [path("admin/", site.urls)]


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["name", "amount", "approved", "size", "price", "due", "city", "note"]


def test_form_fields_are_those_of_a_column():
    """B180 B203"""
    fields = OrderForm().fields
    assert {name: type(field).__name__ for name, field in fields.items()} == {
        "name": "CharField",
        "amount": "IntegerField",
        "approved": "BooleanField",
        "size": "TypedChoiceField",
        "price": "DecimalField",
        "due": "DateField",
        "city": "CharField",
        "note": "CharField",
    }
    assert {name for name, field in fields.items() if field.required} == {"name", "amount", "size"}
    assert fields["name"].max_length == 20
    assert fields["amount"].initial == 0
    assert isinstance(fields["approved"].widget, forms.CheckboxInput)
    assert isinstance(fields["note"].widget, forms.Textarea)


def test_all_includes_virtual_fields():
    form = modelform_factory(Author, fields="__all__")()
    assert set(form.fields) == {"data", "name", "born"}


@pytest.mark.django_db
def test_a_form_saves_like_a_column():
    """B203"""
    data = {"name": "Ann", "amount": "5", "size": "l", "price": "2.50", "due": "2024-01-02"}
    form = OrderForm({**data, "approved": "on", "city": "Rome"})
    assert form.is_valid(), form.errors
    form.save()
    order = Order.objects.get(name="Ann")
    assert (order.amount, order.approved, order.size) == (5, True, "l")
    assert (order.price, order.due) == (Decimal("2.50"), datetime.date(2024, 1, 2))
    assert order.city == "Rome"
    form = OrderForm(instance=order)
    assert form["due"].value() == datetime.date(2024, 1, 2)
    assert form.initial["amount"] == 5
    form = OrderForm({"name": "Ann", "amount": "0", "size": "s"}, instance=order)
    assert form.is_valid()
    assert set(form.changed_data) == {"amount", "approved", "size", "price", "due", "city"}
    form.save()
    order = Order.objects.get(name="Ann")
    assert order.data == {
        "name": "Ann",
        "amount": 0,
        "approved": False,
        "size": "s",
        "price": None,
        "due": None,
        "address": {},
    }


def test_an_invalid_form_names_the_fields():
    """B203"""
    form = OrderForm({"name": "x" * 21, "amount": "many", "size": "?", "due": "soon"})
    assert not form.is_valid()
    assert set(form.errors) == {"name", "amount", "size", "due"}
    form = OrderForm({"amount": ""})
    assert not form.is_valid()
    assert set(form.errors) == {"name", "amount", "size"}


@pytest.mark.django_db
def test_initial_shows_the_stored_value_or_the_default():
    """B203"""
    assert OrderForm()["amount"].value() == 0
    assert OrderForm(instance=Order(amount=7)).initial["amount"] == 7
    assert OrderForm()["size"].value() == "s"
    assert OrderForm(instance=Order()).initial["amount"] == 0
    assert 'value="7"' in str(OrderForm(instance=Order(amount=7))["amount"])


@pytest.mark.django_db
def test_formsets():
    Order.objects.create(name="a", amount=1)
    formset = modelformset_factory(Order, fields=["name", "amount"], extra=0)
    pk = str(Order.objects.get().pk)
    bound = formset(
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-id": pk,
            "form-0-name": "b",
            "form-0-amount": "2",
        }
    )
    assert bound.is_valid(), bound.errors
    bound.save()
    assert Order.objects.get().data == {"name": "b", "amount": 2}


@pytest.mark.django_db
def test_binary_values_are_shown_and_typed_as_base64():
    form_class = modelform_factory(Everything, fields=["binary"])
    row = Everything.objects.create(binary=b"\x00\xff")
    form = form_class(instance=row)
    assert 'value="AP8="' in str(form["binary"])
    form = form_class({"binary": "AP8="}, instance=row)
    assert form.is_valid()
    assert not form.has_changed()
    assert not form_class({"binary": "not base64!"}).is_valid()
    form_class({"binary": ""}, instance=row).save()
    assert Everything.objects.get().data == {}


def test_nullable_without_blank_is_required():
    class Form(forms.ModelForm):
        class Meta:
            model = Order
            fields = ["rating"]

    assert not Form().fields["rating"].required
    assert jsonstore.IntegerField(null=True).formfield().required


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_admin_lists_adds_and_changes(client):
    """B204"""
    user = get_user_model().objects.create_superuser("root", "r@example.com", "x")
    client.force_login(user)
    answer = client.post(
        reverse("admin:jsonstore_order_add"),
        {"name": "Ann", "amount": "5", "size": "l", "city": "Rome", "due": "2024-01-02"},
    )
    assert answer.status_code == 302, answer.context["adminform"].errors
    Order.objects.create(name="Bob", amount=50, approved=True)
    order = Order.objects.get(name="Ann")
    assert (order.city, order.amount) == ("Rome", 5)
    url = reverse("admin:jsonstore_order_change", args=[order.pk])
    page = client.get(url)
    assert 'value="Ann"' in page.text
    answer = client.post(url, {"name": "Ann B", "amount": "6", "size": "s"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.name, order.amount, order.city) == ("Ann B", 6, None)
    listing = reverse("admin:jsonstore_order_changelist")
    page = client.get(listing)
    assert page.text.index("Bob") < page.text.index("Ann B")
    assert "Ann B" not in client.get(listing, {"approved__exact": "1"}).text
    assert "Bob" not in client.get(listing, {"q": "ann"}).text
    page = client.get(listing, QueryDict("o=1"))
    assert page.text.index("Ann B") < page.text.index("Bob")
    answer = client.post(reverse("admin:jsonstore_author_add"), {"name": "N", "born": "1980-1-1"})
    assert answer.status_code == 302
    assert Author.objects.get().data == {"name": "N", "born": "1980-01-01"}
    assert OrderAdmin(Order, site).check() == []


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_admin_of_relations(client, django_assert_max_num_queries):
    """B204 B210 B217"""
    client.force_login(get_user_model().objects.create_superuser("root", "r@example.com", "x"))
    italy = Country.objects.create(code="it", name="Italy")
    house = Publisher.objects.create(name="House")
    tags = [Tag.objects.create(name=name) for name in ("novel", "essay")]
    form = {"title": "One", "publisher": house.pk, "country": "it", "genre": str(tags[0].pk)}
    answer = client.post(
        reverse("admin:jsonstore_book_add"), {**form, "tags": [str(tag.pk) for tag in tags]}
    )
    assert answer.status_code == 302, answer.context["adminform"].errors
    book = Book.objects.get()
    assert (book.publisher, book.country, book.genre) == (house, italy, tags[0])
    assert set(book.tags.all()) == set(tags)
    for number in range(5):
        Book.objects.create(title=f"Other {number}", country=italy)
    url = reverse("admin:jsonstore_book_change", args=[book.pk])
    page = client.get(url)
    assert 'class="vForeignKeyRawIdAdminField"' in page.text
    assert "admin-autocomplete" in page.text
    assert "selectfilter" in page.text
    answer = client.post(url, {**form, "genre": "", "country": "", "tags": [str(tags[1].pk)]})
    assert answer.status_code == 302
    book = Book.objects.get(pk=book.pk)
    assert (book.genre, book.country, list(book.tags.all())) == (None, None, [tags[1]])
    listing = reverse("admin:jsonstore_book_changelist")
    with django_assert_max_num_queries(12):
        assert "Other 4" in client.get(listing).text
    for query, found in (
        ({"publisher__id__exact": house.pk}, "One"),
        ({"country__code__exact": "it"}, "Other 1"),
        ({"country__isnull": "True"}, "One"),
        ({"tags__id__exact": str(tags[1].pk)}, "One"),
        ({"q": "hous"}, "One"),
    ):
        text = client.get(listing, query).text
        assert found in text, query
        assert {"One": "Other 1", "Other 1": "One"}[found] + "</a>" not in text, query
    names = {"app_label": "jsonstore", "model_name": "book", "field_name": "genre"}
    results = client.get(reverse("admin:autocomplete"), {"term": "nov", **names}).json()["results"]
    assert results == [{"id": str(tags[0].pk), "text": "novel"}]
    assert BookAdmin(Book, site).check() == []
    answer = client.post(
        reverse("admin:jsonstore_parcel_add"), {"address": '{"city": "Rome"}', "lines": "[]"}
    )
    assert answer.status_code == 302, answer.context["adminform"].errors
    assert Parcel.objects.get().address.city == "Rome"
    assert "Place(city=" in client.get(reverse("admin:jsonstore_parcel_changelist")).text
    answer = client.post(
        reverse("admin:jsonstore_parcel_add"), {"address": '{"city": 5, "floor": "x"}'}
    )
    assert "floor" in answer.text


@pytest.mark.django_db
def test_references_in_forms():
    """B203 B210"""
    house = Publisher.objects.create(name="House")
    form_class = modelform_factory(Book, fields=["publisher", "sequel", "genre"])
    fields = form_class().fields
    assert {type(field) for field in fields.values()} == {forms.ModelChoiceField}
    book = Book.objects.create()
    form = form_class({"publisher": house.pk, "sequel": book.pk}, instance=book)
    assert form.is_valid(), form.errors
    form.save()
    assert Book.objects.get().data == {"publisher_id": house.pk, "sequel_id": book.pk}
    assert form_class(instance=book).initial["publisher"] == house.pk
    assert not form_class({"publisher": house.pk + 1}, instance=book).is_valid()
    form = form_class({"publisher": ""}, instance=book)
    assert form.is_valid()
    assert form.save().publisher is None
    assert Book.objects.get().publisher_id is None


@pytest.mark.django_db
def test_a_step_finds_the_selection_of_its_form(django_assert_num_queries):
    """B217: the flow's pages write the row once, after the form and before the next node."""
    tags = [Tag.objects.create(name=name) for name in "ab"]
    book = Book.objects.create()
    form = modelform_factory(Book, fields=["tags"])({"tags": [tags[0].pk]}, instance=book)
    assert form.is_valid()
    assert save_instance(form, commit=False) is book
    assert list(book.tags.all()) == [tags[0]]
    book.save()
    book.tags.add(tags[1])  # a later node
    book.save()
    with django_assert_num_queries(0):
        form.save_m2m()
    assert list(Book.objects.get().tags.all()) == tags


class BookList(ListModelView):
    model = Book
    columns = ["title", "publisher", "country"]


@pytest.mark.django_db
def test_lists_load_references_with_the_rows(rf, django_assert_num_queries):
    house = Publisher.objects.create(name="House")
    for number in range(3):
        Book.objects.create(title=str(number), publisher=house)
    view = BookList(request=rf.get("/"))
    with django_assert_num_queries(1):
        assert [str(book.publisher) for book in view.get_queryset()] == ["House"] * 3


class NumberingForm(OrderForm):
    def save(self, commit=True):
        self.instance.note = f"{self.instance.note}, changed by save"
        return super().save(commit)


def submitted(form_class, instance=None, **data):
    values = {"name": "Ann", "amount": "3", "size": "s", "price": "1", "due": "2026-01-01"}
    form = form_class({**values, "city": "Rome", "note": "typed", **data}, instance=instance)
    assert form.is_valid(), form.errors
    return form


@pytest.mark.django_db
def test_what_a_forms_save_changes_stays_changed():
    """B203: Django assigns the cleaned values of such fields once more after the save."""
    order = submitted(NumberingForm).save()
    assert order.note == "typed, changed by save"
    order.save()
    order.refresh_from_db()
    assert order.note == "typed, changed by save"


@pytest.mark.django_db
def test_what_is_changed_between_form_and_save_stays_changed():
    """B203"""
    form = submitted(OrderForm)
    order = form.save(commit=False)
    order.note = "changed by a view"
    order.save()
    form.save_m2m()
    assert (order.note, order.name) == ("changed by a view", "Ann")


@pytest.mark.django_db
def test_a_later_form_assigns_the_same_value_again():
    """B203"""
    word = "typed"
    order = submitted(OrderForm, note=word).save()
    order.note = "something else"
    order = submitted(OrderForm, order, note=word).save()
    assert order.note == word
    order.refresh_from_db()
    assert order.note == word
    order.approved = False
    submitted(OrderForm, order, approved="on")
    order.approved = False
    assert submitted(OrderForm, order, approved="on").save().approved is True
