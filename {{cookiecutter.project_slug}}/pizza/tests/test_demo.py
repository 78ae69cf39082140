from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from viewflow.workflow import PROCESS

from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder
from users.models import User

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_demo_people_are_refused_without_debug() -> None:
    with pytest.raises(CommandError, match="in development only"):
        call_command("demo")
    assert not User.objects.exists()


def test_demo_makes_people_and_orders_once(settings: Settings) -> None:
    settings.DEBUG = True
    for _ in range(2):
        out = io.StringIO()
        call_command("demo", "--address", "http://127.0.0.1:9000/", stdout=out)
        assert "http://127.0.0.1:9000/" in out.getvalue()
        assert "admin / admin" in out.getvalue()
    assert set(User.objects.values_list("username", flat=True)) == {
        "admin",
        "baker",
        "courier",
        "manager",
    }
    orders = PizzaOrder.objects.filter(flow_class=PizzaFlow)
    assert orders.count() == 10
    assert orders.filter(status=PROCESS.DONE).count() == 3
    assert Client().login(username="admin", password="admin")  # noqa: S106
