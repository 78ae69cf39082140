"""Messages, signals, escalations, ends that stop everything, and work that only BPMN tells apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from viewflow import this
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, Flow, FlowLockFailed, nodes
from viewflow.workflow.broadcast import deliver_signals
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError
from viewflow.workflow.models import Process, SignalDelivery
from viewflow.workflow.nodes import broadcast_signal
from viewflow.workflow.signals import flow_finished

from . import event_flows as flows
from .steps import (
    act_on,
    all_of,
    check,
    fresh,
    last,
    live,
    live_names,
    perform,
    person,
    picture,
)

pytestmark = pytest.mark.django_db


def in_background(flow_class, **kwargs):
    with Context(propagate_exception=False):
        return flow_class.start.run(**kwargs)


# what is said and done by hand ------------------------------------------------------------------


def test_a_process_talks_and_listens(ann):
    """B335, B337, B338, B378."""
    process = flows.TellingFlow.start.run()
    assert fresh(process).amount == 7
    assert fresh(process).data["trace"] == ["send", "tell"]
    assert live_names(process) == ["answer"]

    task = last(process, "answer")
    with pytest.raises(ValueError, match="boom"):
        flows.TellingFlow.answer.run(task, text="lost", boom=True)
    assert (last(process, "answer").status, fresh(process).note) == (STATUS.NEW, "")
    assert flows.TellingFlow.answer.run(task, text="yes") == "YES"
    assert fresh(process).note == "yes"
    with pytest.raises(TransitionNotAllowed):
        flows.TellingFlow.answer.run(task, text="no")

    assert last(process, "stamp").flow_task_type == "HUMAN", "it is in the queue of people"
    perform(process, "stamp", ann)
    assert fresh(process).status == PROCESS.DONE
    check(process)

    kinds = {n.name: (n.task_type, n.bpmn_element) for n in flows.TellingFlow.instance.nodes()}
    assert kinds["stamp"] == ("HUMAN", "manualTask")
    assert kinds["send"] == ("FUNCTION", "sendTask")
    assert kinds["rule"] == ("FUNCTION", "businessRuleTask")
    assert kinds["tell"] == ("EVENT", "intermediateThrowEvent")
    assert kinds["answer"] == ("EVENT", "intermediateCatchEvent")


def test_the_way_back_from_the_end_to_the_start(ann):
    """B356, B360: undo of each of them, each ``undo_func=this.method`` once."""
    process = flows.TellingFlow.start.run()
    flows.TellingFlow.answer.run(last(process, "answer"), text="yes")
    perform(process, "stamp", ann)
    names = ["end", "stamp", "answer", "tell", "send", "rule", "start"]
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "tell"), "undo")
    for name in names:
        act_on(last(process, name), "undo")
    assert fresh(process).data["trace"][2:] == [f"undone {name}" for name in names[:-1]]
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


@pytest.mark.parametrize("name", ["rule", "send", "tell"])
def test_what_failed_is_tried_again_or_given_up(name):
    """B336, B379."""
    process = in_background(flows.TellingFlow, _process_data={"note": name})
    task = last(process, name)
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["title"] == f"ValueError: {name} is broken"
    with pytest.raises(TransitionNotAllowed):
        act_on(task, "undo")
    with Context(propagate_exception=False):
        act_on(task, "revive")
    assert last(process, name).status == STATUS.ERROR, "nothing has changed"
    stored = fresh(process)
    stored.note = ""
    stored.save()
    act_on(last(process, name), "revive")
    assert live_names(process) == ["answer"]
    check(process)

    other = in_background(flows.TellingFlow, _process_data={"note": name})
    act_on(last(other, name), "cancel")
    assert live(other) == []
    check(other)


def test_a_message_is_not_waited_for_any_more():
    process = flows.TellingFlow.start.run()
    act_on(last(process, "answer"), "cancel")
    with pytest.raises(TransitionNotAllowed):
        flows.TellingFlow.answer.run(last(process, "answer"))
    act_on(last(process, "answer"), "revive")
    with Context(propagate_exception=False):
        flows.TellingFlow.answer.run(last(process, "answer"), boom=True)
    assert last(process, "answer").status == STATUS.ERROR
    act_on(last(process, "answer"), "cancel")
    check(process)


# signals ----------------------------------------------------------------------------------------


def test_a_signal_reaches_everybody_who_waits():
    """B375: every process, every flow, tables of their own too; the number is returned."""
    first, second = flows.WaitingFlow.start.run(), flows.WaitingFlow.start.run()
    lean = flows.LeanWaitingFlow.start.run()
    cancelled = flows.WaitingFlow.start.run()
    act_on(last(cancelled, "wait"), "cancel")
    assert broadcast_signal("another") == 0
    assert broadcast_signal("go") == 3
    for process in (first, second, lean):
        assert fresh(process).status == PROCESS.DONE
        task = last(process, "wait")
        assert (task.status, task.started is not None) == (STATUS.DONE, True)
        check(process)
    assert live(cancelled) == []
    assert broadcast_signal("go") == 0
    assert not SignalDelivery.objects.exists()


def test_a_signal_is_not_remembered():
    """B376: not for those who come later, neither for a catch behind the throw itself."""
    assert broadcast_signal("go") == 0
    assert not SignalDelivery.objects.exists()
    relay = flows.RelayFlow.start.run()
    assert live_names(relay) == ["one", "race", "two"]
    late = flows.WaitingFlow.start.run()
    assert live_names(late) == ["wait"]

    assert broadcast_signal("go") == 2, "of the race only one is released"
    assert [last(relay, name).status for name in ("one", "two")] == ["DONE", "CANCELED"]
    assert {fresh(p).status for p in (relay, late)} == {PROCESS.DONE}
    check(relay)


def test_a_process_throws_when_its_step_is_over(ann):
    """B375: a step that fails afterwards has thrown nothing."""
    waiting, throwing = flows.WaitingFlow.start.run(), flows.ThrowingFlow.start.run()
    with pytest.raises(ValueError, match="boom"):
        perform(throwing, "human", ann, note="boom")
    assert live_names(waiting) == ["wait"]
    assert live_names(throwing) == ["human"]
    assert not SignalDelivery.objects.exists()

    perform(throwing, "human", ann)
    assert fresh(waiting).status == fresh(throwing).status == PROCESS.DONE
    assert not SignalDelivery.objects.exists()
    for process in (waiting, throwing):
        check(process)


def test_all_of_a_step_wait_for_the_end_of_it(ann):
    """Two processes that wait for what both throw; each goes on once."""
    pair = [flows.EchoFlow.start.run() for _ in range(2)]
    perform(pair[0], "human", ann)
    assert [fresh(process).amount for process in pair] == [1, 1]
    assert [live_names(process) for process in pair] == [[], ["human", "join"]]
    perform(pair[1], "human", ann)
    for process in pair:
        assert (fresh(process).status, fresh(process).amount) == (PROCESS.DONE, 1)
        check(process)


def test_a_receiver_that_fails_does_not_touch_the_others(ann):
    """Its next task is ERROR and can be tried again; the thrower and the others go on."""
    bad, good = flows.WaitingFlow.start.run(note="boom"), flows.WaitingFlow.start.run()
    throwing = flows.ThrowingFlow.start.run()
    perform(throwing, "human", ann)
    assert fresh(good).status == fresh(throwing).status == PROCESS.DONE
    assert (last(bad, "wait").status, last(bad, "after").status) == (STATUS.DONE, STATUS.ERROR)
    check(bad)


def test_a_receiver_that_is_busy_gets_it_later(ann, monkeypatch, caplog, capsys):
    """Nothing is lost: it is said, kept, and delivered by the command."""
    busy, free = flows.WaitingFlow.start.run(), flows.WaitingFlow.start.run()
    lock = flows.WaitingFlow.lock

    def busy_lock(process_pk):
        if process_pk == busy.pk:
            raise FlowLockFailed("busy")
        return lock(process_pk)

    monkeypatch.setattr(flows.WaitingFlow, "lock", busy_lock)
    throwing = flows.ThrowingFlow.start.run()
    perform(throwing, "human", ann)
    assert fresh(free).status == fresh(throwing).status == PROCESS.DONE
    assert live_names(busy) == ["wait"]
    assert f"process #{busy.pk} of" in caplog.text
    assert [len(row.receivers) for row in SignalDelivery.objects.all()] == [1]
    assert str(SignalDelivery.objects.get()) == "go - 1"

    assert deliver_signals() == 0, "young: somebody may be delivering it"
    call_command("workflow_signals", older_than=0)
    assert "1 signal is still on its way." in capsys.readouterr().err
    monkeypatch.undo()
    call_command("workflow_signals", older_than=0)
    answer = capsys.readouterr()
    assert ("1 waiting task went on." in answer.out, answer.err) == (True, "")
    assert fresh(busy).status == PROCESS.DONE
    assert not SignalDelivery.objects.exists()


def test_a_delivery_that_breaks_keeps_what_it_could_not_do(monkeypatch, caplog):
    broken, fine = flows.WaitingFlow.start.run(), flows.LeanWaitingFlow.start.run()

    def wrong(process_pk):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(flows.WaitingFlow, "lock", wrong)
        assert broadcast_signal("go") == 1
    assert "the disk is full" in caplog.text
    assert fresh(fine).status == PROCESS.DONE
    act_on(last(broken, "wait"), "cancel")
    assert deliver_signals(older_than=timedelta(0)) == 0, "it does not wait any more"
    assert not SignalDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_of_yours_the_signal_goes_with_the_commit():
    process = flows.WaitingFlow.start.run()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert broadcast_signal("go") == 1
        _ = 1 / 0
    assert live_names(process) == ["wait"]
    with transaction.atomic():
        assert broadcast_signal("go") == 1
        assert live_names(process) == ["wait"]
        assert SignalDelivery.objects.count() == 1
    assert fresh(process).status == PROCESS.DONE
    assert not SignalDelivery.objects.exists()
    assert connection.in_atomic_block is False


def test_a_catch_is_cancelled_and_waits_again():
    process = flows.WaitingFlow.start.run()
    task = last(process, "wait")
    for verb in ("undo", "execute", "complete"):
        with pytest.raises(TransitionNotAllowed):
            act_on(task, verb)
    act_on(last(process, "wait"), "cancel")
    check(process)
    act_on(last(process, "wait"), "revive")
    assert broadcast_signal("go") == 1
    for name in ("end", "after", "wait", "start"):
        act_on(last(process, name), "undo")
    assert fresh(process).status == PROCESS.CANCELED
    act_on(last(process, "wait"), "revive")
    assert live_names(process) == ["wait"]
    check(process)


def test_a_throw_is_undone_and_thrown_again(ann):
    throwing = flows.ThrowingFlow.start.run()
    perform(throwing, "human", ann)
    for name in ("end", "check", "throw"):
        act_on(last(throwing, name), "undo")
    waiting = flows.WaitingFlow.start.run()
    act_on(last(throwing, "throw"), "revive")
    assert fresh(waiting).status == fresh(throwing).status == PROCESS.DONE
    check(throwing)


def test_a_throw_that_failed_can_be_given_up(ann, monkeypatch):
    """B379."""
    throwing = flows.ThrowingFlow.start.run()

    def broken(*args, **kwargs):
        raise OSError("no space")

    monkeypatch.setattr("viewflow.workflow.nodes.signal.broadcast_signal", broken)
    with Context(propagate_exception=False):
        perform(throwing, "human", ann)
    assert last(throwing, "throw").status == STATUS.ERROR
    act_on(last(throwing, "throw"), "cancel")
    check(throwing)


def test_a_signal_needs_a_name():
    with pytest.raises(FlowDefinitionError, match="wait: a signal has a name"):

        class NamelessFlow(Flow):
            start = nodes.StartHandle().Next(this.wait)
            wait = nodes.SignalCatch(this.end).Next(this.end)
            end = nodes.End()


# parents and children ---------------------------------------------------------------------------


def child_of(process):
    return Process.objects.get(parent_task=last(process, "child")).coerced


def test_an_escalation_reaches_the_parent(ann):
    """B373: the parent's task deals with it and goes on; so does the child."""
    parent = flows.ParentFlow.start.run(approved=True)
    child = child_of(parent)
    perform(child, "work", ann)
    assert fresh(parent).data["trace"] == ["child heard late"]
    assert last(parent, "child").status == STATUS.STARTED
    assert live_names(child) == ["call", "rest"]

    grandchild = Process.objects.get(parent_task=last(child, "call")).coerced
    perform(grandchild, "work", ann)
    assert fresh(parent).data["trace"] == ["child heard late"] * 2, "the nearest who listens"

    deaf = flows.ParentFlow.start.run()
    act_on(last(deaf, "child"), "cancel")
    for process in (child_of(deaf), flows.ChildFlow.start.run()):
        perform(process, "work", ann)
        assert last(process, "shout").status == STATUS.DONE, "nobody hears it"
    assert "trace" not in fresh(deaf).data
    assert last(deaf, "child").status == STATUS.CANCELED, "nor is it told of the error end"


def test_undo_and_revive_of_an_escalation(ann):
    parent = flows.ParentFlow.start.run(approved=True)
    child = child_of(parent)
    perform(child, "work", ann)
    for name in ("rest", "call"):
        act_on(last(child, name), "cancel")
    for name in ("end", "way", "split", "shout"):
        act_on(last(child, name), "undo")
    act_on(last(child, "shout"), "revive")
    assert fresh(parent).data["trace"] == ["child heard late"] * 2
    assert live_names(child) == ["call", "rest"]


def test_an_error_end_fails_the_process_and_its_parent(ann):
    """B363."""
    finished = []

    def note(sender, process, **kwargs):
        finished.append(process.pk)

    flow_finished.connect(note)
    try:
        parent = flows.ParentFlow.start.run()
        child = child_of(parent)
        perform(child, "work", ann)
    finally:
        flow_finished.disconnect(note)
    assert finished == []
    assert fresh(child).data["_error"] == {"code": "no-stock"}
    assert fresh(child).status == PROCESS.DONE
    assert last(child, "rest").status == STATUS.CANCELED
    check(child)

    task = last(parent, "child")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["code"] == "no-stock"
    assert "ended with the error 'no-stock'" in task.data["_exception"]["title"]
    assert fresh(parent).data["trace"] == ["child heard late", "failed with no-stock"]
    assert fresh(parent).status == PROCESS.NEW

    act_on(last(child, "no_stock"), "undo")
    assert "_error" not in fresh(child).data
    assert fresh(child).status == PROCESS.NEW
    act_on(task, "revive")
    assert last(parent, "child").status == STATUS.STARTED


# ends that stop everything ----------------------------------------------------------------------


def everything_open():
    process = in_background(flows.StoppingFlow)
    act_on(last(process, "begun"), "assign", person("ann"))
    act_on(last(process, "begun"), "start")
    act_on(last(process, "stop"), "assign", person("ann"))
    assert live_names(process) == [
        "begun",
        "broken",
        "free",
        "handle",
        "join",
        "message",
        "race",
        "runner",
        "signal",
        "stop",
    ]
    return process


@pytest.mark.parametrize("approved", [True, False])
def test_an_end_that_stops_everything(approved):
    """B362, B363: begun and failed tasks too; undone, the process goes on and they can revive."""
    process = everything_open()
    open_before = [task.pk for task in live(process)]
    perform(process, last(process, "stop"), approved=approved)
    stored = fresh(process)
    assert stored.status == PROCESS.DONE
    assert stored.data.get("_error") == (None if approved else {"code": "broken"})
    states = {
        task.flow_task.name: task.status for task in stored.task_set.filter(pk__in=open_before)
    }
    assert states.pop("stop") == STATUS.DONE
    assert set(states.values()) == {STATUS.CANCELED}
    assert last(process, "late").status == STATUS.DONE
    check(process)

    end = "terminate" if approved else "error"
    act_on(last(process, end), "undo")
    assert fresh(process).status == PROCESS.NEW
    assert fresh(process).data["trace"] == [f"undone {end}"]
    act_on(last(process, "free"), "revive")
    assert live_names(process) == ["free"]
    check(process)
    act_on(last(process, end), "revive")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_what_was_made_in_the_same_step_is_stopped_as_well():
    """B362."""
    process = flows.AtOnceFlow.start.run()
    assert picture(process) == [
        "start DONE",
        "split DONE",
        "stop DONE",
        "human CANCELED",
        "work CANCELED",
    ]
    assert fresh(process).status == PROCESS.DONE
    assert "trace" not in fresh(process).data
    check(process)


def test_a_task_of_a_removed_node_is_stopped_as_well():
    """B362, B279."""
    process = everything_open()
    stop = last(process, "stop")
    process.task_set.filter(pk=last(process, "free").pk).update(
        flow_task=f"{flows.StoppingFlow}.gone"
    )
    with pytest.warns(UserWarning, match="gone"):
        perform(process, stop, approved=True)
    stored = fresh(process)
    assert stored.status == PROCESS.DONE
    assert not stored.task_set.exclude(status__in=["DONE", "CANCELED", "REVIVED"]).exists()


@pytest.mark.parametrize("end", ["terminate", "error"])
def test_an_end_that_failed_can_be_given_up(end, monkeypatch):
    """B379."""
    process = everything_open()

    def broken(self):
        raise OSError("no space")

    with monkeypatch.context() as patch, Context(propagate_exception=False):
        patch.setattr("viewflow.workflow.activation.Activation.interrupt", broken)
        perform(process, last(process, "stop"), approved=end == "terminate")
    assert last(process, end).status == STATUS.ERROR
    assert len(live(process)) == 10, "nothing else has changed"
    act_on(last(process, end), "cancel")
    act_on(last(process, end), "revive")
    assert fresh(process).status == PROCESS.DONE
    assert len(all_of(process, end)) == 2
    check(process)
