"""An order on its way, as people see it: pages, forms and redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from viewflow.workflow import PROCESS, STATUS

from pizza.models import PizzaOrder
from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from django.test import Client
    from viewflow.workflow.models import Task

pytestmark = pytest.mark.django_db

ORDER = {"customer_name": "Grace Hopper", "address": "12 Harbour Street", "toppings": "Basil"}


@pytest.fixture
def person(client: Client) -> Client:
    """A browser in which an administrator is logged in."""
    client.force_login(UserFactory.create(is_superuser=True))
    return client


def take_order(person: Client) -> PizzaOrder:
    response = person.post(reverse("pizza:start:execute"), ORDER)
    assert response.status_code == 302
    return PizzaOrder.objects.latest("pk")


def open_task(order: PizzaOrder) -> Task:
    task: Task = order.task_set.exclude(status__in=[STATUS.DONE, STATUS.CANCELED]).get()
    return task


def do(person: Client, order: PizzaOrder, step: str, **answers: object) -> None:
    """Claim the open task and send its form."""
    task = open_task(order)
    assert task.flow_task.name == step
    for page, data in (("assign", {}), ("execute", answers)):
        url = reverse(f"pizza:{step}:{page}", args=[order.pk, task.pk])
        assert person.get(url).status_code == 200
        assert person.post(url, data).status_code == 302


def test_a_pizza_is_ordered_baked_and_delivered(person: Client) -> None:
    assert person.get(reverse("pizza:start:execute")).status_code == 200
    order = take_order(person)
    do(person, order, "bake", baking_time=15)
    do(person, order, "deliver", tips_received=3)

    done = PizzaOrder.objects.get(pk=order.pk)
    assert done.status == PROCESS.DONE
    assert done.finished is not None
    assert (done.customer_name, done.baking_time, done.tips_received) == ("Grace Hopper", 15, 3)
    page = person.get(reverse("pizza:process_detail", args=[order.pk]))
    assert "Grace Hopper" in page.content.decode()


def test_an_incomplete_order_comes_back_with_what_was_typed(person: Client) -> None:
    response = person.post(reverse("pizza:start:execute"), {**ORDER, "address": ""})
    assert response.status_code in {200, 422}
    assert "Grace Hopper" in response.content.decode()
    assert not PizzaOrder.objects.exists()


def test_a_task_is_done_once(person: Client) -> None:
    order = take_order(person)
    task = open_task(order)
    do(person, order, "bake", baking_time=15)
    url = reverse("pizza:bake:execute", args=[order.pk, task.pk])
    person.post(url, {"baking_time": 99})
    order = PizzaOrder.objects.get(pk=order.pk)
    assert order.baking_time == 15
    assert order.task_set.count() == 3  # start, bake and one deliver


def test_strangers_are_asked_to_log_in(client: Client) -> None:
    response = client.get(reverse("pizza:start:execute"))
    assert response.status_code in {302, 403}
    assert client.post(reverse("pizza:start:execute"), ORDER).status_code in {302, 403}
    assert not PizzaOrder.objects.exists()


@pytest.mark.parametrize("page", ["index", "inbox", "queue", "archive", "process_list", "chart"])
def test_the_pages_around_an_order_open(person: Client, page: str) -> None:
    take_order(person)
    assert person.get(reverse(f"pizza:{page}"), follow=True).status_code == 200
