"""Pages of a flow whose processes and tasks are in the project's own tables."""

from __future__ import annotations

import uuid

import pytest
from django.core.management import CommandError, call_command

from tests.workflow.models import LeanProcess, LeanTask
from viewflow.workflow.context import Context
from viewflow.workflow.flow import FlowViewset, WorkflowAppViewset

from .conftest import client_of, make_user, text_of, url
from .guarded import DeskFlow, TicketFlow
from .models import Ticket, TicketTask
from .test_lists import listed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"


def page_of(task, page):
    return url(f"lean:{task.flow_task.name}:{page}", task.process_id, task.pk)


@pytest.fixture
def task(browser):
    done = browser.post(url("lean:start:execute"), {"title": "Tidy up"})
    assert done.status_code == 302
    return LeanTask.objects.get(flow_task_type="HUMAN")


def test_a_process_goes_from_start_to_end(browser, task):
    """B287"""
    assert listed(browser.get(url("lean:queue"))) == [task.pk]
    browser.post(page_of(task, "assign"))
    assert listed(browser.get(url("lean:inbox"))) == [task.pk]
    assert browser.get(page_of(task, "execute")).status_code == 200
    done = browser.post(page_of(task, "execute"), {"title": "Tidy", "_continue": "1"})
    assert done["Location"] == url("lean:process_detail", task.process_id)
    process = LeanProcess.objects.get()
    assert (process.status, process.title) == ("DONE", "Tidy")
    assert page_of(task, "detail") in browser.get(url("lean:archive")).content.decode()


def test_every_page_opens(browser, task):
    """B287"""
    plain = client_of(make_user("viewer", "workflow.view_leanprocess"))
    for page in (
        url("lean:index"), url("lean:process_list"), url("lean:task_list"), url("lean:chart"),
        url("lean:process_detail", task.process_id), url("lean:process_chart", task.process_id),
        page_of(task, "detail"),
    ):  # fmt: skip
        for client in (browser, plain):
            assert client.get(page).status_code == 200, page
            assert client.get(page, {"_search": "tidy"}).status_code == 200, page
    text = text_of(browser.get(url("lean:process_detail", task.process_id)))
    assert "Tidy up" in text


def test_lists_find_what_stands_in_columns_of_their_own(browser, task):
    browser.post(url("lean:start:execute"), {"title": "Mow the lawn"})
    for name in ("queue", "task_list"):
        page = browser.get(url(f"lean:{name}"), {"_search": "tidy up"})
        assert page.context["total"] == len(page.context["rows"])
        assert "Tidy up" in text_of(page)
        assert "Mow the lawn" not in text_of(page), name
    for term in ("TIDY", f"#{task.process_id}"):
        page = browser.get(url("lean:process_list"), {"_search": term})
        assert [row.obj.pk for row in page.context["rows"]] == [task.process_id]


def test_undo_cancel_and_revive(browser, task):
    """B287"""
    for step, status in (("cancel", "CANCELED"), ("revive", "REVIVED")):
        assert browser.get(page_of(task, step)).status_code == 200
        assert browser.post(page_of(task, step)).status_code == 302
        task.refresh_from_db()
        assert task.status == status
    cancel = url("lean:process_cancel", task.process_id)
    assert browser.get(cancel).status_code == 200
    assert browser.post(cancel, {"_cancel_process": "1"}).status_code == 302
    assert LeanProcess.objects.get().status == "CANCELED"


def test_a_step_that_fails_without_a_place_for_its_cause(browser, task):
    """B287"""
    browser.post(page_of(task, "assign"))
    LeanProcess.objects.update(title="boom")
    task.refresh_from_db()
    with Context(propagate_exception=False), task.activation() as activation:
        activation.execute()
    failed = LeanTask.objects.get(status="ERROR")
    for page in (
        page_of(failed, "detail"), url("lean:index"), url("lean:task_list"),
        url("lean:process_detail", task.process_id),
    ):  # fmt: skip
        assert browser.get(page).status_code == 200, page
    LeanProcess.objects.update(title="fine")
    assert browser.post(page_of(failed, "revive")).status_code == 302
    assert LeanProcess.objects.get().status == "DONE"


@pytest.fixture
def ticket(browser):
    done = browser.post(url("ticket:start:execute"), {"text": "No light"})
    assert done.status_code == 302
    process = Ticket.objects.get()
    assert done["Location"] == url("ticket:process_detail", process.pk)
    return process


def test_a_process_may_have_a_uuid(browser, ticket):
    """Its pages are found, and every list leads to them."""
    task = TicketTask.objects.get(flow_task_type="HUMAN")

    def page(name):
        return url(f"ticket:mend:{name}", ticket.pk, task.pk)

    assert f"/{ticket.pk}/mend/{task.pk}/" in page("index")
    for name in ("index", "process_list", "task_list", "queue"):
        listed = browser.get(url(f"ticket:{name}")).content.decode()
        assert f"/{ticket.pk}/" in listed, name
    for name in ("process_detail", "process_chart", "process_cancel"):
        assert browser.get(url(f"ticket:{name}", ticket.pk)).status_code == 200
        assert browser.get(url(f"ticket:{name}", uuid.uuid4())).status_code == 404
    for name in ("assign", "unassign", "assign", "cancel", "revive"):
        assert browser.get(page(name)).status_code == 200
        assert browser.post(page(name)).status_code == 302
    task = TicketTask.objects.latest("pk")
    browser.post(page("assign"))
    assert page("execute") in browser.get(url("ticket:inbox")).content.decode()
    done = browser.post(page("execute"), {"text": "Light", "_continue": "1"})
    assert done["Location"] == url("ticket:process_detail", ticket.pk)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.text) == ("DONE", "Light")
    assert f"/{ticket.pk}/" in browser.get(url("ticket:index")).content.decode()


def test_a_chart_of_no_process_is_refused(ticket):
    with pytest.raises(CommandError, match="has no process 'x'"):
        call_command("flowexport", str(TicketFlow), "-pk", "x")


def test_a_shared_list_is_searched_though_a_flow_has_tables_of_its_own(browser, ticket):
    for name in ("inbox", "queue", "archive"):
        assert browser.get(url(f"mixed:{name}"), {"_search": "light"}).status_code == 200


def test_a_shared_list_that_leaves_tasks_out_is_warned_about():
    with pytest.warns(UserWarning, match="not those of TicketFlow"):
        WorkflowAppViewset(flow_viewsets=[FlowViewset(DeskFlow), FlowViewset(TicketFlow)])
