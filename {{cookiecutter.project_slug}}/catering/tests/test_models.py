from __future__ import annotations

from decimal import Decimal

import pytest

from catering.models import MENUS, CateringOrder
from catering.tests.factories import CateringOrderFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("menu", MENUS)
def test_the_price_is_that_of_the_menu_for_all_guests(menu: str) -> None:
    order = CateringOrderFactory.create(menu=menu, guests=3)
    found = CateringOrder.objects.get(pk=order.pk)
    assert found.price == 3 * MENUS[menu][1]
    assert isinstance(found.price, Decimal)
    assert found.deliver_at == order.deliver_at
