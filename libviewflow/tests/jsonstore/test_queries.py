"""Queries by virtual names give what a column would give."""

from __future__ import annotations

import datetime
import pickle
import uuid
from decimal import Decimal

import pytest
from django.db import NotSupportedError, connection
from django.db.models import (
    Avg,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Least, Lower, TruncMonth, Upper

from viewflow.jsonstore.extract import dialect

from .models import Author, AwkwardKeys, Deep, Everything, Order, Stamped

pytestmark = pytest.mark.django_db


def names(queryset):
    return sorted(order.name for order in queryset)


@pytest.fixture
def orders():
    """Three full rows and one with nothing in its document but a name."""
    day = datetime.date(2024, 1, 1)
    return [
        Order.objects.create(
            name="Ann", amount=9, price=Decimal("9.50"), due=day, city="Rome", nickname="A", floor=2
        ),
        Order.objects.create(
            name="Bob",
            amount=10,
            price=Decimal("10.25"),
            due=day.replace(month=2),
            city="Oslo",
            color="red",
            approved=True,
            rating=None,
        ),
        Order.objects.create(
            name="Cleo", amount=100, price=None, due=day.replace(year=2025), nickname="C", rating=5
        ),
        Order.objects.create(name="Dan"),
    ]


def test_lookups_at_any_depth(orders):
    """B196"""
    objects = Order.objects
    assert names(objects.filter(name="Bob")) == ["Bob"]
    assert names(objects.filter(amount__gt=9)) == ["Bob", "Cleo"]
    assert names(objects.filter(amount__gte=9, amount__lt=100)) == ["Ann", "Bob"]
    assert names(objects.filter(amount__range=(9, 10))) == ["Ann", "Bob"]
    assert names(objects.filter(amount__in=[9, 100])) == ["Ann", "Cleo"]
    assert names(objects.filter(amount__in=[])) == []
    assert names(objects.filter(city="Rome")) == ["Ann"]
    assert names(objects.filter(city__in=["Rome", "Oslo"])) == ["Ann", "Bob"]
    assert names(objects.filter(city__icontains="OS")) == ["Bob"]
    assert names(objects.filter(floor__gt=1)) == ["Ann"]
    assert names(objects.filter(color="red")) == ["Bob"]
    assert objects.get(name="Ann") == orders[0]


@pytest.mark.parametrize(
    ("lookup", "value", "found"),
    [
        ("iexact", "aNN", ["Ann"]),
        ("contains", "o", ["Bob", "Cleo"]),
        ("icontains", "O", ["Bob", "Cleo"]),
        ("startswith", "C", ["Cleo"]),
        ("istartswith", "c", ["Cleo"]),
        ("endswith", "n", ["Ann", "Dan"]),
        ("iendswith", "N", ["Ann", "Dan"]),
        ("regex", "^[AB]", ["Ann", "Bob"]),
        ("iregex", "^[ab]", ["Ann", "Bob"]),
        ("gt", "Bob", ["Cleo", "Dan"]),
        ("in", ["Ann", "x"], ["Ann"]),
    ],
)
def test_text_lookups(orders, lookup, value, found):
    """B196"""
    assert names(Order.objects.filter(**{f"name__{lookup}": value})) == found


def test_case_matters_where_it_should(orders):
    assert names(Order.objects.filter(name="ann")) == []
    assert names(Order.objects.filter(name__in=["ann"])) == []
    if connection.vendor != "sqlite":
        assert names(Order.objects.filter(name__startswith="a")) == []
        assert names(Order.objects.filter(name__contains="NN")) == []


def test_isnull_is_about_the_document(orders):
    """B196"""
    assert names(Order.objects.filter(nickname__isnull=True)) == ["Bob", "Dan"]
    assert names(Order.objects.filter(nickname__isnull=False)) == ["Ann", "Cleo"]
    assert names(Order.objects.filter(city__isnull=True)) == ["Cleo", "Dan"]
    assert names(Order.objects.filter(price__isnull=True)) == ["Cleo", "Dan"]
    assert names(Order.objects.filter(price=None)) == ["Cleo", "Dan"]
    assert names(Order.objects.exclude(price=None)) == ["Ann", "Bob"]
    assert names(Order.objects.filter(amount__isnull=True)) == ["Dan"]


def test_an_absent_key_counts_as_the_default(orders):
    assert names(Order.objects.filter(amount=0)) == ["Dan"]
    assert names(Order.objects.filter(amount__lt=10)) == ["Ann", "Dan"]
    assert names(Order.objects.filter(approved=False)) == ["Ann", "Cleo", "Dan"]
    assert names(Order.objects.filter(approved=True)) == ["Bob"]
    assert names(Order.objects.exclude(approved=True)) == ["Ann", "Cleo", "Dan"]
    assert names(Order.objects.filter(size="s")) == ["Ann", "Bob", "Cleo", "Dan"]
    assert names(Order.objects.filter(note="")) == ["Ann", "Bob", "Cleo", "Dan"]
    # JSON null of a nullable field is not "absent".
    assert names(Order.objects.filter(rating=3)) == ["Ann", "Dan"]
    assert dict(Order.objects.values_list("name", "rating")) == {
        o.name: o.rating for o in Order.objects.all()
    }


def test_exclude_keeps_rows_without_the_key(orders):
    assert names(Order.objects.exclude(nickname="A")) == ["Bob", "Cleo", "Dan"]
    assert names(Order.objects.exclude(nickname__in=["A", "C"])) == ["Bob", "Dan"]
    assert names(Order.objects.exclude(nickname__startswith="A")) == ["Bob", "Cleo", "Dan"]
    assert names(Order.objects.filter(~Q(city="Rome"))) == ["Bob", "Cleo", "Dan"]
    assert names(Order.objects.exclude(due__year=2024)) == ["Cleo", "Dan"]
    assert names(Order.objects.exclude(price__gt=10)) == ["Ann", "Cleo", "Dan"]
    assert names(Order.objects.exclude(nickname=F("city"))) == ["Ann", "Bob", "Cleo", "Dan"]


def test_exclude_through_a_relation_keeps_rows_without_the_key():
    ann = Author.objects.create(name="Ann", born=datetime.date(1980, 1, 1))
    Order.objects.create(name="a", author=ann)
    Order.objects.create(name="b", author=Author.objects.create(data={}))
    Order.objects.create(name="c")
    assert names(Order.objects.exclude(author__name="Ann")) == ["b", "c"]
    assert names(Order.objects.exclude(author__born__year=1980)) == ["b", "c"]
    assert names(Order.objects.filter(author__name="Ann")) == ["a"]
    assert list(Author.objects.exclude(orders__name="a").values_list("name", flat=True)) == [None]
    assert names(Order.objects.order_by("author__name")) == ["a", "b", "c"]
    assert [o.author.name for o in Order.objects.filter(author__isnull=False).order_by("name")] == [
        "Ann",
        None,
    ]
    assert list(Order.objects.filter(name="a").values_list("author__name", "author__born")) == [
        ("Ann", datetime.date(1980, 1, 1))
    ]


def test_instances_of_python_types_are_compared_by_value(orders):
    """B201"""
    objects = Order.objects
    assert names(objects.filter(due=datetime.date(2024, 2, 1))) == ["Bob"]
    assert names(objects.filter(due__gte=datetime.date(2024, 2, 1))) == ["Bob", "Cleo"]
    assert names(objects.filter(due="2024-02-01")) == ["Bob"]
    assert names(objects.filter(price=Decimal("10.25"))) == ["Bob"]
    assert names(objects.filter(price__gt=Decimal("9.5"))) == ["Bob"]
    assert names(objects.filter(price="9.5")) == ["Ann"]
    assert names(objects.filter(price__in=[Decimal("9.50"), Decimal("1")])) == ["Ann"]


def test_every_kind_of_value_is_found_and_given_back():
    """B198 B201"""
    values = {
        "boolean": True,
        "char": "x'; -- \"%",
        "text": "ünï ✓ 😀 \\ \n",
        "email": "a@example.com",
        "slug": "a-b",
        "ip": "2001:db8::1",
        "ipv4": "10.0.0.1",
        "integer": -5,
        "big_integer": 2**62,
        "positive_integer": 7,
        "float": 1.25,
        "decimal": Decimal("1234.567"),
        "date": datetime.date(2024, 2, 29),
        "datetime": datetime.datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=datetime.UTC),
        "time": datetime.time(23, 59, 59, 999),
        "duration": -datetime.timedelta(days=2, hours=3, microseconds=4),
        "uuid": uuid.uuid4(),
        "binary": b"\x00\x01\xff",
        "json": {"a": [1, None, True, {"b": "c"}]},
    }
    row = Everything.objects.create(**values)
    Everything.objects.create()
    assert Everything.objects.values(*values).get(pk=row.pk) == values
    for name, value in values.items():
        assert list(Everything.objects.filter(**{name: value})) == [row], name
        assert list(Everything.objects.filter(**{f"{name}__in": [value]})) == [row], name
        assert Everything.objects.exclude(**{name: value}).count() == 1, name
        assert Everything.objects.filter(**{f"{name}__isnull": True}).count() == 1, name
        assert Everything.objects.filter(pk=row.pk).annotate(x=F(name)).get().x == value, name


@pytest.mark.parametrize(
    ("stored", "instant"),
    [
        ("2024-07-01T10:30:00+00:00", "2024-07-01T10:30:00"),
        ("2024-07-01T10:30:00.000500+00:00", "2024-07-01T10:30:00.000500"),
        ("2024-07-01T10:30:00Z", "2024-07-01T10:30:00"),
        ("2024-07-01T10:30:00.250Z", "2024-07-01T10:30:00.250000"),
        ("2024-07-01T10:30:00+02:00", "2024-07-01T08:30:00"),
        ("2024-07-01T10:30:00.250000-03:30", "2024-07-01T14:00:00.250000"),
        ("2024-07-01 10:30:00", "2024-07-01T10:30:00"),
    ],
)
def test_datetimes_in_other_iso_forms_are_found(stored, instant):
    row = Everything.objects.create(data={"datetime": stored})
    moment = datetime.datetime.fromisoformat(instant).replace(tzinfo=datetime.UTC)
    assert Everything.objects.filter(datetime=moment).get() == row
    assert Everything.objects.values_list("datetime", flat=True).get() == moment


def test_rubbish_in_one_row_does_not_break_the_query_for_others():
    rubbish = dict.fromkeys(("integer", "float", "decimal", "date", "datetime", "uuid"), "rubbish")
    Everything.objects.create(data={**rubbish, "duration": "rubbish", "time": "x", "boolean": "x"})
    good = Everything.objects.create(
        integer=1, date=datetime.date(2024, 1, 1), boolean=True, decimal=Decimal(1)
    )
    assert list(Everything.objects.filter(integer=1)) == [good]
    assert list(Everything.objects.filter(date__gte=datetime.date(2024, 1, 1)))[-1] == good
    assert list(Everything.objects.filter(decimal=1)) == [good]
    for name in rubbish:
        Everything.objects.order_by(name).count()


def test_order_is_typed(orders):
    """B197"""
    assert [o.amount for o in Order.objects.order_by("amount")] == [0, 9, 10, 100]
    assert [o.amount for o in Order.objects.order_by("-amount")] == [100, 10, 9, 0]
    priced = Order.objects.filter(price__isnull=False)
    assert [o.name for o in priced.order_by("price")] == ["Ann", "Bob"]
    assert [o.name for o in priced.order_by("-price")] == ["Bob", "Ann"]
    assert [o.name for o in Order.objects.order_by("-name")] == ["Dan", "Cleo", "Bob", "Ann"]
    due = Order.objects.filter(due__isnull=False).order_by("-due")
    assert [o.name for o in due] == ["Cleo", "Bob", "Ann"]
    cities = Order.objects.filter(city__isnull=False).order_by("city", "name")
    assert [o.city for o in cities] == ["Oslo", "Rome"]
    assert [o.name for o in Order.objects.order_by(F("nickname").asc(nulls_last=True), "name")] == [
        "Ann",
        "Cleo",
        "Bob",
        "Dan",
    ]
    assert Order.objects.latest("due").name in {"Cleo", "Dan"}
    assert Order.objects.order_by("name").reverse()[0].name == "Dan"


def test_values_are_python_values_under_the_virtual_name(orders):
    """B198"""
    row = Order.objects.filter(name="Bob").values("name", "price", "due", "city", "floor").get()
    assert row == {
        "name": "Bob",
        "price": Decimal("10.25"),
        "due": datetime.date(2024, 2, 1),
        "city": "Oslo",
        "floor": 1,
    }
    assert list(Order.objects.order_by("amount").values_list("amount", flat=True)) == [
        0,
        9,
        10,
        100,
    ]
    named = Order.objects.order_by("name").values_list("name", "approved", named=True)
    assert [r.approved for r in named] == [False, True, False, False]
    assert set(Order.objects.values_list("tags", flat=True).distinct()[0:0]) == set()
    assert Order.objects.values_list("tags", flat=True).filter(name="Dan").get() == []


def test_raw_key_lookups_work_beside(orders):
    """B199"""
    Order.objects.create(name="Eve", data={"name": "Eve", "lines": [{"sku": "x"}], "a": {"b": 1}})
    assert names(Order.objects.filter(data__a__b=1)) == ["Eve"]
    assert names(Order.objects.filter(data__lines__0__sku="x", name="Eve")) == ["Eve"]
    assert names(Order.objects.filter(data__name="Bob", amount=10)) == ["Bob"]


def test_keys_inside_a_virtual_json_field():
    row = Order.objects.create(name="x", extra={"a": {"b": [1, 2]}, "c": "Text"})
    Order.objects.create(name="y", extra=None)
    Order.objects.create(name="z")
    assert Order.objects.get(extra__a__b__0=1) == row
    assert Order.objects.get(extra__c__icontains="tex") == row
    assert Order.objects.get(extra={"a": {"b": [1, 2]}, "c": "Text"}) == row
    assert names(Order.objects.filter(extra__isnull=True)) == ["y", "z"]
    assert names(Order.objects.filter(extra=None)) == ["y", "z"]
    assert names(Order.objects.exclude(extra=None)) == ["x"]
    assert names(Order.objects.exclude(tags=[1])) == ["x", "y", "z"]
    assert Order.objects.filter(name="x").values_list("extra__a__b", flat=True).get() == [1, 2]


def test_annotations_and_grouping(orders):
    """B200"""
    Order.objects.create(name="Ann", amount=1)
    annotated = Order.objects.annotate(twice=F("amount") * 2, who=F("name")).order_by("-twice")
    assert [(o.who, o.twice) for o in annotated[:2]] == [("Cleo", 200), ("Bob", 20)]
    groups = Order.objects.values("name").annotate(n=Count("pk"), top=Max("amount"))
    assert {g["name"]: (g["n"], g["top"]) for g in groups} == {
        "Ann": (2, 9),
        "Bob": (1, 10),
        "Cleo": (1, 100),
        "Dan": (1, 0),
    }
    assert groups.filter(n__gt=1).get()["name"] == "Ann"
    by_city = Order.objects.values("city").annotate(n=Count("pk")).order_by("-n")
    assert by_city[0] == {"city": None, "n": 3}
    sizes = Order.objects.values("size").annotate(n=Count("pk"))
    assert list(sizes) == [{"size": "s", "n": 5}]
    floors = Order.objects.values("floor").annotate(n=Count("pk")).order_by("floor")
    assert list(floors) == [{"floor": 1, "n": 4}, {"floor": 2, "n": 1}]
    assert Order.objects.values_list("name", flat=True).distinct().count() == 4
    months = Order.objects.filter(due__isnull=False).annotate(m=TruncMonth("due")).order_by("m")
    assert [o.m for o in months] == [
        datetime.date(2024, 1, 1),
        datetime.date(2024, 2, 1),
        datetime.date(2025, 1, 1),
    ]
    assert list(Order.objects.dates("due", "year")) == [
        datetime.date(2024, 1, 1),
        datetime.date(2025, 1, 1),
    ]


def test_expressions(orders):
    Order.objects.filter(name="Ann").update(nickname="ann")
    assert names(Order.objects.filter(amount__gt=F("floor"))) == ["Ann", "Bob", "Cleo"]
    assert names(Order.objects.alias(low=Lower("name")).filter(low=F("nickname"))) == ["Ann"]
    assert names(Order.objects.filter(Q(name="Ann") | Q(amount=100))) == ["Ann", "Cleo"]
    label = Case(When(amount__gte=10, then=Value("big")), default=Value("small"))
    assert Order.objects.annotate(label=label).filter(label="big").count() == 2
    known = Order.objects.annotate(known=Coalesce("nickname", "name")).order_by("pk")
    assert [o.known for o in known] == ["ann", "Bob", "C", "Dan"]
    next_day = ExpressionWrapper(F("due") + datetime.timedelta(days=1), DateTimeField())
    later = Order.objects.annotate(later=next_day).get(name="Ann").later
    assert (later.year, later.month, later.day) == (2024, 1, 2)
    inner = Order.objects.filter(name=OuterRef("name")).values("amount")[:1]
    outer = Order.objects.annotate(same=Subquery(inner)).order_by("same")
    assert [o.same for o in outer] == [0, 9, 10, 100]
    rich = Order.objects.filter(amount__gt=OuterRef("amount"))
    assert names(Order.objects.filter(~Exists(rich))) == ["Cleo"]
    amounts = Order.objects.filter(name__in=["Ann", "Bob"]).values("amount")
    assert names(Order.objects.filter(amount__in=amounts)) == ["Ann", "Bob"]
    prices = Order.objects.values("price")
    assert names(Order.objects.filter(price__in=prices)) == ["Ann", "Bob"]
    shouted = Order.objects.annotate(x=Upper("city")).filter(x__contains="OSL")
    assert names(shouted) == ["Bob"]
    union = Order.objects.filter(name="Ann").values_list("name", "amount")
    union = union.union(Order.objects.filter(name="Bob").values_list("name", "amount"))
    assert sorted(union) == [("Ann", 9), ("Bob", 10)]


def test_date_parts(orders):
    assert names(Order.objects.filter(due__year=2024)) == ["Ann", "Bob"]
    assert names(Order.objects.filter(due__month=2)) == ["Bob"]
    assert names(Order.objects.filter(due__year__gt=2024)) == ["Cleo"]
    moment = datetime.datetime(2024, 2, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
    row = Everything.objects.create(datetime=moment, time=moment.time())
    assert Everything.objects.get(datetime__date=moment.date()) == row
    assert Everything.objects.get(datetime__hour=4, time__minute=5) == row
    assert Everything.objects.get(datetime__year=2024, datetime__second=6) == row


def test_aggregates_give_python_values(orders):
    found = Order.objects.aggregate(
        total=Sum("amount"),
        top=Max("amount"),
        average=Avg("amount"),
        money=Sum("price"),
        dearest=Max("price"),
        first=Min("due"),
        last=Max("due"),
        approved=Count("pk", filter=Q(approved=True)),
        cities=Count("city", distinct=True),
    )
    assert found == {
        "total": 119,
        "top": 100,
        "average": 29.75,
        "money": Decimal("19.75"),
        "dearest": Decimal("10.25"),
        "first": datetime.date(2024, 1, 1),
        "last": datetime.date(2025, 1, 1),
        "approved": 1,
        "cities": 2,
    }
    assert isinstance(found["money"], Decimal)
    assert Order.objects.none().aggregate(m=Max("due"))["m"] is None
    assert Order.objects.all()[:2].aggregate(s=Sum("amount"))["s"] == 19
    day = datetime.timedelta(days=1)
    Everything.objects.create(duration=day, datetime=datetime.datetime(2024, 1, 1))
    Everything.objects.create(duration=day * 2)
    times = Everything.objects.aggregate(s=Sum("duration"), a=Avg("duration"), m=Max("datetime"))
    assert times["s"] == day * 3
    assert times["a"] == day * 1.5
    assert times["m"] == datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def test_only_and_defer_load_the_document_once(orders, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert sorted(o.name for o in Order.objects.only("name")) == ["Ann", "Bob", "Cleo", "Dan"]
    with django_assert_num_queries(1):
        assert Order.objects.defer("title")[0].name == "Ann"
    assert Order.objects.defer("name").get(amount=9).name == "Ann"
    assert Order.objects.defer("data").get(amount=9).name == "Ann"
    assert Order.objects.only("title").get(amount=9).name == "Ann"
    author = Author.objects.create(name="Ann")
    Order.objects.create(name="Z", author=author)
    with django_assert_num_queries(1):
        found = Order.objects.select_related("author").only("name", "author__name").get(name="Z")
        assert found.author.name == "Ann"


def test_unsaved_changes_to_a_deferred_document():
    Order.objects.create(name="x", amount=1)
    order = Order.objects.only("title").get()
    order.amount = 2
    order.save()
    assert Order.objects.get().data == {"name": "x", "amount": 2}


def test_constant_defaults_of_every_kind_count_in_queries():
    Stamped.objects.create()
    Stamped.objects.create(
        vat="0.10", pause=datetime.timedelta(hours=1), opens=datetime.time(10), since=None, at=None
    )
    by_vat = Stamped.objects.order_by("vat")
    assert [s.vat for s in by_vat] == [Decimal("0.10"), Decimal("0.20")]
    assert Stamped.objects.filter(vat=Decimal("0.2")).count() == 1
    assert Stamped.objects.filter(pause=datetime.timedelta(minutes=5)).count() == 1
    assert Stamped.objects.filter(opens__lt=datetime.time(9, 45)).count() == 1
    assert Stamped.objects.filter(since=datetime.date(2020, 1, 2)).count() == 1
    assert Stamped.objects.filter(since=None).count() == 2
    assert Stamped.objects.filter(at__year=2024).count() == 1
    fields = ("vat", "pause", "opens", "since", "at", "day")
    assert list(Stamped.objects.order_by("pk").values_list(*fields)) == [
        tuple(getattr(s, f) for f in fields) for s in Stamped.objects.order_by("pk")
    ]


def test_awkward_keys_are_safe_in_sql():
    row = AwkwardKeys.objects.create(quote="a'b", digit=5)
    AwkwardKeys.objects.create(quote="c", digit=6, accent="é")
    assert AwkwardKeys.objects.get(quote="a'b") == row
    assert AwkwardKeys.objects.get(digit=5) == row
    assert AwkwardKeys.objects.get(accent="50% o'clock \\") == row
    assert AwkwardKeys.objects.exclude(accent="é").get() == row
    assert [a.digit for a in AwkwardKeys.objects.order_by("-digit")] == [6, 5]
    groups = AwkwardKeys.objects.values("quote").annotate(n=Count("pk"))
    assert sorted(g["quote"] for g in groups) == ["a'b", "c"]
    AwkwardKeys.objects.filter(quote="c").update(quote="d\\", digit=7, accent="")
    assert AwkwardKeys.objects.get(digit=7).data == {
        "it's: 100% $[0] @ {x}": "d\\",
        "0": {"1": 7},
    }


def test_querysets_can_be_pickled(orders):
    queryset = (
        Order.objects.filter(name__icontains="n", due__year=2024)
        .exclude(nickname__in=["x"])
        .exclude(extra__a=1)
        .order_by("amount")
    )
    assert [o.name for o in pickle.loads(pickle.dumps(queryset))] == ["Ann"]  # noqa: S301
    again = Order.objects.all()
    again.query = pickle.loads(pickle.dumps(queryset.query))  # noqa: S301
    assert [o.name for o in again] == ["Ann"]


def test_neighbours_by_date():
    days = [datetime.date(2024, 1, n) for n in (1, 2, 3)]
    rows = [Author.objects.create(name=str(n), born=day) for n, day in enumerate(days)]
    assert rows[1].get_next_by_born() == rows[2]
    assert rows[1].get_previous_by_born() == rows[0]


def test_virtual_and_plain_fields_mix_in_expressions():
    Order.objects.create(title="T", name="n", amount=2, floor=3)
    mixed = Order.objects.annotate(
        text=Concat("title", Value("-"), "name", F("nickname")),
        first=Coalesce("title", "nickname", "name"),
        number=F("id") * 0 + F("amount") + F("floor"),
        case=Case(When(amount=2, then="name"), default="title"),
        least=Least("amount", "floor", Value(7)),
    ).get()
    assert (mixed.text, mixed.first, mixed.number, mixed.case, mixed.least) == (
        "T-n",
        "T",
        5,
        "n",
        2,
    )
    assert Order.objects.filter(name__gt=F("title")).count() in {0, 1}
    assert Order.objects.filter(amount__lt=F("floor"), title__lt="Z").count() == 1


def test_typed_values_and_documents_at_nested_places():
    day = datetime.date(2024, 1, 2)
    row = Deep.objects.create(day=day, count=3, doc={"x": {"y": 1}}, coded=[day, Decimal("1.5")])
    Deep.objects.create()
    assert row.data == {
        "a": {"b": {"day": "2024-01-02", "count": 3}, "doc": {"x": {"y": 1}}},
        "coded": ["2024-01-02", "1.5"],
    }
    loaded = Deep.objects.get(day=day)
    assert (loaded.day, loaded.count, loaded.doc) == (day, 3, {"x": {"y": 1}})
    loaded.data["a"]["b"]["day"] = "rubbish"
    assert loaded.day == "rubbish"
    loaded.data["coded"] = 1.25
    assert loaded.coded == Decimal("1.25")
    assert Deep.objects.get(doc__x__y=1) == row
    assert Deep.objects.exclude(doc={"x": {"y": 1}}).get().count is None
    same = Deep.objects.filter(doc=OuterRef("doc"), count=OuterRef("count"))
    assert Deep.objects.filter(Exists(same)).get() == row
    assert Deep.objects.filter(pk__in=Deep.objects.filter(doc__x__y=1)).get() == row
    assert Deep.objects.filter(count__in=Deep.objects.values("count")).get() == row
    assert sorted(Deep.objects.values_list("coded", flat=True), key=str) == [
        0,
        ["2024-01-02", "1.5"],
    ]
    assert Deep.objects.filter(pk=row.pk).update(count=None, day=None, doc=[1]) == 1
    assert Deep.objects.get(pk=row.pk).data["a"] == {"b": {}, "doc": [1]}


def test_an_unsupported_database_is_named():
    class Oracle:
        vendor, display_name = "oracle", "Oracle"

    with pytest.raises(NotSupportedError, match="PostgreSQL and MariaDB, not on Oracle"):
        dialect(Oracle())
