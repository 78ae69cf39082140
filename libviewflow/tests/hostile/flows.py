"""Flows with every node and every way to restrict a task."""

from __future__ import annotations

from django.shortcuts import redirect, render

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import (
    CreateArtifactView,
    CreateProcessView,
    UpdateArtifactView,
    UpdateProcessView,
)

from .models import Case, Order, Paper


class OrderFlow(flow.Flow):
    """Anybody may order; baking asks for a right; delivering is for who has ordered."""

    process_class = Order
    process_title = "Order"

    start = flow.Start(
        CreateProcessView.as_view(fields=["name", "note", "amount", "price", "due"])
    ).Next(this.bake)
    bake = (
        flow.View(UpdateProcessView.as_view(fields=["note", "amount"]))
        .Permission(auto_create=True)
        .Next(this.deliver)
    )
    deliver = (
        flow.View(UpdateProcessView.as_view(fields=["price", "due"]))
        .Assign(this.start.owner)
        .Next(this.end)
    )
    end = flow.End()


def by_hand(request, **kwargs):
    """A view written as a plain function, as projects write them."""
    if request.method == "POST":
        request.activation.process.comment = "done by hand"
        request.activation.execute()
        return redirect(request.activation.get_success_url(request))
    return render(request, "hostile/by_hand.html", {"activation": request.activation})


class CaseFlow(flow.Flow):
    """Case

    Every node there is.
    """

    process_class = Case
    process_summary_template = "Case {{ process.text }}"

    start = (
        flow.Start(
            CreateProcessView.as_view(
                fields=["text", "comment", "number", "big", "ratio", "day", "moment"]
            )
        )
        .Permission(auto_create=True)
        .Next(this.fork)
    )
    begin = flow.StartHandle(this.from_code).Next(this.fork)
    fork = flow.Split().Next(this.decide).Next(this.risky).Next(this.wait)
    decide = (
        flow.View(UpdateProcessView.as_view(fields=["comment", "number", "big", "day"]))
        .Annotation(title="Decide", summary_template="Decide about {{ process.text }}")
        .Permission("hostile.can_decide", auto_create=True)
        .Next(this.join)
    )
    risky = flow.Function(this.take_a_risk).Next(this.join)
    wait = flow.Handle(this.arrived).Next(this.join)
    join = flow.Join().Next(this.check)
    check = flow.If(this.is_short).Then(this.sign).Else(this.route)
    sign = flow.View(by_hand).Next(this.end)
    route = flow.Switch().Case(this.race, this.is_long).Default(this.end)
    race = flow.SplitFirst().Next(this.first).Next(this.second)
    first = flow.View(UpdateProcessView.as_view(fields=["comment"])).Next(this.end)
    second = flow.View(UpdateProcessView.as_view()).Next(this.end)
    end = flow.End()
    obsolete = flow.Obsolete()

    def from_code(self, activation, text=""):
        activation.process.text = text

    def take_a_risk(self, activation):
        if activation.process.text == "boom":
            raise ValueError("<script>vf</script> the bank does not answer")

    def arrived(self, activation, comment=""):
        activation.process.comment = comment

    def is_short(self, activation):
        return len(activation.process.text) < 10

    def is_long(self, activation):
        return len(activation.process.text) > 20


class PaperFlow(flow.Flow):
    """A flow about an object."""

    start = flow.Start(CreateArtifactView.as_view(model=Paper, fields=["title", "body"])).Next(
        this.edit
    )
    edit = flow.View(UpdateArtifactView.as_view(fields=["title", "body"])).Next(this.end)
    end = flow.End()
