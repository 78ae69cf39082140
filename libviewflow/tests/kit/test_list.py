"""Lists: columns, ordering, search, filters, pages."""

from __future__ import annotations

import datetime
import gc
import weakref
from decimal import Decimal

import django_filters
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import F, IntegerField
from django.db.models.functions import Cast, Length
from django.test import override_settings
from django.urls import path
from django.utils.translation import get_language, override

from viewflow.urls import Application, AppMenuMixin, IndexViewMixin, Site, Viewset
from viewflow.views import Action, ListModelView

from .models import Booking, Customer, District, Page, Tag


class CustomerFilter(django_filters.FilterSet):
    last_order = django_filters.DateFromToRangeFilter()
    orders = django_filters.RangeFilter()

    class Meta:
        model = Customer
        fields = ["kind", "district", "vip", "last_order", "orders", "spent"]


class CustomerViewset(AppMenuMixin, IndexViewMixin, Viewset):
    title = "Customers"
    model = Customer
    options: dict = {}

    def badge(self, obj):
        return f"<{obj.name}>"

    badge.short_description = "Badge of honour"
    badge.orderby_column = "name"

    def longest(self, obj):
        return len(obj.name)

    longest.orderby_column = Length("name").desc()
    longest.column_type = "numeric"

    def casted(self, obj):
        return obj.orders

    casted.orderby_column = Cast("orders", IntegerField())

    def reversed_name(self, obj):
        return obj.name

    reversed_name.orderby_column = "-name"

    def nulls(self, obj):
        return obj.last_order

    nulls.orderby_column = F("last_order").asc(nulls_last=True)

    def good(self, obj):
        return obj.orders

    good.boolean = True

    def nothing(self, obj):
        return None

    nothing.empty_value = "none at all"

    def get_object_url(self, request, obj):
        return f"/customers/{obj.pk}/"

    @property
    def list_view(self):
        defaults = {"columns": ["name", "email", "kind"], "viewset": self, "model": self.model}
        return ListModelView.as_view(**{**defaults, **self.options})

    @property
    def list_path(self):
        return path("", self.list_view, name="list")


@pytest.fixture
def user(db, client):
    user = get_user_model().objects.create_superuser("marta")
    client.force_login(user)
    return user


@pytest.fixture
def page(client, user):
    """``page("?_search=x", columns=[…])`` gives the response of a list with these options."""

    def get(query="", status=200, viewset=CustomerViewset, **options):
        class Configured(viewset):
            pass

        Configured.options = options

        class Urls:
            urlpatterns = [
                path(
                    "",
                    Site(
                        viewsets=[Application(app_name="shop", viewsets=[Configured(app_name="c")])]
                    ).urls,
                )
            ]

        with override_settings(ROOT_URLCONF=Urls):
            response = client.get(f"/shop/c/{query}")
        assert response.status_code == status
        return response

    return get


def names(response):
    return [row.obj.name for row in response.context["rows"]]


def cell(response, column, row=0):
    index = list(response.context["view"].list_columns).index(column)
    return str(response.context["rows"][row].cells[index]["html"])


def header(response, column):
    index = list(response.context["view"].list_columns).index(column)
    return response.context["headers"][index]


@pytest.fixture
def customers(db):
    mitte, wedding = (District.objects.create(name=name) for name in ("Mitte", "Wedding"))
    day = datetime.date(2026, 11, 22)
    return Customer.objects.bulk_create(
        [
            Customer(
                name="Hannah Meyer",
                email="hannah@meyer.example",
                kind="REG",
                orders=18,
                spent=Decimal("1412.50"),
                vip=True,
                last_order=day,
                joined=datetime.datetime(2026, 1, 2, 15, 30, tzinfo=datetime.UTC),
                district=mitte,
            ),
            Customer(name="Paolo Conti", kind="INV", orders=9, vip=False, district=wedding),
            Customer(name="Amina Diallo", kind="NEW", orders=100, district=mitte),
        ]
    )


def test_without_columns_there_is_one_for_the_object(page, customers):
    """B78, B79"""
    response = page(columns=["__str__"])
    assert header(response, "__str__")["html"] == "Pizza customer"
    assert cell(response, "__str__") == (
        f'<a href="/customers/{customers[0].pk}/">Hannah Meyer</a>'
    )


def test_only_the_first_column_links_unless_told_otherwise(page, customers):
    """B79"""
    response = page()
    assert "<a " in cell(response, "name")
    assert "<a " not in cell(response, "email")
    response = page(object_link_columns=["email", "kind"])
    assert "<a " not in cell(response, "name")
    assert "<a " in cell(response, "email")
    assert cell(response, "email", 1) == f'<a href="/customers/{customers[1].pk}/">—</a>'


def test_column_within_the_name_of_a_link_column_does_not_link(page, customers):
    """B80"""
    response = page(columns=["kind", "name", "reversed_name"], object_link_columns="reversed_name")
    assert "<a " not in cell(response, "name")
    assert "<a " in cell(response, "reversed_name")


@pytest.mark.django_db
def test_standalone_list_links_to_the_absolute_url(client, user):
    """B81"""
    Page.objects.create(slug="a&b", title="Ours")

    class Urls:
        urlpatterns = [path("p/", ListModelView.as_view(model=Page))]

    with override_settings(ROOT_URLCONF=Urls):
        assert '<a href="/pages/a&amp;b/">Ours</a>' in client.get("/p/").text


def test_unknown_column_is_named(page, customers):
    """B82"""
    with pytest.raises(ValueError, match="'nonsense'"):
        page(columns=["nonsense"])


def test_boolean_is_an_icon_with_a_word(page, customers):
    """B83"""
    response = page(columns=["name", "vip", "good"])
    assert 'visually-hidden">Yes' in cell(response, "vip", 0)
    assert 'visually-hidden">No' in cell(response, "vip", 1)
    assert cell(response, "vip", 2) == ""
    assert 'visually-hidden">Yes' in cell(response, "good", 0)


@override_settings(LANGUAGE_CODE="de", USE_THOUSAND_SEPARATOR=True)
def test_values_are_localised(page, customers):
    """B84"""
    response = page(columns=["name", "kind", "spent", "last_order", "joined", "district", "tags"])
    assert cell(response, "kind") == "Regular"
    assert cell(response, "spent") == "1.412,50"
    assert cell(response, "last_order") == "22. November 2026"
    assert cell(response, "joined") == "2. Januar 2026 15:30"
    assert cell(response, "district") == "Mitte"
    assert cell(response, "last_order", 1) == ""


def test_many_related_objects_are_joined(page, customers):
    customers[0].tags.set([Tag.objects.create(name="<b>"), Tag.objects.create(name="late")])
    assert cell(page(columns=["name", "tags"]), "tags") == "&lt;b&gt;, late"


def test_viewset_method_is_a_column(page, customers):
    """B85"""
    response = page(columns=["name", "badge", "nothing"])
    assert cell(response, "badge") == "&lt;Hannah Meyer&gt;"
    assert "Badge of honour" in header(response, "badge")["html"]
    assert cell(response, "nothing") == "none at all"


def test_model_method_and_property_are_columns(page, customers):
    response = page(columns=["greeting", "shout"])
    assert "Hello Hannah Meyer" in cell(response, "greeting")
    assert cell(response, "shout") == "HANNAH MEYER"
    assert header(response, "greeting")["html"] == "Greeting"


def test_view_method_wins_over_the_field_and_base_methods_do_not(page, customers):
    class Listed(CustomerViewset):
        def name(self, obj):
            return "from the viewset"

        @property
        def list_view(self):
            return Shouting.as_view(columns=["name", "kind"], viewset=self, model=Customer)

    class Shouting(ListModelView):
        def kind(self, obj):
            return "from the view"

    response = page(viewset=Listed)
    assert "from the viewset" in cell(response, "name")
    assert cell(response, "kind") == "from the view"
    with pytest.raises(ValueError, match="'dispatch'"):
        page(columns=["dispatch"])


ALL = ["name", "orders", "badge", "longest", "casted", "reversed_name", "nulls", "good"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?_orderby=name", "AHP"),
        ("?_orderby=-name", "PHA"),
        ("?_orderby=orders", "PHA"),
        ("?_orderby=-badge", "PHA"),  # B86
        ("?_orderby=casted", "PHA"),  # B87
        ("?_orderby=-casted", "AHP"),
        ("?_orderby=reversed_name", "PHA"),  # B88
        ("?_orderby=-reversed_name", "AHP"),
        ("?_orderby=longest,name", "AHP"),
        ("?_orderby=-longest,name", "PAH"),
        ("?_orderby=nulls,-name", "HPA"),
        ("?_orderby=unknown", "HPA"),  # B90
        ("?_orderby=good", "HPA"),
        ("?_orderby=-vip,orders", "PHA"),
        ("?_orderby=,,-,--name", "HPA"),
        ("?_orderby=pk%00", "HPA"),
    ],
)
def test_order(page, customers, query, expected):
    """B86, B87, B88, B90, B91"""
    assert "".join(name[0] for name in names(page(query, columns=ALL))) == expected


def test_values_of_a_json_document_sort_by_their_type(client, user):
    """B89"""
    for guests in (10, 9, 100):
        Booking.objects.create(guests=guests)

    class Urls:
        urlpatterns = [path("b/", ListModelView.as_view(model=Booking, columns=["guests"]))]

    with override_settings(ROOT_URLCONF=Urls):
        response = client.get("/b/?_orderby=guests")
        assert [row.obj.guests for row in response.context["rows"]] == [9, 10, 100]
        assert 'href="?_orderby=-guests"' in response.text


def test_an_address_breaks_behind_its_at_sign(page):
    Customer.objects.create(name="Ada", email="a<b@example.com")
    Customer.objects.create(name="Bo")
    response = page(columns=["email"], ordering=["name"], empty_value_display="none")
    assert "a&lt;b@<wbr>example.com" in cell(response, "email")
    assert "none" in cell(response, "email", row=1)


def test_header_toggles_and_shows_an_arrow(page, customers):
    """B87, B88"""
    response = page(columns=ALL)
    assert 'href="?_orderby=name"' in header(response, "name")["html"]
    assert "aria-sort" not in header(response, "name")["attrs"]
    assert "<a" not in header(response, "good")["html"]

    response = page("?_orderby=name", columns=ALL)
    assert 'aria-sort="ascending"' in header(response, "name")["attrs"]
    assert 'href="?_orderby=-name"' in header(response, "name")["html"]
    assert 'href="?_orderby=orders"' in header(response, "orders")["html"]

    response = page("?_orderby=longest", columns=ALL)
    assert 'aria-sort="descending"' in header(response, "longest")["attrs"]
    assert 'href="?_orderby=-longest"' in header(response, "longest")["html"]
    response = page("?_orderby=-longest", columns=ALL)
    assert 'aria-sort="ascending"' in header(response, "longest")["attrs"]
    assert 'href="?_orderby=longest"' in header(response, "longest")["html"]


def test_default_order_shows_its_arrow_and_the_click_turns_it(page, customers):
    response = page(columns=ALL, ordering=["-orders"])
    assert names(response)[0] == "Amina Diallo"
    assert 'aria-sort="descending"' in header(response, "orders")["attrs"]
    assert 'href="?_orderby=orders"' in header(response, "orders")["html"]
    response = page(columns=ALL, ordering="name")
    assert 'href="?_orderby=-name"' in header(response, "name")["html"]


def test_search_is_ignored_while_there_are_no_search_fields(page, customers):
    """B92"""
    response = page("?_search=zzz")
    assert len(names(response)) == 3
    assert 'type="search" id="list-search"' not in response.text


@pytest.mark.parametrize(
    ("fields", "term", "expected"),
    [
        (["name", "email"], "hannah", "H"),
        (["name", "email"], "hannah meyer", "H"),
        (["name", "email"], "hannah conti", ""),
        (["name"], '"a m"', ""),
        (["name"], '"h m"', "H"),
        (["name"], "'h m'", "H"),
        (["^name"], "meyer", ""),
        (["^name"], "han", "H"),
        (["=name"], '"hannah meyer"', "H"),
        (["=name"], "hannah", ""),
        (["name__exact"], '"Hannah Meyer"', "H"),
        (["id__exact", "name"], "hannah", "H"),
        (["id__exact"], "hannah", ""),
        (["district__name"], "mitte", "HA"),
        (["name"], "   ", "HPA"),
        (["name"], "%", ""),
        (["name"], '"', ""),
    ],
)
def test_search(page, customers, fields, term, expected):
    """B93"""
    from urllib.parse import quote

    response = page(f"?_search={quote(term)}", search_fields=fields)
    assert "".join(name[0] for name in names(response)) == expected
    assert response.context["view"].search_enabled()


def test_search_across_many_related_rows_shows_each_row_once(page, customers):
    """B94"""
    customers[0].tags.set([Tag.objects.create(name=name) for name in ("late", "lately")])
    assert names(page("?_search=late", search_fields=["tags__name"])) == ["Hannah Meyer"]


def test_filter_fields_make_a_filter(page, customers):
    """B95"""
    response = page("?kind=REG", filter_fields=["kind", "district"])
    assert names(response) == ["Hannah Meyer"]
    assert 'id="list-filter"' in response.text
    assert 'id="list-filter"' not in page().text


def test_filterset_class_and_chips(page, customers):
    """B95"""
    pk = customers[0].district_id
    query = (
        f"?district={pk}&vip=true&last_order_after=2026-11-01&orders_min=10&orders_max=20"
        "&_orderby=name&page=1"
    )
    response = page(query, filterset_class=CustomerFilter, search_fields=["name"])
    assert names(response) == ["Hannah Meyer"]
    chips = {chip.label: chip for chip in response.context["filter_chips"]}
    assert {label: chip.value for label, chip in chips.items()} == {
        "District": "Mitte",
        "Vip": "Yes",
        "Last order": "from Nov. 1, 2026",
        "Orders": "10 to 20",
    }
    orders = next(chip for chip in chips.values() if chip.value == "10 to 20")
    assert "orders_" not in orders.url
    assert "_orderby=name" in orders.url
    assert "page=" not in orders.url
    assert f"district={pk}" in orders.url
    assert "Remove filter: District: Mitte" in response.text


def test_filterset_initial_holds_until_the_url_says_otherwise(page, customers):
    """B96"""
    options = {"filter_fields": ["kind", "vip"], "filterset_initial": {"kind": "REG"}}
    response = page(**options)
    assert names(response) == ["Hannah Meyer"]
    (chip,) = response.context["filter_chips"]
    assert chip.url == "?kind="
    assert len(names(page(chip.url, **options))) == 3
    assert len(names(page(response.context["clear_url"], **options))) == 3
    assert names(page("?kind=INV", **options)) == ["Paolo Conti"]
    assert names(page("?vip=false", **options)) == []


def test_filter_of_choices_says_any_and_a_range_says_from_and_to(page, customers):
    html = page(filter_fields=["kind", "district", "vip"]).text
    assert html.count(">Any</option>") == 3
    assert "Not set" not in html
    html = page(filterset_class=CustomerFilter).text
    ends = [tag for tag in html.split("<input ") if 'name="orders_' in tag.split(">", 1)[0]]
    assert 'placeholder="from"' in ends[0]
    assert 'placeholder="to"' in ends[1]
    dates = [tag for tag in html.split("<input ") if 'name="last_order_' in tag.split(">", 1)[0]]
    assert len(dates) == 2
    assert not any("placeholder" in tag.split(">", 1)[0] for tag in dates)


def test_invalid_filter_shows_all_rows_and_the_error(page, customers):
    """B97"""
    options = {"filterset_class": CustomerFilter}
    response = page("?kind=NOPE&vip=true", **options)
    assert len(names(response)) == 3
    assert "NOPE" in response.text
    assert "The filter was not applied" in response.text
    assert names(page("?kind=NOPE", strict_filter=True, **options)) == []


def test_viewset_gives_arguments_to_the_filterset(page, customers):
    class Scoped(CustomerViewset):
        def get_filterset_kwargs(self, request):
            return {"data": {"kind": "INV"}}

    assert names(page("?kind=REG", viewset=Scoped, filter_fields=["kind"])) == ["Paolo Conti"]


def test_viewset_queryset_is_the_scope(page, customers):
    class Scoped(CustomerViewset):
        def get_queryset(self, request):
            return Customer.objects.filter(kind="REG")

    class Declared(CustomerViewset):
        queryset = Customer.objects.filter(kind="NEW")

    assert names(page(viewset=Scoped)) == ["Hannah Meyer"]
    assert names(page(viewset=Declared)) == ["Amina Diallo"]


def test_pages(page, db):
    """B98, B99"""
    Customer.objects.bulk_create(Customer(name=f"C{n:03}", kind="REG") for n in range(60))
    options = {"filter_fields": ["kind"], "search_fields": ["name"], "paginate_by": 10}
    response = page("?kind=REG&_search=c&_orderby=-name&page=2", **options)
    assert names(response) == [f"C{n:03}" for n in range(49, 39, -1)]
    pager = response.context["pager"]
    assert (pager["first"], pager["last"], pager["count"]) == (11, 20, 60)
    for url in (pager["previous"], pager["next"], pager["pages"][-1]["url"]):
        assert "kind=REG&_search=c&_orderby=-name&page=" in url
    assert response.text.count('aria-current="page"') >= 1
    assert "11 to 20 of 60" in response.text
    for chip in response.context["filter_chips"]:
        assert "_search=c" in chip.url
    assert "kind=REG" in header(response, "name")["html"]
    assert names(page("?page=last", **options))[-1] == "C059"


@pytest.mark.parametrize(
    "bad", ["0", "-1", "7", "x", "", "1.5", "9" * 30, "9" * 5000, "%00", "%ff", "1%00"]
)
def test_bad_page_is_not_found(page, db, bad):
    """B98"""
    Customer.objects.bulk_create(Customer(name=f"C{n}") for n in range(30))
    page(f"?page={bad}", status=200 if bad == "" else 404, paginate_by=5)


NASTY = [
    "%00",
    "a%00b",
    "%ff%fe",
    "9" * 30,
    "-" + "9" * 30,
    "9" * 9000,
    "x" * 10_000,
    "a+" * 5_000,
    "%22" * 3_000,
    "%F0%9F%8D%95",
    "';--",
    "%27%22%5C",
    "0001-01-01",
    "9999-12-31",
    "1e400",
    "NaN",
    "Infinity",
    "None",
    "[]",
    "{}",
    "true",
]


class WideFilter(CustomerFilter):
    joined = django_filters.DateTimeFilter(lookup_expr="gte")
    joined_day = django_filters.DateFilter(field_name="joined", lookup_expr="date__gte")
    tags = django_filters.ModelMultipleChoiceFilter(queryset=Tag.objects.all())
    pk = django_filters.NumberFilter()
    pks = django_filters.BaseInFilter(field_name="pk")
    name = django_filters.CharFilter(lookup_expr="icontains")


class WideViewset(CustomerViewset):
    options = {
        "columns": ["name"],
        "filterset_class": WideFilter,
        "search_fields": ["name", "email", "id__exact", "=orders", "tags__name"],
    }


class WideUrls:
    urlpatterns = [path("", WideViewset(app_name="wide").urls)]


DATES = ["last_order_after", "last_order_before", "joined", "joined_day"]
OTHERS = [
    "_search", "_orderby", "kind", "district", "vip", "orders_min", "orders_max", "spent", "tags",
    "pk", "pks", "name", "unknown",
]  # fmt: skip


@pytest.mark.urls.with_args(WideUrls)
@pytest.mark.parametrize("value", NASTY, ids=lambda value: value[:12])
def test_no_value_in_the_url_breaks_a_list(client, user, customers, value):
    for parameter in [*DATES, *OTHERS]:
        response = client.get(f"/?{parameter}={value}")
        assert response.status_code == 200, parameter
        assert len(response.content) < 100_000, parameter


@pytest.mark.urls.with_args(WideUrls)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "9999-12-31 23:59"])
def test_first_and_last_days_of_the_calendar(client, user, customers, value, zone):
    with override_settings(TIME_ZONE=zone):
        for parameter in DATES:
            assert client.get(f"/?{parameter}={value}").status_code == 200, parameter


def test_small_list_costs_one_query_and_a_long_one_two(page, customers, django_assert_num_queries):
    options = {"columns": ["name", "kind", "district", "vip"], "filter_fields": ["kind"]}
    with django_assert_num_queries(2 + 1):  # session and user; the rows
        page(**options)
    Customer.objects.bulk_create(
        Customer(name=f"C{n}", district=customers[0].district) for n in range(50)
    )
    with django_assert_num_queries(1 + 2):  # both in one by now; the rows and one COUNT
        response = page(**options)
    assert response.context["total"] == 53
    with django_assert_num_queries(1 + 2):
        page("?page=2", **options)


def test_a_row_costs_a_few_template_nodes(page, customers, monkeypatch):
    from django.template.base import Node

    rendered = []
    original = Node.render_annotated

    def counting(node, context):
        rendered.append(node)
        return original(node, context)

    monkeypatch.setattr(Node, "render_annotated", counting)
    Customer.objects.bulk_create(Customer(name=f"C{n}") for n in range(25))
    costs = []
    for rows in (5, 25):
        rendered.clear()
        page(columns=["name", "email", "kind", "orders"], paginate_by=rows)
        costs.append(len(rendered))
    small, large = costs
    assert large - small <= 20 * 5


def test_views_are_not_kept_in_memory(page, customers):
    """B106"""
    options = {"filter_fields": ["kind"], "search_fields": ["name"], "columns": ["name", "badge"]}
    alive = []
    for _ in range(3):
        response = page("?kind=REG", **options)
        alive.append(weakref.ref(response.context["view"]))
        del response
    gc.collect()
    assert [ref() for ref in alive] == [None, None, None]


def test_filterset_class_is_made_once(page, customers):
    options = {"filter_fields": ["kind"]}
    first, second = page(**options).context["filterset"], page(**options).context["filterset"]
    assert type(first) is type(second)


def test_filter_that_names_its_key_is_drawn_once_for_each_key_and_language(page, customers):
    """What ``get_filter_key()`` promises, in the documentation of lists."""
    drawn = []

    class Counted(CustomerFilter):
        def __init__(self, *args, **kwargs):
            drawn.append(get_language())
            super().__init__(*args, **kwargs)

    class Keyed(ListModelView):
        filterset_class = Counted
        key = "first"

        def get_filter_key(self):
            return self.key

    class WithKey(CustomerViewset):
        @property
        def list_view(self):
            return Keyed.as_view(viewset=self, model=Customer, columns=["name"], **self.options)

    for _ in range(3):
        response = page(viewset=WithKey)
        assert response.text.count("<select") >= 1
    assert len(drawn) == 1
    assert names(page("?kind=REG", viewset=WithKey)) == ["Hannah Meyer"]
    assert len(drawn) == 2, "what is set in a filter is read by the filter"
    page(viewset=WithKey, key="second")
    page(viewset=WithKey, key="second")
    assert len(drawn) == 3
    with override_settings(LANGUAGE_CODE="de"), override("de"):
        page(viewset=WithKey)
    assert drawn[3:] == ["de"]


def test_anonymous_people_are_sent_to_login(client, page, customers):
    """B72"""
    client.logout()
    assert page("?a=1", status=302)["Location"] == "/accounts/login/?next=/shop/c/%3Fa%3D1"


def test_standalone_list_needs_the_models_permission(client, db):
    """B73"""
    user = get_user_model().objects.create_user("plain")

    class Urls:
        urlpatterns = [path("p/", ListModelView.as_view(model=Page))]

    with override_settings(ROOT_URLCONF=Urls):
        assert client.get("/p/").status_code == 302
        client.force_login(user)
        assert client.get("/p/").status_code == 403
        user.user_permissions.add(Permission.objects.get(codename="change_page"))
        assert client.get("/p/").status_code == 200


def test_viewset_says_who_may_see_the_list(page, client, customers):
    class Closed(CustomerViewset):
        def has_view_permission(self, user, obj=None):
            return user.username != "marta"

    page(viewset=Closed, status=403)


def test_actions(page, customers):
    class Acting(CustomerViewset):
        add_path = path("add/", lambda request: None, name="add")

        def get_list_page_actions(self, request, *actions):
            return [*actions, Action("New customer", viewname="add", icon="add")]

        def get_list_bulk_actions(self, request, *actions):
            return [Action("Delete", viewname="add", danger=True), *actions]

    response = page(
        "?kind=REG",
        viewset=Acting,
        filter_fields=["kind"],
        page_actions=[Action("Import", url="/import/")],
    )
    assert [action["url"] for action in response.context["page_actions"]] == [
        "/import/",
        "/shop/c/add/",
    ]
    assert 'formaction="/shop/c/add/?kind=REG"' in response.text
    assert f'name="pk" value="{customers[0].pk}" form="list-bulk"' in response.text
    assert 'name="pk"' not in page().text


def test_empty_list_says_why(page, db):
    assert "Nothing here yet" in page(search_fields=["name"]).text
    response = page("?_search=x", search_fields=["name"])
    assert "Nothing matches" in response.text
    assert 'href="?"' in response.text


def test_values_are_escaped(page, db):
    Customer.objects.create(name="<script>alert(1)</script>", email="a&b@x.example")
    text = page(
        "?_search=%3Cscript%3E&x=%22%3E%3Cscript%3E", columns=ALL, search_fields=["name"]
    ).text
    assert "<script>alert" not in text
    assert '"><script>' not in text


def test_list_works_without_scripts_and_has_no_inline_code(page, customers):
    text = page(filter_fields=["kind"], search_fields=["name"]).text
    assert "onclick" not in text
    assert " style=" not in text
    assert '<form class="affix" method="get"' in text


def test_list_as_index_of_a_viewset(page, customers):
    assert page().context["title"] == "Customers"


def test_empty_fields_of_the_filter_form_leave_no_trace(page, customers):
    options = {"filterset_class": CustomerFilter, "search_fields": ["name"]}
    response = page("?kind=&district=&orders_min=&vip=&_search=", **options)
    assert len(names(response)) == 3
    assert 'href="?_search=&amp;_orderby=name"' in header(response, "name")["html"]
    assert response.context["filter_chips"] == []
    assert not response.context["narrowed"]


def test_filter_form_has_native_inputs(page, customers):
    """B95"""
    text = page(filterset_class=CustomerFilter).text
    assert text.count('type="date"') == 2
    assert text.count('name="orders_m') == 2
    assert ">Any</option>" in text
    assert "---------" not in text
    assert "Unknown" not in text
