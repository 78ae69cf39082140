"""What runs in the crash test: jobs and a timer side by side, failures, a step from outside."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from tests.workflow.models import Order, Parcel
from viewflow import this
from viewflow.workflow import Flow, nodes

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
