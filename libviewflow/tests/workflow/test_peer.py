"""Processes that django-viewflow 2.4 has begun go on here: every kind of node, in every state."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from .peer_pages import CodeFlow, NodesFlow
from .steps import act_on, check, fresh, last, live, live_names, picture, tasks

ROWS = json.loads((Path(__file__).parent / "data" / "peer_2_4_nodes.json").read_text())
MADE = ROWS["made"]
TABLES = {"process": Process, "task": Task, "previous": Task.previous.through}

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.workflow.peer_pages")]


def value_of(column, value):
    if column in {"created", "started", "finished", "assigned"} and value is not None:
        moment = parse_datetime(value).replace(tzinfo=datetime.UTC)
        return connection.ops.adapt_datetimefield_value(moment)
    if isinstance(value, str):
        return value.replace("bench/flows.", "workflow/peer_pages.").replace(
            "bench.can_write_order", "workflow.change_order"
        )
    return value


@pytest.fixture(autouse=True)
def boss():
    """The peer's people, and its rows as it wrote them."""
    users = get_user_model().objects
    admin = users.create_superuser("admin", pk=1)
    users.create_user("bob", pk=2)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, model in TABLES.items():
            columns, rows = ROWS[name]["columns"], ROWS[name]["rows"]
            names = ", ".join(map(quote, columns))
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"
            for row in rows:
                cursor.execute(statement, list(map(value_of, columns, row)))
        for sql in connection.ops.sequence_reset_sql(no_style(), [Process, Task, type(admin)]):
            cursor.execute(sql)
    return admin


@pytest.fixture
def browser(boss):
    client = Client()
    client.force_login(boss)
    return client


def peers(name):
    return Process.objects.get(pk=MADE[name]).coerced


OPEN = [
    "branches_new",
    "claimed",
    "join_waits",
    "join_waits_for_the_other",
    "function_failed",
    "handle_waits",
    "race_open",
    "assigned_by_flow",
    "task_cancelled",
    "revived",
    "final_cancelled",
    "walked_back",
    "code_waits",
    "code_half",
    "code_failed",
]
FINISHED = ["race_won", "race_won_by_message", "done", "done_by_person", "code_done"]


def test_every_process_is_looked_at():
    others = {"process_cancelled", "of_removed_node"}
    assert set(OPEN) | set(FINISHED) | others == set(MADE)
    for name in MADE:
        wanted = PROCESS.NEW if name in OPEN or name == "of_removed_node" else PROCESS.DONE
        wanted = PROCESS.CANCELED if name == "process_cancelled" else wanted
        assert peers(name).status == wanted, name
    types = {(task.flow_task_type, task.status) for task in Task.objects.all()}
    assert len(types) >= 20


def press(browser, task, *verbs, **answers):
    for verb in verbs:
        response = browser.post(task.reverse(verb), answers)
        assert response.status_code == 302, response.content.decode()


def go_on(browser, process):
    """Do what waits in the process: one task."""
    gates = {"JOIN", "PARALLEL_GATEWAY"}
    task = next(task for task in live(process) if task.flow_task_type not in gates)
    if task.status == STATUS.ERROR:
        stored = fresh(process)
        stored.note = "repaired"
        stored.save()
        press(browser, task, "revive")
    elif task.flow_task_type == "HUMAN":
        verbs = ["assign", "execute"] if task.status == STATUS.NEW else ["execute"]
        press(browser, task, *verbs, note="ours", approved="on")
    else:
        task.flow_task.run(task, note="a message")
    check(process, ours=False)


@pytest.mark.parametrize("name", OPEN)
def test_an_open_process_goes_on_to_its_end(browser, name):
    process = peers(name)
    check(process, ours=False)
    for task in tasks(process):
        if task.status == STATUS.CANCELED and not live(process):
            press(browser, task, "revive")
    for _ in range(10):
        if fresh(process).status != PROCESS.NEW:
            break
        go_on(browser, process)
    assert fresh(process).status == PROCESS.DONE, picture(process)
    assert live(process) == []
    check(process, ours=False)


@pytest.mark.parametrize("name", OPEN)
def test_an_open_process_can_be_cancelled(browser, name):
    process = peers(name)
    url = process.reverse("process_cancel")
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"_cancel_process": "1"}).status_code == 302
    assert fresh(process).status == PROCESS.CANCELED
    assert live(process) == []
    check(process, ours=False)


@pytest.mark.parametrize("name", OPEN)
def test_each_open_task_can_be_cancelled_and_opened_again(browser, name):
    process = peers(name)
    for task in live(process):
        task.refresh_from_db()
        if task.status not in {STATUS.NEW, STATUS.ASSIGNED, STATUS.ERROR}:
            continue  # a join or a race has gone on meanwhile, or waits for others
        press(browser, task, "cancel")
        task.refresh_from_db()
        assert task.status == STATUS.CANCELED
        check(process, ours=False)
        if not any(t.flow_task.name == "choose" for t in tasks(process)):
            stored = fresh(process)
            stored.note = "repaired"
            stored.save()
            press(browser, task, "revive")
            check(process, ours=False)
    check(process, ours=False)


@pytest.mark.parametrize("name", FINISHED)
def test_a_finished_process_can_be_walked_back_to_its_start(browser, name):
    process = peers(name)
    check(process, ours=False)
    for _ in range(20):
        for task in sorted(tasks(process), key=lambda task: -task.pk):
            if task.status != STATUS.DONE:
                continue
            with task.activation() as activation:
                possible = activation.undo.can_proceed()
            if possible:
                press(browser, task, "undo")
                check(process, ours=False)
                break
        else:
            break
    assert fresh(process).status == PROCESS.CANCELED, picture(process)
    assert {task.status for task in tasks(process)} == {STATUS.CANCELED}


@pytest.mark.parametrize("name", MADE)
def test_the_pages_of_a_process_and_its_tasks(browser, name):
    process = peers(name)
    for view in ("process_detail", "process_chart"):
        assert browser.get(process.reverse(view)).status_code == 200, view
    for task in tasks(process):
        for view in ("detail", "index"):
            try:
                url = task.reverse(view)
            except NoReverseMatch:
                continue
            assert browser.get(url).status_code in {200, 302}, (task, view)
    for flow_class in (NodesFlow, CodeFlow):
        chart = browser.get(flow_class.instance.reverse("chart"))
        assert chart.status_code == 200


LISTS = {
    "inbox": {"claimed", "assigned_by_flow"},
    "queue": {"branches_new", "join_waits", "race_open", "revived"},
    "archive": {"done", "done_by_person", "race_won", "process_cancelled"},
    "process_list": {"branches_new", "walked_back", "function_failed"},
    "task_list": {"join_waits", "race_open", "handle_waits"},
}


@pytest.mark.parametrize("page", LISTS)
def test_the_lists_show_what_the_peer_has_left(browser, page):
    for flow_class in (NodesFlow, CodeFlow):
        response = browser.get(flow_class.instance.reverse(page))
        assert response.status_code == 200
    text = browser.get(NodesFlow.instance.reverse(page)).content.decode()
    for name in LISTS[page]:
        assert re.search(rf"/nodes/{MADE[name]}/|#{MADE[name]}\b", text), name


def test_an_error_of_the_peer_is_shown_with_its_trace(browser):
    process = peers("function_failed")
    page = browser.get(last(process, "compute").reverse("detail")).content.decode()
    assert "cannot compute" in page
    assert "do_compute" in page


def test_a_task_of_a_node_that_is_gone(browser):
    process = peers("of_removed_node")
    task = Task.objects.get(process=process.pk, flow_task__endswith=".was_removed")
    page = browser.get(process.reverse("process_detail"))
    assert page.status_code == 200
    act_on(task, "cancel")
    assert live_names(process) == ["read"]
    press(browser, last(process, "read"), "assign", "execute", approved="on")
    assert fresh(process).status == PROCESS.DONE


def test_new_processes_begin_beside_the_old(browser):
    """The keys go on behind those of the peer."""
    response = browser.post(reverse("nodes:start:execute"), {"note": "ours", "route": "any"})
    assert response.status_code == 302
    assert Process.objects.latest("pk").pk > max(MADE.values())
