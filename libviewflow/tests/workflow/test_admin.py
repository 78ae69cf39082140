"""Processes and tasks in Django's admin."""

from __future__ import annotations

import asyncio
import re
import warnings

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from viewflow.workflow.models import Process, Task

from . import flows
from .models import Parcel
from .steps import act_on, begin, last, perform, person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.workflow.admin_urls"),
    pytest.mark.filterwarnings("ignore:The (flow|node) :UserWarning"),
]

PROCESSES = "/admin/viewflow/process/"
TASKS = "/admin/viewflow/task/"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db):
    return signed_in(person("root", is_superuser=True, is_staff=True))


def listed(page):
    return sorted(int(pk) for pk in re.findall(r'field-pk"><a[^>]*>(\d+)</a>', page))


def body(client, url, **query):
    response = client.get(url, query)
    assert response.status_code == 200, response.get("Location")
    return response.content.decode()


def test_processes_are_listed_with_what_they_are_about(admin, ann):
    """B448."""
    process = begin(flows.PizzaFlow, ann, customer_name="Eve <b>")
    page = body(admin, PROCESSES)
    assert "Pizza for Eve &lt;b&gt;" in page
    assert "Order a pizza" in page
    assert listed(page) == [process.pk]


def test_the_list_is_narrowed_to_a_flow_by_its_title(admin, ann):
    """B448."""
    pizza = begin(flows.PizzaFlow, ann, customer_name="Eve")
    handle = flows.HandleFlow.start.run()
    page = body(admin, PROCESSES)
    choices = dict(re.findall(r'<a href="\?flow_class=([^"]+)"[^>]*>([^<]+)</a>', page))
    assert list(choices.values()) == [flows.HandleFlow.process_title, "Order a pizza"]
    assert listed(body(admin, PROCESSES, flow_class=str(flows.PizzaFlow))) == [pizza.pk]
    assert listed(body(admin, PROCESSES, flow_class=str(flows.HandleFlow))) == [handle.pk]
    assert listed(body(admin, PROCESSES, status="DONE")) == []


def test_nobody_adds_processes_or_tasks_by_hand(admin, ann):
    """B448."""
    process = begin(flows.PizzaFlow, ann)
    for url in (PROCESSES, TASKS):
        assert f'{url}add/"' not in body(admin, url)
        assert admin.get(f"{url}add/").status_code == 403
        assert admin.post(f"{url}add/", {"status": "NEW"}).status_code == 403
    assert [p.pk for p in Process.objects.all()] == [process.pk]


def test_tasks_of_a_process_are_there_to_be_read(admin, ann):
    """B449."""
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    page = body(admin, f"{PROCESSES}{process.pk}/change/")
    inline = page[page.index('id="task_set-group"') :]
    inline = inline[: inline.index("</fieldset>")]
    assert "flows.PizzaFlow.bake" in inline
    assert "ann" in inline
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]*name="([^"]+)"', inline))
    assert not {name for name in fields if re.search(r"-(status|owner|flow_task|DELETE)$", name)}
    assert "add-row" not in inline


def test_a_forged_submit_of_a_process_changes_none_of_its_tasks(admin, ann):
    """B449."""
    process = begin(flows.PizzaFlow, ann)
    task = last(process, "bake")
    form = {
        "data": "{}",
        "task_set-TOTAL_FORMS": "2",
        "task_set-INITIAL_FORMS": "2",
        "task_set-0-id": str(task.pk),
        "task_set-0-status": "DONE",
        "task_set-0-DELETE": "on",
        "status": "DONE",
        "flow_class": "",
    }
    admin.post(f"{PROCESSES}{process.pk}/change/", form)
    task.refresh_from_db()
    process.refresh_from_db()
    assert (task.status, process.status) == ("NEW", "NEW")
    assert process.flow_class is flows.PizzaFlow


def test_a_value_in_the_data_can_be_repaired(admin, ann):
    process = begin(flows.PizzaFlow, ann, customer_name="Evve")
    answer = admin.post(
        f"{PROCESSES}{process.pk}/change/",
        {
            "data": '{"customer_name": "Eve"}',
            "task_set-TOTAL_FORMS": "0",
            "task_set-INITIAL_FORMS": "0",
        },
    )
    assert answer.status_code == 302
    process.refresh_from_db()
    assert process.customer_name == "Eve"
    assert process.flow_class is flows.PizzaFlow


def test_the_pages_of_a_task_open(admin, ann):
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    task = last(process, "bake")
    assert "Eve waits for bake" in body(admin, TASKS)
    page = body(admin, f"{TASKS}{task.pk}/change/")
    assert "flows.PizzaFlow.bake" in page
    assert listed(body(admin, TASKS, status="NEW")) == [task.pk]
    assert len(listed(body(admin, TASKS, flow_task_type="HUMAN_START"))) == 1
    answer = admin.post(f"{TASKS}{task.pk}/change/", {"owner": ann.pk, "data": "{}"})
    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.owner, task.status) == (ann, "NEW")


def count(client, url):
    body(client, url)
    with CaptureQueriesContext(connection) as captured:
        body(client, url)
    return len(captured)


def test_more_rows_and_participants_cost_no_more_queries(admin):
    """B317, B316."""

    def work(name):
        process = begin(flows.PizzaFlow, person(name), customer_name=name)
        perform(process, "bake", person(f"{name}2"))
        parcel = Parcel.objects.create(name=name)
        Process.objects.filter(pk=process.pk).update(artifact_object_id=parcel.pk)

    for n in range(2):
        work(f"a{n}")
    few = [count(admin, url) for url in (PROCESSES, TASKS)]
    for n in range(10):
        work(f"b{n}")
    many = [count(admin, url) for url in (PROCESSES, TASKS)]
    assert few == many
    page = body(admin, PROCESSES)
    assert "b9, b92" in page


def test_flows_with_tables_of_their_own_cost_no_query_per_row(admin, ann):
    """B317."""
    costs = []
    for _ in range(2):
        for _ in range(4):
            begin(flows.ShipmentFlow, ann, carrier="DHL")
        costs.append(count(admin, PROCESSES))
    assert costs[0] == costs[1]


def test_rows_of_deleted_flows_break_no_page(admin, ann):
    """B278."""
    gone = begin(flows.PizzaFlow, ann, customer_name="Eve")
    kept = begin(flows.PizzaFlow, ann, customer_name="Max")
    task = last(gone, "bake")
    Process.objects.filter(pk=gone.pk).update(flow_class="workflow/flows.GoneFlow")
    Task.objects.filter(process=gone.pk).update(flow_task="workflow/flows.GoneFlow.bake")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert listed(body(admin, PROCESSES)) == [gone.pk, kept.pk]
        assert f"Process #{gone.pk}" in body(admin, PROCESSES)
        assert f"Task/{task.pk}" in body(admin, TASKS)
        assert body(admin, f"{PROCESSES}{gone.pk}/change/")
        assert body(admin, f"{TASKS}{task.pk}/change/")
        answer = admin.post(
            f"{PROCESSES}{gone.pk}/change/",
            {"data": '{"a": 1}', "task_set-TOTAL_FORMS": "0", "task_set-INITIAL_FORMS": "0"},
        )
        assert answer.status_code == 302
        task = Task.objects.get(pk=task.pk)
        task.owner = ann
        task.save()
    gone = Process.objects.annotate(ref=Cast("flow_class", CharField())).get(pk=gone.pk)
    task = Task.objects.annotate(ref=Cast("flow_task", CharField())).get(pk=task.pk)
    assert gone.data == {"a": 1}
    assert (gone.flow_class, gone.ref) == (None, "workflow/flows.GoneFlow")
    assert (task.owner, task.flow_task, task.ref) == (ann, None, "workflow/flows.GoneFlow.bake")


@pytest.mark.parametrize(
    "query",
    [
        {"flow_class": "\x00"}, {"flow_class": "no such flow"}, {"flow_class": "a/b.C" * 99},
        {"status": "\x00"}, {"status__exact": "\x00"}, {"status__exact": "NOTHING"},
        {"flow_task_type": "\x00"}, {"q": "\x00"}, {"created__year": "\x00"}, {"p": "\x00"},
        {"created__year": "99999"}, {"created__day": "x"}, {"o": "\x00"}, {"unknown": "1"},
        {"_facets": "True"}, {"_facets": "True", "status": "\x00"},
        {"created__gte": "\x00"}, {"id__exact": "9" * 40},
    ],
)  # fmt: skip
@pytest.mark.parametrize("url", [PROCESSES, TASKS])
def test_strange_queries_break_no_list(admin, ann, url, query):
    begin(flows.PizzaFlow, ann)
    admin.raise_request_exception = False
    assert admin.get(url, query).status_code in (200, 302, 400)


@pytest.mark.parametrize("pk", ["0", "-1", "x", "%00", "9" * 40, "1_5F2"])
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_rows_that_do_not_exist_break_no_page(admin, pk, page):
    admin.raise_request_exception = False
    for url in (PROCESSES, TASKS):
        assert admin.get(f"{url}{pk}/{page}/").status_code in (302, 404)


def test_rights_of_the_admin_are_asked_for(ann):
    process = begin(flows.PizzaFlow, ann)
    clerk = person("clerk", is_staff=True)
    client = signed_in(clerk)
    assert client.get(PROCESSES).status_code == 403
    clerk.user_permissions.add(*Permission.objects.filter(codename="view_process"))
    client = signed_in(clerk)
    assert listed(body(client, PROCESSES)) == [process.pk]
    page = body(client, f"{PROCESSES}{process.pk}/change/")
    assert 'name="_save"' not in page
    assert client.get(TASKS).status_code == 403
    assert signed_in(ann).get(PROCESSES)["Location"].startswith(reverse("admin:login"))


def test_a_process_is_deleted_with_its_tasks(admin, ann):
    process = begin(flows.PizzaFlow, ann)
    assert "Are you sure" in body(admin, f"{PROCESSES}{process.pk}/delete/")
    admin.post(f"{PROCESSES}{process.pk}/delete/", {"post": "yes"})
    assert not Process.objects.exists()
    assert not Task.objects.exists()


NUL_REQUESTS = [
    {"path": f"{PROCESSES}?status__exact=%00"},
    {"path": f"{PROCESSES}?%00=1"},
    {"path": f"{PROCESSES}%00/"},
    {"path": PROCESSES, "HTTP_COOKIE": r'sessionid="aaaaaaaa\000"'},
]
"""PostgreSQL takes no NUL byte in a text, so some of these are a 500 of Django itself there."""


@pytest.mark.parametrize("request_", NUL_REQUESTS)
def test_nul_bytes_are_a_bad_request(admin, settings, request_):
    """The answer is the library's page, before any view, session or query."""
    settings.MIDDLEWARE = ["viewflow.middleware.NulByteMiddleware", *settings.MIDDLEWARE]
    response = admin.get(**request_)
    assert response.status_code == 400
    assert "This request made no sense" in response.text
    assert admin.get(f"{PROCESSES}?status__exact=DONE").status_code == 200
    assert admin.get(f"{PROCESSES}?q=100%25%2000").status_code == 200


def test_nul_bytes_are_a_bad_request_under_asgi(async_client, settings):
    settings.MIDDLEWARE = ["viewflow.middleware.NulByteMiddleware", *settings.MIDDLEWARE]
    assert asyncio.run(async_client.get(f"{PROCESSES}?q=%00")).status_code == 400
