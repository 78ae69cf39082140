"""Taking steps back and trying again: undo, cancel and revive of every node."""

from __future__ import annotations

import pytest

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS

from . import flows
from .models import Order, Parcel
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
    picture,
)

pytestmark = pytest.mark.django_db


def test_undo_is_refused_while_a_follower_lives(ann):
    """B359."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "bake"), "undo")
    assert picture(process) == ["start DONE", "bake DONE", "deliver NEW"]
    perform(process, "deliver")
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "bake"), "undo")


def test_undo_and_revive_of_a_task(ann):
    """B360, B361."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake", ann)
    act_on(last(process, "deliver"), "cancel")
    act_on(last(process, "bake"), "undo")
    undone = last(process, "bake")
    assert undone.status == STATUS.CANCELED
    assert undone.finished is not None
    assert fresh(process).data["trace"] == ["undone bake"], "called once, with the activation"
    assert fresh(process).status == PROCESS.NEW
    check(process)

    task = last(process, "bake")
    task.data = {"kept": 1}
    task.seed = task.artifact = Parcel.objects.create(name="box")
    task.save()
    returned = act_on(task, "revive")
    revived = last(process, "bake")
    assert (revived.pk, revived.status) != (task.pk, STATUS.REVIVED)
    assert returned == revived or getattr(returned, "task", None) == revived
    assert last(process, "bake", STATUS.REVIVED).pk == task.pk
    assert (revived.status, revived.owner, revived.started, revived.finished) == (
        STATUS.NEW,
        None,
        None,
        None,
    )
    assert revived.token == task.token
    assert revived.data == {"kept": 1}
    assert revived.seed == task.seed
    assert revived.artifact == task.artifact
    assert set(revived.previous.values_list("pk", flat=True)) == {
        task.pk,
        *task.previous.values_list("pk", flat=True),
    }
    check(process)
    perform(process, "bake")
    perform(process, "deliver")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_revive_of_a_task_with_an_assigned_owner(ann):
    """B361: activated at once, so the owner is found again."""
    process = flows.OwnerFlow.start.run()
    perform(process, "first", ann)
    act_on(last(process, "same"), "cancel")
    act_on(last(process, "same"), "revive")
    task = last(process, "same")
    assert (task.status, task.owner) == (STATUS.ASSIGNED, ann)
    assert task.assigned is not None


def test_a_task_is_revived_once(ann):
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "cancel")
    cancelled = last(process, "bake")
    act_on(cancelled, "revive")
    with pytest.raises(TransitionNotAllowed):
        act_on(cancelled, "revive")
    assert len(all_of(process, "bake")) == 2


@pytest.mark.parametrize("status", [STATUS.NEW, STATUS.ASSIGNED])
def test_live_tasks_are_not_undone_or_revived(ann, status):
    process = begin(flows.PizzaFlow, ann)
    if status == STATUS.ASSIGNED:
        act_on(last(process, "bake"), "assign", ann)
    for verb in ("undo", "revive"):
        with pytest.raises(TransitionNotAllowed):
            act_on(last(process, "bake"), verb)
    assert last(process, "bake").status == status


def test_undo_of_a_function_calls_its_undo_function():
    """B360."""
    process = flows.FunctionFlow.start.run()
    perform(process, "human")
    for name in ("end", "third", "second", "first", "human"):
        act_on(last(process, name), "undo")
        check(process)
    assert fresh(process).data["trace"][-2:] == ["back second", "back first"]
    assert set(picture(process)) == {
        "start DONE",
        "human CANCELED",
        "first CANCELED",
        "second CANCELED",
        "third CANCELED",
        "end CANCELED",
    }


def test_revive_of_a_function_runs_it_again():
    process = flows.FunctionFlow.start.run()
    perform(process, "human")
    act_on(last(process, "end"), "undo")
    act_on(last(process, "third"), "undo")
    act_on(last(process, "third"), "revive")
    assert fresh(process).data["trace"].count("third") == 2
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["end"] == 1
    check(process)


def test_undo_and_revive_of_a_handle():
    """B360."""
    process = flows.HandleFlow.start.run()
    flows.HandleFlow.wait.run(last(process, "wait"), note="one")
    act_on(last(process, "end"), "undo")
    act_on(last(process, "wait"), "undo")
    assert fresh(process).data["trace"] == ["forgotten"]
    act_on(last(process, "wait"), "revive")
    assert last(process, "wait").status == STATUS.NEW
    flows.HandleFlow.wait.run(last(process, "wait"), note="two")
    stored = Order.objects.get(pk=process.pk)
    assert (stored.note, stored.status) == ("two", PROCESS.DONE)
    check(process)


def test_undo_of_the_end_opens_the_process_again(ann):
    """B358."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    perform(process, "deliver")
    act_on(last(process, "end"), "undo")
    stored = fresh(process)
    assert (stored.status, stored.finished) == (PROCESS.NEW, None)
    check(process)
    act_on(last(process, "end"), "revive")
    assert fresh(process).status == PROCESS.DONE
    assert picture(process)[-2:] == ["end REVIVED", "end DONE"]
    check(process)


def test_every_gate_is_undone_step_by_step_to_the_start(ann):
    """B356."""
    process = begin(flows.GatesUndoFlow, ann)
    perform(process, "left")
    perform(process, "right")
    assert fresh(process).status == PROCESS.DONE
    for name in ("end", "join", "right", "left", "split", "switch", "check"):
        act_on(last(process, name), "undo")
        assert last(process, name).status == STATUS.CANCELED
        assert fresh(process).status == PROCESS.NEW
        check(process)
    act_on(last(process, "start"), "undo")
    assert fresh(process).status == PROCESS.CANCELED
    assert fresh(process).finished is not None
    check(process)


@pytest.mark.parametrize("again", ["check", "switch", "split"])
def test_a_cancelled_gate_is_revived_and_the_process_can_finish(ann, again):
    """B357."""
    process = begin(flows.GatesUndoFlow, ann)
    perform(process, "left")
    perform(process, "right")
    for name in ("end", "join", "right", "left", "split", "switch", "check"):
        act_on(last(process, name), "undo")
        if name == again:
            break
    act_on(last(process, again), "revive")
    assert live_names(process) == ["left", "right"]
    check(process)
    perform(process, "right")
    perform(process, "left")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_join_is_undone_and_revived(ann):
    """B356, B357."""
    process = begin(flows.GatesUndoFlow, ann)
    perform(process, "left")
    perform(process, "right")
    act_on(last(process, "end"), "undo")
    act_on(last(process, "join"), "undo")
    act_on(last(process, "join"), "revive")
    assert fresh(process).status == PROCESS.DONE
    assert done(process)["join"] == 1
    check(process)


def test_a_waiting_join_is_cancelled_and_revived():
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    act_on(last(process, "join"), "cancel")
    assert last(process, "join").status == STATUS.CANCELED
    check(process)
    act_on(last(process, "join"), "revive")
    assert last(process, "join").status == STATUS.STARTED
    perform(process, "right")
    assert live_names(process) == ["after"]
    assert len(all_of(process, "after")) == 1
    check(process)


def test_a_branch_before_a_waiting_join_is_redone():
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    act_on(last(process, "join"), "cancel")
    act_on(last(process, "left"), "undo")
    act_on(last(process, "left"), "revive")
    assert live_names(process) == ["left", "right"]
    perform(process, "left")
    perform(process, "right")
    assert live_names(process) == ["after"]
    assert len(all_of(process, "after")) == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_cancelled_branch_is_revived_and_joined():
    process = flows.SplitFlow.start.run()
    act_on(last(process, "left"), "cancel")
    act_on(last(process, "left"), "revive")
    assert last(process, "left").token == last(process, "left", STATUS.REVIVED).token
    perform(process, "left")
    perform(process, "right")
    assert live_names(process) == ["after"]
    check(process)


def test_undo_of_a_finished_race(ann):
    """B356, B357 for SplitFirst."""
    process = flows.FirstFlow.start.run()
    perform(process, "b")
    act_on(last(process, "after"), "cancel")
    act_on(last(process, "b"), "undo")
    act_on(last(process, "race"), "undo")
    assert last(process, "race").status == STATUS.CANCELED
    check(process)
    act_on(last(process, "race"), "revive")
    assert live_names(process) == ["a", "b", "c", "race"]
    perform(process, "c")
    assert live_names(process) == ["after"]
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_running_race_is_cancelled():
    process = flows.FirstFlow.start.run()
    act_on(last(process, "race"), "cancel")
    assert last(process, "race").status == STATUS.CANCELED


def test_undo_of_one_of_two_ends():
    """B358: the other branch is not disturbed."""
    process = flows.TwoEndsFlow.start.run()
    perform(process, "left")
    act_on(last(process, "left_end"), "undo")
    assert fresh(process).status == PROCESS.NEW
    act_on(last(process, "left_end"), "revive")
    assert live_names(process) == ["right"]
    perform(process, "right")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_undo_in_a_process_that_was_cancelled_keeps_it_cancelled(ann):
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    flows.PizzaFlow.instance.cancel(process)
    act_on(last(process, "bake"), "undo")
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


def test_a_cancelled_process_goes_on_when_a_task_is_revived(ann):
    process = begin(flows.PizzaFlow, ann)
    flows.PizzaFlow.instance.cancel(process)
    act_on(last(process, "bake"), "revive")
    assert (fresh(process).status, fresh(process).finished) == (PROCESS.NEW, None)
    assert live_names(process) == ["bake"]
    check(process)


def test_a_second_live_task_on_one_token_is_never_made(ann):
    """Reviving is refused while the token it needs is somewhere else in the process."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    act_on(last(process, "deliver"), "cancel")
    cancelled = last(process, "deliver")
    act_on(last(process, "bake"), "undo")
    act_on(last(process, "bake"), "revive")
    with pytest.raises(TransitionNotAllowed):
        act_on(cancelled, "revive")
    perform(process, "bake")
    with pytest.raises(TransitionNotAllowed):
        act_on(cancelled, "revive")
    assert live_names(process) == ["deliver"]
    check(process)


def test_a_split_is_not_revived_while_its_branches_live():
    process = flows.SplitFlow.start.run()
    act_on(last(process, "left"), "cancel")
    act_on(last(process, "right"), "cancel")
    act_on(last(process, "split"), "undo")
    act_on(last(process, "left"), "revive")
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "split"), "revive")
    assert live_names(process) == ["left"]


def test_a_branch_that_is_revived_behind_its_join_ends_there():
    """The token has gone through the join already: a late arrival must not repeat the rest."""
    process = flows.TwoOfThreeFlow.start.run()
    perform(process, "a")
    perform(process, "b")
    assert live_names(process) == ["after"]
    act_on(last(process, "c", STATUS.CANCELED), "revive")
    check(process)
    perform(process, "c")
    assert live_names(process) == ["after"]
    assert done(process)["join"] == 1
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_the_start_of_a_finished_process_is_not_undone_before_what_followed(ann):
    """B359: a process that is done stays done."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    perform(process, "deliver")
    with pytest.raises(TransitionNotAllowed, match="undo or cancel them first"):
        act_on(last(process, "start"), "undo")
    assert fresh(process).status == PROCESS.DONE
    assert last(process, "start").status == STATUS.DONE
    check(process)


def test_the_start_is_not_undone_while_any_task_lives(ann):
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    act_on(last(process, "deliver"), "cancel")
    act_on(last(process, "bake"), "undo")
    act_on(last(process, "deliver"), "revive")
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "start"), "undo")
    assert fresh(process).status == PROCESS.NEW
    check(process)
