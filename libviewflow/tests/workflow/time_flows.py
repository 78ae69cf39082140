"""Flows that wait for the clock, and tasks with events on their borders."""

from __future__ import annotations

import datetime

from viewflow import this
from viewflow.workflow import Flow, act, nodes
from viewflow.workflow.exceptions import ProcessError

from .models import Order
from .steps import page

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


class EggFlow(Flow):
    process_class = Order

    start = nodes.StartHandle().Next(this.cook)
    cook = nodes.Timer(HOUR).Next(this.eat)
    eat = nodes.View(page).Next(this.end)
    end = nodes.End()


class BrokenEggFlow(EggFlow):
    """What follows the timer cannot even be made."""

    start = nodes.StartHandle(this.remember).Next(this.cook)
    cook = nodes.Timer(HOUR).Next(this.eat, task_data=this.salt)

    def remember(self, activation, broken=True):
        activation.process.data["broken"] = broken

    def salt(self, activation):
        if activation.process.data["broken"]:
            raise ValueError("no salt")
        return {"salt": 1}


class DueFlow(Flow):
    """Moments of every kind."""

    process_class = Order

    start = nodes.StartHandle(this.remember).Next(this.split)
    split = (
        nodes.Split().Next(this.fixed).Next(this.called).Next(this.of_method).Next(this.of_process)
    )
    fixed = nodes.Timer(datetime.datetime(2030, 1, 1, 12)).Next(this.end)
    called = nodes.Timer(lambda activation: DAY * activation.process.amount).Next(this.end)
    of_method = nodes.Timer(this.later).Next(this.end)
    of_process = nodes.Timer(act.process.created).Next(this.end)
    end = nodes.End()

    def remember(self, activation, amount=2, later=HOUR):
        activation.process.amount = amount
        type(self).answer = later

    answer = HOUR

    def later(self, activation):
        return self.answer


class ClockFlow(Flow):
    process_class = Order

    start = nodes.StartTimer(interval=HOUR).Next(this.work)
    work = nodes.View(page).Next(this.end)
    end = nodes.End()


class BrokenClockFlow(Flow):
    """Its process cannot be started: the signal's receivers refuse, or a function fails."""

    process_class = Order

    start = nodes.StartTimer(interval=HOUR).Next(this.fail)
    fail = nodes.Function(this.crash).Next(this.end)
    end = nodes.End()

    def crash(self, activation):
        raise ValueError("crash")


class PaidFlow(Flow):
    """Waits until a column says so; an odd amount makes the question fail."""

    process_class = Order

    start = nodes.StartHandle(this.remember).Next(this.paid)
    paid = nodes.ConditionalCatch(this.is_paid).Next(this.ship)
    ship = nodes.View(page).Next(this.end)
    end = nodes.End()

    def remember(self, activation, note=""):
        activation.process.note = note

    def is_paid(self, activation):
        if activation.process.note == "broken":
            raise ValueError("who knows")
        return activation.process.note == "paid"


class ApprovalFlow(Flow):
    """A task with every event: a reminder, a limit, two kinds of errors, an escalation."""

    process_class = Order

    start = nodes.StartHandle().Next(this.prepare)
    prepare = nodes.View(page).Next(this.approve)
    approve = (
        nodes.View(page)
        .Assign(this.find_owner)
        .OnTimeout(HOUR, this.remind, interrupting=False, title="Reminder")
        .OnTimeout(this.limit, this.too_late, title="Approval is late")
        .OnError(this.repair, code="nobody")
        .OnError(this.any_error)
        .OnEscalation(this.tell_boss, code="boss")
        .Next(this.end)
    )
    remind = nodes.View(page).Next(this.reminded)
    reminded = nodes.End()
    too_late = nodes.View(page).Next(this.end)
    repair = nodes.View(page).Next(this.end)
    any_error = nodes.View(page).Next(this.end)
    tell_boss = nodes.View(page).Next(this.end)
    end = nodes.End()

    def limit(self, activation):
        assert activation.flow_task.name == "approve"
        return DAY

    def find_owner(self, activation):
        note = activation.process.note
        if note == "nobody":
            raise ProcessError("nobody there", code="nobody")
        if note == "crash":
            raise ValueError("crash")


class StricterApprovalFlow(ApprovalFlow):
    """Overrides the host: its events are those of the new one only."""

    approve = nodes.View(page).OnTimeout(DAY, this.too_late).Next(this.end)


class ParallelFlow(Flow):
    """Two branches and a join; one of them with a limit and a reminder."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = (
        nodes.View(page)
        .OnTimeout(HOUR, this.remind, interrupting=False)
        .OnTimeout(DAY, this.instead)
        .Next(this.join)
    )
    remind = nodes.View(page).Next(this.join)
    instead = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class BesideFlow(Flow):
    """A reminder, and an escalation that may go elsewhere, meet their task again without a split."""

    process_class = Order

    start = nodes.StartHandle().Next(this.work)
    work = (
        nodes.View(page)
        .OnTimeout(HOUR, this.remind, interrupting=False)
        .OnTimeout(DAY, this.report, interrupting=False)
        .OnEscalation(this.boss)
        .Next(this.join)
    )
    remind = nodes.View(page).Next(this.join)
    boss = nodes.View(page).Next(this.enough)
    enough = nodes.If(act.process.approved).Then(this.boss_end).Else(this.join)
    boss_end = nodes.End()
    report = nodes.View(page).Next(this.report_end)
    report_end = nodes.End()
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class MostFlow(Flow):
    """A join that goes on after the first branch."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).OnTimeout(DAY, this.join).Next(this.join)
    right = nodes.View(page).OnTimeout(DAY, this.join).Next(this.join)
    join = nodes.Join(continue_on_condition=lambda activation, active: len(active) == 1).Next(
        this.end
    )
    end = nodes.End()


class RaceFlow(Flow):
    """The first of two wins; a limit counts, a reminder does not."""

    process_class = Order

    start = nodes.StartHandle().Next(this.race)
    race = nodes.SplitFirst().Next(this.left).Next(this.right)
    left = (
        nodes.View(page)
        .OnTimeout(HOUR, this.remind, interrupting=False)
        .OnTimeout(DAY, this.late)
        .Next(this.end)
    )
    right = nodes.View(page).OnTimeout(DAY * 2, this.late).Next(this.end)
    remind = nodes.View(page).Next(this.end)
    late = nodes.View(page).Next(this.end)
    end = nodes.End()


class RiskyFlow(Flow):
    """Nodes that run by themselves, whose failures the flow knows."""

    process_class = Order

    start = nodes.StartHandle(this.remember).Next(this.charge)
    charge = (
        nodes.Function(this.pay)
        .OnError(this.declined, code="declined")
        .OnError(this.watch, code="slow", interrupting=False)
        .Next(this.hand)
    )
    hand = nodes.Handle(this.pay).OnError(this.watch).OnTimeout(HOUR, this.watch).Next(this.pause)
    pause = nodes.Timer(HOUR * 2).OnTimeout(HOUR, this.watch, interrupting=False).Next(this.end)
    declined = nodes.View(page).Next(this.end)
    watch = nodes.View(page).Next(this.end)
    end = nodes.End()

    def remember(self, activation, note=""):
        activation.process.note = note

    def pay(self, activation, code=""):
        activation.process.amount = 99
        code = code or activation.process.note
        if code == "crash":
            raise ValueError("crash")
        if code:
            raise ProcessError("not paid", code=code)


class BrokenLimitFlow(Flow):
    """A limit that cannot be found out, and one behind which nothing can be made."""

    process_class = Order

    start = nodes.StartHandle(this.remember).Next(this.work)
    work = nodes.View(page).OnTimeout(this.limit, this.late).Next(this.end)
    late = nodes.View(page).Assign(username="nobody of that name").Next(this.end)
    end = nodes.End()

    def remember(self, activation, note=""):
        activation.process.note = note

    def limit(self, activation):
        return None if activation.process.note == "no limit" else HOUR


class ChargeFlow(Flow):
    """A job with other ways for two of its failures, and a limit."""

    process_class = Order

    start = nodes.StartHandle(this.remember).Next(this.charge)
    charge = (
        nodes.Job(this.do_charge)
        .OnError(this.ask, code="declined")
        .OnTimeout(DAY, this.late)
        .Next(this.end)
    )
    ask = nodes.View(page).Next(this.end)
    late = nodes.View(page).Next(this.end)
    end = nodes.End()

    def remember(self, activation, note=""):
        activation.process.note = note

    def do_charge(self, activation):
        if activation.process.note:
            raise ProcessError("refused", code=activation.process.note)
