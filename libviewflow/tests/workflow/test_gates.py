"""If, Switch, Split, SplitFirst and Join: where the process decides by itself."""

from __future__ import annotations

import pytest

from viewflow.workflow import PROCESS, STATUS, FlowRuntimeError
from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task

from . import flows
from .steps import (
    act_on,
    all_of,
    check,
    done,
    fresh,
    last,
    live,
    live_names,
    perform,
    person,
    picture,
    request_of,
)

pytestmark = pytest.mark.django_db


# If and Switch --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"amount": 1}, []),
        ({"amount": 11}, ["refused"]),
        ({"amount": 11, "approved": True, "note": "x"}, ["noted"]),
        ({"amount": 11, "approved": True}, ["other"]),
        ({"amount": 50, "approved": True}, ["fifty"]),
        ({"amount": 100, "approved": True}, ["hundred"]),
    ],
)
def test_exactly_one_branch_is_taken(values, expected):
    """B339, B341: lambda, method and act conditions; the first true case, default last."""
    process = flows.GateFlow.start.run(**values)
    assert live_names(process) == expected
    for task in live(process):
        perform(process, task)
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_no_matching_case_is_an_error_that_names_the_node():
    """B342."""
    process = flows.StrictSwitchFlow.start.run()
    before = picture(process)
    with pytest.raises(FlowRuntimeError, match="switch"):
        perform(process, "ask")
    assert picture(process) == before
    perform(process, "ask", approved=True)
    assert fresh(process).status == PROCESS.DONE


def test_no_matching_case_in_background_is_kept():
    """B342."""
    process = flows.StrictSwitchFlow.start.run()
    with Context(propagate_exception=False):
        perform(process, "ask")
    assert last(process, "switch").status == STATUS.ERROR
    check(process)


@pytest.mark.parametrize(("approved", "expected"), [(True, "yes"), (False, "fallback")])
def test_a_case_without_condition_is_the_fallback(approved, expected):
    """B341."""
    process = flows.FallbackSwitchFlow.start.run(approved=approved)
    assert live_names(process) == [expected]


# Split ----------------------------------------------------------------------------------------


def test_a_split_starts_every_branch():
    process = flows.SplitFlow.start.run()
    assert picture(process) == ["start DONE", "split DONE", "left NEW", "right NEW"]
    check(process)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"amount": 1}, ["cheap"]),
        ({"amount": 100}, ["dear"]),
        ({"amount": 100, "approved": True}, ["approved", "dear"]),
    ],
)
def test_only_true_branches_start(values, expected):
    """B343."""
    process = flows.CaseSplitFlow.start.run(**values)
    assert live_names(process) == expected
    for name in expected:
        perform(process, name)
        check(process)
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["join"] == 1


def test_a_split_without_any_branch_is_an_error():
    """B343."""
    with pytest.raises(FlowRuntimeError, match="split"):
        flows.CaseSplitFlow.start.run(amount=50)
    assert Process.objects.count() == 0


@pytest.mark.parametrize(
    ("approved", "expected"), [(True, ["maybe", "surely"]), (False, ["surely"])]
)
def test_always_is_always(approved, expected):
    """B343."""
    process = flows.AlwaysSplitFlow.start.run(approved=approved)
    assert live_names(process) == expected
    for name in expected:
        perform(process, name)
    assert fresh(process).status == PROCESS.DONE


def test_a_split_may_lead_straight_to_the_join_and_twice_to_one_node():
    """B345."""
    process = flows.DirectSplitFlow.start.run()
    assert live_names(process) == ["join", "twin", "twin"]
    perform(process, all_of(process, "twin", STATUS.NEW)[0])
    assert live_names(process) == ["join", "twin"]
    perform(process, "twin")
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["join"] == 1
    assert done(process)["empty_join"] == 1
    check(process)


# Join -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("left", "right"), ("right", "left")])
def test_a_join_waits_for_all_and_completes_once(order):
    """B347."""
    process = flows.SplitFlow.start.run()
    perform(process, order[0])
    assert live_names(process) == sorted(["join", order[1]])
    assert last(process, "join").status == STATUS.STARTED
    assert last(process, "join").token == "start"
    check(process)
    perform(process, order[1])
    assert live_names(process) == ["after"]
    assert len(all_of(process, "join")) == 1
    assert len(all_of(process, "after")) == 1
    assert last(process, "join").previous.count() == 2
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_writes_of_both_branches_survive():
    process = flows.SplitFlow.start.run()
    left, right = last(process, "left"), last(process, "right")
    perform(process, left, note="left")
    perform(process, right, amount=7)
    stored = fresh(process)
    assert (stored.note, stored.amount) == ("left", 7)


@pytest.mark.parametrize("order", [("left", "right"), ("right", "left")])
def test_a_join_does_not_wait_for_a_branch_that_has_ended(order):
    """Before or after the other one has come to the join."""
    process = flows.LeavingFlow.start.run()
    for name in order:
        perform(process, name, approved=False)
    assert live_names(process) == ["after"]
    check(process)
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_branch_that_ends_leaves_the_others_alone():
    process = flows.LeavingFlow.start.run()
    perform(process, "right", approved=False)
    assert live_names(process) == ["left"]
    act_on(last(process, "left"), "cancel")
    assert fresh(process).status == PROCESS.DONE
    check(process)


@pytest.mark.parametrize("names", ["abc", "cab", "bca"])
def test_a_join_may_go_on_early_and_cancels_the_rest(names):
    """B348."""
    process = flows.TwoOfThreeFlow.start.run()
    perform(process, names[0])
    assert live_names(process) == sorted(["join", names[1], names[2]])
    perform(process, names[1])
    assert live_names(process) == ["after"]
    assert last(process, names[2]).status == STATUS.CANCELED
    assert last(process, names[2]).finished is not None
    assert done(process)["join"] == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_join_may_keep_the_rest_alive():
    """B349: late arrivals do not fire it again."""
    process = flows.KeepRestFlow.start.run()
    perform(process, "a")
    perform(process, "b")
    assert live_names(process) == ["after", "c"]
    perform(process, "c")
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    assert len(all_of(process, "after")) == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_kept_rest_may_finish_after_the_followers():
    """B349: the process waits for the late task, too."""
    process = flows.KeepRestFlow.start.run()
    perform(process, "a")
    perform(process, "b")
    perform(process, "after")
    assert fresh(process).status == PROCESS.NEW
    assert live_names(process) == ["c"]
    perform(process, "c")
    assert done(process)["join"] == 1
    assert len(all_of(process, "after")) == 1
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_started_rest_cannot_be_cancelled_by_the_join():
    """B350."""
    process = flows.TwoOfThreeFlow.start.run()
    ann = person("ann")
    act_on(last(process, "c"), "assign", ann)
    act_on(last(process, "c"), "start", request_of(ann))
    perform(process, "a")
    before = picture(process)
    with pytest.raises(FlowRuntimeError, match=r"\bc\b"):
        perform(process, "b")
    assert picture(process) == before


def test_a_failing_condition_propagates_to_the_user_and_is_kept_in_background():
    """B352."""
    process = flows.FailingJoinFlow.start.run()
    before = picture(process)
    with pytest.raises(RuntimeError, match="no condition"):
        perform(process, "a")
    assert picture(process) == before
    with Context(propagate_exception=False):
        perform(process, "a")
    assert last(process, "join").status == STATUS.ERROR
    assert last(process, "a").status == STATUS.DONE
    assert {last(process, "b").status, last(process, "c").status} == {STATUS.NEW}


def test_partial_cancels_of_a_failing_join_are_taken_back():
    """B352."""
    process = flows.TwoOfThreeFlow.start.run()
    ann = person("ann")
    for name in ("b", "c"):
        act_on(last(process, name), "assign", ann)
    act_on(last(process, "c"), "start", request_of(ann))

    class EagerFlow(flows.TwoOfThreeFlow):
        def enough(self, activation, active_tasks):
            return True

    eager = EagerFlow.start.run()
    act_on(last(eager, "c"), "assign", ann)
    act_on(last(eager, "c"), "start", request_of(ann))
    with Context(propagate_exception=False):
        perform(eager, "a")
    assert last(eager, "join").status == STATUS.ERROR
    assert last(eager, "b").status == STATUS.NEW, "its cancel was taken back"
    assert last(eager, "c").status == STATUS.STARTED


def test_the_question_whether_a_join_is_done_changes_nothing():
    """B353."""
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    before = [(t.pk, t.status, t.data, t.finished) for t in live(process)]
    with last(process, "join").activation() as activation:
        if hasattr(activation, "is_done"):
            answer = activation.is_done() if callable(activation.is_done) else activation.is_done
            assert not answer
    assert [(t.pk, t.status, t.data, t.finished) for t in live(process)] == before


def test_a_join_whose_branches_were_all_cancelled_does_not_crash():
    """B351."""
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    act_on(last(process, "right"), "cancel")
    check(process)
    if live_names(process) == ["join"]:
        flow = flows.SplitFlow.instance
        flow.cancel(process)
        assert fresh(process).status == PROCESS.CANCELED
    check(process)


def test_inner_joins_wait_only_for_their_own_split():
    """B354."""
    process = flows.NestedFlow.start.run()
    assert live_names(process) == ["a", "alone", "b"]
    perform(process, "a")
    perform(process, "b")
    assert live_names(process) == ["alone", "between"]
    perform(process, "alone")
    assert live_names(process) == ["between", "outer_join"]
    perform(process, "between")
    assert live_names(process) == ["after"]
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["inner_join"] == 1
    assert done(process)["outer_join"] == 1
    check(process)


def test_an_outer_join_waits_for_unfinished_inner_branches():
    """B354."""
    process = flows.NestedFlow.start.run()
    perform(process, "alone")
    perform(process, "a")
    assert live_names(process) == ["b", "inner_join", "outer_join"]
    check(process)


def test_each_pass_of_a_loop_has_a_join_of_its_own():
    """B355."""
    process = flows.LoopFlow.start.run()
    for number in (1, 2, 3):
        perform(process, "right" if number % 2 else "left")
        perform(process, "left" if number % 2 else "right", approved=number == 3)
        joins = all_of(process, "join")
        assert len(joins) == number
        assert {j.status for j in joins} == {STATUS.DONE}
        check(process)
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["end"] == 1


def test_a_loop_inside_one_branch():
    """B355."""
    process = flows.BranchLoopFlow.start.run()
    perform(process, "work")
    perform(process, "work")
    perform(process, "other")
    assert live_names(process) == ["join", "work"]
    perform(process, "work", approved=True)
    assert fresh(process).status == PROCESS.DONE
    assert done(process) == {
        "start": 1,
        "split": 1,
        "work": 3,
        "check": 3,
        "other": 1,
        "join": 1,
        "end": 1,
    }
    check(process)


# SplitFirst -----------------------------------------------------------------------------------


@pytest.mark.parametrize("winner", ["a", "b", "c"])
def test_the_first_branch_wins(winner):
    """B346."""
    process = flows.FirstFlow.start.run()
    assert live_names(process) == ["a", "b", "c", "race"]
    assert last(process, "race").status == STATUS.STARTED
    check(process)
    perform(process, winner)
    assert live_names(process) == ["after"]
    assert last(process, "race").status == STATUS.DONE
    for loser in {"a", "b", "c"} - {winner}:
        assert last(process, loser).status == STATUS.CANCELED
        assert last(process, loser).finished is not None
    assert len(all_of(process, "after")) == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_started_loser_stops_the_winner():
    """What cannot be cancelled is not cancelled: the step is refused as a whole."""
    process = flows.FirstFlow.start.run()
    ann = person("ann")
    act_on(last(process, "b"), "assign", ann)
    act_on(last(process, "b"), "start", request_of(ann))
    before = picture(process)
    with pytest.raises(FlowRuntimeError, match=r"\bb\b"):
        perform(process, "a")
    assert picture(process) == before


def test_an_automatic_branch_wins_at_once():
    """B346: nothing is left of the others."""
    from viewflow import this
    from viewflow.workflow import Flow, nodes

    from .models import Order
    from .steps import page

    class AutoFlow(Flow):
        process_class = Order
        start = nodes.StartHandle().Next(this.race)
        race = nodes.SplitFirst().Next(this.person).Next(this.machine)
        person = nodes.View(page).Next(this.end)
        machine = nodes.Function(lambda activation: None).Next(this.end)
        end = nodes.End()

    process = AutoFlow.start.run()
    assert fresh(process).status == PROCESS.DONE
    assert Task.objects.filter(process=process, status=STATUS.NEW).count() == 0
    assert done(process)["end"] == 1
    check(process)


@pytest.mark.parametrize(
    ("way", "status", "open_"),
    [
        ("", PROCESS.NEW, ["ask", "join"]),
        ("update", PROCESS.DONE, []),
        ("save", PROCESS.DONE, []),
        ("activation", PROCESS.DONE, []),
        ("create", PROCESS.NEW, ["ask"]),
    ],
)
def test_what_code_does_to_tasks_behind_the_engine_is_seen(way, status, open_):
    """A process that runs through in one step is not asked from the database, unless it must be."""
    process = flows.SlyFlow.start.run(way=way)
    assert live_names(process) == open_
    assert fresh(process).status == status


def test_what_code_takes_back_to_its_own_savepoint_has_never_been():
    """The engine forgets rows that are gone, and what it knew of the others."""
    process = flows.TryFlow.start.run()
    assert live_names(process) == ["join", "wait"]
    assert fresh(process).note == "tried"
    [tiny] = Process.objects.filter(flow_class=flows.TryTinyFlow)
    assert tiny.status == PROCESS.DONE
    assert live(tiny) == []
    flows.TryFlow.wait.run(last(process, "wait"))
    assert fresh(process).status == PROCESS.DONE
    check(process)
