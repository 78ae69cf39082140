"""What surrounds the rows of a list: actions of the viewset, templates, the frame of the page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from viewflow.urls import Application, Site
from viewflow.views import Action, ListModelView

from .models import Customer
from .test_list import CustomerViewset

pytestmark = pytest.mark.django_db


class Shop(CustomerViewset):
    index_path = None

    def get_list_page_actions(self, request, *actions):
        own = Action(f"Report for {request.user}", url="/report/", icon="print")
        return [own, *actions]

    def get_list_bulk_actions(self, request, *actions):
        return [*actions, Action("Call them", viewname="call", danger=True)]

    @property
    def list_view(self):
        return ListModelView.as_view(
            columns=["name", "email", "district"],
            object_link_columns=["name", "district"],
            viewset=self,
            model=Customer,
            page_actions=[Action("Help", url="/help/")],
        )

    @property
    def call_path(self):
        return path("call/", lambda request: None, name="call")


@pytest.fixture
def user(django_user_model, client):
    user = django_user_model.objects.create_superuser("marta")
    client.force_login(user)
    return user


@pytest.fixture
def get(client, user):
    def get(application=Application):
        app = application(app_name="shop", viewsets=[Shop(app_name="c")])

        class Urls:
            urlpatterns = [path("", Site(viewsets=[app]).urls)]

        with override_settings(ROOT_URLCONF=Urls):
            response = client.get("/shop/c/")
        assert response.status_code == 200
        return response

    return get


def test_the_viewset_adds_actions_to_the_page(get):
    """B108"""
    page = get().content.decode()
    assert 'href="/report/"' in page
    assert page.index("Report for marta") < page.index("Help")


def test_the_viewset_adds_actions_for_many_rows(get):
    """B108"""
    Customer.objects.create(name="Ann")
    page = get().content.decode()
    assert "Call them" in page
    assert 'formaction="/shop/c/call/"' in page


def test_an_action_without_a_target_fails_at_once():
    """B109"""
    with pytest.raises(AssertionError, match=r"Print.*url or a viewname"):
        Action("Print")


def test_more_rows_with_links_cost_no_more_queries(get, django_assert_num_queries):
    """B107"""
    costs = []
    for _ in range(2):
        Customer.objects.bulk_create([Customer(name=f"c{n}") for n in range(12)])
        get()
        with CaptureQueriesContext(connection) as captured:
            page = get()
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert page.content.decode().count('<a href="/customers/') >= 24 * 2


@pytest.fixture
def templates(tmp_path, settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]

    def write(name, text):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    return write


def test_the_projects_template_for_the_model_wins(get, templates):
    """B110"""
    templates("kit/customer_list.html", "Our own list of {{ rows|length }}")
    Customer.objects.create(name="Ann")
    assert get().content.decode() == "Our own list of 1"


def test_pages_extend_what_their_application_names(get, templates):
    """B111"""
    templates("shop/base.html", "SHOP FRAME {% block content %}{% endblock %}")

    class Framed(Application):
        base_template_name = "shop/base.html"

    Customer.objects.create(name="Ann")
    framed = get(Framed).content.decode()
    assert framed.startswith("SHOP FRAME")
    assert "Ann" in framed
    assert "SHOP FRAME" not in get().content.decode()
