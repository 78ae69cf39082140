"""Pages of what waits for the clock, and of tasks with events on their borders."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from tests.workflow.clock import Clock
from viewflow.workflow.chart import calc_cell_status, calc_layout_data, flow_map, grid_to_svg
from viewflow.workflow.flow import nodes
from viewflow.workflow.models import Process, Task
from viewflow.workflow.timers import (
    fire_due_conditions,
    fire_due_start_timers,
    fire_due_timers,
)

from .conftest import client_of, make_user, newest, task_url, text_of, url
from .time_flows import LoanFlow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.time_flows"


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def loan(browser):
    response = browser.post(url("loan:start:execute"), {"note": "for a house"})
    assert response.status_code == 302
    return Process.objects.latest("pk")


def page(client, task, name="detail"):
    return client.get(task_url(task, name, "loan"))


def process_page(client, process):
    return client.get(url("loan:process_detail", process.pk))


def approving(clock, loan):
    clock.advance(hours=1, minutes=1)
    assert fire_due_timers() == 1
    return newest(loan, "approve")


def test_each_node_has_the_pages_of_its_kind():
    """Timers, conditions and events can be looked at, cancelled and revived."""
    expected = {
        "pause": {"index", "detail", "cancel", "revive"},
        "paid": {"index", "detail", "cancel", "revive"},
        "approve__timeout": {"index", "detail", "cancel", "revive"},
        "every_day": {"index", "detail", "undo"},
    }
    for name, pages in expected.items():
        node = LoanFlow.instance.node(name)
        found = set()
        for each in ("index", "detail", "execute", "assign", "cancel", "undo", "revive"):
            try:
                reverse(f"loan:{name}:{each}", args=[1, 2])
                found.add(each)
            except NoReverseMatch:
                pass
        assert found == pages, name
        assert type(node).__module__ == nodes.Timer.__module__, name


def test_a_timer_says_when_it_is_due(browser, loan, clock):
    """B365: as a time that machines read, in the facts of its page and in the history."""
    task = newest(loan, "pause")
    response = page(browser, task)
    moment = task.scheduled.isoformat(timespec="seconds")
    assert f'<time datetime="{moment}"' in response.content.decode()
    assert "Due" in text_of(response)
    assert "“Cool down” is scheduled" in text_of(response)
    assert "Scheduled" in text_of(response)
    clock.advance(hours=2)
    fire_due_timers()
    response = page(browser, newest(loan, "pause"))
    assert "“Cool down”: the time has come" in text_of(response)
    assert "Due" not in text_of(response)


def test_a_timer_is_cancelled_and_opened_again_by_its_pages(browser, loan):
    """B368, B404"""
    task = newest(loan, "pause")
    assert page(browser, task, "cancel").status_code == 200
    assert browser.post(task_url(task, "cancel", "loan")).status_code == 302
    task.refresh_from_db()
    assert task.status == "CANCELED"
    assert fire_due_timers() == 0
    assert page(browser, task, "revive").status_code == 200
    assert browser.post(task_url(task, "revive", "loan")).status_code == 302
    assert newest(loan, "pause").status == "SCHEDULED"


def test_armed_events_are_quiet(browser, loan, clock):
    """A task names its limits, a process what may happen; nobody's list has them."""
    task = approving(clock, loan)
    text = text_of(page(browser, task))
    assert "The customer gives up" in text
    assert "Reminder" in text
    assert "timeout" not in text.lower()
    shown = process_page(browser, loan)
    text = text_of(shown)
    assert "“Approve”: The customer gives up" in text
    assert "“Approve”: reminder" in text
    assert "“Approve”: can be escalated" in text
    assert [entry.title for entry in shown.context["waiting"]] == ["Approve"]
    story = " ".join(str(entry.text) for entry in shown.context["story"])
    assert "gives up" not in story and "escalation" not in story

    listed = browser.get(url("loan:task_list"))
    assert "Approve" in text_of(listed)
    assert "gives up" not in text_of(listed)
    assert "timeout" not in text_of(listed).lower()
    assert "gives up" not in text_of(browser.get(url("loan:process_list")))
    board = browser.get(url("loan:index"))
    assert [column.title for column in board.context["columns"] if column.count] == ["Approve"]
    assert Task.objects.filter(flow_task_type="BOUNDARY_EVENT", status="SCHEDULED").count() == 2


def test_an_event_can_be_looked_at_and_disarmed(browser, loan, clock):
    task = approving(clock, loan)
    event = newest(loan, "approve__timeout_2")
    assert page(browser, event, "index").url == task_url(event, "detail", "loan")
    response = page(browser, event)
    assert "The customer gives up" in text_of(response)
    assert "Due" in text_of(response)
    assert browser.post(task_url(event, "cancel", "loan")).status_code == 302
    clock.advance(days=2)
    fire_due_timers()
    task.refresh_from_db()
    assert task.status == "NEW"
    assert page(browser, event, "revive").status_code == 403
    viewer = client_of(make_user("vic", "flowviews.view_errand"))
    assert page(viewer, event).status_code == 200
    assert page(viewer, event, "cancel").status_code == 403


@pytest.mark.parametrize("begun", [False, True])
def test_whoever_comes_too_late_is_told_so(browser, loan, clock, begun, vera):
    """B370: the submit is refused with what happened, where it went on, and what was typed."""
    task = approving(clock, loan)
    client = client_of(vera)
    client.post(task_url(task, "assign", "loan"))
    if begun:
        with task.activation() as activation:
            activation.start()
    event = newest(loan, "approve__timeout")
    browser.post(task_url(event, "cancel", "loan"))
    clock.advance(days=2)
    assert fire_due_timers() == 1
    late = client.post(task_url(task, "execute", "loan"), {"amount": "4711"})
    assert late.status_code == 403
    text = text_of(late)
    assert "The time for this step is over" in text
    assert "“Approve” was not done in time" in text
    assert "went on with “Call the customer”" in text
    assert "4711" in text
    assert Process.objects.get(pk=loan.pk).data.get("amount", 0) != 4711
    assert "The time for this step is over" in text_of(page(client, task))
    assert client.get(task_url(task, "execute", "loan")).status_code == 403

    shown = process_page(browser, loan)
    story = [str(entry.text) for entry in shown.context["story"]]
    assert "“Approve” was not done in time and was ended" in story
    assert [entry.title for entry in shown.context["waiting"]] == ["Call the customer"]
    assert shown.context["armed"] == []


def test_a_task_cancelled_by_a_person_says_nothing_of_time(browser, loan, clock):
    task = approving(clock, loan)
    browser.post(task_url(task, "cancel", "loan"))
    text = text_of(page(browser, task, "execute"))
    assert "This step was cancelled" in text
    assert page(browser, task).context["ended"] is None


def test_reminders_and_failures_are_told_in_words(browser, loan, clock):
    """The history names what happened to which task; a caught failure is no alarm."""
    task = approving(clock, loan)
    clock.advance(hours=2)
    assert fire_due_timers() == 1
    story = [str(e.text) for e in process_page(browser, loan).context["story"]]
    assert "“Approve” is not done yet" in story
    browser.post(task_url(task, "assign", "loan"))
    answer = browser.post(task_url(task, "execute", "loan"), {"amount": "500"})
    assert answer.status_code == 302
    Process.objects.filter(pk=loan.pk).update(data={"note": "full", "amount": 500})
    text = text_of(process_page(browser, loan))
    assert "“Money is there”: another way if it fails (Nobody knows)" in text
    assert fire_due_conditions() == 1
    shown = process_page(browser, loan)
    story = [str(e.text) for e in shown.context["story"]]
    assert "“Book” could not be done; another way was taken" in story
    assert "“Money is there” is so now" in story
    book = newest(loan, "book")
    assert book.status == "CANCELED"
    refused = page(browser, book)
    assert "This step could not be done" in text_of(refused)


def test_the_step_before_can_be_undone_only_without_what_followed_the_limit(browser, loan, clock):
    task = approving(clock, loan)
    browser.post(task_url(task, "assign", "loan"))
    browser.post(task_url(task, "execute", "loan"), {"amount": "5"})
    shown = process_page(browser, loan)
    undo = [a for a in shown.context["actions"] if "Undo" in str(a.name)]
    assert "Money is there" in undo[0].reason
    browser.post(task_url(newest(loan, "paid"), "cancel", "loan"))
    shown = process_page(browser, loan)
    undo = [a for a in shown.context["actions"] if "Undo" in str(a.name)]
    assert undo[0].url
    assert browser.post(undo[0].url).status_code == 302
    assert newest(loan, "approve").status == "CANCELED"


def test_a_process_with_armed_events_is_cancelled_by_its_page(browser, loan, clock):
    approving(clock, loan)
    answer = browser.post(url("loan:process_cancel", loan.pk), {"_cancel_process": "1"})
    assert answer.status_code == 302
    assert Process.objects.get(pk=loan.pk).status == "CANCELED"
    assert not Task.objects.filter(status__in=["NEW", "SCHEDULED"]).exists()


def test_a_process_of_the_clock_has_its_pages(browser):
    assert fire_due_start_timers([LoanFlow]) == 1
    process = Process.objects.latest("pk")
    start = newest(process, "every_day")
    assert page(browser, start).status_code == 200
    assert process_page(browser, process).status_code == 200


def test_events_sit_on_the_border_of_their_host(browser, loan, clock):
    """B442: in the drawing, dashed where the host goes on, with the state of the process."""
    approving(clock, loan)
    grid = calc_layout_data(LoanFlow)
    boxes = grid.layout.nodes
    host = boxes["approve"]
    for name in ("approve__timeout", "approve__timeout_2", "approve__escalation"):
        box = boxes[name]
        assert (box.kind, box.host) == ("boundary", "approve")
        assert box.cy == host.y + host.height
        assert host.x < box.cx < host.x + host.width
    # A host that is an event itself gets the shape of a task, which has room on its border.
    assert (boxes["paid"].kind, boxes["pause"].kind) == ("task", "event")
    starts = {edge.src for edge in grid.layout.edges}
    assert {"approve__timeout", "approve__timeout_2", "approve__escalation"} <= starts
    svg = grid_to_svg(calc_cell_status(LoanFlow, grid, loan.pk))
    reminder = svg.partition('id="approve__timeout"')[2].partition("</g></g>")[0]
    limit = svg.partition('id="approve__timeout_2"')[2].partition("</g></g>")[0]
    assert "stroke-dasharray" in reminder and "stroke-dasharray" not in limit
    assert "<title>The customer gives up</title>" in limit
    for orient in ("wide", "tall"):
        assert "The customer gives up" in flow_map(LoanFlow, orient=orient)
    shown = process_page(browser, loan)
    assert shown.status_code == 200
    assert browser.get(url("loan:chart")).status_code == 200
    assert browser.get(url("loan:process_chart", loan.pk)).status_code == 200
