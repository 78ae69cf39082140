"""What runs in the crash test and in the crowd: jobs and timers side by side, failures, people."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from tests.workflow.models import Order, Parcel
from viewflow import this
from viewflow.workflow import Flow, flow, nodes
from viewflow.workflow.flow.views import UpdateProcessView

#: The jobs whose effect must be there exactly once when a process is over.
EFFECTS = ("pay", "pack", "ship")


class SoakFlow(Flow):
    """Four branches meet; then somebody confirms, and the last job ships."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.pay).Next(this.pack).Next(this.label).Next(this.rest)
    pay = nodes.Job(this.effect, atomic=True, restarts=1000).Next(this.join)
    pack = nodes.Job(
        this.effect_at_last, atomic=True, attempts=1000, backoff=0.1, restarts=1000
    ).Next(this.join)
    label = nodes.Job(this.count, restarts=1000).Next(this.join)
    rest = nodes.Timer(timedelta(seconds=0.5)).Next(this.join)
    join = nodes.Join().Next(this.confirm)
    confirm = nodes.Handle().Next(this.ship)
    ship = nodes.Job(this.effect, atomic=True, restarts=1000).Next(this.end)
    end = nodes.End()

    def effect(self, activation):
        Parcel.objects.create(name=f"{activation.process.pk} {activation.flow_task.name}")
        time.sleep(random.uniform(0, 0.1))

    def effect_at_last(self, activation):
        self.effect(activation)
        if random.random() < 0.3:
            raise ConnectionError("The packing machine does not answer.")

    def count(self, activation):
        time.sleep(random.uniform(0, 0.1))
        activation.process.amount += 1


class CrowdFlow(flow.Flow):
    """Two people, a job and a reminder side by side, and then the same again."""

    process_class = Order

    start = flow.StartHandle().Next(this.split)
    split = flow.Split().Next(this.write).Next(this.read).Next(this.pay)
    write = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.join)
    read = (
        flow.View(UpdateProcessView.as_view(fields=[]))
        .OnTimeout(timedelta(seconds=1), this.remind, interrupting=False)
        .Next(this.join)
    )
    remind = flow.Function(this.nothing).Next(this.join)
    pay = flow.Job(this.effect, atomic=True, restarts=1000).Next(this.join)
    join = flow.Join().Next(this.again)
    again = flow.If(lambda activation: True).Then(this.split).Else(this.end)
    end = flow.End()

    def effect(self, activation):
        Parcel.objects.create(name=f"{activation.process.pk} {activation.task.pk}")

    def nothing(self, activation):
        """The reminder is there to be seen."""
