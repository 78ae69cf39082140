"""Flows with events, and with work that is taken back."""

from __future__ import annotations

import os
import signal

from django.db import transaction

from viewflow import this
from viewflow.workflow import STATUS, Activation, Flow, Node, act, nodes

from .contended import SHARED
from .flows import trace
from .models import LeanProcess, LeanTask, Order
from .steps import page


class TellingFlow(Flow):
    """Everything that is said or done by hand."""

    process_class = Order

    start = nodes.StartHandle().Next(this.rule)
    rule = nodes.BusinessRule(this.decide, undo_func=this.on_undo).Next(this.send)
    send = nodes.SendHandle(this.post, undo_func=this.on_undo).Next(this.tell)
    tell = nodes.MessageThrow(this.post, undo_func=this.on_undo).Next(this.answer)
    answer = nodes.MessageCatch(this.hear, undo_func=this.on_undo).Next(this.stamp)
    stamp = nodes.ManualTask(undo_func=this.on_undo).Next(this.end)
    end = nodes.End(undo_func=this.on_undo)

    def decide(self, activation):
        self.break_at(activation)
        activation.process.amount = 7

    def post(self, activation):
        self.break_at(activation)
        trace(activation, activation.flow_task.name)

    def break_at(self, activation):
        if activation.process.note == activation.flow_task.name:
            raise ValueError(f"{activation.process.note} is broken")

    def hear(self, activation, text="", boom=False):
        activation.process.note = text
        if boom:
            raise ValueError("boom")
        return text.upper()

    def on_undo(self, activation):
        trace(activation, f"undone {activation.flow_task.name}")


class WaitingFlow(Flow):
    """Waits for "go"."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.wait)
    wait = nodes.SignalCatch("go").Next(this.after)
    after = nodes.Function(this.work).Next(this.end)
    end = nodes.End()

    def begin(self, activation, note=""):
        activation.process.note = note

    def work(self, activation):
        if activation.process.note == "boom":
            raise ValueError("boom")


class LeanWaitingFlow(Flow):
    """Waits for "go" in tables of its own."""

    process_class = LeanProcess
    task_class = LeanTask

    start = nodes.StartHandle().Next(this.wait)
    wait = nodes.SignalCatch("go").Next(this.end)
    end = nodes.End()


class ThrowingFlow(Flow):
    """Throws "go" when a person says so."""

    process_class = Order

    start = nodes.StartHandle().Next(this.human)
    human = nodes.View(page).Next(this.throw)
    throw = nodes.SignalThrow("go").Next(this.check)
    check = nodes.Function(this.look).Next(this.end)
    end = nodes.End()

    def look(self, activation):
        if activation.process.note == "boom":
            raise ValueError("boom")


class KilledFlow(ThrowingFlow):
    """Its thrower is killed right after the commit, before anybody has heard of it."""

    start = nodes.StartHandle().Next(this.human)
    human = nodes.View(page).Next(this.kill)
    kill = nodes.Function(this.kill_later).Next(this.throw)

    def kill_later(self, activation):
        if (SHARED / "killed-after-commit").exists():
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))


class EchoFlow(Flow):
    """Everybody waits for "ping", and throws it."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.human).Next(this.wait)
    human = nodes.View(page).Next(this.throw)
    throw = nodes.SignalThrow("ping").Next(this.join)
    wait = nodes.SignalCatch("ping").Next(this.count)
    count = nodes.Function(this.bump).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()

    def bump(self, activation):
        activation.process.amount += 1


class RelayFlow(Flow):
    """Throws "go" and only then waits for it; the second of two catches is cancelled by a race."""

    process_class = Order

    start = nodes.StartHandle().Next(this.throw)
    throw = nodes.SignalThrow("go").Next(this.race)
    race = nodes.SplitFirst().Next(this.one).Next(this.two)
    one = nodes.SignalCatch("go").Next(this.end)
    two = nodes.SignalCatch("go").Next(this.end)
    end = nodes.End()


class Calls(nodes.NextNodeMixin, Node):
    """Starts another process; what comes back is written down."""

    task_type = "FUNCTION"

    class activation_class(Activation):
        @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
        def activate(self):
            with self.step():
                self.started()
                self.call(self.flow_task.start, self)

        @Activation.status.transition(source=[STATUS.STARTED], target=STATUS.CANCELED)
        def cancel(self):
            self.cancelled()

    references = ("start",)

    def __init__(self, start, codes=()):
        super().__init__()
        self.start = start
        self.codes = codes

    def escalate(self, activation, code):
        if code in self.codes:
            trace(activation, f"{self.name} heard {code}")
            return True
        return False

    def failed(self, activation):
        trace(activation, f"failed with {activation.task.data['_exception'].get('code')}")


class ChildFlow(Flow):
    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.work)
    work = nodes.View(page).Next(this.shout)
    shout = nodes.EscalationThrow("late").Next(this.split)
    split = nodes.Split().Next(this.rest).Next(this.call, case=act.process.approved).Next(this.way)
    rest = nodes.View(page).Next(this.end)
    call = Calls(lambda activation: ChildFlow.start.run(_parent_task=activation.task)).Next(
        this.end
    )
    way = nodes.If(act.process.approved).Then(this.end).Else(this.no_stock)
    no_stock = nodes.ErrorEnd("no-stock")
    end = nodes.End()

    def begin(self, activation, approved=False):
        activation.process.approved = approved


class ParentFlow(Flow):
    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.child)
    child = Calls(this.run_child, codes=("late",)).Next(this.end)
    end = nodes.End()

    def begin(self, activation, approved=False):
        activation.process.approved = approved

    def run_child(self, activation):
        ChildFlow.start.run(_parent_task=activation.task, approved=activation.process.approved)


class StoppingFlow(Flow):
    """A branch in each state, and one that stops them all."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = (
        nodes.Split()
        .Next(this.free)
        .Next(this.begun)
        .Next(this.handle)
        .Next(this.message)
        .Next(this.signal)
        .Next(this.broken)
        .Next(this.race)
        .Next(this.quick)
        .Next(this.stop)
        .Next(this.late)
    )
    free = nodes.View(page).Next(this.join)
    begun = nodes.View(page).Next(this.join)
    handle = nodes.Handle().Next(this.join)
    message = nodes.MessageCatch().Next(this.join)
    signal = nodes.SignalCatch("never").Next(this.join)
    broken = nodes.Function(this.fail).Next(this.join)
    race = nodes.SplitFirst().Next(this.runner)
    runner = nodes.View(page).Next(this.join)
    quick = nodes.Function(lambda activation: None).Next(this.join)
    stop = nodes.View(page).Next(this.way)
    way = nodes.If(act.process.approved).Then(this.terminate).Else(this.error)
    late = nodes.Function(lambda activation: None).Next(this.join)
    join = nodes.Join().Next(this.end)
    terminate = nodes.TerminateEnd(undo_func=this.on_undo)
    error = nodes.ErrorEnd("broken", undo_func=this.on_undo)
    end = nodes.End()

    def fail(self, activation):
        raise ValueError("broken")

    def on_undo(self, activation):
        trace(activation, f"undone {activation.flow_task.name}")


class AtOnceFlow(Flow):
    """Ends everything in the very step that has made the other branches."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.stop).Next(this.human).Next(this.work)
    stop = nodes.TerminateEnd()
    human = nodes.View(page).Next(this.end)
    work = nodes.Function(lambda activation: trace(activation, "worked")).Next(this.end)
    end = nodes.End()


class TripFlow(Flow):
    """Hotel, flight and car; all of them are given back when the traveller stays at home."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.hotel)
    hotel = nodes.Function(this.book).CompensateWith(this.cancel_hotel).Next(this.flight)
    flight = nodes.View(page).CompensateWith(this.cancel_flight).Next(this.car)
    car = nodes.Handle(this.book).CompensateWith(this.cancel_car).Next(this.again)
    again = nodes.If(act.process.approved).Then(this.flight).Else(this.insure)
    insure = nodes.Function(this.book).Next(this.go)
    go = nodes.View(page).Next(this.give_back)
    never = nodes.Handle().CompensateWith(this.forget).Next(this.end)
    give_back = nodes.CompensateThrow(undo_func=this.on_undo).Next(this.twice)
    twice = nodes.CompensateThrow().Next(this.end)
    end = nodes.End()

    cancel_hotel = nodes.Function(this.take_back)
    cancel_car = nodes.View(page)

    def begin(self, activation, note=""):
        activation.process.note = note

    def book(self, activation):
        activation.task.data = {"booking": activation.flow_task.name}

    def take_back(self, activation):
        if activation.process.note == "strike":
            raise ValueError("strike")
        trace(activation, f"no {activation.task.data['booking']}")

    def cancel_flight(self, activation):
        assert activation.task.status == STATUS.DONE
        trace(activation, f"no {activation.flow_task.name} #{activation.task.pk}")
        activation.task.data = {"refunded": True}

    def forget(self, activation):
        raise AssertionError("was never done")

    def on_undo(self, activation):
        trace(activation, "undone give_back")


class ShorterTripFlow(TripFlow):
    """A subclass that takes nothing back for its flight, and the car in another way."""

    flight = nodes.View(page).Next(this.car)

    def take_back(self, activation):
        trace(activation, "taken back otherwise")
