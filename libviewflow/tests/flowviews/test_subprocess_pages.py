"""The pages of tasks that wait for processes, of these processes, and where they are listed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from .conftest import client_of, make_user, newest, task_url, text_of, url
from .subprocess_flows import PartFlow, SecretPartFlow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.subprocess_flows"


def order(client, note="wheel frame"):
    answer = client.post(url("workshop:start:execute"), {"note": note})
    assert answer.status_code == 302, text_of(answer)
    return Process.objects.filter(parent_task=None).latest("pk")


def parts_of(process):
    return list(Process.objects.filter(parent_task__process=process).order_by("pk"))


def make(client, part):
    task = newest(part, "make")
    client.post(task_url(task, "assign", "part"))
    return client.post(task_url(task, "execute", "part"), {"note": "x", "_continue": "1"})


def test_the_page_of_a_waiting_task_lists_its_processes(browser):
    """B420, B380"""
    process = order(browser)
    task = newest(process, "parts")
    page = browser.get(task_url(task, "index", "workshop"), follow=True)
    text = text_of(page, "main")
    assert "Processes it waits for 0 of 2 have ended" in text
    one, two = parts_of(process)
    for part, word in ((one, "wheel"), (two, "frame")):
        assert f"{part} {word} In progress" in text
        assert f'href="{url("part:process_detail", part.pk)}"' in page.content.decode()
    make(browser, one)
    text = text_of(browser.get(task_url(task, "detail", "workshop")), "main")
    assert "1 of 2 have ended" in text
    assert f"{one} x Done" in text


def test_the_page_of_a_process_leads_up_and_down(browser):
    """B420, B419: what has no pages is named as text."""
    process = order(browser)
    for part in parts_of(process):
        make(browser, part)
    task = newest(process, "parts")
    page = browser.get(url("workshop:process_detail", process.pk))
    one, two, secret = parts_of(process)
    body = page.content.decode()
    assert f'<a href="{url("part:process_detail", one.pk)}">{one}</a>' in body
    assert str(secret) in text_of(page)
    assert f">{secret}</a>" not in body
    assert secret.flow_class is SecretPartFlow
    up = browser.get(url("part:process_detail", two.pk)).content.decode()
    assert f'href="{url("workshop:process_detail", process.pk)}"' in up
    assert f'href="{task_url(task, "detail", "workshop")}"' in up


def test_going_on_leads_through_the_family(browser):
    """B405, API 10: a sibling, then the parent."""
    process = order(browser)
    one, two = parts_of(process)
    assert make(browser, one)["Location"] == task_url(newest(two, "make"), "assign", "part")
    assert make(browser, two).status_code == 302
    with newest(parts_of(process)[2], "make").activation() as activation:
        activation.assign(newest(one, "make").owner)
        activation.execute()
    ship = newest(process, "ship")
    assert ship.status == STATUS.NEW
    # The last part of a later order leads to what its parent waits for.
    later = order(browser, "alone")
    (only,) = parts_of(later)
    answer = make(browser, only)
    assert answer["Location"] == url("part:process_detail", only.pk), "its sibling has no pages"


def test_cancel_undo_and_open_again(browser):
    """B384, B304: the page of each step asks and does it."""
    process = order(browser)
    task = newest(process, "parts")
    page = browser.get(task_url(task, "detail", "workshop"))
    assert task_url(task, "cancel", "workshop") in page.content.decode()
    assert browser.get(task_url(task, "cancel", "workshop")).status_code == 200
    assert browser.post(task_url(task, "cancel", "workshop")).status_code == 302
    assert {part.status for part in parts_of(process)} == {PROCESS.CANCELED}
    # The children of a cancelled task are not opened again alone.
    made = newest(parts_of(process)[0], "make")
    assert browser.post(task_url(made, "revive", "part")).status_code == 403
    assert browser.post(task_url(task, "revive", "workshop")).status_code == 302
    again = newest(process, "parts")
    assert (again.status, again.subprocesses.count()) == (STATUS.STARTED, 2)
    for part in again.subprocesses.all():
        make(browser, part)
    secret = newest(process, "secret")
    assert secret.status == STATUS.STARTED
    browser.post(task_url(secret, "cancel", "workshop"))
    assert browser.post(task_url(again, "undo", "workshop")).status_code == 302
    assert {p.status for p in again.subprocesses.all()} == {PROCESS.CANCELED}
    assert browser.get(url("workshop:process_detail", process.pk)).status_code == 200


def test_a_part_that_has_begun_stops_the_cancel(browser, boss):
    """B303: the page says so, and nothing is changed."""
    process = order(browser)
    part = parts_of(process)[0]
    with newest(part, "make").activation() as activation:
        activation.assign(boss)
        activation.start()
    task = newest(process, "parts")
    text = text_of(browser.get(task_url(task, "detail", "workshop")), "main")
    assert "Not possible: somebody is working on it." in text
    assert browser.post(task_url(task, "cancel", "workshop")).status_code == 403
    answer = browser.post(
        url("workshop:process_cancel", process.pk), {"_cancel_process": "1"}, follow=True
    )
    assert "make" in text_of(answer)
    assert {p.status for p in Process.objects.all()} == {PROCESS.NEW}


def test_a_failed_part_is_told_where_it_is_waited_for(browser):
    process = order(browser)
    part = parts_of(process)[0]
    browser.post(url("part:process_cancel", part.pk), {"_cancel_process": "1"})
    task = newest(process, "parts")
    assert task.status == STATUS.ERROR
    text = text_of(browser.get(task_url(task, "detail", "workshop")), "main")
    assert f"{part} was cancelled" in text
    assert "Try again…" in text


def test_lists_and_the_dashboard(browser):
    """B416: a column for the subprocess; the list of processes says whom one works for."""
    process = order(browser)
    board = text_of(browser.get(url("workshop:index")), "main")
    assert "Parts" in board
    assert "Secret" in board
    page = browser.get(url("part:process_list"))
    assert "Works for" in text_of(page, "main")
    link = f'<a href="{url("workshop:process_detail", process.pk)}">{process}</a>'
    assert link in page.content.decode()
    assert "Works for" not in text_of(browser.get(url("workshop:process_list")), "main")
    # Somebody's inbox holds the tasks of people only.
    for name in ("inbox", "queue"):
        assert "Parts" not in text_of(browser.get(url(f"workshop:{name}")), "main")


def test_people_without_the_right_read_names_only():
    """What a process is about is told to those who may see it."""
    nina = make_user("nina", "flowviews.view_errand", "flowviews.manage_errand")
    process = order(client_of(nina))
    task = newest(process, "parts")
    assert "wheel" in text_of(client_of(nina).get(task_url(task, "detail", "workshop")), "main")
    stranger = client_of(make_user("stranger"))
    assert stranger.get(task_url(task, "detail", "workshop")).status_code == 403


def test_many_children_cost_no_more_queries(browser):
    """B316"""
    counts = []
    for note in ("a b", " ".join("abcdefghijklmnopqrst")):
        process = order(browser, note)
        task = newest(process, "parts")
        pages = [
            task_url(task, "detail", "workshop"),
            url("workshop:process_detail", process.pk),
            url("part:process_list"),
        ]
        for page in pages:
            browser.get(page)
        with CaptureQueriesContext(connection) as captured:
            for page in pages:
                assert browser.get(page).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1], counts
    assert Task.objects.filter(flow_task=PartFlow.make).count() == 22


def test_a_thousand_children_are_listed_in_part(browser, monkeypatch):
    """The first of them, and how many there are."""
    monkeypatch.setattr("viewflow.workflow.flow.relatives.MAX_RELATIVES", 4)
    process = order(browser, "a b c d e f")
    make(browser, parts_of(process)[0])
    text = text_of(browser.get(task_url(newest(process, "parts"), "detail", "workshop")), "main")
    assert "1 of 6 have ended" in text
    assert text.count("In progress") == 4, "what is open comes first"
    assert "More of them are not listed here." in text
