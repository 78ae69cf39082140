"""Money. ``ask_provider`` only pretends: put the client of your payment provider in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewflow.workflow.exceptions import ProcessError

from catering.models import CateringOrder, Payment

if TYPE_CHECKING:
    from decimal import Decimal


def transfer(order: CateringOrder, amount: Decimal, key: str) -> Payment:
    """Take the money from the order's card, or give it back when the amount is negative.

    With the same key it happens once, however often this is called: a worker that was killed
    half way may be followed by another one. Raises ``ProcessError`` with the code ``declined``
    when the bank says no, which no further attempt changes, and ``ConnectionError`` when nobody
    answers, which one may.
    """
    reference = ask_provider(order.card, amount, key)
    payment, _created = Payment.objects.get_or_create(
        key=key, defaults={"order": order, "amount": amount, "reference": reference}
    )
    return payment


def ask_provider(card: str, amount: Decimal, key: str) -> str:
    """Return the provider's reference; for a key that it knows, the same one again."""
    if card == "tok_declined":
        raise ProcessError("The card was declined.", code="declined")
    if card == "tok_offline":
        raise ConnectionError("The bank does not answer.")
    return f"PAY-{key}"
