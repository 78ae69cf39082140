"""The shortest flow there is, one with all that a flow can say about itself, and an unused one."""

from __future__ import annotations

from viewflow import this
from viewflow.forms import Layout, Row
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from .models import Complaint, Party, Pizza


class PizzaFlow(flow.Flow):
    process_class = Pizza

    start = flow.Start(
        CreateProcessView.as_view(fields=["customer_name", "address", "toppings"])
    ).Next(this.bake)
    bake = flow.View(UpdateProcessView.as_view(fields=["baking_time"])).Next(this.deliver)
    deliver = flow.View(UpdateProcessView.as_view(fields=["tips_received"])).Next(this.end)
    end = flow.End()


class PartyFlow(flow.Flow):
    """Party

    Food for many guests: cooked and shopped for at the same time, paid before it leaves.
    """

    process_class = Party
    process_summary_template = "{{ process.guests }} guests of {{ process.host }}"
    process_result_template = "{{ process.guests }} guests of {{ process.host }} are fed"

    start = (
        flow.Start(
            CreateProcessView.as_view(
                layout=Layout(
                    "host",
                    Row("occasion", "guests", "wanted_on"),
                    "vegetarian",
                    "wishes",
                )
            )
        )
        .Annotation(title="New party", description="Say who comes and when; the kitchen plans it.")
        .Next(this.plan)
    )
    plan = flow.Split().Next(this.cook).Next(this.shop)
    cook = (
        flow.View(UpdateProcessView.as_view(fields=["checked"]))
        .Annotation(
            title="Cook",
            description="Cook what is listed, taste it, pack it in trays of ten.",
            summary_template="Cook for {{ process.guests }} guests",
            result_template="Cooked for {{ process.guests }} guests",
        )
        .Next(this.ready)
    )
    shop = (
        flow.View(UpdateProcessView.as_view(fields=["wishes"]))
        .Annotation(title="Buy drinks", summary_template="Buy drinks for {{ process.guests }}")
        .Next(this.ready)
    )
    ready = flow.Join().Next(this.charge)
    charge = flow.Function(this.charge_card).Annotation(title="Charge card").Next(this.big)
    big = (
        flow.If(lambda activation: activation.process.guests > 50)
        .Annotation(title="Over 50 guests?")
        .Then(this.drive)
        .Else(this.hand_over)
    )
    drive = flow.View(UpdateProcessView.as_view()).Annotation(title="Drive there").Next(this.end)
    hand_over = flow.View(UpdateProcessView.as_view()).Annotation(title="Hand over").Next(this.end)
    end = flow.End().Annotation(title="Fed")

    def charge_card(self, activation):
        if activation.process.card == "expired":
            raise ValueError("The bank refused the card: expired in March.")


class ComplaintFlow(flow.Flow):
    process_class = Complaint

    start = flow.Start(CreateProcessView.as_view(fields=["text"])).Next(this.answer)
    answer = flow.View(UpdateProcessView.as_view()).Next(this.end)
    end = flow.End()
