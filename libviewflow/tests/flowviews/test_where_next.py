"""Where people land after a step."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task

from .conftest import baking, client_of, newest, start_pizza, task_url, text_of, url
from .flows import ErrandFlow
from .guarded import ParentFlow

pytestmark = pytest.mark.django_db


def submit(browser, task, query="", **data):
    return browser.post(task_url(task, "execute") + query, {"baking_time": "5", **data})["Location"]


def test_without_anything_else_to_the_process(browser):
    task = baking(browser)
    assert submit(browser, task) == url("pizza:process_detail", task.process_id)


def test_back_to_the_list_a_person_came_from(browser):
    """B407"""
    task = baking(browser)
    inbox = url("pizza:inbox") + "?page=1"
    assert submit(browser, task, "?" + urlencode({"back": inbox})) == inbox


def test_the_rows_of_a_list_carry_the_way_back(browser):
    """B407"""
    task = baking(browser)
    page = browser.get(url("pizza:inbox")).content.decode()
    link = task_url(task, "execute") + "?back=%2Fpizza%2Finbox%2F"
    assert link in page
    assert browser.post(link, {"baking_time": "5"})["Location"] == url("pizza:inbox")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_another_host_is_never_the_way_back(browser, back):
    """B408"""
    task = baking(browser)
    page = browser.get(task_url(task, "execute") + "?" + urlencode({"back": back}))
    assert f'href="{back}"' not in page.content.decode()
    assert submit(browser, task, "?" + urlencode({"back": back})) == "/"


def test_a_page_pinned_in_the_session_is_honoured(browser):
    """B407"""
    session = browser.session
    session["vf-pin-location"] = "/pizza/queue/"
    session.save()
    assert submit(browser, baking(browser)) == "/pizza/queue/"


def test_continue_leads_to_the_next_task_of_the_process(browser):
    """B405"""
    task = baking(browser)
    location = submit(browser, task, _continue="1")
    assert location == task_url(newest(task.process, "deliver"), "assign")


def test_continue_leads_to_the_process_when_nothing_is_left(browser):
    """B405"""
    task = baking(browser)
    submit(browser, task)
    deliver = newest(task.process, "deliver")
    browser.post(task_url(deliver, "assign"))
    done = browser.post(task_url(deliver, "execute"), {"tips_received": "1", "_continue": "1"})
    assert done["Location"] == url("pizza:process_detail", task.process_id)
    assert Process.objects.get(pk=task.process_id).status == "DONE"


def test_from_the_inbox_continue_goes_on_with_the_inbox(browser):
    first, second = baking(browser), baking(browser)
    submit(browser, first)
    deliver = newest(first.process, "deliver")
    browser.post(task_url(deliver, "assign"))
    inbox = url("pizza:inbox")
    done = browser.post(
        task_url(deliver, "execute") + "?" + urlencode({"back": inbox}),
        {"tips_received": "1", "_continue": "1"},
    )
    assert done["Location"] == task_url(second, "execute") + "?" + urlencode({"back": inbox})


def test_no_page_writes_the_session(browser):
    task = baking(browser)
    process = start_pizza(browser)
    for page in (
        url("pizza:inbox"), url("pizza:queue"), url("pizza:archive"), url("pizza:index"),
        url("pizza:process_list"), url("pizza:task_list"), url("pizza:start:execute"),
        url("pizza:process_detail", process.pk), task_url(task, "execute"),
    ):  # fmt: skip
        response = browser.get(page)
        assert response.status_code == 200
        assert not response.wsgi_request.session.modified, page


# beside the tasks of people ----------------------------------------------------------------------


@pytest.fixture
def parent(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"
    with Context(propagate_exception=False):
        process = ParentFlow.begin.run(note="boom")
    assert newest(process, "risky").status == "ERROR"
    return process


def go_on(client, process, node):
    task = newest(process, node)
    client.post(task_url(task, "assign", "parent"))
    data = {"note": "x", "_continue": "1"}
    return client.post(task_url(task, "execute", "parent"), data)["Location"]


def test_continue_leads_to_a_failed_step_after_ones_own_tasks(browser, parent):
    """B406"""
    second = newest(parent, "second")
    browser.post(task_url(second, "assign", "parent"))
    assert go_on(browser, parent, "first") == task_url(second, "execute", "parent")
    assert go_on(browser, parent, "second") == task_url(newest(parent, "risky"), "detail", "parent")


def test_continue_leads_to_background_work_before_a_failed_step(browser, parent):
    """B406"""
    job = newest(parent, "later")
    Task.objects.filter(pk=job.pk).update(flow_task_type="JOB")
    assert go_on(browser, parent, "first") == task_url(newest(parent, "second"), "assign", "parent")
    assert go_on(browser, parent, "second") == task_url(job, "detail", "parent")


def test_people_without_the_overview_are_not_led_to_pages_they_may_not_see(vera, parent):
    client = client_of(vera)
    assert go_on(client, parent, "first") == task_url(newest(parent, "second"), "assign", "parent")
    landed = go_on(client, parent, "second")
    assert landed == url("parent:inbox")
    assert client.get(landed).status_code == 200


def test_people_without_the_overview_land_on_their_task_where_there_is_no_inbox(vera):
    process = ErrandFlow.start.run(note="x")
    task = newest(process, "work")
    client = client_of(vera)
    space = "errands:errand"
    landed = client.post(task_url(task, "execute", space), {"note": "y"})["Location"]
    assert landed == task_url(task, "detail", space)
    assert client.get(landed).status_code == 200


def test_who_may_start_but_not_see_lands_in_the_inbox(vera):
    client = client_of(vera)
    data = {"customer_name": "Hannah", "address": "Elm St 1", "toppings": "olives"}
    landed = client.post(url("pizza:start:execute"), data)["Location"]
    assert landed == url("pizza:inbox")
    assert "has been started" in text_of(client.get(landed))
