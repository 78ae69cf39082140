"""Numbers of a dashboard are counted only as far as somebody would compare them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from viewflow.workflow import STATUS
from viewflow.workflow.flow import tally
from viewflow.workflow.kept import kept_values
from viewflow.workflow.models import Process, Task

from .conftest import baking, make_user, start_pizza, task_url, url
from .flows import PizzaFlow

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    """Count no further than three."""
    monkeypatch.setattr(tally, "MOST", 3)
    tally._bounded_sql.cache_clear()
    yield
    tally._bounded_sql.cache_clear()


def counted():
    """What the database says without any limit."""
    begin = timezone.now() - timedelta(days=1)
    rows = kept_values(PizzaFlow.process_class, tally._counted, PizzaFlow, at=(begin,))
    return sorted((kind, what if kind != tally._OPEN else "", n) for kind, what, n in rows)


def told(counts):
    rows = [(tally._WAITING, what, n) for what, n in counts.waiting.items()]
    rows += [(tally._OPEN, "", counts.open)] if counts.open else []
    return sorted(rows + [(tally._ENDED, what, n) for what, n in counts.ended.items()])


def test_short_lists_are_counted_in_full(browser):
    begin = timezone.now() - timedelta(days=1)
    assert told(tally.count_work(PizzaFlow, begin)) == []
    tasks = [baking(browser) for _ in range(4)]
    browser.post(task_url(tasks[0], "execute"), {"baking_time": "5"})
    gone, stopped = start_pizza(browser), start_pizza(browser)
    now = timezone.now()
    Process.objects.filter(pk=gone.pk).update(status="DONE", finished=now)
    Process.objects.filter(pk=stopped.pk).update(status="CANCELED", finished=now)
    counts = tally.count_work(PizzaFlow, begin)
    assert told(counts) == counted()
    assert counts.ended == {"DONE": 1, "CANCELED": 1}
    assert sum(counts.waiting.values()) == 6
    assert tally.count_work(PizzaFlow, now + timedelta(hours=1)).ended == {}


def test_removed_steps_and_other_flows_are_told_apart(browser):
    task = baking(browser)
    flow = str(PizzaFlow)
    Task.objects.filter(pk=task.pk).update(flow_task=f"{flow}.removed")
    other = baking(browser)
    # A flow whose name goes on where the first one's ends, and one that a wildcard would match.
    for name in (f"{flow}Extra.bake", f"{flow.replace('.', '_')}.bake"):
        Task.objects.filter(pk=baking(browser).pk).update(flow_task=name)
    waiting = tally.count_work(PizzaFlow, timezone.now()).waiting
    assert waiting == {f"{flow}.removed": 1, f"{flow}.{other.flow_task.name}": 1}


def test_states_that_are_over_are_not_open(browser):
    for status in STATUS.values:
        Task.objects.filter(pk=baking(browser).pk).update(status=status)
    counts = tally.count_work(PizzaFlow, timezone.now())
    assert sum(counts.waiting.values()) == 5, "NEW, ASSIGNED, STARTED, SCHEDULED and ERROR"


@pytest.mark.skipif(
    connection.vendor not in tally._BOUNDED, reason="MariaDB counts in full and shows less"
)
def test_long_lists_are_not_read_to_their_end(browser, few, django_assert_num_queries):
    for _ in range(6):
        start_pizza(browser)
    with django_assert_num_queries(1):
        counts = tally.count_work(PizzaFlow, timezone.now())
    assert (counts.open, list(counts.waiting.values())) == (4, [4])


def test_the_dashboard_says_that_there_is_more(browser, few):
    for _ in range(6):
        start_pizza(browser)
    page = browser.get(url("pizza:index")).content.decode()
    assert '<span class="badge">3+</span>' in page
    assert "3+ open." in page
    assert "<dd>3+" in page


def test_numbers_read_well():
    assert [tally.amount(n) for n in (0, 7, 5000, 5001)] == ["0", "7", "5000", "5000+"]
    assert [tally.amount(n, 26) for n in (30, 5001)] == ["4", "4974+"]


def test_somebody_elses_work_is_counted_too(browser):
    task = baking(browser)
    Task.objects.filter(pk=task.pk).update(owner=make_user("somebody"))
    assert sum(tally.count_work(PizzaFlow, timezone.now()).waiting.values()) == 1
