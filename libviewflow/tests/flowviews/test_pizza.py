"""From an empty order to a delivered pizza, by clicking."""

from __future__ import annotations

import pytest

from viewflow.workflow.models import Process, Task

from .conftest import baking, newest, start_pizza, task_url, text_of, url

pytestmark = pytest.mark.django_db


def test_opening_the_start_page_creates_nothing(browser):
    """B318"""
    page = browser.get(url("pizza:start:execute"))
    assert page.status_code == 200
    assert "Customer name" in text_of(page)
    assert not Process.objects.exists()


def test_a_pizza_goes_from_order_to_door(browser, boss):
    """B318 B323 B327 B410"""
    process = start_pizza(browser, customer_name="Hannah Meyer")
    bake = newest(process, "bake")
    assert (bake.status, bake.owner) == ("NEW", None)

    assert browser.get(task_url(bake, "assign")).status_code == 200
    taken = browser.post(task_url(bake, "assign"))
    assert taken["Location"] == task_url(bake, "execute")
    page = browser.get(taken["Location"])
    assert page.status_code == 200
    assert "Hannah Meyer" in text_of(page)

    done = browser.post(task_url(bake, "execute"), {"baking_time": "12"})
    assert done["Location"] == url("pizza:process_detail", process.pk)
    bake.refresh_from_db()
    assert bake.status == "DONE"
    assert bake.owner == boss
    assert bake.started
    assert bake.finished

    deliver = newest(process, "deliver")
    browser.post(task_url(deliver, "assign"))
    browser.post(task_url(deliver, "execute"), {"tips_received": "3"})
    process = Process.objects.get(pk=process.pk).coerced
    assert process.status == "DONE"
    assert process.finished
    assert (process.baking_time, process.tips_received) == (12, 3)
    assert "Done" in text_of(browser.get(url("pizza:process_detail", process.pk)))


def test_an_invalid_form_keeps_what_was_typed_and_changes_nothing(browser):
    task = baking(browser)
    page = browser.post(task_url(task, "execute"), {"baking_time": "quite long"})
    assert page.status_code == 200
    assert 'value="quite long"' in page.content.decode()
    task.refresh_from_db()
    assert task.status == "ASSIGNED"
    assert Task.objects.filter(process=task.process_id).count() == 2
