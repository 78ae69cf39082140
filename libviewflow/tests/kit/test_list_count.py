"""Long lists: rows are counted up to a limit, and can be paged through to the end all the same."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import path

from viewflow.urls import ModelViewset

from .models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("marta"))
    Customer.objects.bulk_create(
        Customer(name=f"C{n:02}", kind="REG" if n % 2 else "NEW") for n in range(47)
    )

    def get(query="", status=200, limit=20, **options):
        viewset = ModelViewset(
            model=Customer,
            list_columns=["name"],
            list_paginate_by=5,
            list_count_limit=limit,
            list_filter_fields=["kind"],
            **options,
        )
        with override_settings(
            ROOT_URLCONF=type("Urls", (), {"urlpatterns": [path("c/", viewset.urls)]})
        ):
            response = client.get(f"/c/{query}")
        assert response.status_code == status, query
        return response

    return get


def names(response):
    return [row.obj.name for row in response.context["rows"]]


def test_the_count_stops_at_the_limit(get):
    page = get()
    assert page.context["total"] == "20+"
    assert "1 to 5 of more than 20" in page.text
    assert page.context["pager"]["next"] == "?page=2"
    assert [link["number"] for link in page.context["pager"]["pages"]][-2:] == ["5", "…"]
    assert get("?kind=NEW", limit=24).context["total"] == 24
    assert get(limit=None).context["total"] == 47
    assert get(limit=47).context["total"] == 47
    assert get(limit=46).context["total"] == "46+"


def test_pages_after_the_counted_ones(get):
    page = get("?page=7")
    assert names(page) == [f"C{n}" for n in range(30, 35)]
    assert "31 to 35 of more than 35" in page.text
    assert page.context["pager"]["previous"] == "?page=6"
    assert page.context["pager"]["next"] == "?page=8"
    page = get("?page=10")
    assert names(page) == ["C45", "C46"]
    assert "46 to 47 of 47" in page.text
    assert page.context["pager"]["next"] == ""
    seen = [name for number in range(1, 11) for name in names(get(f"?page={number}"))]
    assert seen == [f"C{n:02}" for n in range(47)]


def test_the_last_page_is_the_last(get):
    page = get("?page=last")
    assert names(page) == ["C45", "C46"]
    assert page.context["total"] == 47


@pytest.mark.parametrize("bad", ["11", "0", "-1", "x", "9" * 9, "9" * 30, "9" * 5000, "1.5"])
def test_pages_that_are_not_there(get, bad):
    get(f"?page={bad}", status=404)


def test_what_a_page_costs(get, django_assert_num_queries):
    with django_assert_num_queries(2 + 2):  # session and user; rows and the count
        get()
    with django_assert_num_queries(1 + 2):  # whose session it is is known by now
        get("?page=2")
    with django_assert_num_queries(1 + 1):
        get("?page=9")


def test_a_limit_below_a_page(get):
    page = get(limit=2)
    assert page.context["total"] == "5+"
    assert page.context["pager"]["next"] == "?page=2"
    assert "page=2" in page.text
    assert names(get("?page=2", limit=2))[0] == "C05"
