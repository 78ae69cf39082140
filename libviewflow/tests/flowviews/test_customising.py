"""What a project changes: templates per flow and node, layouts, views, nodes, columns."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch, path

from viewflow import this
from viewflow.forms import FormAjaxCompleteMixin, FormDependentSelectMixin
from viewflow.views import CreateModelView, FormLayoutMixin
from viewflow.workflow import flow
from viewflow.workflow.flow import FlowAppViewset, FlowViewset
from viewflow.workflow.flow.views import (
    CancelProcessView,
    CreateProcessView,
    DashboardView,
    DetailProcessView,
    FlowChartView,
    FlowInboxListView,
    SuccessMessageMixin,
    TaskSuccessUrlMixin,
    TaskViewTemplateNames,
    UpdateArtifactView,
    UpdateProcessView,
)
from viewflow.workflow.models import Process

from .conftest import baking, client_of, make_user, newest, task_url, text_of, url
from .flows import LayoutFlow, PizzaFlow, ReviewFlow

pytestmark = pytest.mark.django_db


class LessFlow(flow.Flow):
    """Mounted without some of its pages."""

    start = flow.StartHandle().Next(this.wait)
    wait = flow.View(UpdateProcessView.as_view(fields=[])).Next(this.end)
    end = flow.End()


@pytest.fixture
def errand(browser):
    browser.post(url("layout:start:execute"), {"note": "fetch it", "amount": "3"})
    return Process.objects.latest("pk").coerced


def step(browser, process, node, **data):
    task = newest(process, node)
    browser.post(task_url(task, "assign", "layout"))
    page = browser.get(task_url(task, "execute", "layout"))
    if data:
        assert browser.post(task_url(task, "execute", "layout"), data).status_code == 302
    return page


def test_a_layout_says_which_fields_are_asked(browser, errand):
    """B412"""
    assert (errand.note, errand.amount) == ("fetch it", 3)
    page = browser.get(url("layout:start:execute")).content.decode()
    assert 'name="note"' in page
    assert 'name="amount"' in page


def test_templates_of_node_and_flow_win(browser, errand):
    """B414"""
    assert "Flow's own: One" in text_of(step(browser, errand, "one", note="a"))
    assert "Node's own" in text_of(step(browser, errand, "two", note="b"))


def test_process_data_of_a_flow_is_used_and_extended(browser, errand):
    """B415"""
    text = text_of(browser.get(url("layout:process_detail", errand.pk)))
    assert "The note is fetch it." in text
    assert "Amount" in text


def test_the_start_actions_of_a_dashboard_are_extended(browser):
    """B418"""
    page = browser.get(url("layout:index")).content.decode()
    assert 'href="/import/"' in page
    assert url("layout:start:execute") in page


def test_reassigning_exists_only_when_configured(browser, errand, vera):
    """B331"""
    step(browser, errand, "one", note="a")
    task = newest(errand, "two")
    with pytest.raises(NoReverseMatch):
        task.reverse("reassign")
    step(browser, errand, "two", note="b")
    step(browser, errand, "three")
    task = newest(errand, "three")
    assert "Hand to someone" in text_of(browser.get(task_url(task, "detail", "layout")))
    handed = browser.post(task_url(task, "reassign", "layout"), {"to": vera.pk})
    assert handed["Location"] == task_url(task, "detail", "layout")
    task.refresh_from_db()
    assert (task.owner, task.status) == (vera, "ASSIGNED")


def test_views_that_stand_alone_ask_for_the_permission(browser):
    task = baking(browser)
    views = [
        (DashboardView.as_view(flow_class=PizzaFlow), {}),
        (FlowChartView.as_view(flow_class=PizzaFlow), {}),
        (DetailProcessView.as_view(flow_class=PizzaFlow), {"process_pk": task.process_id}),
        (CancelProcessView.as_view(flow_class=PizzaFlow), {"process_pk": task.process_id}),
    ]
    from django.contrib.auth.models import AnonymousUser
    from django.core.exceptions import PermissionDenied

    for view, kwargs in views:
        request = RequestFactory().get("/somewhere/")
        request.user = make_user(f"s{len(kwargs)}{view.view_class.__name__}")
        with pytest.raises(PermissionDenied):
            view(request, **kwargs)
        request.user = AnonymousUser()
        assert view(request, **kwargs)["Location"].startswith("/accounts/login/")
    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    response = FlowInboxListView.as_view(flow_class=PizzaFlow)(request)
    assert response["Location"].startswith("/accounts/login/")


def test_a_task_view_without_a_task_says_how_it_is_used(boss):
    request = RequestFactory().get("/somewhere/")
    request.user = boss
    with pytest.raises(ImproperlyConfigured, match="give it to a node"):
        UpdateProcessView.as_view(fields=["baking_time"])(request)


def test_a_view_class_can_be_turned_off_or_replaced(settings):
    class Quiet(FlowAppViewset):
        archive_view_class = None
        process_cancel_path = None

        class Board(DashboardView):
            MAX_ROWS = 3

        dashboard_view_class = Board

        def get_process_list_view_kwargs(self, **kwargs):
            return super().get_process_list_view_kwargs(paginate_by=3, **kwargs)

    quiet = Quiet(ReviewFlow)
    names = [p.name for p in quiet.urls[0][0].url_patterns if hasattr(p, "name")]
    assert "archive" not in names
    assert "process_cancel" not in names
    assert "inbox" in names
    assert quiet.process_list_view_kwargs["paginate_by"] == 3
    ReviewFlow.instance.mounts.remove(quiet)


def test_columns_of_a_project_make_a_table(browser):
    baking(browser)

    class MyInbox(FlowInboxListView):
        columns = ("task_id", "brief", "customer")

        def customer(self, task):
            return task.process.coerced.customer_name

    request = browser.get(url("pizza:inbox")).wsgi_request
    response = MyInbox.as_view(flow_class=PizzaFlow)(request)
    response.render()
    assert "<table" in response.content.decode()
    assert "Hannah" in text_of(response)


def test_unknown_options_are_refused():
    with pytest.raises(TypeError, match="no_such_thing"):
        FlowViewset(PizzaFlow, no_such_thing=1)
    with pytest.raises(ValueError, match="needs a flow"):
        FlowAppViewset()


def test_filters_say_what_the_pages_allow(browser, boss, vera):
    """B474"""
    task = baking(browser)
    template = Template(
        "{% load workflow %}{{ task|can_view:user }} {{ task|can_assign:user }} {{ task|can_execute:user }}"
    )
    assert template.render(Context({"task": task, "user": boss})) == "True False True"
    assert template.render(Context({"task": task, "user": vera})) == "False False False"
    client = client_of(vera)
    assert client.get(task_url(task, "detail")).status_code == 403
    assert client.get(task_url(task, "execute")).status_code == 403


def test_messages_link_to_what_they_tell_about(browser):
    page = browser.post(
        url("pizza:start:execute"),
        {"customer_name": "<b>x</b>", "address": "a", "toppings": "b"},
        follow=True,
    )
    process = Process.objects.latest("pk")
    body = page.content.decode()
    assert f'<a href="/pizza/{process.pk}/">{process}</a> has been started' in body


def test_layout_flow_is_reversible_under_its_own_name(errand):
    assert LayoutFlow.instance.reverse("index") == "/layout/"


@pytest.mark.parametrize("name", ["flows", "tasks", "chart", "inbox"])
def test_a_start_at_the_address_of_a_page_is_refused(name):
    """The page stands before it, so nobody could start the process."""
    body = {
        name: flow.Start(CreateProcessView.as_view(fields=[])).Next(this.end),
        "end": flow.End(),
    }
    taken = type(flow.Flow)("TakenFlow", (flow.Flow,), {"__module__": __name__, **body})
    with pytest.raises(ValueError, match=f"{name}.*rename the node"):
        _ = FlowAppViewset(taken).urls
    if name == "inbox":
        assert FlowViewset(taken).urls


@pytest.mark.parametrize("view", [CreateProcessView, UpdateArtifactView, CreateModelView])
def test_a_mixin_may_stand_before_a_view_that_has_it_already(view):
    """As mixins of Django do; which of the views needs which, nobody has to know."""
    mine = type("Mine", (SuccessMessageMixin, TaskSuccessUrlMixin, TaskViewTemplateNames), {})
    form = type("Form", (FormAjaxCompleteMixin, FormDependentSelectMixin, FormLayoutMixin), {})
    for bases in [(mine, form, view), (form, view), (FormLayoutMixin, view), (view, form)]:
        assert issubclass(type("Page", bases, {"success_message": "{task} is done"}), view)


@pytest.mark.parametrize(
    "left_out",
    ["process_cancel", "inbox", "queue", "archive", "process_list", "task_list", "chart"],
)
def test_a_page_that_is_left_out_is_linked_from_nowhere(browser, settings, left_out):
    """B33: the other pages go on without it."""
    less = type("Less", (FlowAppViewset,), {f"{left_out}_path": None})(LessFlow, app_name="less")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [path("less/", less.urls)]})
    LessFlow.instance.mounts[:] = [less]
    process = LessFlow.start.run()
    for name, address in {
        "dashboard": "", "inbox": "inbox/", "queue": "queue/", "archive": "archive/",
        "process_list": "flows/", "task_list": "tasks/", "chart": "chart/",
        "process_detail": f"{process.pk}/", "process_cancel": f"{process.pk}/cancel/",
    }.items():  # fmt: skip
        expected = 404 if name == left_out else 200
        assert browser.get(f"/less/{address}").status_code == expected, name
