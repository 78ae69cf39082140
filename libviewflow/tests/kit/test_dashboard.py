"""Dashboards: right numbers, for those who may see them, drawn so that everybody can read them."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Avg, Count, F, Sum
from django.db.models.functions import Upper
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone

from viewflow.dashboard import BarChart, Dashboard, Figure, LineChart
from viewflow.dashboard.svg import ticks
from viewflow.urls import Application, ModelViewset, Site

from .models import Customer, District, Page

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 5, 20)


def mine(request):
    return Customer.objects.filter(email=request.user.email)


class SalesDashboard(Dashboard):
    subtitle = "All shops"
    panels = [
        Figure("Customers", Customer),
        Figure("Turnover", Customer.objects, Sum("spent"), unit="€", note="this year"),
        Figure("Mine", mine, permission=None),
        Figure("Secret", Page, permission="kit.view_page"),
        Figure("Hidden", Customer, permission=lambda user: user.is_superuser),
        BarChart("By kind", Customer, by="kind"),
        BarChart("By district", Customer.objects.all(), by="district__name", limit=1),
        LineChart("Joined", Customer, "joined", step="day", last=14),
        LineChart("Orders", Customer, "last_order", Avg("orders"), step="month", last=6),
    ]


site = Site(
    title="Shop",
    viewsets=[
        SalesDashboard(app_name="sales"),
        Application(
            app_name="shop",
            title="Shop floor",
            viewsets=[ModelViewset(model=Customer), SalesDashboard(app_name="figures")],
        ),
        SalesDashboard(app_name="closed", title="Closed", permission="auth.view_group"),
        Dashboard(app_name="empty", title="Empty"),
    ],
)


class Urls:
    urlpatterns = [path("", site.urls)]


@pytest.fixture(autouse=True)
def urls(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY)
    with override_settings(ROOT_URLCONF=Urls):
        yield


def person(*permissions: str, **options) -> Client:
    users = get_user_model().objects
    user = users.create_user(f"user{users.count()}", email="me@x.example", **options)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser():
    return person(is_superuser=True)


@pytest.fixture
def customers():
    mitte, wedding = (District.objects.create(name=name) for name in ("Mitte", "<Wedding>"))
    rows = [
        ("REG", "1200.50", 4, mitte, 0),
        ("REG", "99", 6, mitte, 0),
        ("NEW", "0", 1, wedding, 3),
        ("INV", "7", 9, None, 40),
    ]
    for kind, spent, orders, district, ago in rows:
        day = TODAY - datetime.timedelta(days=ago)
        Customer.objects.create(
            name="x", kind=kind, spent=Decimal(spent), orders=orders, district=district,
            last_order=day, joined=datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.UTC),
        )  # fmt: skip


def panel(response, title):
    context = response.context
    [found] = [
        item for item in [*context["figures"], *context["charts"]] if item["panel"].title == title
    ]
    return found


def test_figures(browser, customers):
    page = browser.get("/sales/")
    assert page.status_code == 200
    assert panel(page, "Customers")["value"] == "4"
    assert panel(page, "Turnover")["value"] == "1,306.50"
    assert panel(page, "Mine")["value"] == "0"
    assert "this year" in page.text
    assert "All shops" in page.text
    assert "<small>€</small>" in page.text


def test_bars_have_labels_and_lengths(browser, customers):
    page = browser.get("/sales/")
    bars = panel(page, "By kind")["bars"]
    assert [(bar.label, bar.text) for bar in bars] == [
        ("Regular", "2"),
        ("Invoice", "1"),
        ("New", "1"),
    ]
    assert 'width="100.0"' in bars[0].svg
    assert 'width="50.0"' in bars[1].svg
    bars = panel(page, "By district")["bars"]
    assert [(bar.label, bar.text) for bar in bars] == [("Mitte", "2"), ("Others", "2")]


def test_lines_have_a_point_for_each_step(browser, customers):
    page = browser.get("/sales/")
    points = panel(page, "Joined")["points"]
    assert [point.value for point in points] == [0] * 10 + [1, 0, 0, 2]
    assert points[-1].label == "05/20/2026"
    points = panel(page, "Orders")["points"]
    assert [point.label for point in points][-2:] == ["April 2026", "May 2026"]
    # An average of nothing is a gap, not nought.
    assert [point.text for point in points] == ["—", "—", "—", "—", "9", "3.67"]


def test_what_is_drawn_is_said_in_words(browser, customers):
    text = browser.get("/sales/").text
    [label] = re.findall(r'aria-label="(Joined, [^"]*)"', text)
    assert label == (
        "Joined, 05/07/2026 to 05/20/2026: lowest 0 (05/07/2026), highest 2 (05/20/2026), at last 2."
    )
    assert text.count("<details") == 2
    assert "<title>05/20/2026: 2</title>" in text
    assert "<style" not in text
    assert " style=" not in text


def test_labels_are_escaped(browser, customers):
    class Wide(Dashboard):
        panels = [BarChart("<b>", Customer, by="district__name")]

    with override_settings(ROOT_URLCONF=type("U", (), {"urlpatterns": [path("", Wide().urls)]})):
        text = browser.get("/").text
        assert "&lt;Wedding&gt;" in text
        assert "<Wedding>" not in text
        assert "<b></h2>" not in text


def test_each_panel_wants_its_right(customers):
    page = person().get("/sales/")
    assert [item["panel"].title for item in page.context["figures"]] == ["Mine"]
    assert page.context["charts"] == []
    page = person("view_customer").get("/sales/")
    assert [item["panel"].title for item in page.context["figures"]] == [
        "Customers", "Turnover", "Mine",
    ]  # fmt: skip
    assert len(page.context["charts"]) == 4
    assert len(person("change_customer").get("/sales/").context["charts"]) == 4
    page = person("view_page").get("/sales/")
    assert [item["panel"].title for item in page.context["figures"]] == ["Mine", "Secret"]


def test_a_dashboard_may_be_closed(client, customers):
    assert client.get("/sales/").url.startswith("/accounts/login/")
    assert person().get("/closed/").status_code == 403
    assert person("view_group").get("/closed/").status_code == 200
    assert client.get("/closed/").status_code in (302, 403)


def test_it_stands_in_the_menus(browser):
    page = browser.get("/shop/figures/").text
    assert 'href="/sales/"' in page
    assert 'href="/shop/customer/"' in page  # the menu of the application around it
    assert 'href="/shop/figures/" aria-current="page"' in page
    assert SalesDashboard().title == "Sales dashboard"
    assert "Closed" not in person().get("/sales/").text


def test_nothing_to_show(browser):
    assert "Nothing here yet" in browser.get("/empty/").text
    page = browser.get("/sales/")
    assert panel(page, "Turnover")["value"] == "—"
    assert panel(page, "By kind")["bars"] == []
    assert {point.value for point in panel(page, "Joined")["points"]} == {0}
    assert panel(page, "Orders")["svg"] == ""


def test_each_panel_is_one_query(customers, django_assert_num_queries):
    client = person("view_customer")
    with django_assert_num_queries(2 + 2 + 7):  # session, user; permissions; panels
        client.get("/sales/")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")]
)
def test_what_is_no_number_is_a_dash(value):
    assert Figure("Mean", Customer, unit="€").text(value) == "—"
    assert Figure("Mean", Customer, write=round).text(value) == "—"


def test_values_of_all_kinds(browser, customers, rf):
    request = rf.get("/")

    def bars(*args, **kwargs):
        chart = BarChart("x", Customer, *args, **kwargs)
        return [(bar.label, bar.text) for bar in chart.get_context(request)["bars"]]

    assert bars("vip") == [("—", "4")]
    assert bars(Upper("kind"), value=Sum(F("orders") * -1)) == [
        ("NEW", "-1"), ("INV", "-9"), ("REG", "-10"),
    ]  # fmt: skip
    assert bars("last_order", limit=1, value=Avg("orders")) == [("April 10, 2026", "9")]
    money = bars("kind", value=Sum("spent"), write=lambda value: f"{value:.1f}", unit="€")
    assert money[0] == ("Regular", "1299.5 €")
    with pytest.raises(ValueError, match="day, week, month, year"):
        LineChart("x", Customer, "joined", step="hour")
    for step, last in (("week", 3), ("year", 2)):
        chart = LineChart("x", Customer, "joined", step=step, last=last)
        assert sum(p.value for p in chart.get_context(request)["points"]) == {3: 3, 2: 4}[last]
    one = LineChart("x", Customer, "joined", Count("pk"), last=1).get_context(request)
    assert one["svg"].count("<line") > 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0, [0, 0.5, 1]),
        (0, 34, [0, 10, 20, 30, 40]),
        (3, 4, [0, 1, 2, 3, 4]),
        (-5, 5, [-5, 0, 5]),
        (0, 0.003, [0, 0.001, 0.002, 0.003]),
        (0, 1e9, [0, 500_000_000, 1_000_000_000]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


def test_the_breadcrumb_begins_with_the_application(browser):
    def crumbs(url):
        bar = browser.get(url).text.split('aria-label="Breadcrumb"', 1)[1].split("</ol>", 1)[0]
        return re.findall(r">([^<>]+)<", bar)

    assert crumbs("/shop/figures/") == ["Shop floor", "Sales dashboard"]
    assert crumbs("/sales/") == ["Sales dashboard"]
