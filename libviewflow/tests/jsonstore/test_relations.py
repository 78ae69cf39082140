"""Relations kept in a document behave as Django's own."""

from __future__ import annotations

import copy
import uuid

import pytest
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Prefetch, prefetch_related_objects
from django.forms.models import modelform_factory
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from viewflow import jsonstore

from .helpers import pickled
from .models import Book, City, Country, Edition, Imprint, Publisher, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def italy():
    return Country.objects.create(code="it", name="Italy")


@pytest.fixture
def spain():
    return Country.objects.create(code="es", name="Spain")


@pytest.fixture
def house(italy):
    rome = City.objects.create(name="Rome", country=italy)
    return Publisher.objects.create(name="House", city=rome, home=italy)


def test_the_key_is_in_the_document_and_the_object_is_loaded_once(
    house, italy, django_assert_num_queries
):
    """B205 B208 B209"""
    tag = Tag.objects.create(name="novel")
    book = Book.objects.create(publisher=house, genre=tag, country=italy, country_by_name=italy)
    assert book.data == {
        "publisher_id": house.pk,
        "origin": {"country": "it"},
        "country_by_name_id": "Italy",
    }
    assert book.payload == {"genre_id": str(tag.pk)}
    book = Book.objects.get()
    with django_assert_num_queries(0):
        assert book.publisher_id == house.pk
        assert book.genre_id == tag.pk
        assert isinstance(book.genre_id, uuid.UUID)
        assert book.country_id == "it"
    with django_assert_num_queries(1):
        assert book.publisher == house
        assert book.publisher is book.publisher
    assert (book.genre, book.country, book.country_by_name) == (tag, italy, italy)
    assert isinstance(Book.publisher, object)
    assert Book.publisher.field is Book._meta.get_field("publisher")


def test_assigning_a_key_drops_the_object(house, django_assert_num_queries):
    """B206"""
    other = Publisher.objects.create(name="Other")
    book = Book(publisher=house)
    with django_assert_num_queries(0):
        assert book.publisher is house
    book.publisher_id = other.pk
    assert book.publisher == other
    book.publisher_id = str(house.pk)
    assert book.publisher_id == house.pk
    assert book.publisher == house
    book.data["publisher_id"] = other.pk  # also behind its back
    assert book.publisher == other
    book.publisher_id = other.pk
    with django_assert_num_queries(0):
        assert book.publisher == other


def test_none_clears_both_names(house):
    """B207"""
    book = Book.objects.create(publisher=house, genre=Tag.objects.create(name="x"))
    book.publisher = None
    book.genre = None
    assert (book.publisher, book.publisher_id, book.genre, book.genre_id) == (None,) * 4
    assert book.data == {"publisher_id": None}
    assert book.payload == {}
    book.publisher = house
    book.publisher_id = None
    assert book.publisher is None


def test_a_deleted_row_reads_as_none_and_stays_in_the_document(house, django_assert_num_queries):
    """B211"""
    Book.objects.create(publisher=house)
    pk = house.pk
    house.delete()
    book = Book.objects.get()
    with django_assert_num_queries(1):
        assert book.publisher is None
        assert book.publisher is None
    assert book.data == {"publisher_id": pk}
    other = Publisher.objects.create(name="Other")
    book.data["publisher_id"] = other.pk
    assert book.publisher == other
    loaded = Book.objects.select_related("publisher").get()
    assert loaded.publisher is None
    (loaded,) = Book.objects.prefetch_related("publisher")
    with django_assert_num_queries(0):
        assert loaded.publisher is None
    with pytest.raises(ValidationError, match=r"(not a valid choice|does not exist)"):
        loaded.full_clean()


def test_what_is_no_key_reads_as_no_object():
    Book.objects.create(data={"publisher_id": "abc"}, payload={"genre_id": [1]})
    book = Book.objects.get()
    assert (book.publisher, book.genre) == (None, None)
    assert (book.publisher_id, book.genre_id) == ("abc", [1])
    (book,) = Book.objects.prefetch_related("publisher", "genre")
    assert (book.publisher, book.genre) == (None, None)


def test_only_objects_of_the_model_can_be_assigned(house, italy):
    book = Book(publisher=house)
    with pytest.raises(ValueError, match='must be a "Publisher" instance'):
        book.publisher = italy
    with pytest.raises(jsonstore.InvalidValueError):
        book.publisher_id = []
    assert book.publisher is house
    with pytest.raises(jsonstore.InvalidValueError, match="must be a"):
        Book.objects.update(publisher=italy)


def test_an_unsaved_object_is_not_lost():
    house = Publisher(name="New")
    book = Book(publisher=house)
    assert book.publisher is house
    with pytest.raises(ValueError, match="unsaved related object 'publisher'"):
        book.save()
    house.save()
    book.save()
    assert Book.objects.get().publisher == house


def test_one_to_one_is_not_unique():
    """B212"""
    last = Book.objects.create(title="last")
    first = Book.objects.create(title="first", sequel=last)
    assert Book.objects.get(title="first").sequel == last
    assert last.prequel == first
    Book.objects.create(title="other", sequel=last)
    assert Book.objects.filter(sequel=last).count() == 2
    first.full_clean()


def test_lookups_take_objects_keys_and_nothing(house, italy, spain):
    """B208"""
    novel, essay = (Tag.objects.create(name=name) for name in ("novel", "essay"))
    one = Book.objects.create(title="1", publisher=house, genre=novel, country=italy)
    two = Book.objects.create(title="2", genre=essay, country=spain)
    none = Book.objects.create(title="3")
    find = Book.objects.order_by("title")
    assert find.get(publisher=house) == one
    assert find.get(publisher=house.pk) == one
    assert find.get(publisher_id=str(house.pk)) == one
    assert find.get(publisher__pk__gte=house.pk) == one
    assert find.get(genre=novel) == one
    assert find.get(genre_id=essay.pk) == two
    assert find.get(country="es") == two
    assert list(find.filter(genre__in=[novel, essay.pk])) == [one, two]
    assert list(find.filter(genre__in=Tag.objects.filter(name="essay"))) == [two]
    assert list(find.exclude(genre=novel)) == [two, none]
    assert list(find.exclude(publisher=house)) == [two, none]
    assert list(find.filter(publisher=None)) == [two, none]
    assert list(find.filter(country__isnull=True)) == [none]
    assert list(find.filter(country_id__isnull=False)) == [one, two]
    with pytest.raises(ValueError, match='Cannot query "novel": Must be "Publisher" instance'):
        find.filter(publisher=novel)
    rows = find.values_list("title", "publisher", "genre_id", "country")
    assert list(rows) == [
        ("1", house.pk, novel.pk, "it"),
        ("2", None, essay.pk, "es"),
        ("3", None, None, None),
    ]
    assert find.values("country_id").annotate(n=Count("pk")).order_by("country_id").last()["n"] == 1


def test_lookups_and_ordering_span_the_relation(house, italy, spain):
    one = Book.objects.create(title="1", publisher=house, country=spain, country_by_name=italy)
    two = Book.objects.create(title="2", country=italy)
    three = Book.objects.create(title="3")
    find = Book.objects.order_by("title")
    assert find.get(country__name="Spain") == one
    assert find.get(country_by_name__code="it") == one
    assert find.get(publisher__city__country__name="Italy") == one
    assert find.get(publisher__home__name="Italy") == one  # a second one in a document
    assert list(find.exclude(country__name="Spain")) == [two, three]
    rows = list(Book.objects.order_by("country", "pk").values_list("title", "country__name"))
    assert sorted(rows, key=str) == [("1", "Spain"), ("2", "Italy"), ("3", None)]
    named = [row for row in rows if row[1]]
    assert named == [("2", "Italy"), ("1", "Spain")]
    assert find.annotate(n=F("country__name")).first().n == "Spain"
    assert Publisher.objects.filter(city__country__books=two).get() == house
    assert Country.objects.get(books__title="2") == italy
    assert list(italy.books.all()) == [two]
    assert Country.objects.annotate(n=Count("books")).get(code="es").n == 1
    assert list(Country.objects.exclude(books__title="2")) == [spain]


def test_related_rows_come_with_one_query_or_two(house, italy, django_assert_num_queries):
    Book.objects.create(title="1", publisher=house, country=italy)
    Book.objects.create(title="2")
    wanted = [("1", "Rome", "Italy"), ("2", None, None)]

    def read(books):
        return [
            (
                book.title,
                book.publisher and book.publisher.city.name,
                book.country and book.country.name,
            )
            for book in books
        ]

    books = Book.objects.order_by("title")
    with django_assert_num_queries(1):
        assert read(books.select_related("publisher__city", "country")) == wanted
    with django_assert_num_queries(1):
        some = books.select_related("country", "publisher__city")
        assert read(some.only("title", "country__name", "publisher__city__name")) == wanted
    with django_assert_num_queries(4):
        assert read(books.prefetch_related("publisher__city", "country")) == wanted
    with django_assert_num_queries(2):
        cities = Publisher.objects.select_related("city")
        (first, _) = books.prefetch_related(Prefetch("publisher", cities))
        assert first.publisher.city.name == "Rome"
    with django_assert_num_queries(2):
        (country,) = Country.objects.prefetch_related("books")
        assert [book.title for book in country.books.all()] == ["1"]
    found = list(books)
    prefetch_related_objects(found, "country")
    with django_assert_num_queries(0):
        assert [book.country for book in found] == [italy, None]


def test_writes_of_one_key(house, italy, spain):
    other = Publisher.objects.create(name="Other")
    book = Book.objects.create(title="1", publisher=house, country=italy, data={"more": 1})
    assert Book.objects.update(publisher=other, country_id="es") == 1
    book.refresh_from_db()
    assert (book.publisher, book.country) == (other, spain)
    assert book.data["more"] == 1
    book.publisher = house
    book.country = italy
    book.save(update_fields=["publisher"])
    assert Book.objects.get().publisher == house
    assert Book.objects.get().country == spain
    book.publisher_id = other.pk
    Book.objects.bulk_update([book], ["publisher", "country"])
    loaded = Book.objects.get()
    assert (loaded.publisher, loaded.country) == (other, italy)
    Book.objects.update(publisher=None)
    assert Book.objects.get().publisher is None
    Book.objects.update(publisher=F("id"))
    assert Book.objects.get().publisher_id == book.pk
    again, created = Book.objects.get_or_create(country=italy, defaults={"title": "new"})
    assert (again, created) == (book, False)
    new, created = Book.objects.update_or_create(country=spain, defaults={"publisher": house})
    assert created
    book.delete()
    assert Book.objects.get(publisher=house) == new
    (bulk,) = Book.objects.bulk_create([Book(title="b", publisher=house)])
    assert bulk.publisher is house
    italy.books.set([new])
    assert Book.objects.get(pk=new.pk).country == italy
    assert italy.books.create(title="made").data == {"origin": {"country": "it"}}


def test_refresh_copy_and_pickle(house):
    book = Book.objects.create(publisher=house)
    assert book.publisher.name == "House"
    Publisher.objects.update(name="Renamed")
    book.refresh_from_db()
    assert book.publisher.name == "Renamed"
    Publisher.objects.update(name="Again")
    book.refresh_from_db(fields=["publisher"])
    assert book.publisher.name == "Again"
    assert pickled(book).publisher == house
    assert copy.copy(book).publisher == house
    queryset = Book.objects.filter(publisher=house, publisher__name="Again").order_by(
        "publisher_id"
    )
    copied = Book.objects.all()
    copied.query = pickled(queryset.query)
    assert list(copied) == [book]
    deferred = Book.objects.only("title").get()
    assert deferred.publisher == house


def test_proxies_and_children_of_the_related_model(house):
    imprint = Imprint.objects.create(name="Small")
    edition = Edition.objects.create(imprint=imprint, publisher=house)
    assert edition.data == {"publisher_id": house.pk, "imprint_id": imprint.pk}
    assert Edition.objects.get(imprint=imprint).imprint == imprint
    assert Edition.objects.get(imprint__name="Small", publisher__name="House") == edition
    assert Book.objects.get(publisher=house).pk == edition.pk
    edition.publisher = imprint  # a child is a Publisher too
    assert edition.publisher_id == imprint.pk
    (country,) = [Country.objects.create(code="xx", name="X")]
    edition.country = country
    edition.save()
    assert [book.pk for book in country.books.all()] == [edition.pk]


def test_deleting_the_related_row_leaves_the_document(house, italy):
    book = Book.objects.create(publisher=house, country=italy)
    before = dict(book.data)
    Book.objects.filter(pk=book.pk).update(title="t")
    house.delete()
    Country.objects.all().delete()
    assert Book.objects.get().data == before


class RoundTrip(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        code=st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=2),
        key=st.uuids(version=4),  # MariaDB refuses what is of no standard version
        number=st.integers(1, 2**62),
    )
    def test_keys_survive_form_and_database(self, code, key, number):
        """B205 B208 B210"""
        rows = {
            "country": Country.objects.update_or_create(code=code, defaults={"name": code})[0],
            "genre": Tag.objects.update_or_create(pk=key, defaults={"name": "t"})[0],
            "publisher": Publisher.objects.update_or_create(pk=number, defaults={"name": "p"})[0],
        }
        book = Book.objects.create(**rows)
        form_class = modelform_factory(Book, fields=list(rows))
        loaded = Book.objects.get(pk=book.pk)
        shown = form_class(instance=loaded)
        form = form_class({name: str(shown[name].value()) for name in rows}, instance=loaded)
        assert form.is_valid(), form.errors
        assert not form.has_changed()
        form.save()
        again = Book.objects.get(pk=book.pk)
        assert again.data == book.data
        for name, row in rows.items():
            assert getattr(again, name).pk == row.pk == getattr(again, f"{name}_id")
            assert Book.objects.filter(pk=book.pk, **{name: row}).exists()
            assert Book.objects.filter(pk=book.pk).values_list(name).get() == (row.pk,)
        Country.objects.filter(code=code).delete()


@isolate_apps("tests.jsonstore")
def test_checks():
    class Row(models.Model):
        data = models.JSONField()
        silent = jsonstore.ForeignKey("self")
        loud = jsonstore.ForeignKey("self", on_delete=models.PROTECT)
        nowhere = jsonstore.ForeignKey("jsonstore.Missing")

        class Meta:
            app_label = "jsonstore"

    found = {
        (message.obj.name, message.id)
        for field in Row._meta.private_fields
        for message in field.check()
    }
    assert found == {("loud", "jsonstore.W003"), ("nowhere", "fields.E300")}
    _name, path, _args, kwargs = Row._meta.get_field("silent").deconstruct()
    assert path == "viewflow.jsonstore.relations.ForeignKey"
    assert set(kwargs) == {"to", "on_delete"}


def test_all_models_here_pass_their_checks():
    from viewflow.jsonstore.checks import check_models

    assert [m for m in check_models() if m.level >= checks.ERROR] == []
    others = ("viewflow.", "guardian.")
    assert [m for m in checks.run_checks() if not m.id.startswith(others)] == []
