"""The flows whose rows a django-viewflow 2.4 database in ``data/peer_2_4.json`` holds."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import Flow, act, nodes

from .models import Order
from .steps import page


class PizzaFlow(Flow):
    process_class = Order

    start = nodes.Start(page).Next(this.bake)
    bake = nodes.View(page).Next(this.deliver)
    deliver = nodes.View(page).Next(this.end)
    end = nodes.End()


class OpsFlow(Flow):
    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.review).Next(this.compute)
    review = nodes.View(page).Next(this.join)
    compute = nodes.Function(lambda activation: None).Next(this.join)
    join = nodes.Join().Next(this.check)
    check = nodes.If(act.process.approved).Then(this.wait).Else(this.end)
    wait = nodes.Handle(lambda activation, note="": note).Next(this.end)
    end = nodes.End()


class MtiFlow(Flow):
    process_class = Order

    start = nodes.Start(page).Next(this.split)
    split = nodes.Split().Next(this.a).Next(this.b)
    a = nodes.View(page).Next(this.join)
    b = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()
