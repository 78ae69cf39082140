"""The numbers of the dashboard, whose statements are kept, follow what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from viewflow.workflow.flow.figures import finished_processes, flow_figures, open_tasks
from viewflow.workflow.models import Process, Task

from .conftest import baking, start_pizza, task_url, text_of, url
from .flows import PizzaFlow

pytestmark = pytest.mark.django_db

TYPES = ("HUMAN",)


def end(process, **changes):
    Process.objects.filter(pk=process.pk).update(status="DONE", **changes)


def test_figures_follow_the_work(browser):
    now = timezone.now()
    first = flow_figures(PizzaFlow, 7, now)
    assert (first.open, first.finished, first.cycle) == (0, 0, None)
    one, two, old = (start_pizza(browser) for _ in range(3))
    assert flow_figures(PizzaFlow, 7, now).open == 3
    end(one, created=now - timedelta(hours=4), finished=now)
    end(two, created=now - timedelta(hours=2), finished=now - timedelta(days=2))
    end(old, finished=now - timedelta(days=20))
    week, month = flow_figures(PizzaFlow, 7, now), flow_figures(PizzaFlow, 30, now)
    assert (week.open, week.finished, month.finished) == (0, 2, 3)
    assert sum(week.per_slice) == 2
    found = finished_processes(PizzaFlow, 2)
    assert [process.pk for process in found] == [one.pk, two.pk]
    assert found[0].customer_name == one.coerced.customer_name
    assert finished_processes(PizzaFlow, 0) == []


def test_open_tasks_come_by_step_the_oldest_first(browser):
    assert open_tasks(PizzaFlow, TYPES, 2) == {}
    tasks = [baking(browser) for _ in range(3)]
    browser.post(task_url(tasks[0], "execute"), {"baking_time": "5"})
    lanes = open_tasks(PizzaFlow, TYPES, 2)
    assert {name: (lane.count, len(lane.tasks)) for name, lane in lanes.items()} == {
        "bake": (2, 2),
        "deliver": (1, 1),
    }
    oldest = lanes["bake"].tasks[0]
    assert (oldest.pk, lanes["bake"].oldest) == (tasks[1].pk, tasks[1].created)
    assert oldest.process.coerced.customer_name
    assert [len(lane.tasks) for lane in open_tasks(PizzaFlow, TYPES, 1).values()] == [1, 1]


def test_a_process_that_ended_before_it_began_is_drawn(browser):
    """Clocks of several machines differ."""
    now = timezone.now()
    end(start_pizza(browser), created=now, finished=now - timedelta(seconds=3))
    assert flow_figures(PizzaFlow, 7, now).cycle == timedelta(0)
    assert browser.get(url("pizza:index"), {"period": "7"}).status_code == 200


def test_removed_steps_where_most_wait_are_called_so(browser):
    tasks = [baking(browser), baking(browser)]
    for task in tasks:
        Task.objects.filter(pk=task.pk).update(flow_task=f"{PizzaFlow}.removed")
    page = text_of(browser.get(url("pizza:index")))
    assert "Most wait at “Removed steps”." in page
