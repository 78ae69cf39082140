from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from shop.demo import CUSTOMERS, PIZZAS
from shop.models import Customer, Pizza
from users.models import User

pytestmark = pytest.mark.django_db


def test_the_demo_fills_the_shop_once(settings: LazySettings) -> None:
    settings.DEBUG = True
    for _ in range(2):
        call_command("demo")
    assert Customer.objects.count() == len(CUSTOMERS)
    assert Pizza.objects.count() == len(PIZZAS)
    assert User.objects.get(username="manager").has_perm("shop.change_pizza")
    assert not User.objects.get(username="courier").has_perm("shop.change_customer")
