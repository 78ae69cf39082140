from __future__ import annotations

import factory

from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder


class PizzaOrderFactory(factory.django.DjangoModelFactory[PizzaOrder]):
    """An order as a row, without any task: for tests that only read orders."""

    class Meta:
        model = PizzaOrder

    flow_class = PizzaFlow
    customer_name = factory.Faker("name")
    address = factory.Faker("street_address")
    toppings = "Mushrooms"
