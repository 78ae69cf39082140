"""Flows whose work is done in the background."""

from __future__ import annotations

import datetime

from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.exceptions import ProcessError

from .models import LeanProcess, LeanTask, Order, Parcel

#: What a test wants the next work to do: callables of the activation, by the name of the node.
plans: dict = {}


def planned(activation) -> None:
    plan = plans.get(activation.flow_task.name)
    if plan is not None:
        plan(activation)


class JobFlow(Flow):
    """A job that may be tried three times, and something that follows it."""

    process_class = Order

    start = nodes.StartHandle().Next(this.charge)
    charge = nodes.Job(
        this.do_charge, undo_func=this.on_undo, attempts=3, backoff=datetime.timedelta(seconds=8)
    ).Next(this.after)
    after = nodes.Function(this.do_after).Next(this.end)
    end = nodes.End()

    def do_charge(self, activation):
        activation.process.amount += 1
        activation.task.data = {**activation.task.data, "receipt": 17}
        planned(activation)

    def do_after(self, activation):
        planned(activation)

    def on_undo(self, activation):
        activation.process.note = "refunded"


class OnceFlow(JobFlow):
    """One attempt; a lost worker is a person's business."""

    charge = nodes.Job(this.do_charge, restarts=0).Next(this.after)


class AtomicFlow(JobFlow):
    """The work and its completion are one transaction."""

    charge = nodes.Job(this.do_charge, atomic=True, attempts=2, backoff=0).Next(this.after)

    def do_charge(self, activation):
        Parcel.objects.create(name=f"effect of {activation.process.pk}")
        super().do_charge(activation)


class InlineFlow(JobFlow):
    """For tests: no worker, no commit."""

    charge = nodes.Job(this.do_charge, runner="inline").Next(this.after)


class ImmediateFlow(JobFlow):
    charge = nodes.Job(this.do_charge, runner="immediate", attempts=2, backoff=5).Next(this.after)


class TwoJobsFlow(Flow):
    """Two jobs side by side write into one JSON column."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.Job(this.write).Next(this.join)
    right = nodes.Job(this.write).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()

    def write(self, activation):
        activation.process.data[activation.flow_task.name] = "written"
        planned(activation)


class LeanJobFlow(Flow):
    """Tables without a JSON column."""

    process_class = LeanProcess
    task_class = LeanTask

    start = nodes.StartHandle().Next(this.job)
    job = nodes.Job(this.work, attempts=2, backoff=0).Next(this.end)
    end = nodes.End()

    def work(self, activation):
        activation.process.title = "worked"
        planned(activation)


def refuse(activation):
    raise ProcessError("No such card.", code="card")
