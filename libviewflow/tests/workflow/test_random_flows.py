"""Laws that hold of every sound flow, whatever the order in which people work.

Flows, orders of work and interventions are made by Hypothesis; ``make explore`` is a long run.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.examples import examples
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, FlowRuntimeError
from viewflow.workflow.models import Process, Task

from . import flows
from .shapes import blocks, build
from .steps import check, done, fresh, live, live_names, perform, person, picture, tasks

thorough = settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))

pytestmark = pytest.mark.django_db


def run_to_the_end(process, pick) -> None:
    """Let people work, one task at a time, until nobody has anything left to do."""
    for _ in range(500):
        work = [task for task in live(process) if task.flow_task_type == "HUMAN"]
        if not work:
            return
        perform(process, pick(work))
        check(process)
    raise AssertionError(f"still running: {picture(process)[-20:]}")


@thorough
@given(shape=blocks, data=st.data())
def test_every_sound_flow_reaches_its_end(shape, data):
    """B289, B339, B341, B347, B354, B355: each node runs as often as its shape says."""
    flow_class, expected = build(shape)
    process = flow_class.start.run()
    check(process)
    run_to_the_end(process, lambda work: data.draw(st.sampled_from(work), label="next"))
    note(str(picture(process)))
    assert fresh(process).status == PROCESS.DONE
    assert live_names(process) == []
    assert done(process) == expected
    assert sum(expected.values()) == Task.objects.filter(process=process).count()
    for task in tasks(process):
        followers = task.leading.count()
        assert followers >= 1 or task.flow_task_type == "END"


@thorough
@given(shape=blocks, data=st.data())
def test_cancelling_at_any_moment_closes_the_process(shape, data):
    """B302, B305."""
    flow_class, _ = build(shape)
    process = flow_class.start.run()
    for _ in range(data.draw(st.integers(0, 4), label="steps before")):
        work = [task for task in live(process) if task.flow_task_type == "HUMAN"]
        if work:
            perform(process, data.draw(st.sampled_from(work), label="next"))
    if fresh(process).status == PROCESS.DONE:
        with pytest.raises(FlowRuntimeError):
            flow_class.instance.cancel(process)
    else:
        flow_class.instance.cancel(process)
        assert fresh(process).status == PROCESS.CANCELED
    check(process)


VERBS = ("assign", "unassign", "reassign", "execute", "start", "cancel", "undo", "revive")
KNOWN = (
    flows.SplitFlow,
    flows.NestedFlow,
    flows.LoopFlow,
    flows.BranchLoopFlow,
    flows.TwoOfThreeFlow,
    flows.FirstFlow,
    flows.TwoEndsFlow,
    flows.FunctionFlow,
    flows.DirectSplitFlow,
)


def rows(process):
    return (
        Process.objects.filter(pk=process.pk).values_list("status", "finished", "data").get(),
        list(
            Task.objects.filter(process_id=process.pk)
            .order_by("pk")
            .values_list("pk", "status", "owner_id", "token", "assigned", "started", "finished")
        ),
    )


def intervene(process, task, verb) -> bool:
    """Try one transition of a task; refused ones must not leave a trace."""
    from .steps import request_of

    arguments = {
        "assign": (person("ann"),),
        "reassign": (person("bob"),),
        "start": (request_of(person("ann")),),
    }.get(verb, ())
    before = rows(process)
    try:
        with task.activation() as activation:
            transition = getattr(activation, verb, None)
            if transition is None or not hasattr(transition, "can_proceed"):
                return False
            offered = transition.can_proceed()
            transition(*arguments)
    except TransitionNotAllowed:
        assert not offered or verb == "execute", "offered, then refused"
        assert rows(process) == before
        return False
    except FlowRuntimeError:
        assert rows(process) == before
        return False
    assert offered, f"{verb} was not offered and yet done"
    return True


@thorough
@given(known=st.sampled_from(KNOWN), data=st.data())
def test_no_sequence_of_interventions_breaks_a_process(known, data):
    """Assign, unassign, start, execute, cancel, undo and revive in any order."""
    process = known.start.run()
    for _ in range(data.draw(st.integers(3, 14), label="how many")):
        task = data.draw(st.sampled_from(tasks(process)), label="task")
        verb = data.draw(st.sampled_from(VERBS), label="verb")
        if intervene(process, task, verb):
            note(f"{verb} {task.flow_task.name} -> {picture(process)}")
        check(process)


@thorough
@given(shape=blocks, data=st.data())
def test_no_sequence_of_interventions_breaks_a_random_flow(shape, data):
    flow_class, _ = build(shape)
    process = flow_class.start.run()
    for _ in range(data.draw(st.integers(3, 10), label="how many")):
        task = data.draw(st.sampled_from(tasks(process)), label="task")
        verb = data.draw(st.sampled_from(VERBS), label="verb")
        if intervene(process, task, verb):
            note(f"{verb} {task.flow_task.name} -> {picture(process)}")
        check(process)


@thorough
@given(shape=blocks, data=st.data())
def test_a_finished_process_can_be_taken_back_and_finished_again(shape, data):
    """B356, B357: undo whatever can be undone, revive the last ones, work to the end again."""
    flow_class, _ = build(shape)
    process = flow_class.start.run()
    run_to_the_end(process, lambda work: work[0])
    for _ in range(data.draw(st.integers(1, 6), label="undone")):
        undoable = []
        for task in tasks(process):
            if task.status == STATUS.DONE and task.flow_task.name != "start":
                with task.activation() as activation:
                    if activation.undo.can_proceed():
                        undoable.append(task)
        if not undoable:
            break
        task = data.draw(st.sampled_from(undoable), label="undo")
        with task.activation() as activation:
            activation.undo()
        note(f"undo {task.flow_task.name}")
        check(process)
    for _ in range(20):
        if live(process):
            run_to_the_end(process, lambda work: work[0])
            continue
        if fresh(process).status == PROCESS.DONE:
            break
        gone = [
            task
            for task in tasks(process)
            if task.status == STATUS.CANCELED
            and all(p.status in {STATUS.DONE, STATUS.REVIVED} for p in task.previous.all())
        ]
        assert gone, f"nothing to revive: {picture(process)}"
        with gone[0].activation() as activation:
            activation.revive()
        note(f"revive {gone[0].flow_task.name}")
        check(process)
