"""The same flow without pages: what a script, a job or another system does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.http import HttpRequest
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS

from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder
from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return UserFactory.create()


@pytest.fixture
def order(person: User) -> PizzaOrder:
    node = PizzaFlow.instance.node("start")
    request = HttpRequest()
    request.user = person
    with transaction.atomic():
        activation = node.activation_class.create(node, None, None)
        activation.start(request)
        activation.process.customer_name = "Alan Turing"
        activation.execute()
    return PizzaOrder.objects.get(pk=activation.process.pk)


def steps(order: PizzaOrder) -> list[tuple[str, str]]:
    return [(task.flow_task.name, task.status) for task in order.task_set.order_by("pk")]


def test_a_new_order_waits_for_the_baker(order: PizzaOrder) -> None:
    assert order.status == PROCESS.NEW
    assert steps(order) == [("start", STATUS.DONE), ("bake", STATUS.NEW)]


def test_each_step_opens_the_next(order: PizzaOrder, person: User) -> None:
    for step in ("bake", "deliver"):
        task = order.task_set.get(flow_task=PizzaFlow.instance.node(step))
        with task.activation() as activation:
            activation.assign(person)
            activation.execute()
    order.refresh_from_db()
    assert order.status == PROCESS.DONE
    assert [name for name, status in steps(order)] == ["start", "bake", "deliver", "end"]


def test_a_step_cannot_be_repeated(order: PizzaOrder, person: User) -> None:
    task = order.task_set.get(flow_task=PizzaFlow.instance.node("bake"))
    with task.activation() as activation:
        activation.assign(person)
        activation.execute()
    with pytest.raises(TransitionNotAllowed), task.activation() as activation:
        activation.execute()


def test_a_cancelled_order_has_no_open_task(order: PizzaOrder) -> None:
    PizzaFlow.instance.cancel(order)
    order.refresh_from_db()
    assert order.status == PROCESS.CANCELED
    assert steps(order) == [("start", STATUS.DONE), ("bake", STATUS.CANCELED)]
