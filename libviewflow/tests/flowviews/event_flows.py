"""A flow with events and work by hand, with the pages of each node."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, ReassignTaskView

from .models import Errand


class HandedOver(flow.ManualTask):
    """Work by hand that may be handed to somebody else."""

    reassign_view_class = ReassignTaskView


class ParcelFlow(flow.Flow):
    """A parcel

    Packed by hand, sent, and waited for.
    """

    process_class = Errand

    start = flow.Start(CreateProcessView.as_view(fields=["note", "amount"])).Next(this.pack)
    pack = (
        HandedOver()
        .Annotation(title="Pack it")
        .Permission("flowviews.add_errand")
        .CompensateWith(this.unpack)
        .Next(this.rate)
    )
    rate = flow.BusinessRule(this.find_rate).Next(this.notice)
    notice = flow.SendHandle(this.send).Next(this.tell)
    tell = flow.MessageThrow(this.send).Next(this.receipt)
    receipt = flow.MessageCatch(this.received).Annotation(title="Receipt").Next(this.strike)
    strike = flow.SignalCatch("strike-over").Annotation(title="End of the strike").Next(this.call)
    call = flow.SignalThrow("parcel-on-its-way").Next(this.shout)
    shout = flow.EscalationThrow("late").Next(this.stamp)
    stamp = flow.ManualTask().Next(this.way)
    way = (
        flow.Switch()
        .Case(this.back, lambda activation: activation.process.amount == 1)
        .Case(this.lost, lambda activation: activation.process.amount == 2)
        .Default(this.stop)
    )
    back = flow.CompensateThrow().Next(this.end)
    lost = flow.ErrorEnd("lost")
    stop = flow.TerminateEnd()
    end = flow.End()
    obsolete = flow.Obsolete(cancel_func=this.on_cancel)

    def find_rate(self, activation):
        activation.task.data = {"rate": 4}

    def send(self, activation):
        if activation.process.note == activation.flow_task.name:
            raise ValueError("no connection")

    def received(self, activation, note=""):
        activation.process.note = note

    def unpack(self, activation):
        activation.process.note = f"unpacked {activation.flow_task.name}"

    def on_cancel(self, activation):
        activation.process.note = "cancelled"
