from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone

from catering.flows import CateringFlow
from catering.models import CateringOrder


class CateringOrderFactory(factory.django.DjangoModelFactory[CateringOrder]):
    """An order as a row, without any task: for tests that only read orders."""

    class Meta:
        model = CateringOrder

    flow_class = CateringFlow
    customer_name = factory.Faker("company")
    address = factory.Faker("street_address")
    deliver_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=6))
    menu = "buffet"
    guests = 10
