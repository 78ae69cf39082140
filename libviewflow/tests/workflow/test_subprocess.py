"""Subprocess and NSubprocess: tasks that wait for processes."""

from __future__ import annotations

import os

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from viewflow import this
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, Flow, FlowRuntimeError, nodes
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError
from viewflow.workflow.models import Process, Task
from viewflow.workflow.signals import flow_finished, task_failed, task_finished, task_started

from . import subprocess_flows as flows
from .models import LeanProcess, LeanTask, Order, Parcel
from .steps import (
    act_on,
    all_of,
    begin,
    check,
    done,
    fresh,
    last,
    live_names,
    perform,
    person,
    picture,
    request_of,
    tasks,
)

pytestmark = pytest.mark.django_db


def children(task_or_process):
    """The processes that work for a task, or for the tasks of a process."""
    if isinstance(task_or_process, Task):
        found = Process.objects.filter(parent_task=task_or_process)
    else:
        found = Process.objects.filter(parent_task__process=task_or_process.pk)
    return [child.coerced for child in found.order_by("pk")]


def check_family(process):
    """What must hold of each process, and between a parent and its children."""
    check(process)
    for task in tasks(process):
        below = children(task)
        still = [child for child in below if child.status == PROCESS.NEW]
        if still:
            assert task.status in {STATUS.STARTED, STATUS.ERROR}, picture(process)
        if task.flow_task_type == "SUBPROCESS" and task.status == STATUS.STARTED:
            assert still, f"waits for nobody: {picture(process)}"
        for child in below:
            check_family(child)


# one process ------------------------------------------------------------------------------------


def test_a_subprocess_task_waits_for_its_process_and_goes_on_once():
    """B380."""
    process = flows.ParentFlow.start.run()
    assert picture(process) == ["start DONE", "sub STARTED"]
    task = last(process, "sub")
    assert (task.flow_task_type, task.started is None, task.data) == (
        "SUBPROCESS",
        False,
        {"kept": 1},
    )
    (child,) = children(task)
    assert child.parent_task == task
    assert live_names(child) == ["work"]
    check_family(process)
    perform(child, "work")
    assert fresh(child).status == PROCESS.DONE
    assert picture(process) == ["start DONE", "sub DONE", "after NEW"]
    check_family(process)
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE


def test_a_process_that_ends_while_it_starts():
    """B380: the parent goes on at once, and once."""
    process = flows.QuickParentFlow.start.run()
    assert done(process) == {"start": 1, "sub": 1, "count": 1}
    assert fresh(process).amount == 1
    assert live_names(process) == ["after"]
    check_family(process)


def test_signals_tell_of_both_processes_in_order():
    """B380."""
    heard = []

    def hear(signal, sender, process, task, **kwargs):
        heard.append(f"{sender.__name__}.{task.flow_task.name}")

    receivers = []
    for signal in (task_started, task_finished):
        receivers.append((signal, lambda **kw: hear(**kw)))
        signal.connect(receivers[-1][1])
    process = flows.ParentFlow.start.run()
    heard.clear()
    finished = []
    flow_finished.connect(lambda process, **kw: finished.append(process.pk), weak=False)
    perform(children(process)[0], "work")
    for signal, receiver in receivers:
        signal.disconnect(receiver)
    flow_finished.receivers.clear()
    flow_finished.sender_receivers_cache.clear()
    assert heard == [
        "ChildFlow.work",
        "ChildFlow.work",
        "ChildFlow.end",
        "ChildFlow.end",
        "ParentFlow.sub",
    ]
    assert finished == [children(process)[0].pk]


def test_what_a_process_begins_with():
    """API 11, Subprocess: process_data, process_seed, task_data, task_seed, get_subprocess_kwargs."""
    process = flows.GivingFlow.start.run(customer_name="Eve", amount=7)
    (child,) = children(process)
    parcel = Parcel.objects.get()
    assert (child.customer_name, child.amount, child.seed) == ("Eve", 7, parcel)
    first = last(child, "start")
    assert (first.data, first.seed) == ({"constant": True}, parcel)


def test_three_generations_end_from_below():
    """B380."""
    process = flows.GrandParentFlow.start.run()
    (middle,) = children(process)
    (lowest,) = children(middle)
    perform(lowest, "work")
    assert fresh(middle).status == PROCESS.NEW
    assert live_names(process) == ["sub"]
    perform(middle, "after")
    assert fresh(middle).status == PROCESS.DONE
    assert live_names(process) == ["after"]
    check_family(process)


def test_a_flow_may_work_for_itself():
    process = flows.TreeFlow.start.run(amount=2)
    leaves = list(Task.objects.filter(flow_task_type="HUMAN"))
    assert len(leaves) == 4
    assert Process.objects.count() == 7
    for leaf in leaves:
        assert fresh(process).status == PROCESS.NEW
        perform(leaf.process, leaf)
        check_family(process)
    assert {p.status for p in Process.objects.all()} == {PROCESS.DONE}


def test_mistakes_in_a_definition_are_told_at_once():
    from viewflow.workflow import flow as faces

    cases = {
        "begins at": lambda: nodes.Subprocess(this.end),
        "this.<name": lambda: nodes.Subprocess(nodes.StartHandle()),
        "no_such": lambda: nodes.Subprocess(this.no_such),
    }
    for words, make in cases.items():
        with pytest.raises(FlowDefinitionError, match=words):
            type(Flow)(
                "WrongFlow",
                (Flow,),
                {
                    "__module__": "tests.workflow.subprocess_flows",
                    "start": nodes.StartHandle().Next(this.sub),
                    "sub": make().Next(this.end),
                    "end": nodes.End(),
                },
            )
    assert faces.Flow is Flow
    with pytest.raises(FlowDefinitionError, match="LeanTask"):

        class LeanParentFlow(Flow):
            process_class = LeanProcess
            task_class = LeanTask
            start = nodes.StartHandle().Next(this.sub)
            sub = nodes.Subprocess(flows.ChildFlow.start).Next(this.end)
            end = nodes.End()

    class LeanChildFlow(Flow):
        process_class = LeanProcess
        task_class = LeanTask
        start = nodes.StartHandle().Next(this.end)
        end = nodes.End()

    with pytest.raises(FlowDefinitionError, match="parent_task"):

        class ParentOfLeanFlow(Flow):
            start = nodes.StartHandle().Next(this.sub)
            sub = nodes.Subprocess(LeanChildFlow.start).Next(this.end)
            end = nodes.End()


# several ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_all_items_at_once(order):
    """B381."""
    process = flows.ManyFlow.start.run()
    below = children(process)
    assert [child.note for child in below] == ["a", "b", "c"]
    assert {child.customer_name for child in below} == {"Eve"}
    assert [last(child, "start").data for child in below] == [{"item": i} for i in "abc"]
    for number, index in enumerate(order):
        assert live_names(process) == ["sub"], number
        perform(below[index], "work")
        check_family(process)
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1


def test_one_item_after_the_other():
    """B381."""
    process = flows.SequenceFlow.start.run()
    for number, name in enumerate("abc", start=1):
        below = children(process)
        assert len(below) == number
        assert below[-1].note == name
        assert live_names(process) == ["sub"]
        # What the items were is not asked again.
        Process.objects.filter(pk=process.pk).update(data={"list": ["x"]})
        perform(below[-1], "work")
        check_family(process)
    assert live_names(process) == ["after"]
    assert len(children(process)) == 3


def test_a_sequence_of_rows():
    """B381: rows are kept by their key."""
    process = flows.ParcelsFlow.start.run()
    perform(children(process)[0], "work")
    assert [child.note for child in children(process)] == ["one", "two"]
    with pytest.raises(FlowRuntimeError, match="JSON values"):
        flows.OddSequenceFlow.start.run()


@pytest.mark.parametrize(
    "flow_class",
    [flows.ManyFlow, flows.SequenceFlow, flows.QuickManyFlow, flows.QuickSequenceFlow],
)
def test_no_items_no_wait(flow_class):
    """B381: zero items continue at once."""
    process = flow_class.start.run(items=())
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1
    assert children(process) == []
    check_family(process)


def test_many_items_cost_the_same_each():
    """B381: statements grow with the number of items, and with nothing else."""
    counts = []
    for number in (10, 30, 50):
        with CaptureQueriesContext(connection) as captured:
            process = flows.ManyFlow.start.run(items=[str(item) for item in range(number)])
        counts.append(len(captured))
        assert len(children(process)) == number
    assert counts[1] - counts[0] == counts[2] - counts[1]
    assert counts[1] - counts[0] <= 20 * 7, counts


@pytest.mark.parametrize("flow_class", [flows.QuickManyFlow, flows.QuickSequenceFlow])
def test_items_that_end_at_once(flow_class):
    """B380, B381."""
    process = flow_class.start.run(items=list("abcde"))
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1
    assert [child.note for child in children(process)] == list("abcde")
    check_family(process)


@pytest.mark.parametrize("flow_class", [flows.ManyFlow, flows.SequenceFlow])
def test_a_process_added_later_is_waited_for(flow_class):
    """B382."""
    process = flow_class.start.run(items=["a"])
    task = last(process, "sub")
    added = flows.ChildFlow.start.run(_parent_task=task, item="late")
    assert (added.parent_task_id, fresh(added).note) == (task.pk, "late")
    perform(children(process)[0], "work")
    assert live_names(process) == ["sub"]
    # Another flow's process may work for it, and may end at once.
    flows.QuickChildFlow.start.run(_parent_task=task, item="quick")
    assert live_names(process) == ["sub"]
    check_family(process)
    perform(added, "work")
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1
    count = Process.objects.count()
    with pytest.raises(FlowRuntimeError, match="DONE"):
        flows.ChildFlow.start.run(_parent_task=task, item="too late")
    assert Process.objects.count() == count


def test_a_single_subprocess_takes_no_second():
    """B382 is about NSubprocess."""
    process = flows.ParentFlow.start.run()
    with pytest.raises(FlowRuntimeError, match="NSubprocess"):
        flows.ChildFlow.start.run(_parent_task=last(process, "sub"))
    assert len(children(process)) == 1


# failures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow_class", [flows.ManyFlow, flows.SequenceFlow])
def test_a_start_that_fails_half_way(flow_class):
    """B383."""
    with pytest.raises(ValueError, match="a bad item"):
        flow_class.start.run(items=["bad", "b"])
    with pytest.raises(ValueError, match="a bad item"):
        flow_class.start.run(items=["bad"])
    assert Process.objects.count() == 0
    with Context(propagate_exception=False):
        process = flow_class.start.run(items=["bad", "b"])
    assert picture(process) == ["start DONE", "sub ERROR"]
    assert children(process) == []
    assert "a bad item" in last(process, "sub").data["_exception"]["title"]
    Process.objects.filter(pk=process.pk).update(data={"list": ["a", "b"]})
    act_on(last(process, "sub"), "revive")
    assert live_names(process) == ["sub"]
    assert [c.note for c in children(process)][:1] == ["a"]
    check_family(process)


def test_a_start_that_fails_half_way_leaves_no_process():
    """B383: also not those that were started before it; a retry starts each once."""
    with Context(propagate_exception=False):
        process = flows.ManyFlow.start.run(items=["a", "b", "bad"])
    assert last(process, "sub").status == STATUS.ERROR
    assert Process.objects.count() == 1
    with Context(propagate_exception=False):
        act_on(last(process, "sub"), "revive")
    assert picture(process) == ["start DONE", "sub REVIVED", "sub ERROR"]
    assert Process.objects.count() == 1
    Process.objects.filter(pk=process.pk).update(data={"list": ["a", "b"]})
    act_on(last(process, "sub"), "revive")
    assert len(children(process)) == 2
    check_family(process)


def test_a_process_that_ends_with_an_error_makes_its_parent_fail():
    """B363, issue of §11: the code is on the task."""
    failed = []
    task_failed.connect(lambda task, **kw: failed.append(task.flow_task.name), weak=False)
    try:
        process = flows.QuickManyFlow.start.run(items=["a", "error", "b"])
    finally:
        task_failed.receivers.clear()
        task_failed.sender_receivers_cache.clear()
    task = last(process, "sub")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["code"] == "E1"
    assert failed == ["sub"]
    assert live_names(process) == ["sub"]
    check_family(process)
    Process.objects.filter(pk=process.pk).update(data={"list": ["a", "b"]})
    act_on(task, "revive")
    assert live_names(process) == ["after"]
    check_family(process)


def test_a_cancelled_process_makes_its_parent_fail():
    """Somebody has to decide: try again, repair the process, or cancel."""
    process = flows.ManyFlow.start.run()
    one, two, three = children(process)
    flows.ChildFlow.instance.cancel(one)
    task = last(process, "sub")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["code"] == "CANCELED"
    assert str(one.pk) in task.data["_exception"]["title"]
    # The others go on, and do not wake it.
    perform(two, "work")
    assert last(process, "sub").status == STATUS.ERROR
    check_family(process)
    # The process is repaired: its task is opened again, and it ends well after all.
    act_on(last(one, "work"), "revive")
    assert fresh(one).status == PROCESS.NEW
    assert last(process, "sub").status == STATUS.ERROR
    perform(one, "work")
    task = last(process, "sub")
    assert (task.status, task.finished, "_exception" in task.data) == (STATUS.STARTED, None, False)
    check_family(process)
    perform(three, "work")
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1
    check_family(process)


def test_trying_again_repeats_nothing_that_is_done_or_still_runs():
    """B383: a retry does not double what runs, and nobody does finished work again."""
    process = flows.ManyFlow.start.run()
    one, two, three = children(process)
    perform(two, "work")
    flows.ChildFlow.instance.cancel(one)
    task = last(process, "sub")
    act_on(task, "revive")
    assert [(child.note, child.status) for child in children(process)] == [
        ("a", PROCESS.CANCELED),
        ("b", PROCESS.DONE),
        ("c", PROCESS.NEW),
        ("a", PROCESS.NEW),
    ]
    assert children(task) == [one]
    check_family(process)
    perform(three, "work")
    (again,) = [child for child in children(process) if child.status == PROCESS.NEW]
    flows.ChildFlow.instance.cancel(again)
    act_on(last(process, "sub"), "revive")
    (again,) = [child for child in children(process) if child.status == PROCESS.NEW]
    assert again.note == "a"
    perform(again, "work")
    assert live_names(process) == ["after"]
    assert [child.note for child in children(last(process, "sub"))] == ["b", "c", "a"]
    assert last(process, "sub").data == {"kept": 1}
    check_family(process)


def test_trying_a_sequence_again_goes_on_where_it_failed():
    process = flows.SequenceFlow.start.run(items=["a", "b", "b", "c"])
    for item in ("a", "b"):
        (child,) = [child for child in children(process) if child.status == PROCESS.NEW]
        assert child.note == item
        perform(child, "work")
    flows.ChildFlow.instance.cancel(children(process)[-1])
    act_on(last(process, "sub"), "revive")
    for item in ("b", "c"):
        (child,) = [child for child in children(process) if child.status == PROCESS.NEW]
        assert child.note == item
        perform(child, "work")
    assert live_names(process) == ["after"]
    assert [child.note for child in children(process)] == ["a", "b", "b", "b", "c"]
    check_family(process)


def test_trying_again_asks_for_the_items_again():
    """What has failed may be gone from them, and what is new there is begun."""
    process = flows.QuickManyFlow.start.run(items=["a", "error", "b"])
    Process.objects.filter(pk=process.pk).update(data={"list": ["b", "c", "a"]})
    act_on(last(process, "sub"), "revive")
    assert live_names(process) == ["after"]
    assert [child.note for child in children(process)] == ["a", "error", "b", "c"]
    check_family(process)


def test_trying_again_that_fails_itself_forgets_nothing():
    process = flows.ManyFlow.start.run(items=["a", "b"])
    one, two = children(process)
    perform(one, "work")
    flows.ChildFlow.instance.cancel(two)
    Process.objects.filter(pk=process.pk).update(data={"list": ["a", "bad"]})
    with Context(propagate_exception=False):
        act_on(last(process, "sub"), "revive")
    assert last(process, "sub").status == STATUS.ERROR
    Process.objects.filter(pk=process.pk).update(data={"list": ["a"]})
    act_on(last(process, "sub"), "revive")
    assert live_names(process) == ["after"]
    assert [child.note for child in children(process)] == ["a", "b"]
    check_family(process)


def test_trying_again_with_items_that_cannot_be_kept():
    """They are told apart by their place in the list."""
    process = flows.OddManyFlow.start.run()
    one, two = children(process)
    perform(one, "work")
    flows.ChildFlow.instance.cancel(two)
    act_on(last(process, "sub"), "revive")
    assert [child.status for child in children(process)] == [
        PROCESS.DONE,
        PROCESS.CANCELED,
        PROCESS.NEW,
    ]


def test_trying_again_keeps_what_code_has_added():
    process = flows.ManyFlow.start.run(items=["a"])
    (one,) = children(process)
    added = flows.ChildFlow.start.run(_parent_task=last(process, "sub"), item="d")
    flows.ChildFlow.instance.cancel(one)
    act_on(last(process, "sub"), "revive")
    below = children(last(process, "sub"))
    assert [child.note for child in below] == ["d", "a"]
    perform(added, "work")
    perform(below[1], "work")
    assert live_names(process) == ["after"]
    check_family(process)


def test_trying_again_waits_for_the_process_that_is_being_repaired():
    process = flows.RepairFlow.start.run()
    (child,) = children(process)
    perform(child, "work")
    for name in ("failed", "check", "work"):
        act_on(last(child, name), "undo")
    act_on(last(child, "work"), "revive")
    act_on(last(process, "sub"), "revive")
    assert len(children(process)) == 1
    perform(child, "work", approved=True)
    assert live_names(process) == ["after"]
    assert last(process, "sub").data == {"kept": 1}
    check_family(process)


def test_a_failed_process_is_repaired():
    """B363: its error end is undone, it goes another way, and the parent goes on."""
    process = flows.RepairFlow.start.run()
    (child,) = children(process)
    perform(child, "work")
    assert fresh(child).status == PROCESS.DONE
    task = last(process, "sub")
    assert (task.status, task.data["_exception"]["code"]) == (STATUS.ERROR, "E2")
    for name in ("failed", "check", "work"):
        act_on(last(child, name), "undo")
    act_on(last(child, "work"), "revive")
    assert last(process, "sub").status == STATUS.ERROR
    perform(child, "work", approved=True)
    assert live_names(process) == ["after"]
    assert last(process, "sub").data == {"kept": 1}
    check_family(process)


def test_what_ends_a_process_at_once_ends_its_children_too():
    """B362, B384: also those that somebody has begun."""
    process = flows.StoppedFlow.start.run()
    one, two = children(process)
    ann = person("ann")
    act_on(last(one, "work"), "assign", ann)
    act_on(last(one, "work"), "start", request_of(ann))
    perform(process, "other")
    assert fresh(process).status == PROCESS.DONE
    assert {fresh(one).status, fresh(two).status} == {PROCESS.CANCELED}
    assert last(one, "work").status == STATUS.CANCELED
    check_family(process)


def test_an_event_catches_what_a_process_ends_with():
    """B363, B372: the rest is given up, begun or not; other codes have ways of their own."""
    process = flows.CaughtFlow.start.run()
    one, two = children(process)
    ann = person("ann")
    act_on(last(two, "work"), "assign", ann)
    act_on(last(two, "work"), "start", request_of(ann))
    perform(one, "work")
    assert live_names(process) == ["mend"]
    assert last(process, "sub").data["_exception"]["code"] == "E2"
    assert (fresh(one).status, fresh(two).status) == (PROCESS.DONE, PROCESS.CANCELED)
    perform(process, "mend")
    assert fresh(process).status == PROCESS.DONE

    process = flows.CaughtFlow.start.run()
    flows.FailingChildFlow.instance.cancel(children(process)[0])
    assert fresh(process).status == PROCESS.DONE
    assert {child.status for child in children(process)} == {PROCESS.CANCELED}


def test_a_time_limit_ends_the_processes():
    """B370: the children go with their parent's task; in time, the limit goes."""
    process = flows.CaughtFlow.start.run()
    limit = [task for task in tasks(process) if task.flow_task.name == "sub__timeout"]
    act_on(limit[0], "trigger")
    assert live_names(process) == ["mend"]
    assert {child.status for child in children(process)} == {PROCESS.CANCELED}
    process = flows.CaughtFlow.start.run()
    for child in children(process):
        perform(child, "work", approved=True)
    assert live_names(process) == ["after"]
    assert last(process, "sub__timeout").status == STATUS.CANCELED


@pytest.mark.parametrize("flow_class", [flows.ParentFlow, flows.SequenceFlow])
def test_the_start_of_a_child_that_is_undone(flow_class):
    """A child whose start is undone is cancelled, and its parent fails."""
    process = flow_class.start.run()
    (child,) = children(process)
    act_on(last(child, "work"), "cancel")
    act_on(last(child, "start"), "undo")
    assert fresh(child).status == PROCESS.CANCELED
    assert last(process, "sub").status == STATUS.ERROR
    check_family(process)


# cancel, undo, revive ---------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("finished", [0, 1])
def test_cancelling_the_task_or_the_process_cancels_the_children(whole, finished):
    """B304, B384."""
    process = flows.ManyFlow.start.run()
    below = children(process)
    for child in below[:finished]:
        perform(child, "work")
    if whole:
        flows.ManyFlow.instance.cancel(process)
        assert fresh(process).status == PROCESS.CANCELED
    else:
        act_on(last(process, "sub"), "cancel")
        assert fresh(process).status == PROCESS.NEW
    assert last(process, "sub").status == STATUS.CANCELED
    assert [c.status for c in children(process)] == [PROCESS.DONE] * finished + [
        PROCESS.CANCELED
    ] * (3 - finished)
    assert all(live_names(child) == [] for child in below)
    check_family(process)
    # A child of a cancelled task is not opened again by itself ...
    with pytest.raises(TransitionNotAllowed, match="gone on without it"):
        act_on(last(below[2], "work"), "revive")
    # ... but the task is.
    act_on(last(process, "sub"), "revive")
    assert len(children(last(process, "sub"))) == 3
    assert fresh(process).status == PROCESS.NEW
    check_family(process)


def test_cancelling_reaches_all_generations():
    """B304, B384."""
    process = flows.TreeFlow.start.run(amount=3)
    flows.TreeFlow.instance.cancel(process)
    assert Process.objects.count() == 15
    assert {p.status for p in Process.objects.all()} == {PROCESS.CANCELED}
    check_family(process)


def test_a_child_that_cannot_be_cancelled_stops_all():
    """B303: the message names the task, of whatever process; nothing has changed."""
    process = flows.GrandParentFlow.start.run()
    middle = children(process)[0]
    lowest = children(middle)[0]
    ann = person("ann")
    act_on(last(lowest, "work"), "assign", ann)
    act_on(last(lowest, "work"), "start", request_of(ann))
    before = [picture(p) for p in (process, middle, lowest)]
    number = last(lowest, "work").pk
    with pytest.raises(FlowRuntimeError, match=rf"#{lowest.pk}: work #{number} \(STARTED\)"):
        flows.GrandParentFlow.instance.cancel(process)
    with pytest.raises(TransitionNotAllowed, match=rf"work #{number}"):
        act_on(last(process, "sub"), "cancel")
    assert [picture(p) for p in (process, middle, lowest)] == before
    with last(process, "sub").activation() as activation:
        assert not activation.cancel.can_proceed()
        assert activation.cancel.can_proceed(check_conditions=False)


def test_undoing_the_task_takes_the_children_back():
    """B384, B360."""
    process = flows.GrandParentFlow.start.run()
    middle = children(process)[0]
    lowest = children(middle)[0]
    perform(lowest, "work")
    perform(middle, "after")
    # The child's end cannot be undone while the parent has gone on.
    with pytest.raises(TransitionNotAllowed, match="gone on without it"):
        act_on(last(middle, "end"), "undo")
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "sub"), "undo")
    act_on(last(process, "after"), "cancel")
    act_on(last(process, "sub"), "undo")
    assert {p.status for p in (fresh(middle), fresh(lowest))} == {PROCESS.CANCELED}
    check_family(process)
    act_on(last(process, "sub"), "revive")
    assert len(children(process)) == 2
    check_family(process)


def test_undo_func_of_a_subprocess():
    """B360."""
    process = flows.ParentFlow.start.run()
    perform(children(process)[0], "work")
    act_on(last(process, "after"), "cancel")
    act_on(last(process, "sub"), "undo")
    assert fresh(process).note == "forgotten"


def test_a_child_of_a_removed_flow_is_cancelled_too(recwarn):
    """B278, B304."""
    process = flows.ManyFlow.start.run()
    child = children(process)[0]
    Process.objects.filter(pk=child.pk).update(flow_class="workflow/flows.GoneFlow")
    Task.objects.filter(process=child.pk).update(flow_task="workflow/flows.GoneFlow.work")
    flows.ManyFlow.instance.cancel(process)
    assert set(Process.objects.values_list("status", flat=True)) == {PROCESS.CANCELED}
    assert not Task.objects.filter(status__in=[STATUS.NEW, STATUS.STARTED]).exists()


# beside other branches --------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["sub", "other"])
def test_a_join_waits_for_a_branch_with_a_subprocess(first):
    """B347, B380."""
    process = flows.BranchesFlow.start.run()
    steps = {
        "sub": lambda: [perform(child, "work") for child in children(process)],
        "other": lambda: perform(process, "other"),
    }
    steps.pop(first)()
    assert "join" in live_names(process)
    check_family(process)
    steps.popitem()[1]()
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    check_family(process)


def test_a_join_that_goes_on_early_cancels_the_children():
    """B348, B384."""
    process = flows.BranchesFlow.start.run(approved=True)
    perform(process, "other")
    assert live_names(process) == ["after"]
    assert {c.status for c in children(process)} == {PROCESS.CANCELED}
    check_family(process)


def test_a_join_does_not_cancel_children_that_have_begun():
    """B350."""
    process = flows.BranchesFlow.start.run(approved=True)
    ann = person("ann")
    child = children(process)[0]
    act_on(last(child, "work"), "assign", ann)
    act_on(last(child, "work"), "start", request_of(ann))
    before = picture(process)
    with pytest.raises(FlowRuntimeError, match=r"\bsub\b"):
        perform(process, "other")
    assert picture(process) == before
    check_family(process)


# what comes next --------------------------------------------------------------------------------


def test_the_next_task_is_looked_for_in_the_family():
    """API 10: own process, subprocesses, parent, siblings."""
    ann = person("ann", is_superuser=True)
    process = flows.ManyFlow.start.run(items=["a", "b"])
    one, two = children(process)
    after = Task.objects.next_user_task
    assert after(process, ann).process_id == one.pk
    act_on(last(two, "work"), "assign", ann)
    assert after(process, ann).process_id == two.pk
    perform(two, "work", ann)
    assert after(two, ann).process_id == one.pk
    perform(one, "work", ann)
    assert after(one, ann) == last(process, "after")
    perform(process, "after", ann)
    assert after(one, ann) is None


def test_a_start_by_a_person_stays_no_child(ann):
    """A flow that only people start needs no look at a family."""
    from . import flows as others

    assert not others.PizzaFlow.may_work_for_others()
    assert flows.ChildFlow.may_work_for_others()
    assert begin(others.PizzaFlow, ann).parent_task_id is None


# in any order -----------------------------------------------------------------------------------

VERBS = ("execute", "execute", "execute", "cancel", "undo", "revive", "cancel process", "add")


@settings(
    max_examples=300 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 12,
    deadline=None,
    derandomize="HYPOTHESIS_PROFILE" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(
    flow_class=st.sampled_from(
        [
            flows.ParentFlow,
            flows.QuickParentFlow,
            flows.GrandParentFlow,
            flows.ManyFlow,
            flows.SequenceFlow,
            flows.BranchesFlow,
        ]
    ),
    data=st.data(),
)
def test_no_sequence_of_interventions_breaks_a_family(flow_class, data):
    """B304, B380-B384: in any order and at any state, refused or not."""
    process = flow_class.start.run()
    for _ in range(data.draw(st.integers(4, 12), label="how many")):
        family = [p.coerced for p in Process.objects.order_by("pk") if _root(p) == process.pk]
        task = data.draw(
            st.sampled_from([task for member in family for task in tasks(member)]), label="task"
        )
        verb = data.draw(st.sampled_from(VERBS), label="verb")
        try:
            if verb == "cancel process":
                task.flow_task.flow_class.instance.cancel(task.process.coerced)
            elif verb == "add":
                flows.ChildFlow.start.run(_parent_task=last(process, "sub"), item="added")
            elif verb == "execute" and task.flow_task_type == "HUMAN":
                perform(task.process.coerced, task)
            else:
                act_on(task, verb)
        except (TransitionNotAllowed, FlowRuntimeError, AttributeError) as error:
            note(f"{verb} refused: {error}")
        else:
            note(f"{verb} {task.flow_task} #{task.pk} -> {picture(process)}")
        check_family(process)


def _root(process):
    while process.parent_task_id is not None:
        process = process.parent_task.process
    return process.pk


def test_the_next_pass_of_a_loop_starts_new_processes():
    """B355 with a subprocess."""

    class RepeatFlow(Flow):
        process_class = Order
        start = nodes.StartHandle().Next(this.sub)
        sub = nodes.Subprocess(flows.ChildFlow.start).Next(this.check)
        check = nodes.If(lambda a: a.process.approved).Then(this.end).Else(this.sub)
        end = nodes.End()

    process = RepeatFlow.start.run()
    perform(children(process)[0], "work")
    assert [c.status for c in children(process)] == [PROCESS.DONE, PROCESS.NEW]
    stored = fresh(process)
    stored.approved = True
    stored.save()
    perform(children(process)[1], "work")
    assert fresh(process).status == PROCESS.DONE
    assert len(all_of(process, "sub", STATUS.DONE)) == 2
    check_family(process)
