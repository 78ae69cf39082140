"""A list of keys in a document behaves as a many-to-many relation."""

from __future__ import annotations

import copy
import uuid

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.forms.models import modelform_factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from viewflow import jsonstore

from .helpers import pickled
from .models import Book, City, Country, Edition, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags():
    return [Tag.objects.create(name=name) for name in ("b", "c", "a")]


@pytest.fixture
def cities():
    italy = Country.objects.create(code="it", name="Italy")
    return [City.objects.create(name=name, country=italy) for name in ("Rome", "Bari", "Pisa")]


def names(rows):
    return [row.name for row in rows]


def test_a_fresh_list_is_empty_and_has_no_key():
    """B213"""
    book = Book()
    assert list(book.tags.all()) == list(book.tags) == []
    assert len(book.tags) == book.tags.count() == 0
    assert book.data == {}
    assert Book.tags.field is Book._meta.get_field("tags")


def test_rows_are_kept_once_in_the_order_of_their_adding(tags, cities):
    """B214 B218"""
    first, second, third = tags
    book = Book()
    book.tags.add(second, first)
    book.tags.add(first.pk, str(third.pk), second)
    assert book.data == {"tags": [str(second.pk), str(first.pk), str(third.pk)]}
    assert names(book.tags.all()) == names(book.tags) == ["c", "b", "a"]
    assert (len(book.tags), book.tags.count()) == (3, 3)
    assert first in book.tags
    assert uuid.uuid4() not in book.tags
    assert book.tags.first() == second
    assert names(book.tags.order_by("name")) == ["a", "b", "c"]
    assert names(book.tags.filter(name__in="ab")) == ["b", "a"]
    assert names(book.tags.all()[1:]) == ["b", "a"]
    book.tags.remove(first, uuid.uuid4())
    assert names(book.tags.all()) == ["c", "a"]
    book.cities = reversed(cities)
    assert book.data["about"] == {"cities": [city.pk for city in reversed(cities)]}
    assert names(book.cities.all()) == ["Pisa", "Bari", "Rome"]
    book.cities.set(City.objects.filter(name="Bari"))
    book.cities.create(name="Oslo", country_id="it")
    assert names(book.cities.all()) == ["Bari", "Oslo"]
    assert book.cities.get_or_create(name="Oslo")[1] is False


@pytest.mark.parametrize("empty", ["set", "clear", "assign", "none"])
def test_an_empty_list_has_no_key(tags, empty):
    """B215"""
    book = Book(tags=tags, data={"other": 1})
    match empty:
        case "set":
            book.tags.set([])
        case "clear":
            book.tags.clear()
        case "assign":
            book.tags = Tag.objects.none()
        case "none":
            book.tags = None
    assert book.data == {"other": 1}


def test_nothing_is_stored_before_the_owner_is_saved(tags):
    """B216"""
    book = Book.objects.create()
    book.tags.add(*tags)
    assert Book.objects.get().data == {}
    book.save()
    assert names(Book.objects.get().tags.all()) == ["b", "c", "a"]
    book.title = "not saved"
    book.tags.remove(tags[0])
    book.save(update_fields=["tags"])
    loaded = Book.objects.get()
    assert (loaded.title, names(loaded.tags.all())) == ("", ["c", "a"])


def test_what_is_no_key_is_refused_and_changes_nothing(tags, cities):
    book = Book(tags=tags)
    before = copy.deepcopy(book.data)
    for wrong in ("abc", ["1"], [tags[0], "x"], {}, [cities[0]], tags[0], [None], [City()]):
        with pytest.raises(jsonstore.InvalidValueError):
            book.tags = wrong
        if wrong is not tags[0]:
            with pytest.raises(jsonstore.InvalidValueError):
                book.tags.add(wrong)
        assert book.data == before


def test_keys_of_rows_that_are_gone_stay_and_count_for_nothing(tags):
    book = Book.objects.create(tags=tags)
    Tag.objects.get(name="c").delete()
    book = Book.objects.get()
    assert names(book.tags) == ["b", "a"]
    assert len(book.tags) == 2
    assert len(book.data["tags"]) == 3


def test_a_document_that_somebody_else_wrote(tags):
    book = Book.objects.create(data={"tags": ["x", str(tags[0].pk), None], "about": "none"})
    assert names(book.tags) == ["b"]
    assert list(book.cities) == []
    with pytest.raises(jsonstore.InvalidValueError):
        book.cities.add(1)
    book.data = {"tags": "text"}
    assert list(book.tags) == []
    with pytest.raises(jsonstore.InvalidValueError, match="is not a list"):
        book.tags.add(tags[0])
    book.tags = tags
    assert names(book.tags) == ["b", "c", "a"]


def test_lookups_ask_for_membership(tags, cities):
    """B218"""
    first, second, third = tags
    both = Book.objects.create(title="both", tags=[first, second], cities=cities[:2])
    one = Book.objects.create(title="one", tags=[second], cities=cities[:1])
    none = Book.objects.create(title="none")
    find = Book.objects.order_by("pk")
    assert list(find.filter(tags=second)) == [both, one]
    assert list(find.filter(tags=str(first.pk))) == [both]
    assert list(find.filter(tags__in=[first.pk, third])) == [both]
    assert list(find.filter(tags=first).filter(tags=second)) == [both]
    assert list(find.filter(tags__in=[])) == []
    assert list(find.exclude(tags=first)) == [one, none]
    assert list(find.exclude(tags__in=[third])) == [both, one, none]
    assert list(find.filter(tags__isnull=True)) == list(find.filter(tags=None)) == [none]
    assert list(find.filter(tags__in=Tag.objects.filter(name="b"))) == [both]
    assert list(find.exclude(tags__in=Tag.objects.filter(name="b"))) == [one, none]
    assert list(find.filter(cities=cities[1])) == [both]
    assert list(find.filter(cities__in=City.objects.filter(name__in=["Rome", "Bari"]))) == [
        both,
        one,
    ]
    assert list(find.filter(cities__in=City.objects.filter(name="Rome").values("id"))) == [
        both,
        one,
    ]
    assert list(find.filter(cities__pk=cities[1].pk)) == [both]
    books = Book.objects.filter(cities=OuterRef("pk")).values("cities").order_by()
    counted = books.annotate(n=Count("pk")).values("n")[:1]
    assert City.objects.filter(name="Bari").annotate(n=Subquery(counted)).get().n == 1
    books = Book.objects.filter(cities=OuterRef("pk")).order_by("-pk").values("title")[:1]
    rows = City.objects.annotate(last=Subquery(books)).order_by("pk").values_list("name", "last")
    assert list(rows) == [("Rome", "one"), ("Bari", "both"), ("Pisa", None)]
    assert list(find.values_list("tags", flat=True)) == [
        [first.pk, second.pk],
        [second.pk],
        [],
    ]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="GIN is PostgreSQL's")
def test_a_gin_index_answers_membership(tags):
    from django.contrib.postgres.indexes import GinIndex
    from django.db.models.fields.json import KeyTransform

    Book.objects.create(tags=tags)
    with connection.schema_editor() as editor:
        editor.add_index(Book, GinIndex(KeyTransform("tags", "data"), name="book_tags"))
        editor.execute("SET LOCAL enable_seqscan = off")
    assert "book_tags" in Book.objects.filter(tags=tags[0]).explain()


def test_what_cannot_be_asked_says_what_can(tags):
    with pytest.raises(FieldError, match=r"tags__in=Tag.objects.filter"):
        list(Book.objects.filter(tags__name="b"))
    with pytest.raises(FieldError, match="select_related"):
        list(Book.objects.select_related("tags"))
    with pytest.raises(FieldError):
        list(Book.objects.filter(tags__contains=tags[0].pk))
    with pytest.raises(ValueError, match='Must be "Tag" instance'):
        Book.objects.filter(tags=Country())
    with pytest.raises(TypeError, match="no through"):
        jsonstore.ManyToManyField(Tag, through="Other")


def test_prefetch_takes_one_query(tags, cities, django_assert_num_queries):
    first, second, third = tags
    Book.objects.create(title="1", tags=[third, first], cities=cities[1:])
    Book.objects.create(title="2", tags=[first, second])
    Book.objects.create(title="3")
    books = Book.objects.order_by("title")
    with django_assert_num_queries(4):
        found = list(books.prefetch_related("tags", "cities__country"))
        assert [names(book.tags.all()) for book in found] == [["a", "b"], ["b", "c"], []]
        assert [len(book.tags) for book in found] == [2, 2, 0]
        assert [city.country.name for city in found[0].cities.all()] == ["Italy", "Italy"]
    assert found[0].tags.all()[1] is not found[1].tags.all()[0]
    with django_assert_num_queries(2):
        some = Prefetch("tags", Tag.objects.filter(name__lt="c").order_by("name"), to_attr="some")
        assert [names(book.some) for book in books.prefetch_related(some)] == [
            ["a", "b"],
            ["b"],
            [],
        ]
    book = found[0]
    book.tags.add(second)
    assert names(book.tags.all()) == ["a", "b", "c"]
    book.data["tags"] = [str(second.pk)]
    assert names(book.tags.all()) == ["c"]
    assert names(pickled(found[1]).tags.all()) == ["b", "c"]


def test_writes_through_querysets(tags):
    book = Book.objects.create(tags=tags, data={"other": 1})
    assert Book.objects.update(tags=tags[:1]) == 1
    assert Book.objects.get().data == {"other": 1, "tags": [str(tags[0].pk)]}
    Book.objects.update(tags=Tag.objects.filter(name="a"))
    assert names(Book.objects.get().tags) == ["a"]
    Book.objects.update(tags=[])
    assert Book.objects.get().data == {"other": 1}
    Book.objects.bulk_update([book], ["tags"])
    assert names(Book.objects.get().tags.all()) == ["b", "c", "a"]
    assert Edition.objects.get(tags=tags[0]).tags.count() == 3


def test_forms_save_the_selection(tags, cities):
    """B217"""
    form_class = modelform_factory(Book, fields=["title", "tags", "countries"])
    assert [type(form_class().fields[name]).__name__ for name in ("tags", "countries")] == [
        "ModelMultipleChoiceField"
    ] * 2
    assert form_class().fields["countries"].required
    data = {"title": "t", "tags": [str(tags[2].pk), str(tags[0].pk)], "countries": ["it"]}
    form = form_class(data)
    assert form.is_valid(), form.errors
    book = form.save(commit=False)
    book.save()
    form.save_m2m()
    loaded = Book.objects.get()
    assert sorted(names(loaded.tags.all())) == ["a", "b"]
    assert loaded.payload == {"countries": ["it"]}
    form = form_class(instance=loaded)
    assert sorted(names(form.initial["tags"])) == ["a", "b"]
    form = form_class({**data, "tags": []}, instance=loaded)
    assert form.is_valid(), form.errors
    form.save()
    assert Book.objects.get().data == {}
    assert not form_class({**data, "countries": []}).is_valid()
    assert not form_class({**data, "tags": [str(uuid.uuid4())]}).is_valid()


class RoundTrip(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(picked=st.lists(st.integers(0, 4), max_size=8))
    def test_any_selection_survives_form_and_database(self, picked):
        """B214 B217 B218"""
        tags = [Tag.objects.create(name=str(number)) for number in range(5)]
        chosen = [tags[number] for number in picked]
        row = Book.objects.create(tags=chosen)
        loaded = Book.objects.get(pk=row.pk)
        assert list(loaded.tags.all()) == list(dict.fromkeys(chosen))
        form_class = modelform_factory(Book, fields=["tags"])
        shown = [tag.pk for tag in form_class(instance=loaded).initial["tags"]]
        form = form_class({"tags": [str(pk) for pk in shown]}, instance=loaded)
        assert form.is_valid(), form.errors
        assert not form.has_changed()
        form.save()
        assert set(Book.objects.get(pk=row.pk).tags.all()) == set(chosen)
        for tag in chosen:
            assert Book.objects.filter(pk=row.pk, tags=tag).exists()
