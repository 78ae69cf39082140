from __future__ import annotations

import pytest

from pizza.models import PizzaOrder
from pizza.tests.factories import PizzaOrderFactory

pytestmark = pytest.mark.django_db


def test_an_order_keeps_its_answers() -> None:
    order = PizzaOrderFactory.create(customer_name="Jürgen “the hungry” O'Neil")
    found = PizzaOrder.objects.get(pk=order.pk)
    assert found.customer_name == "Jürgen “the hungry” O'Neil"
    assert (found.baking_time, found.tips_received) == (10, 0)


def test_orders_are_found_by_their_answers() -> None:
    PizzaOrderFactory.create(toppings="Salami")
    wanted = PizzaOrderFactory.create(toppings="Four cheese")
    assert list(PizzaOrder.objects.filter(toppings="Four cheese")) == [wanted]
