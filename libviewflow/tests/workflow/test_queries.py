"""How many statements the engine needs. Transaction control is counted apart."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viewflow.workflow import PROCESS

from . import flows
from .steps import act_on, begin, fresh, last, perform

pytestmark = pytest.mark.django_db

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def statements(call):
    """Return what ``call`` returns and the data statements it made."""
    with CaptureQueriesContext(connection) as captured:
        result = call()
    return result, [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].lstrip().upper().startswith(CONTROL)
    ]


def only(limit, found):
    assert len(found) <= limit, "\n".join([f"{len(found)} statements:", *found])


def test_a_chain_of_ten_functions(record_property):
    process, found = statements(flows.ChainFlow.start.run)
    record_property("statements", len(found))
    assert fresh(process).status == PROCESS.DONE
    only(4, found)


def test_a_split_into_ten_and_its_join(record_property):
    process, found = statements(flows.FanFlow.start.run)
    record_property("statements", len(found))
    assert fresh(process).status == PROCESS.DONE
    only(7, found)


def test_a_start(ann):
    _, found = statements(lambda: begin(flows.PizzaFlow, ann, customer_name="Eve"))
    only(4, found)


def test_an_execute(ann):
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    task = last(process, "bake")
    _, found = statements(lambda: act_on(task, "execute"))
    only(6, found)


def test_statements_do_not_grow_with_the_history_of_a_loop(ann):
    process = flows.LoopFlow.start.run()
    counts = []
    for _ in range(6):
        perform(process, "left")
        task = last(process, "right")
        act_on(task, "assign", ann)
        _, found = statements(lambda task=task: act_on(task, "execute"))
        counts.append(len(found))
    assert counts[-1] <= counts[0]
