"""Where people land after a step."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from viewflow.workflow.models import Process

from .conftest import baking, newest, start_pizza, task_url, url

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
