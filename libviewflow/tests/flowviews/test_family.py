"""Processes that work for a task of another process, of flows that have pages or have none."""

from __future__ import annotations

import pytest

from viewflow.workflow.models import Process, Task

from .conftest import newest, task_url, text_of, url
from .guarded import HiddenFlow, LockedFlow, ParentFlow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"


def parent_task():
    return newest(ParentFlow.begin.run(note="big"), "first")


def as_subprocess(task):
    """Let a task stand for one that started processes."""
    Task.objects.filter(pk=task.pk).update(flow_task_type="SUBPROCESS", status="STARTED")


def test_a_child_leads_to_the_task_and_the_process_it_works_for(browser):
    """B420"""
    task = parent_task()
    child = LockedFlow.start.run(_parent_task=task)
    page = browser.get(url("locked:process_detail", child.pk))
    assert "Works for" in text_of(page)
    body = page.content.decode()
    assert f'href="{task_url(task, "detail", "parent")}"' in body
    assert f'href="{url("parent:process_detail", task.process_id)}"' in body


def test_a_parent_leads_to_its_children(browser):
    """B420"""
    task = parent_task()
    child = LockedFlow.start.run(_parent_task=task)
    as_subprocess(task)
    page = browser.get(url("parent:process_detail", task.process_id))
    assert (
        f'<a href="{url("locked:process_detail", child.pk)}">{child}</a>' in page.content.decode()
    )


def test_a_child_without_pages_is_named_as_text(browser):
    """B419"""
    task = parent_task()
    child = HiddenFlow.start.run(_parent_task=task)
    as_subprocess(task)
    page = browser.get(url("parent:process_detail", task.process_id))
    assert str(child) in text_of(page)
    assert f">{child}</a>" not in page.content.decode()


def test_a_parent_without_pages_is_named_as_text(browser):
    """B419"""
    task = newest(HiddenFlow.start.run(), "work")
    child = LockedFlow.start.run(_parent_task=task)
    page = browser.get(url("locked:process_detail", child.pk))
    assert f"Works for {task.process} : Work" in text_of(page).replace(": Work", " : Work")
    assert f">{task.process}</a>" not in page.content.decode()


@pytest.mark.filterwarnings("ignore:The (flow|node) :UserWarning")
def test_relatives_whose_flow_is_gone_break_no_page(browser):
    """B278"""
    task = parent_task()
    child = LockedFlow.start.run(_parent_task=task)
    other = HiddenFlow.start.run(_parent_task=task)
    Process.objects.filter(pk=other.pk).update(flow_class="flowviews/flows.GoneFlow")
    as_subprocess(task)
    assert browser.get(url("parent:process_detail", task.process_id)).status_code == 200
    Process.objects.filter(pk=task.process_id).update(flow_class="flowviews/flows.GoneFlow")
    Task.objects.filter(pk=task.pk).update(flow_task="flowviews/flows.GoneFlow.first")
    page = browser.get(url("locked:process_detail", child.pk))
    assert page.status_code == 200
    assert f"Process #{task.process_id}" in text_of(page)
    assert browser.get(url("parent:process_detail", task.process_id)).status_code == 404
    work = newest(child, "work")
    browser.post(task_url(work, "assign", "locked"))
    done = browser.post(task_url(work, "execute", "locked"), {"note": "x", "_continue": "1"})
    assert done.status_code == 302
    assert browser.get(done["Location"]).status_code == 200


@pytest.mark.filterwarnings("ignore:The (flow|node) :UserWarning")
def test_rows_of_deleted_flows_are_in_no_list_and_break_none(browser):
    """B278"""
    gone, kept = ParentFlow.begin.run(note="gone"), ParentFlow.begin.run(note="kept")
    Process.objects.filter(pk=gone.pk).update(flow_class="flowviews/flows.GoneFlow")
    for task in Task.objects.filter(process=gone.pk):
        name = str(task.flow_task).rpartition(".")[2]
        Task.objects.filter(pk=task.pk).update(flow_task=f"flowviews/flows.GoneFlow.{name}")
    for name in ("inbox", "queue", "archive", "process_list", "task_list", "index"):
        for query in ({}, {"_search": f"#{gone.pk}"}, {"status": "NEW"}):
            assert browser.get(url(f"parent:{name}"), query).status_code == 200
    page = browser.get(url("parent:process_list")).content.decode()
    assert f'href="{url("parent:process_detail", kept.pk)}"' in page
    assert f'href="{url("parent:process_detail", gone.pk)}"' not in page


def test_going_on_skips_a_relative_without_pages(browser):
    """B419"""
    task = newest(HiddenFlow.start.run(), "work")
    child = LockedFlow.start.run(_parent_task=task)
    for node in ("work", "after"):
        mine = newest(child, node)
        browser.post(task_url(mine, "assign", "locked"))
        done = browser.post(task_url(mine, "execute", "locked"), {"note": "x", "_continue": "1"})
        assert done.status_code == 302
    assert done["Location"] == url("locked:process_detail", child.pk)
