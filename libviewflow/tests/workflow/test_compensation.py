"""Work that is taken back: handlers, their order, and what happens when one fails or waits."""

from __future__ import annotations

import pytest

from viewflow import this
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, Flow, nodes
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError

from . import event_flows as flows
from .models import Parcel
from .steps import act_on, all_of, check, fresh, last, live, live_names, page, perform, picture

pytestmark = pytest.mark.django_db


def booked(ann, note=""):
    """A trip with everything booked; the traveller has not said yet whether she goes."""
    process = flows.TripFlow.start.run(note=note)
    perform(process, "flight", ann)
    flows.TripFlow.car.run(last(process, "car"))
    return process


def set_note(process, note):
    stored = fresh(process)
    stored.note = note
    stored.save()


def test_what_was_finished_is_taken_back_backwards(ann):
    """B374: node and method, a person's handler waited for, each once, only what was done."""
    process = booked(ann)
    car = last(process, "car")
    parcel = car.seed = Parcel.objects.create(name="key")
    car.save()
    flight = last(process, "flight")
    perform(process, "go", ann)

    assert live_names(process) == ["cancel_car", "give_back"]
    handler = last(process, "cancel_car")
    assert handler.data == {"booking": "car"}, "it knows what to take back"
    assert handler.seed == parcel
    assert car in handler.previous.all()
    assert "trace" not in fresh(process).data, "the flight comes after the car"
    check(process)

    perform(process, "cancel_car", ann)
    assert fresh(process).data["trace"] == [f"no flight #{flight.pk}", "no hotel"]
    flight.refresh_from_db()
    assert flight.data == {"refunded": True}
    assert picture(process)[6:] == [
        "go DONE",
        "give_back DONE",
        "cancel_car DONE",
        "flight__compensate DONE",
        "cancel_hotel DONE",
        "twice DONE",
        "end DONE",
    ], "the second throw has found nothing left"
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_each_pass_of_a_loop_is_taken_back(ann):
    """B374."""
    process = flows.TripFlow.start.run()
    for approved in (True, False):
        perform(process, "flight", ann, approved=approved)
        flows.TripFlow.car.run(last(process, "car"))
    flights = all_of(process, "flight")
    perform(process, "go", ann)
    for _ in range(2):
        perform(process, "cancel_car", ann)
    assert fresh(process).data["trace"] == [
        f"no flight #{flights[1].pk}",
        f"no flight #{flights[0].pk}",
        "no hotel",
    ]
    check(process)


def test_what_is_not_done_is_not_taken_back(ann):
    """B374: undone and cancelled tasks."""
    process = booked(ann)
    act_on(last(process, "go"), "cancel")
    for name in ("insure", "again", "car"):
        act_on(last(process, name), "undo")
    act_on(last(process, "car"), "revive")
    act_on(last(process, "car"), "cancel")
    act_on(last(process, "go"), "revive")
    perform(process, "go", ann)
    assert all_of(process, "cancel_car") == []
    assert fresh(process).data["trace"][-1] == "no hotel"
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_handler_that_fails_stops_the_way_back(ann):
    """While a person waits all is rolled back; in the background it is tried again from there."""
    process = booked(ann)
    perform(process, "go", ann)
    set_note(process, "strike")
    with pytest.raises(ValueError, match="strike"):
        perform(process, "cancel_car", ann)
    assert live_names(process) == ["cancel_car", "give_back"]
    assert "trace" not in fresh(process).data

    with Context(propagate_exception=False):
        perform(process, "cancel_car", ann)
    assert last(process, "cancel_hotel").status == STATUS.ERROR
    assert live_names(process) == ["cancel_hotel", "give_back"]
    assert len(fresh(process).data["trace"]) == 1
    check(process)

    set_note(process, "")
    act_on(last(process, "cancel_hotel"), "revive")
    assert fresh(process).data["trace"][1:] == ["no hotel"]
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_handler_that_is_given_up_is_skipped(ann):
    """This throw goes on without it; a later one asks once more."""
    process = booked(ann)
    perform(process, "go", ann)
    act_on(last(process, "cancel_car"), "cancel")
    assert last(process, "give_back").status == STATUS.DONE
    assert fresh(process).data["trace"][1:] == ["no hotel"]
    assert live_names(process) == ["cancel_car", "twice"]
    perform(process, "cancel_car", ann)
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_the_throw_is_cancelled_while_it_waits_and_revived(ann):
    """B374, B379: what was taken back before is not taken back again."""
    process = booked(ann)
    perform(process, "go", ann)
    throw = last(process, "give_back")
    with pytest.raises(TransitionNotAllowed):
        act_on(throw, "undo")
    act_on(throw, "cancel")
    assert live_names(process) == ["cancel_car"]
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "give_back"), "revive")
    perform(process, "cancel_car", ann)
    assert live(process) == []
    act_on(last(process, "give_back"), "revive")
    assert len(all_of(process, "cancel_car")) == 1
    assert fresh(process).data["trace"][1:] == ["no hotel"]
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_the_way_back_of_the_way_back(ann):
    """B356: undo of a throw, of its handlers, and once more forward."""
    process = booked(ann)
    perform(process, "go", ann)
    perform(process, "cancel_car", ann)
    for name in ("end", "twice", "cancel_hotel", "flight__compensate", "cancel_car", "give_back"):
        act_on(last(process, name), "undo")
    assert fresh(process).data["trace"][-1] == "undone give_back"
    assert fresh(process).status == PROCESS.NEW
    check(process)
    act_on(last(process, "give_back"), "revive")
    perform(process, "cancel_car", ann)
    assert len(all_of(process, "cancel_hotel")) == 2
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_throw_that_failed_is_tried_again_or_given_up(ann, monkeypatch):
    """B379."""
    process = booked(ann)

    def broken(self):
        raise OSError("no space")

    name = "viewflow.workflow.nodes.compensation.CompensateThrowActivation._next_task"
    with monkeypatch.context() as patch, Context(propagate_exception=False):
        patch.setattr(name, broken)
        perform(process, "go", ann)
    assert last(process, "give_back").status == STATUS.ERROR
    act_on(last(process, "give_back"), "revive")
    assert live_names(process) == ["cancel_car", "give_back"]
    flows.TripFlow.instance.cancel(process)
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


def test_nothing_to_take_back():
    class QuietFlow(Flow):
        start = nodes.StartHandle().Next(this.back)
        back = nodes.CompensateThrow().Next(this.end)
        end = nodes.End()

    assert picture(QuietFlow.start.run()) == ["start DONE", "back DONE", "end DONE"]


def test_a_subclass_brings_its_own_handlers(ann):
    """B275: a node without CompensateWith loses the handler, a method is the subclass's."""
    names = [node.name for node in flows.ShorterTripFlow.instance.nodes()]
    assert "flight__compensate" not in names
    assert "flight__compensate" in [node.name for node in flows.TripFlow.instance.nodes()]
    node = flows.TripFlow.instance.node("flight__compensate")
    assert str(node.task_title) == "Cancel flight"
    process = flows.ShorterTripFlow.start.run()
    perform(process, "flight", ann)
    flows.ShorterTripFlow.car.run(last(process, "car"))
    perform(process, "go", ann)
    perform(process, "cancel_car", ann)
    assert fresh(process).data["trace"] == ["taken back otherwise"]


def test_a_handler_is_reached_by_compensation_only():
    """A handler on the way of a token, or with a way of its own, is a mistake of the flow."""
    with pytest.raises(FlowDefinitionError, match="undo takes back work, but other nodes lead"):

        class EnteredFlow(Flow):
            start = nodes.StartHandle().Next(this.work)
            work = nodes.View(page).CompensateWith(this.undo).Next(this.undo)
            undo = nodes.Function(lambda activation: None)

    with pytest.raises(FlowDefinitionError, match="undo takes back work; nothing may follow"):

        class LeftFlow(Flow):
            start = nodes.StartHandle().Next(this.work)
            work = nodes.View(page).CompensateWith(this.undo).Next(this.end)
            undo = nodes.Function(lambda activation: None).Next(this.end)
            end = nodes.End()

    with pytest.raises(FlowDefinitionError, match=r"this\.gone"):

        class GoneFlow(Flow):
            start = nodes.StartHandle().CompensateWith(this.gone).Next(this.end)
            end = nodes.End()


def test_a_function_of_the_module_takes_back_as_well(ann):
    seen = []

    class LambdaFlow(Flow):
        start = nodes.StartHandle().Next(this.work)
        work = (
            nodes.Function(lambda activation: None)
            .CompensateWith(lambda activation: seen.append(activation.flow_task.name))
            .Next(this.back)
        )
        back = nodes.CompensateThrow().Next(this.end)
        end = nodes.End()

    process = LambdaFlow.start.run()
    assert seen == ["work"]
    assert str(LambdaFlow.instance.node("work__compensate").task_title) == "Undo work"
    assert picture(process)[2:4] == ["back DONE", "work__compensate DONE"]
