from __future__ import annotations

from decimal import Decimal

import factory

from shop.models import Customer, Pizza


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"Customer {n:03}")
    phone = "555 0100"


class PizzaFactory(factory.django.DjangoModelFactory[Pizza]):
    class Meta:
        model = Pizza

    name = factory.Sequence(lambda n: f"Pizza {n:03}")
    price = Decimal("9.50")
