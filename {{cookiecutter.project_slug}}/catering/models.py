"""What is known about an order and a complaint, and a table of what was paid.

Answers of people are in the process's JSON column, as in ``pizza``. What is counted, exported or
audited is in a table of its own: money.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from viewflow import jsonstore
from viewflow.workflow.models import Process

MENUS = {
    "pizza": ("Pizza party", Decimal("14.50")),
    "buffet": ("Cold buffet", Decimal("19.00")),
    "dinner": ("Three courses", Decimal("42.00")),
}
#: What the payment provider knows a card by; numbers of cards never come here. The second and
#: the third one are there to play with, see ``payments.py``.
CARDS = {
    "tok_visa": "Card on file",
    "tok_declined": "Card that is declined",
    "tok_offline": "Card whose bank does not answer",
}
OUTCOMES = {
    "apology": "Apologised",
    "refund": "Money back",
    "unsolved": "Not solved",
}


class CateringOrder(Process):
    customer_name = jsonstore.CharField("customer", max_length=250)
    address = jsonstore.TextField()
    deliver_at = jsonstore.DateTimeField("to be there at")
    menu = jsonstore.CharField(
        max_length=10, choices=[(key, name) for key, (name, _price) in MENUS.items()]
    )
    guests = jsonstore.PositiveSmallIntegerField(default=10)
    card = jsonstore.CharField(max_length=20, choices=list(CARDS.items()), default="tok_visa")
    kitchen_note = jsonstore.TextField(blank=True, default="")
    courier_name = jsonstore.CharField("courier", max_length=250, blank=True, default="")
    told_customer = jsonstore.TextField("what the customer was told", blank=True, default="")
    complaint = jsonstore.TextField(
        blank=True, default="", help_text="Empty when everybody is happy."
    )

    class Meta:
        proxy = True

    @property
    def price(self) -> Decimal:
        return MENUS[self.menu][1] * self.guests


class Complaint(Process):
    customer_name = jsonstore.CharField("customer", max_length=250)
    complaint = jsonstore.TextField()
    answer = jsonstore.TextField("what we answered", blank=True, default="")
    outcome = jsonstore.CharField(max_length=10, choices=list(OUTCOMES.items()), default="apology")
    refund = jsonstore.DecimalField(
        "money back", max_digits=8, decimal_places=2, default=0, help_text="For “Money back”."
    )

    class Meta:
        proxy = True


class Payment(models.Model):
    """Money that has moved: to us, or back when the amount is negative."""

    order = models.ForeignKey(CateringOrder, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    key = models.CharField(
        max_length=50, unique=True, help_text="What the provider recognises a repetition by."
    )
    reference = models.CharField(max_length=50)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount}"
