"""Splits with a branch for each of several items; joins whose branches are cancelled; long loops."""

from __future__ import annotations

import statistics
import time

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from viewflow import this
from viewflow.workflow import PROCESS, STATUS, Flow, FlowRuntimeError, nodes
from viewflow.workflow.chart import calc_layout_data, grid_to_bpmn
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError
from viewflow.workflow.models import Task

from . import flows as others
from . import subprocess_flows as flows
from .models import Order, Parcel
from .steps import (
    act_on,
    all_of,
    check,
    done,
    fresh,
    last,
    live_names,
    perform,
    tasks,
)
from .test_subprocess import check_family, children

pytestmark = pytest.mark.django_db


# a branch for each item -------------------------------------------------------------------------


@pytest.mark.parametrize("flow_class", [flows.EachFlow, flows.OldNameFlow])
def test_a_task_for_each_item(flow_class):
    """B344."""
    items = [{"sample": 1}, {"sample": 2}, {"sample": 3}]
    process = flow_class.start.run(items=items)
    each = all_of(process, "each")
    assert [task.data for task in each] == items
    assert len({task.token for task in each}) == 3
    for task in reversed(each):
        assert "join" not in done(process)
        perform(process, task)
        check(process)
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    assert fresh(process).amount == 3
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    items=st.lists(
        st.one_of(st.integers(), st.text("abc"), st.dictionaries(st.text("xyz"), st.none())),
        max_size=5,
    ),
    both=st.booleans(),
    data=st.data(),
)
def test_any_list_of_items_in_any_order(items, both, data):
    """B344, B347: as many branches as items, and one join, for any JSON values."""
    process = flows.EachFlow.start.run(items=items, both=both)
    assert [task.data for task in all_of(process, "each")] == items
    assert len(all_of(process, "beside")) == both
    while work := [
        t for t in tasks(process) if t.status == STATUS.NEW and t.flow_task.name != "after"
    ]:
        perform(process, data.draw(st.sampled_from(work)))
        check(process)
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    assert fresh(process).amount == len(items)


@pytest.mark.parametrize("both", [False, True])
def test_no_items(both):
    """B344: an empty list does not hang the join; other branches are still waited for."""
    process = flows.EachFlow.start.run(items=[], both=both)
    check(process)
    if both:
        assert live_names(process) == ["beside", "join"]
        perform(process, "beside")
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    check(process)


def test_no_items_and_no_join():
    """B344: the branch ends at once, and the process with it when nothing else is open."""
    process = flows.EachEndFlow.start.run(items=[])
    assert fresh(process).status == PROCESS.DONE
    assert live_names(process) == []
    process = flows.EachEndFlow.start.run(items=[1, 2])
    perform(process, all_of(process, "each")[0])
    assert fresh(process).status == PROCESS.NEW
    perform(process, "each")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_items_as_seeds():
    """B344: task_seed_source, alone or beside the data."""
    parcels = [Parcel.objects.create(name=name) for name in "ab"]
    process = flows.EachSeedFlow.start.run(items=["x", "y"])
    assert [(t.data, t.seed) for t in all_of(process, "each")] == [
        ("x", parcels[0]),
        ("y", parcels[1]),
    ]
    with pytest.raises(FlowRuntimeError, match="3 items of data and 2 seeds"):
        flows.EachSeedFlow.start.run(items=["x", "y", "z"])


def test_mistakes_are_told_at_once():
    with pytest.raises(ValueError, match="old name"):
        nodes.Split().Next(this.end, task_data_source=list, data_source=list)
    with pytest.raises(ValueError, match="sources"):
        nodes.Split().Next(this.end, task_data=dict, task_data_source=list)
    with pytest.raises(FlowDefinitionError, match="race"):

        class RaceFlow(Flow):
            start = nodes.StartHandle().Next(this.race)
            race = nodes.SplitFirst().Next(this.end, task_data_source=list)
            end = nodes.End()


def test_a_failed_task_keeps_its_item():
    """B344, B361: whatever the item is, it comes back with the revived task."""

    class FailingEachFlow(flows.EachFlow):
        each = nodes.Function(this.work).Next(this.note)

        def work(self, activation):
            if not activation.process.approved:
                raise ValueError("not yet")

        def both(self, activation):
            return False

    with Context(propagate_exception=False):
        process = FailingEachFlow.start.run(items=["a", {"b": 1}])
    assert [t.status for t in all_of(process, "each")] == [STATUS.ERROR] * 2
    stored = fresh(process)
    stored.approved = True
    stored.save()
    for task in all_of(process, "each"):
        act_on(task, "revive")
    assert [t.data for t in all_of(process, "each", STATUS.DONE)] == ["a", {"b": 1}]
    assert live_names(process) == ["after"]
    check(process)


def test_a_split_inside_each_branch_has_a_join_for_each_item():
    """B354, B344."""
    process = flows.EachNestedFlow.start.run(items=[1, 2])
    assert live_names(process) == ["beside", "beside", "each", "each"]
    first = [t for t in tasks(process) if t.flow_task.name in {"each", "beside"}][:2]
    for task in first:
        perform(process, task)
    assert done(process)["inner_join"] == 1
    assert done(process)["note"] == 1
    assert "join" not in done(process)
    perform(process, "each")
    perform(process, "beside")
    assert done(process)["inner_join"] == 2
    assert done(process)["join"] == 1
    assert live_names(process) == ["after"]
    check(process)
    empty = flows.EachNestedFlow.start.run(items=[])
    assert live_names(empty) == ["after"]
    assert "inner_join" not in done(empty)


def test_a_split_inside_each_branch_may_share_the_join():
    """B354, B344."""
    process = flows.EachSharedFlow.start.run(items=[1, 2])
    for task in [t for t in tasks(process) if t.flow_task_type == "HUMAN"]:
        assert "join" not in done(process)
        perform(process, task)
    assert done(process)["join"] == 1
    assert live_names(process) == ["after"]
    check(process)


def test_a_subprocess_for_each_item():
    """B344, B380."""
    process = flows.EachSubFlow.start.run(items=["a", "b"])
    below = children(process)
    assert [child.note for child in below] == ["a", "b"]
    perform(below[1], "work")
    assert live_names(process) == ["each", "join"]
    perform(below[0], "work")
    assert live_names(process) == ["after"]
    check_family(process)


@pytest.mark.parametrize("flow_class", [flows.EachEnoughFlow, flows.EachKeepFlow])
def test_enough_items(flow_class):
    """B348, B349 with a branch for each item."""
    process = flow_class.start.run(items=[1, 2, 3])
    perform(process, all_of(process, "each")[2])
    assert live_names(process) == ["each", "each", "join"]
    perform(process, all_of(process, "each")[1])
    keeps = flow_class is flows.EachKeepFlow
    assert live_names(process) == (["after", "each"] if keeps else ["after"])
    if keeps:
        perform(process, all_of(process, "each")[0])
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_the_marker_is_there_for_drawings_and_exports():
    """B440's data: which nodes are done for each of several items, and how."""
    marks = {node.name: node.multi_instance for node in flows.EachFlow.instance.nodes()}
    assert marks == {**dict.fromkeys(marks, ""), "each": "parallel"}
    assert flows.ManyFlow.sub.multi_instance == "parallel"
    assert flows.SequenceFlow.sub.multi_instance == "sequential"
    assert flows.ParentFlow.sub.multi_instance == ""
    loop = "multiInstanceLoopCharacteristics"
    for flow_class, element, several in (
        (flows.ParentFlow, "callActivity", None),
        (flows.ManyFlow, "callActivity", "false"),
        (flows.SequenceFlow, "callActivity", "true"),
        (flows.EachFlow, "userTask", "false"),
    ):
        xml = grid_to_bpmn(calc_layout_data(flow_class))
        part = xml[xml.index(f"<{element} ") : xml.index(f"</{element}>")]
        assert (f'{loop} isSequential="{several}"' in part) == (several is not None), part


# cancelled branches -----------------------------------------------------------------------------


def test_cancelling_the_last_open_branch_lets_the_join_go_on():
    """B351: in the same step, once."""
    process = others.SplitFlow.start.run()
    perform(process, "left")
    act_on(last(process, "right"), "cancel")
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    check(process)
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE


def test_cancelling_one_of_several_asks_the_condition_again():
    """B348, B353: the join looks, and goes on only when it may."""
    process = flows.EachEnoughFlow.start.run(items=[1, 2, 3, 4])
    first, *rest = all_of(process, "each")
    perform(process, first)
    act_on(rest[0], "cancel")
    assert live_names(process) == ["each", "each", "join"]
    act_on(rest[1], "cancel")
    assert live_names(process) == ["after"]
    assert last(process, "each").status == STATUS.CANCELED
    check(process)


def test_a_cancelled_process_lets_no_join_go_on():
    """B302: the branches are cancelled one by one, but nothing follows."""
    process = others.SplitFlow.start.run()
    perform(process, "left")
    others.SplitFlow.instance.cancel(process)
    assert live_names(process) == []
    assert all_of(process, "after") == []
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


def test_a_cancelled_inner_join_lets_the_outer_one_look():
    """B354."""
    process = others.NestedFlow.start.run()
    perform(process, "alone")
    perform(process, "a")
    act_on(last(process, "b"), "cancel")
    assert live_names(process) == ["between", "outer_join"]
    act_on(last(process, "between"), "cancel")
    assert live_names(process) == ["after"]
    check(process)


def test_a_branch_that_goes_on_another_way_is_still_waited_for():
    """What cancels a task may let its branch go on; the join looks after that."""

    class DetourFlow(Flow):
        process_class = Order
        start = nodes.StartHandle().Next(this.split)
        split = nodes.Split().Next(this.race).Next(this.other)
        race = nodes.SplitFirst().Next(this.one).Next(this.two)
        one = nodes.View(None).Next(this.join)
        two = nodes.View(None).Next(this.join)
        other = nodes.View(None).Next(this.join)
        join = nodes.Join().Next(this.after)
        after = nodes.View(None).Next(this.end)
        end = nodes.End()

    process = DetourFlow.start.run()
    perform(process, "other")
    perform(process, "one")
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    assert last(process, "two").status == STATUS.CANCELED
    check(process)


def test_a_join_that_fails_as_it_looks_again_takes_the_cancel_back():
    """B352: a person's step; in background the cancel stays and the join is ERROR."""
    process = others.FailingJoinFlow.start.run()
    with Context(propagate_exception=False):
        perform(process, "a")
    assert last(process, "join").status == STATUS.ERROR
    act_on(last(process, "b"), "cancel")
    assert last(process, "join").status == STATUS.ERROR
    check(process)


# long processes ---------------------------------------------------------------------------------


def passes(process, number):
    """Go round the loop; return the processor time and the number of statements of each pass."""
    times, statements = [], []
    for _ in range(number):
        task = Task.objects.get(process=process.pk, flow_task=flows.LongLoopFlow.tick, status="NEW")
        made = []

        def count(execute, sql, params, many, context, made=made):
            made.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            began = time.process_time()
            flows.LongLoopFlow.tick.run(task)
            times.append(time.process_time() - began)
        statements.append(len(made))
    return times, statements


def add_passes(process, number):
    """Write the rows that so many finished passes leave behind."""
    moment = timezone.now()

    def rows(node, token, count=number):
        return Task.objects.bulk_create(
            Task(
                process=process,
                flow_task=node,
                flow_task_type=node.task_type,
                status=STATUS.DONE,
                token=token(index),
                started=moment,
                finished=moment,
            )
            for index in range(count)
        )

    flow = flows.LongLoopFlow
    splits = rows(flow.split, lambda index: "start")
    ticks = rows(flow.tick, lambda index: f"start/{splits[index].pk}_1")
    tocks = rows(flow.tock, lambda index: f"start/{splits[index].pk}_2")
    joins = rows(flow.join, lambda index: "start")
    gates = rows(flow.again, lambda index: "start")
    link = Task.previous.through
    pairs = [
        *zip(ticks, splits, strict=True),
        *zip(tocks, splits, strict=True),
        *zip(joins, ticks, strict=True),
        *zip(joins, tocks, strict=True),
        *zip(gates, joins, strict=True),
        *zip(splits[1:], gates, strict=False),
    ]
    link.objects.bulk_create(link(from_task=task, to_task=before) for task, before in pairs)


def test_the_thousandth_pass_of_a_loop_costs_what_the_first_did(record_property):
    """B355 and the product's promise: cost does not grow with what is finished."""
    process = flows.LongLoopFlow.start.run()
    passes(process, 20)  # warm
    add_passes(process, 1000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE viewflow_task")
    ratios = []
    for _round in range(5):
        # Side by side, because a machine that does other things is faster and slower by turns.
        young = flows.LongLoopFlow.start.run()
        early, statements = passes(young, 30)
        late, later = passes(process, 30)
        assert set(later) == set(statements), (statements[:3], later[:3])
        ratios.append(statistics.median(late) / statistics.median(early))
        if ratios[-1] < 1.2:
            break
    record_property("slower", round(min(ratios), 2))
    assert min(ratios) < 1.2, ratios
    assert live_names(process) == ["join", "tick"]
