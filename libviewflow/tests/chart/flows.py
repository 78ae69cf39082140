"""Flows to draw, with the engine behind them."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import Flow, nodes


def page(request, **kwargs):
    """Stands where a view goes; the engine never calls it."""


class OrderFlow(Flow):
    """Order & deliver"""

    start = nodes.Start(page).Annotation(title="Ordered").Next(this.bake)
    bake = nodes.View(page).Next(this.pickup)
    pickup = (
        nodes.If(lambda activation: activation.process.data.get("pickup"))
        .Annotation(title="Pickup?")
        .Then(this.hand_over)
        .Else(this.deliver)
    )
    hand_over = nodes.View(page).Next(this.end)
    deliver = nodes.View(page).Next(this.end)
    end = nodes.End().Annotation(title="Closed")


class HiringFlow(Flow):
    """Both at once, and again until it is right."""

    start = nodes.Start(page).Next(this.split)
    split = nodes.Split().Next(this.laptop).Next(this.contract)
    laptop = nodes.View(page).Next(this.join)
    contract = nodes.View(page).Next(this.signed)
    signed = (
        nodes.If(lambda activation: activation.process.data.get("signed", True))
        .Then(this.join)
        .Else(this.contract)
    )
    join = nodes.Join().Next(this.greet)
    greet = nodes.Function(lambda activation: 1 / activation.process.data.get("by", 1)).Next(
        this.end
    )
    end = nodes.End()
