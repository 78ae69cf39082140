"""A flow whose workers are killed at the worst moments: once each, as the process's note says."""

from __future__ import annotations

import os
import signal
import time

from django.db import transaction
from django.dispatch import receiver

from tests.workflow.contended import SHARED
from tests.workflow.models import Order, Parcel
from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.signals import task_finished


def kill_once(process, moment: str) -> None:
    """Kill this process if the note asks for it at this moment, unless that has been done."""
    done = SHARED / f"{process.pk}-{moment}"
    if process.note == moment and not done.exists():
        done.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class DeadlyFlow(Flow):
    """One job in the transaction of its completion, and one beside it."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.exactly)
    exactly = nodes.Job(this.do_exactly, atomic=True).Next(this.about)
    about = nodes.Job(this.do_about, attempts=2, backoff=0.1).Next(this.after)
    after = nodes.Function(this.do_after).Next(this.end)
    end = nodes.End()

    def begin(self, activation, note):
        activation.process.note = note

    def do_exactly(self, activation):
        Parcel.objects.create(name=f"exactly {activation.process.pk}")
        kill_once(activation.process, "inside the transaction")

    def do_about(self, activation):
        process = activation.process
        Parcel.objects.create(name=f"about {process.pk}")
        kill_once(process, "inside the work")
        failed = SHARED / f"{process.pk}-failed"
        if process.note == "failing" and not failed.exists():
            failed.touch()
            raise ValueError("only once")
        if process.note == "slow":
            (SHARED / "slow").touch()
            time.sleep(2.5)

    def do_after(self, activation):
        process = activation.process
        transaction.on_commit(lambda: kill_once(process, "after the commit"))


@receiver(task_finished, sender=DeadlyFlow)
def completing(sender, process, task, **kwargs):
    if task.flow_task_type == "JOB":
        kill_once(process, "before the commit")
