"""Long lists: counted up to a limit, read a page at a time."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.flowviews.conftest import make_user
from viewflow.views import ListModelView
from viewflow.views.paging import BoundedPaginator

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    Group.objects.bulk_create(Group(name=f"Group {n:03}") for n in range(23))
    return Group.objects.order_by("name")


def paginator(groups, limit):
    found = BoundedPaginator(groups, 5)
    found.limit = limit
    return found


@pytest.mark.parametrize(
    ("limit", "page", "count", "exact", "pages", "statements"),
    [
        (50, 1, 23, True, 5, 2),
        (23, 1, 23, True, 5, 2),
        (22, 1, 22, False, 5, 2),
        (10, 1, 10, False, 3, 2),
        (10, 2, 10, False, 3, 1),  # a page that goes beyond the limit needs no COUNT
        (10, 3, 15, False, 4, 1),
        (10, 5, 23, True, 5, 1),  # the last page tells it all
        (10, "last", 23, True, 5, 2),
        (None, 1, 23, True, 5, 2),
    ],
)
def test_a_list_is_counted_up_to_its_limit(groups, limit, page, count, exact, pages, statements):
    rows = paginator(groups, limit)
    with CaptureQueriesContext(connection) as queries:
        found = rows.read(page)
        assert (rows.count, rows.exact, rows.num_pages) == (count, exact, pages)
    assert len(queries) == statements
    assert str(rows) == (f"{count}" if exact else f"{count}+")
    start = (found.number - 1) * 5
    assert [group.name for group in found] == [f"Group {n:03}" for n in range(23)][
        start : start + 5
    ]
    assert found.has_next() == (found.number < 5)


@pytest.mark.parametrize("number", [0, -1, 6, 10**30])
@pytest.mark.parametrize("limit", [10, None])
def test_pages_beyond_the_end_are_empty(groups, number, limit):
    with pytest.raises(EmptyPage):
        paginator(groups, limit).read(number)
    with pytest.raises(PageNotAnInteger):
        paginator(groups, limit).read("x")


def test_an_empty_list_has_one_empty_page():
    rows = paginator(Group.objects.order_by("name"), 10)
    assert list(rows.read(1)) == []
    assert (rows.count, rows.exact, rows.num_pages) == (0, True, 1)


def page_of(groups, url, **options):
    view = ListModelView.as_view(
        model=Group, queryset=groups, columns=["name"], paginate_by=5, **options
    )
    request = RequestFactory().get(url)
    request.user = make_user("root", is_superuser=True)
    return view(request).render().content.decode()


def test_a_page_says_that_there_are_more(groups):
    html = page_of(groups, "/?page=2", count_limit=10)
    assert '<span class="badge">10+</span>' in html
    assert "6 to 10 of more than 10" in html
    assert 'href="?page=3"' in html


def test_a_short_list_is_counted_to_its_end(groups):
    html = page_of(groups, "/", count_limit=None)
    assert '<span class="badge">23</span>' in html
    assert "1 to 5 of 23" in html
