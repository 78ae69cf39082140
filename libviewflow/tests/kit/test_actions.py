"""Bulk actions: which rows they touch, and that nothing happens unasked."""

from __future__ import annotations

import pytest
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.http import HttpResponse, HttpResponseRedirect
from django.test import override_settings
from django.urls import path

from viewflow import Icon
from viewflow.urls import IndexViewMixin, Viewset
from viewflow.views import Action, BaseBulkActionView, ListModelView

from .models import Customer


class PromoteView(BaseBulkActionView):
    model = Customer

    def render_confirmation(self):
        return HttpResponse(f"Promote {self.objects_count}?")

    def form_valid(self, form):
        done = self.object_list.update(vip=True)
        messages.success(self.request, f"{done} promoted")
        return HttpResponseRedirect(self.get_success_url())


class CustomerViewset(IndexViewMixin, Viewset):
    app_name = "customers"
    list_path = path("", ListModelView.as_view(model=Customer), name="list")
    scope: dict = {}
    options: dict = {}
    closed = False

    def has_view_permission(self, user, obj=None):
        return not self.closed

    def get_queryset(self, request):
        return Customer.objects.filter(**self.scope)

    def get_success_url(self, request):
        return "/done/"

    @property
    def promote_path(self):
        return path("promote/", PromoteView.as_view(viewset=self, **self.options), name="promote")


@pytest.fixture
def post(client, db):
    client.force_login(get_user_model().objects.create_user("marta"))
    Customer.objects.bulk_create(
        Customer(name=name, kind=kind)
        for name, kind in [("A", "REG"), ("B", "REG"), ("C", "NEW"), ("D", "NEW")]
    )

    def send(data, query="", scope=None, closed=False, method="post", **options):
        viewset = CustomerViewset(scope=scope or {}, options=options, closed=closed)

        class Urls:
            urlpatterns = [path("c/", viewset.urls)]

        with override_settings(ROOT_URLCONF=Urls):
            return getattr(client, method)(f"/c/promote/{query}", data)

    return send


def promoted():
    return "".join(
        Customer.objects.filter(vip=True).order_by("name").values_list("name", flat=True)
    )


def keys(letters):
    return list(Customer.objects.filter(name__in=letters).values_list("pk", flat=True))


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_action_needs_a_target():
    with pytest.raises(AssertionError):
        Action("Nothing")
    assert Action("Import", url="/x/", icon="add").icon == Icon("add")


def test_action_within_a_viewset(rf):
    class Urls:
        urlpatterns = [path("c/", CustomerViewset().urls)]

    request = rf.get("/")
    request.resolver_match = None
    with override_settings(ROOT_URLCONF=Urls):
        assert Action("P", viewname="promote").get_url(request, CustomerViewset()) == "/c/promote/"


@pytest.mark.parametrize("data", [{}, {"_confirm": "1"}, {"select_all": ""}])
def test_no_selection_is_told(post, data):
    """B100"""
    response = post(data)
    assert (response.status_code, response["Location"]) == (302, "/done/")
    assert said(response) == ["No objects selected"]
    assert promoted() == ""


def test_get_changes_nothing(post):
    response = post({"pk": keys("A"), "_confirm": "1"}, method="get")
    assert said(response) == ["No objects selected"]
    assert promoted() == ""


def test_without_confirmation_nothing_changes(post):
    """B104"""
    response = post({"pk": keys("AB")})
    assert response.content == b"Promote 2?"
    assert promoted() == ""


def test_confirmed_selection(post):
    response = post({"pk": keys("AC"), "_confirm": "1"})
    assert said(response) == ["2 promoted"]
    assert promoted() == "AC"


def test_select_all_without_a_filter(post):
    """B101"""
    assert post({"select_all": "1"}).content == b"Promote None?"
    post({"select_all": "1", "_confirm": "1"})
    assert promoted() == "ABCD"


def test_select_all_stays_in_the_scope(post):
    """B102"""
    post({"select_all": "1", "_confirm": "1"}, scope={"kind": "NEW"})
    assert promoted() == "CD"


def test_select_all_with_a_filter(post):
    """B103"""
    response = post({"select_all": "1"}, "?kind=REG", filter_fields=["kind"])
    assert response.content == b"Promote 2?"
    post({"select_all": "1", "_confirm": "1"}, "?kind=REG", filter_fields=["kind"])
    assert promoted() == "AB"


def test_select_all_with_a_search(post):
    post({"select_all": "1", "_confirm": "1"}, "?_search=c", search_fields=["name"])
    assert promoted() == "C"


def test_selected_rows_outside_of_the_scope_are_left_alone(post):
    post({"pk": keys("ABCD"), "_confirm": "1"}, scope={"kind": "NEW"})
    assert promoted() == "CD"


@pytest.mark.parametrize("pk", ["x", "\x00", "9" * 40, "-" + "9" * 40, "1.5", "", "1" * 500])
def test_key_that_is_none_is_refused(post, pk):
    response = post({"pk": [pk, *keys("A")], "_confirm": "1"})
    assert response.status_code == 302
    assert "could not be recognised" in said(response)[0]
    assert promoted() == ""


def test_invalid_filter_affects_no_row_unasked(post):
    response = post({"select_all": "1", "_confirm": "1"}, "?kind=NOPE", filter_fields=["kind"])
    assert said(response) == ["0 promoted"]
    assert promoted() == ""


def test_login_and_permission_come_first(post, client):
    assert post({"pk": keys("A"), "_confirm": "1"}, closed=True).status_code == 403
    client.logout()
    response = post({"pk": keys("A"), "_confirm": "1"})
    assert response["Location"].startswith("/accounts/login/")
    assert promoted() == ""
