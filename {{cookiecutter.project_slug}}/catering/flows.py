{% raw %}"""Catering, as a business runs it: paid in the background, watched by the clock, never stuck.

The order is paid, cooked while a courier is looked for, delivered, and complained about. What may
go wrong has a way of its own: a card that is declined, a bank that does not answer, a kitchen that
is late, a customer who stays unhappy.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from catering.models import CateringOrder, Complaint
from catering.payments import transfer


class ComplaintFlow(flow.Flow):
    """Complaints

    Somebody was not happy: answer, and pay back what is fair.
    """

    process_class = Complaint
    process_summary_template = "{{ process.customer_name }}: {{ process.complaint }}"

    # Begun by CateringFlow.complain alone: nobody finds it in the menu "Start".
    start = flow.StartSubprocess(this.take_over).Next(this.answer)

    answer = (
        flow.View(UpdateProcessView.as_view(fields=["answer", "outcome", "refund"]))
        .Annotation(title="Answer the complaint")
        .Permission(auto_create=True)
        .Next(this.outcome)
    )

    outcome = (
        flow.Switch()
        .Case(this.pay_back, lambda activation: activation.process.outcome == "refund")
        .Case(this.unsolved, lambda activation: activation.process.outcome == "unsolved")
        .Default(this.end)
    )

    pay_back = flow.Job(this.transfer_refund, attempts=3).Next(this.end)

    # The task that waits for this process fails with the code; there OnError catches it.
    unsolved = flow.ErrorEnd(code="unsolved")

    end = flow.End()

    def take_over(self, activation: Any, customer_name: str, complaint: str) -> None:
        activation.process.customer_name = customer_name
        activation.process.complaint = complaint

    def transfer_refund(self, activation: Any) -> None:
        order = CateringOrder.objects.get(task=activation.process.parent_task_id)
        transfer(order, -activation.process.refund, key=f"refund-{activation.process.pk}")


class CateringFlow(flow.Flow):
    """Catering

    From the order to the last crumb.
    """

    process_class = CateringOrder
    process_summary_template = (
        "{{ process.customer_name }}: {{ process.get_menu_display }} for {{ process.guests }}"
    )

    # With Permission(auto_create=True), `migrate` makes the permission "can_<step>_cateringorder":
    # give it to a group. A step without it is open to everybody who is logged in, as in pizza.
    start = (
        flow.Start(
            CreateProcessView.as_view(
                fields=["customer_name", "address", "deliver_at", "menu", "guests", "card"]
            )
        )
        .Annotation(title="Take an order")
        .Permission(auto_create=True)
        .Next(this.charge)
    )

    # A worker does this (`make worker`). When the bank does not answer, it tries three times; then
    # the task waits as failed until somebody who may manage orders tries again, in the browser.
    # When the bank says no, trying again is of no use: a person talks to the customer.
    charge = (
        flow.Job(this.take_payment, attempts=3, backoff=10)
        .Annotation(title="Charge the card")
        .OnError(this.clear_payment, code="declined", title="Declined")
        .Next(this.paid)
    )

    clear_payment = (
        flow.View(UpdateProcessView.as_view(fields=["card"]))
        .Annotation(
            title="Clear the payment",
            description="The card was declined: agree with the customer on another one.",
        )
        .Permission(auto_create=True)
        .Next(this.charge)
    )

    paid = flow.Split().Always(this.cook).Always(this.find_courier)

    # An hour before delivery it gets tight. The kitchen goes on; somebody calls the customer.
    cook = (
        flow.View(UpdateProcessView.as_view(fields=["kitchen_note"]))
        .Permission(auto_create=True)
        .OnTimeout(this.cooking_deadline, this.call_customer, interrupting=False, title="Late")
        .Next(this.ready)
    )

    find_courier = (
        flow.View(UpdateProcessView.as_view(fields=["courier_name"]))
        .Annotation(title="Find a courier")
        .Permission(auto_create=True)
        .Next(this.ready)
    )

    call_customer = (
        flow.View(UpdateProcessView.as_view(fields=["told_customer"]))
        .Annotation(
            title="Call the customer",
            description="The kitchen is late: say so before the customer notices.",
        )
        .Permission(auto_create=True)
        .Next(this.ready)
    )

    # Waits for every branch that was begun: nothing leaves before a late customer was called.
    ready = flow.Join().Next(this.deliver)

    deliver = (
        flow.View(UpdateProcessView.as_view(fields=["complaint"]))
        .Permission(auto_create=True)
        .Next(this.happy)
    )

    happy = (
        flow.If(lambda activation: not activation.process.complaint)
        .Annotation(title="Happy?")
        .Then(this.end)
        .Else(this.complain)
    )

    # A process of its own. This task is done when that has ended, and fails when that ends badly.
    complain = (
        flow.Subprocess(ComplaintFlow.start, get_subprocess_kwargs=this.about_complaint)
        .Annotation(title="Complaint")
        .OnError(this.visit, code="unsolved", title="Not solved")
        .Next(this.end)
    )

    visit = (
        flow.ManualTask()
        .Annotation(title="Visit the customer", description="Bring flowers, and the boss.")
        .Permission(auto_create=True)
        .Next(this.end)
    )

    end = flow.End()

    def take_payment(self, activation: Any) -> None:
        order = activation.process
        # Not by the task, which may be opened again: a card pays for an order once.
        transfer(order, order.price, key=f"order-{order.pk}-{order.card}")

    def cooking_deadline(self, activation: Any) -> datetime:
        return activation.process.deliver_at - timedelta(hours=1)

    def about_complaint(self, activation: Any) -> dict[str, str]:
        order = activation.process
        return {"customer_name": order.customer_name, "complaint": order.complaint}
{% endraw %}