"""Events on the border of a task: limits, errors, escalations."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from viewflow import this
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, Flow, FlowRuntimeError, jobs, nodes
from viewflow.workflow.chart import calc_layout_data, grid_to_bpmn
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError, ProcessError
from viewflow.workflow.models import Process, Task
from viewflow.workflow.timers import fire_due_timers

from . import time_flows as flows
from .models import Order
from .steps import (
    act_on,
    all_of,
    check,
    fresh,
    last,
    live,
    perform,
    person,
    picture,
    request_of,
    tasks,
)
from .time_flows import DAY, HOUR

pytestmark = pytest.mark.django_db

ARMED = [
    "approve__error",
    "approve__error_2",
    "approve__escalation",
    "approve__timeout",
    "approve__timeout_2",
]


def approval(**values):
    process = flows.ApprovalFlow.start.run()
    perform(process, "prepare", **values)
    return process


def events(process, *status):
    """Names of the events in these states, armed ones by default."""
    wanted = status or (STATUS.NEW, STATUS.SCHEDULED)
    return sorted(
        task.flow_task.name
        for task in tasks(process)
        if task.flow_task_type == "BOUNDARY_EVENT" and task.status in wanted
    )


def work(process):
    """Live tasks without the events."""
    return sorted(
        task.flow_task.name for task in live(process) if task.flow_task_type != "BOUNDARY_EVENT"
    )


# declaration ------------------------------------------------------------------------------------


def test_events_are_nodes_of_the_flow():
    """B442: named after their host, with an edge from it and one to what follows."""
    flow = flows.ApprovalFlow
    names = [node.name for node in flow.instance.nodes()]
    at = names.index("approve")
    assert sorted(names[at + 1 : at + 6]) == ARMED
    late = flow.approve__timeout_2
    assert (late.host, late.interrupting, late.task_title) == (
        flow.approve,
        True,
        "Approval is late",
    )
    assert late.bpmn_element == "boundaryEvent"
    assert not flow.approve__timeout.interrupting
    assert not flow.approve__escalation.interrupting
    assert [edge.dst for edge in late._outgoing()] == [flow.too_late]
    from_host = [
        edge.dst.name for edge in flow.approve._outgoing() if edge.edge_class == "boundary"
    ]
    assert sorted(from_host) == ARMED
    assert [edge.src.name for edge in late._incoming()] == ["approve"]


def test_a_subclass_inherits_and_overrides_events_with_their_host():
    class Again(flows.ApprovalFlow):
        def limit(self, activation):
            return HOUR / 2

    assert Again.approve__timeout_2.host is Again.approve
    assert Again.approve__timeout_2.delay.__self__ is Again.instance
    stricter = flows.StricterApprovalFlow
    assert [event.name for event in stricter.approve.boundaries] == ["approve__timeout"]
    assert not hasattr(stricter.instance, "approve__error_2") or (
        stricter.instance.node("approve__error_2") is None
    )
    assert stricter.approve__timeout.delay == DAY


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (lambda: nodes.Function(print).OnTimeout(HOUR, this.end), "never waits"),
        (lambda: nodes.Join().OnTimeout(HOUR, this.end), "belong to tasks"),
        (lambda: nodes.Split().Next(this.end).OnError(this.end), "belong to tasks"),
        (lambda: nodes.StartTimer(interval=HOUR).OnError(this.end), "belong to tasks"),
        (lambda: nodes.View(None).OnError(this.nowhere), "nowhere"),
        (lambda: nodes.View(None).OnTimeout(this.nothing, this.end), "nothing"),
    ],
)
def test_events_where_they_make_no_sense_are_refused_when_the_class_is_made(host, message):
    node = host()
    with pytest.raises(FlowDefinitionError, match=message):
        type(
            "WrongFlow",
            (Flow,),
            {
                "start": nodes.StartHandle().Next(this.host),
                "host": node if isinstance(node, nodes.Split) else node.Next(this.end),
                "end": nodes.End(),
            },
        )


def test_a_node_with_the_name_of_an_event_is_refused():
    with pytest.raises(FlowDefinitionError, match="rename"):

        class TwiceFlow(Flow):
            start = nodes.StartHandle().Next(this.work)
            work = nodes.View(None).OnError(this.end).Next(this.end)
            work__error = nodes.End()
            end = nodes.End()


def test_events_and_timers_are_exported_as_what_they_are():
    """B442, B443: attached to their host, with their definition; non-interrupting ones say so."""
    bpmn = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"

    def definitions(flow_class):
        root = ElementTree.fromstring(grid_to_bpmn(calc_layout_data(flow_class)))  # noqa: S314
        return {element.get("id"): element for element in root.iter()}

    found = definitions(flows.ApprovalFlow)
    event = found["id_node_approve__timeout"]
    assert event.tag == f"{bpmn}boundaryEvent"
    assert event.get("attachedToRef") == "id_node_approve"
    assert event.get("cancelActivity") == "false"
    assert event.find(f"{bpmn}timerEventDefinition/{bpmn}timeDuration").text == "P0DT01H00M00S"
    assert found["id_node_approve__timeout_2"].get("cancelActivity") == "true"
    reference = found["id_node_approve__error"].find(f"{bpmn}errorEventDefinition").get("errorRef")
    assert found[reference].get("errorCode") == "nobody"
    assert found["id_node_approve__escalation"].find(f"{bpmn}escalationEventDefinition") is not None
    found = definitions(flows.DueFlow)
    date = found["id_node_fixed"].find(f"{bpmn}timerEventDefinition/{bpmn}timeDate")
    assert date.text == "2030-01-01T12:00:00"
    found = definitions(flows.ClockFlow)
    cycle = found["id_node_start"].find(f"{bpmn}timerEventDefinition/{bpmn}timeCycle")
    assert cycle.text == "R/PT3600S"
    found = definitions(flows.PaidFlow)
    condition = found["id_node_paid"].find(f"{bpmn}conditionalEventDefinition/{bpmn}condition")
    assert condition.text == "PaidFlow.is_paid"


# armed and withdrawn ----------------------------------------------------------------------------


def test_events_are_armed_with_their_host_and_withdrawn_when_it_is_done(clock):
    """B371: nothing waits any more and nothing fires."""
    process = approval()
    assert events(process) == ARMED
    assert work(process) == ["approve"]
    limits = {t.flow_task.name: t.scheduled for t in tasks(process) if t.scheduled}
    assert limits["approve__timeout_2"] - limits["approve__timeout"] > HOUR * 22
    check(process)
    perform(process, "approve")
    assert events(process) == []
    assert events(process, STATUS.CANCELED) == ARMED
    assert fresh(process).status == PROCESS.DONE
    check(process)
    clock.advance(days=2)
    assert fire_due_timers() == 0


def test_arming_and_withdrawing_costs_few_statements(ann):
    """Five events: their rows and links are written together, and changed together."""
    from .test_queries import only, statements

    process = flows.ApprovalFlow.start.run()
    act_on(last(process, "prepare"), "assign", ann)
    _, found = statements(lambda: act_on(last(process, "prepare"), "execute"))
    only(14, found)
    act_on(last(process, "approve"), "assign", ann)
    _, found = statements(lambda: act_on(last(process, "approve"), "execute"))
    only(14, found)


@pytest.mark.parametrize("way", ["cancel", "undo before", "process", "one by one"])
def test_events_go_with_a_cancelled_host_and_come_with_a_revived_one(way, clock):
    process = approval()
    if way == "one by one":
        for task in tasks(process):
            if task.flow_task_type == "BOUNDARY_EVENT":
                act_on(task, "cancel")
        check(process)
        assert work(process) == ["approve"]
    if way == "process":
        flows.ApprovalFlow.instance.cancel(fresh(process))
        assert fresh(process).status == PROCESS.CANCELED
    else:
        act_on(last(process, "approve"), "cancel")
    assert live(process) == []
    check(process)
    clock.advance(days=2)
    assert fire_due_timers() == 0
    if way == "undo before":
        act_on(last(process, "prepare"), "undo")
        act_on(last(process, "prepare", STATUS.CANCELED), "revive")
        perform(process, "prepare")
    else:
        act_on(last(process, "approve"), "revive")
    assert events(process) == ARMED
    assert work(process) == ["approve"]
    check(process)
    clock.advance(hours=23)
    assert fire_due_timers() == 1
    assert work(process) == ["approve", "remind"]


def test_an_event_cannot_be_revived_without_its_host():
    process = approval()
    event = last(process, "approve__timeout")
    act_on(event, "cancel")
    with pytest.raises(TransitionNotAllowed):
        act_on(event, "revive")
    assert "approve__timeout" not in events(process)


def test_a_withdrawn_error_event_catches_nothing():
    """Whoever disarms it wants to see the failure."""
    process = flows.RiskyFlow.start.run()
    act_on(last(process, "hand__error"), "cancel")
    with pytest.raises(ProcessError):
        flows.RiskyFlow.hand.run(last(process, "hand"), code="declined")
    assert work(process) == ["hand"]
    with Context(propagate_exception=False):
        flows.RiskyFlow.hand.run(last(process, "hand"), code="declined")
    assert last(process, "hand").status == STATUS.ERROR
    check(process)


# timeouts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED])
def test_a_limit_interrupts_whatever_the_host_is_doing(clock, ann, state):
    """B370: also a task that somebody has begun, which nobody may cancel by hand."""
    process = approval()
    task = last(process, "approve")
    if state != STATUS.NEW:
        act_on(task, "assign", ann)
    if state == STATUS.STARTED:
        act_on(task, "start", request_of(ann))
        with pytest.raises(TransitionNotAllowed):
            act_on(task, "cancel")
    act_on(last(process, "approve__timeout"), "cancel")
    clock.advance(days=1, minutes=1)
    assert fire_due_timers() == 1
    task.refresh_from_db()
    assert (task.status, task.finished is not None) == (STATUS.CANCELED, True)
    assert work(process) == ["too_late"]
    assert events(process) == []
    assert last(process, "too_late").token == task.token
    check(process)
    with pytest.raises(TransitionNotAllowed):
        perform(process, task)
    with pytest.raises(TransitionNotAllowed):
        act_on(task, "revive")  # its token has gone on
    perform(process, "too_late")
    assert fresh(process).status == PROCESS.DONE


def test_a_reminder_is_one_more_branch(clock):
    """B370: both go on; the process is done when both have ended."""
    process = approval()
    clock.advance(minutes=61)
    assert fire_due_timers() == 1
    assert work(process) == ["approve", "remind"]
    assert "approve__timeout_2" in events(process)
    check(process)
    perform(process, "approve")
    assert fresh(process).status == PROCESS.NEW
    assert events(process) == []
    perform(process, "remind")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_the_step_before_cannot_be_undone_while_what_followed_the_limit_is_open(clock):
    """The host is cancelled, but its token is somewhere: undoing must not double it."""
    process = approval()
    act_on(last(process, "approve__timeout"), "cancel")
    clock.advance(days=1, minutes=1)
    fire_due_timers()
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "prepare"), "undo")
    act_on(last(process, "too_late"), "cancel")
    act_on(last(process, "prepare"), "undo")
    check(process)
    act_on(last(process, "prepare", STATUS.CANCELED), "revive")
    assert work(process) == ["prepare"]
    check(process)


def test_a_reminder_does_not_keep_its_host_from_being_undone(clock):
    """It is no consequence of what the host has done."""
    process = approval()
    clock.advance(minutes=61)
    fire_due_timers()
    perform(process, "remind")
    act_on(last(process, "approve"), "cancel")
    act_on(last(process, "prepare"), "undo")
    act_on(last(process, "prepare", STATUS.CANCELED), "revive")
    perform(process, "prepare")
    perform(process, "approve")
    assert fresh(process).status == PROCESS.DONE
    act_on(last(process, "end"), "undo")
    act_on(last(process, "approve"), "undo")
    check(process)


def test_what_the_limit_did_can_be_taken_back(clock):
    process = approval()
    act_on(last(process, "approve__timeout"), "cancel")
    clock.advance(days=1, minutes=1)
    fire_due_timers()
    event = last(process, "approve__timeout_2", STATUS.DONE)
    with pytest.raises(TransitionNotAllowed):
        act_on(event, "undo")
    act_on(last(process, "too_late"), "cancel")
    act_on(event, "undo")
    act_on(last(process, "approve"), "revive")
    assert work(process) == ["approve"]
    assert events(process) == ARMED
    check(process)


def test_a_limit_that_fails_leaves_the_host_alone_and_can_be_tried_again(clock):
    """B367: the failure is on the event; nothing of the interruption stays."""
    process = flows.BrokenLimitFlow.start.run()
    clock.advance(hours=2)

    def refuse(**kwargs):
        raise ValueError("receiver")

    from viewflow.workflow.signals import task_finished

    task_finished.connect(refuse, sender=flows.BrokenLimitFlow)
    try:
        dispatch = fire_due_timers()
    finally:
        task_finished.disconnect(refuse, sender=flows.BrokenLimitFlow)
    assert dispatch.failed == 1
    event = last(process, "work__timeout", STATUS.ERROR)
    assert "receiver" in event.data["_exception"]["title"]
    assert last(process, "work").status == STATUS.NEW
    check(process)
    assert fire_due_timers().failed == 0

    act_on(event, "revive")
    assert fire_due_timers() == 1
    # What follows has a failure of its own, which is its own.
    assert work(process) == ["late"]
    assert last(process, "late").status == STATUS.ERROR
    check(process)


def test_a_failed_event_goes_with_its_host(clock):
    process = flows.BrokenLimitFlow.start.run()
    task = last(process, "work__timeout")
    with task.activation() as activation, Context(propagate_exception=False):
        activation.fail(ValueError("x"))
    perform(process, "work")
    assert fresh(process).status == PROCESS.DONE
    check(process)
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "work__timeout"), "revive")


def test_a_limit_that_cannot_be_found_out_fails_the_host():
    with pytest.raises(FlowRuntimeError, match="BrokenLimitFlow"):
        flows.BrokenLimitFlow.start.run(note="no limit")
    assert not Process.objects.exists()
    with Context(propagate_exception=False):
        process = flows.BrokenLimitFlow.start.run(note="no limit")
    assert work(process) == ["work"]
    assert last(process, "work").status == STATUS.ERROR
    assert events(process) == []
    check(process)
    Order.objects.filter(pk=process.pk).update(note="")
    act_on(last(process, "work"), "revive")
    assert events(process) == ["work__timeout"]
    check(process)


# errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("note", "follower"), [("nobody", "repair"), ("crash", "any_error")])
@pytest.mark.parametrize("propagate", [True, False])
def test_a_failure_is_caught_by_its_code_first(note, follower, propagate):
    """B372: also in a person's step, who sees nothing of it; the record stays on the host."""
    with Context(propagate_exception=propagate):
        process = approval(note=note)
    task = last(process, "approve")
    assert task.status == STATUS.CANCELED
    assert task.data["_exception"]["title"]
    assert work(process) == [follower]
    assert events(process) == []
    assert last(process, follower).token == "start"
    check(process)
    perform(process, follower)
    assert fresh(process).status == PROCESS.DONE


def test_a_function_is_rolled_back_and_its_failure_goes_another_way():
    """What the function has changed is not kept; other codes remain failures."""
    process = flows.RiskyFlow.start.run(note="declined")
    assert work(process) == ["declined"]
    assert fresh(process).amount == 0
    assert events(process, STATUS.DONE) == ["charge__error"]
    check(process)
    with pytest.raises(ValueError, match="crash"):
        flows.RiskyFlow.start.run(note="crash")
    with Context(propagate_exception=False):
        process = flows.RiskyFlow.start.run(note="crash")
    assert picture(process) == ["start DONE", "charge ERROR"]


def test_an_error_event_that_does_not_interrupt_leaves_the_failure_to_be_repaired():
    process = flows.RiskyFlow.start.run(note="slow")
    assert work(process) == ["charge", "watch"]
    assert last(process, "charge").status == STATUS.ERROR
    check(process)
    Order.objects.filter(pk=process.pk).update(note="")
    act_on(last(process, "charge"), "revive")
    assert work(process) == ["hand", "watch"]
    perform(process, "watch")
    check(process)


def test_a_handle_and_a_timer_are_hosts(clock):
    process = flows.RiskyFlow.start.run()
    flows.RiskyFlow.hand.run(last(process, "hand"))
    assert events(process) == ["pause__timeout"]
    clock.advance(minutes=61)
    assert fire_due_timers() == 1
    assert work(process) == ["pause", "watch"]
    clock.advance(minutes=60)
    assert fire_due_timers() == 1
    perform(process, "watch")
    assert fresh(process).status == PROCESS.DONE

    process = flows.RiskyFlow.start.run()
    assert flows.RiskyFlow.hand.run(last(process, "hand"), code="declined") is None
    assert work(process) == ["watch"]
    assert fresh(process).amount == 99  # of "charge", before
    check(process)


def test_a_host_that_failed_keeps_its_events_until_it_is_revived_or_its_time_is_over(clock):
    """The limit of a failed task stands: somebody has to care in time. Revived, it begins anew."""
    process = flows.ApprovalFlow.start.run()
    perform(process, "prepare")
    task = last(process, "approve")
    Order.objects.filter(pk=process.pk).update(note="")
    for kind in ("approve__error", "approve__error_2", "approve__timeout"):
        act_on(last(process, kind), "cancel")
    with task.activation() as activation:
        activation.fail(ValueError("x"))
    assert events(process) == ["approve__escalation", "approve__timeout_2"]
    check(process)
    first = last(process, "approve__timeout_2").scheduled
    clock.advance(hours=1)
    act_on(last(process, "approve"), "revive")
    assert events(process) == ARMED
    assert last(process, "approve__timeout_2").scheduled - first >= HOUR
    check(process)

    for kind in ("approve__error", "approve__error_2", "approve__timeout"):
        act_on(last(process, kind), "cancel")
    with last(process, "approve").activation() as activation:
        activation.fail(ValueError("x"))
    clock.advance(days=2)
    assert fire_due_timers() == 1
    assert work(process) == ["too_late"]
    check(process)


def test_a_busy_database_is_no_failure_that_a_flow_knows():
    """``OnError`` without a code is for the task's own errors."""
    from viewflow.workflow import FlowLockFailed

    process = flows.RiskyFlow.start.run()
    activation = nodes.HandleActivation(last(process, "hand"))
    assert flows.RiskyFlow.hand.catches(activation, ValueError("x"))
    assert not flows.RiskyFlow.hand.catches(activation, FlowLockFailed("busy"))


def test_what_was_interrupted_tells_code_that_comes_late(clock):
    """The result of the handle is refused: nothing waits for it."""
    process = flows.RiskyFlow.start.run()
    task = last(process, "hand")
    clock.advance(minutes=61)
    fire_due_timers()
    with pytest.raises(TransitionNotAllowed):
        flows.RiskyFlow.hand.run(task)
    assert work(process) == ["watch"]


@pytest.fixture
def post(settings):
    """A runner of jobs that keeps its messages, for the test to deliver."""
    from .test_jobs import Post

    runner = Post()
    settings.VIEWFLOW = {"JOB_RUNNER": runner}
    return runner


def charging(commit, **values):
    with commit(execute=True):
        return flows.ChargeFlow.start.run(**values)


def test_a_failed_job_goes_the_way_of_its_code(post, django_capture_on_commit_callbacks):
    """B372: other codes leave ERROR, and the events armed."""
    process = charging(django_capture_on_commit_callbacks, note="declined")
    assert events(process) == ["charge__error", "charge__timeout"]
    jobs.deliver(post.messages.pop())  # the process expects it: the runner has nothing to report
    task = last(process, "charge")
    assert (task.status, work(process)) == (STATUS.CANCELED, ["ask"])
    assert task.data["_exception"]["code"] == "declined"
    assert events(process) == []
    check(process)

    process = charging(django_capture_on_commit_callbacks, note="broken")
    with pytest.raises(ProcessError):  # the runner is told as well
        jobs.deliver(post.messages.pop())
    assert last(process, "charge").status == STATUS.ERROR
    assert events(process) == ["charge__error", "charge__timeout"]
    check(process)
    Order.objects.filter(pk=process.pk).update(note="declined")
    with django_capture_on_commit_callbacks(execute=True):
        act_on(last(process, "charge"), "retry")
    jobs.deliver(post.messages.pop())
    assert work(process) == ["ask"]
    check(process)


def test_what_a_worker_brings_after_the_limit_is_refused(
    post, clock, django_capture_on_commit_callbacks
):
    """B370: the job is interrupted while a worker is busy with it; the process goes on once."""
    process = charging(django_capture_on_commit_callbacks)
    act_on(last(process, "charge"), "start")
    clock.advance(days=1, minutes=1)
    assert fire_due_timers() == 1
    assert work(process) == ["late"]
    jobs.deliver(post.messages.pop())
    assert last(process, "charge").status == STATUS.CANCELED
    assert work(process) == ["late"]
    check(process)


# escalation -------------------------------------------------------------------------------------


def test_an_escalation_begins_a_branch_each_time(ann):
    """B373: the host goes on, and may be escalated to again."""
    process = approval()
    task = last(process, "approve")
    for number in (1, 2):
        with task.activation() as activation:
            assert activation.flow_task.escalate(activation, "boss")
            assert not activation.flow_task.escalate(activation, "nobody")
        assert len(all_of(process, "tell_boss")) == number
        check(process)
    assert events(process) == ARMED
    assert len({t.token for t in all_of(process, "tell_boss")}) == 2
    perform(process, task)
    with task.activation() as activation:
        assert not activation.flow_task.escalate(activation, "boss")
    for each in all_of(process, "tell_boss"):
        perform(process, each)
    assert fresh(process).status == PROCESS.DONE
    check(process)
    other = flows.EggFlow.start.run()
    with last(other, "cook").activation() as activation:
        assert not activation.flow_task.escalate(activation, "boss")


# splits, joins, races -----------------------------------------------------------------------------


def test_a_join_waits_for_what_began_beside_a_branch(clock):
    """The reminder is one more branch of the split; armed events are not waited for."""
    process = flows.ParallelFlow.start.run()
    perform(process, "right")
    assert work(process) == ["join", "left"]
    clock.advance(minutes=61)
    assert fire_due_timers() == 1
    perform(process, "left")
    assert work(process) == ["join", "remind"]
    check(process)
    perform(process, "remind")
    assert work(process) == ["after"]
    assert len(all_of(process, "join")) == 1
    assert last(process, "after").token == "start"
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_join_gets_the_branch_that_took_another_way(clock):
    process = flows.ParallelFlow.start.run()
    clock.advance(days=1, minutes=1)
    assert fire_due_timers() == 2
    assert work(process) == ["instead", "remind", "right"]
    for name in ("right", "remind", "instead"):
        assert "after" not in work(process)
        perform(process, name)
    assert work(process) == ["after"]
    check(process)


@pytest.mark.parametrize("order", [("work", "remind"), ("remind", "work")])
def test_a_join_outside_of_a_split_holds_a_task_and_what_began_beside_it(clock, order):
    """They pass it together, once, on the token of the task."""
    process = flows.BesideFlow.start.run()
    clock.advance(minutes=61)
    assert fire_due_timers() == 1
    for name in order:
        assert "after" not in work(process)
        perform(process, name)
        check(process)
    assert work(process) == ["after"]
    assert len(all_of(process, "join")) == 1
    assert {task.token for task in all_of(process, "join", "DONE")} == {"start"}
    assert last(process, "join").previous.count() == 2
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_join_outside_of_a_split_without_any_event(clock):
    process = flows.BesideFlow.start.run()
    perform(process, "work")
    assert work(process) == ["after"]
    check(process)


def test_a_join_outside_of_a_split_does_not_wait_for_a_way_that_leads_elsewhere(clock):
    process = flows.BesideFlow.start.run()
    clock.advance(days=1, minutes=1)
    assert fire_due_timers() == 2
    perform(process, "work")
    assert work(process) == ["join", "remind", "report"]
    perform(process, "remind")
    assert work(process) == ["after", "report"]
    check(process)


@pytest.mark.parametrize("how", ["ends", "is cancelled"])
def test_a_join_outside_of_a_split_goes_on_when_nobody_can_come_any_more(how):
    process = flows.BesideFlow.start.run()
    with last(process, "work").activation() as activation:
        assert activation.flow_task.escalate(activation)
    perform(process, "work")
    assert work(process) == ["boss", "join"]
    if how == "ends":
        perform(process, "boss", approved=True)
    else:
        act_on(last(process, "boss"), "cancel")
    assert work(process) == ["after"]
    assert len(all_of(process, "join")) == 1
    check(process)


def test_a_join_outside_of_a_split_goes_on_without_the_task():
    """What began beside it was first; the task itself is cancelled."""
    process = flows.BesideFlow.start.run()
    with last(process, "work").activation() as activation:
        assert activation.flow_task.escalate(activation)
    perform(process, "boss", approved=False)
    assert work(process) == ["join", "work"]
    check(process)
    act_on(last(process, "work"), "cancel")
    assert work(process) == ["after"]
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_cancelling_a_task_beside_which_another_way_has_ended(clock):
    process = flows.BesideFlow.start.run()
    clock.advance(days=1, minutes=1)
    fire_due_timers()
    act_on(last(process, "remind"), "cancel")
    perform(process, "report")
    assert fresh(process).status == PROCESS.NEW
    act_on(last(process, "work"), "cancel")
    assert fresh(process).status == PROCESS.DONE
    assert live(process) == []
    check(process)


def test_a_join_that_goes_on_early_counts_no_events(clock):
    """Its condition sees the tasks, and what it cancels takes its events along."""
    process = flows.MostFlow.start.run()
    perform(process, "left")
    assert fresh(process).status == PROCESS.DONE
    check(process)
    process = flows.MostFlow.start.run()
    clock.advance(days=1, minutes=1)
    assert fire_due_timers() in (1, 2)
    assert fresh(process).status == PROCESS.DONE
    assert events(process) == []
    check(process)


def test_a_race_is_won_by_a_limit_but_not_by_a_reminder(clock):
    process = flows.RaceFlow.start.run()
    clock.advance(minutes=61)
    fire_due_timers()
    perform(process, "remind")
    assert work(process) == ["left", "race", "right"]
    check(process)
    clock.advance(days=1)
    assert fire_due_timers() == 1
    assert work(process) == ["late"]
    assert last(process, "right").status == STATUS.CANCELED
    check(process)
    clock.advance(days=3)
    assert fire_due_timers() == 0
    perform(process, "late")
    assert fresh(process).status == PROCESS.DONE


def test_events_of_code_that_is_gone_do_not_keep_a_process_open():
    """A deployment removed ``OnTimeout``: the rows are closed with the process."""
    process = approval()
    task = last(process, "approve")
    Task.objects.filter(process=process, flow_task_type="BOUNDARY_EVENT").update(
        flow_task="viewflow/gone.GoneFlow.approve__timeout"
    )
    through = Task.previous.through
    through.objects.filter(from_task__flow_task_type="BOUNDARY_EVENT").delete()
    perform(process, task)
    assert fresh(process).status == PROCESS.DONE
    assert live(process) == []


# everything in any order --------------------------------------------------------------------------

VERBS = ("assign", "start", "execute", "cancel", "undo", "revive")
KNOWN = (
    flows.ApprovalFlow,
    flows.ParallelFlow,
    flows.RaceFlow,
    flows.RiskyFlow,
    flows.MostFlow,
    flows.BesideFlow,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(known=st.sampled_from(KNOWN), data=st.data())
def test_no_sequence_of_people_and_clock_breaks_a_process(clock, known, data):
    """One live task for each token, nothing armed after its host is gone, joins pass once."""
    ann = person("ann")
    process = known.start.run()
    for _ in range(data.draw(st.integers(3, 12), label="how many")):
        if data.draw(st.booleans(), label="clock"):
            clock.advance(data.draw(st.sampled_from([HOUR, HOUR * 2, DAY]), label="ahead"))
            note(f"fired {fire_due_timers()!r}: {picture(process)}")
        else:
            task = data.draw(st.sampled_from(tasks(process)), label="task")
            verb = data.draw(st.sampled_from(VERBS), label="verb")
            arguments = {"assign": (ann,), "start": (request_of(ann),)}.get(verb, ())
            try:
                with task.activation() as activation, Context(propagate_exception=False):
                    transition = getattr(activation, verb, None)
                    if transition is None or (
                        verb == "start" and task.flow_task_type in ("TIMER", "BOUNDARY_EVENT")
                    ):
                        continue
                    transition(*arguments)
            except (TransitionNotAllowed, FlowRuntimeError):
                continue
            note(f"{verb} {task.flow_task.name}: {picture(process)}")
        check(process)
        passed = [t.token for t in all_of(process, "after")]
        assert set(passed) <= {"start"}


@pytest.mark.django_db(transaction=True)
def test_a_submit_and_a_limit_at_the_same_moment(committed):
    """One of them is first and the other finds the task gone; never both ways at once."""
    from .test_concurrency import run_threads

    ann = person("ann")
    ways = set()
    for number in range(8):
        process = approval()
        task = last(process, "approve")
        act_on(task, "assign", ann)
        limits = Task.objects.filter(
            process=process, flow_task=flows.ApprovalFlow.approve__timeout_2
        )
        limits.update(scheduled=task.created)
        jobs = [lambda task=task: act_on(task, "execute"), fire_due_timers, fire_due_timers]
        results = run_threads(*(jobs if number % 2 else reversed(jobs)))
        wrong = [
            r for r in results
            if isinstance(r, Exception) and not isinstance(r, TransitionNotAllowed)
        ]  # fmt: skip
        assert not wrong, results
        fire_due_timers()
        task.refresh_from_db()
        ways.add(task.status)
        if task.status == STATUS.DONE:
            assert fresh(process).status == PROCESS.DONE
        else:
            assert (task.status, work(process)) == (STATUS.CANCELED, ["too_late"])
        check(process)
    assert ways <= {STATUS.DONE, STATUS.CANCELED}
