"""People and processes in every state that a page can show."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task

from .flows import PartyFlow, PizzaFlow

ORDERS = [
    ("Hannah Meyer", "Lindenstraße 12, 3rd floor", "2 × Margherita, 1 × Diavola, extra basil"),
    ("Konrad Zuse", "Schlüterstraße 8", "Salami, peppers"),
    ("Grace Hopper", "12 Harbour Street", "Margherita, extra basil"),
    ("Alan Turing", "3 Park Lane", "Mushrooms, onions"),
    ("Edsger Dijkstra", "41 Mill Road", "Four cheese"),
    ("Barbara Liskov", "7 Station Square", "Tuna, capers"),
    ("Donald Knuth", "100 College Avenue", "Ham, pineapple"),
    ("Margaret Hamilton", "11 Observatory Hill", "Vegetables, no cheese"),
    ("Frances Allen", "5 Old Bridge", "Rocket, parmesan"),
]


def fill() -> SimpleNamespace:
    """Make everything and return what the tests want to visit."""
    users = get_user_model().objects
    ada = users.create_superuser(
        "ada", "ada@forno.example", "quattro", first_name="Marta", last_name="Rossi"
    )
    bruno = users.create_user(
        "bruno", "bruno@forno.example", "stagioni", first_name="Bruno", last_name="Baker"
    )
    nova = users.create_user("nova", "nova@forno.example", "capricciosa", first_name="Nova")
    at = SimpleNamespace(ada=ada, bruno=bruno, nova=nova)

    queue = [order(ada, *ORDERS[index % len(ORDERS)]) for index in range(22)]
    for process in queue[1:9]:
        take(process, "bake", ada)
    at.taken, at.free = newest(queue[1], "bake"), newest(queue[0], "bake")
    at.others = newest(queue[9], "bake")
    take(queue[9], "bake", bruno)
    at.open = queue[10]
    do(at.open, "bake", bruno, baking_time=12)
    take(at.open, "deliver", ada)
    at.deliver = newest(at.open, "deliver")

    for index in range(11, 14):
        do(queue[index], "bake", ada, baking_time=9 + index)
        do(queue[index], "deliver", bruno, tips_received=index - 9)
    at.done = queue[11]
    at.done_task = newest(at.done, "bake")

    at.cancelled = queue[14]
    PizzaFlow.instance.cancel(at.cancelled)

    at.stopped = newest(queue[15], "bake")
    with at.stopped.activation() as activation:
        activation.cancel()
    do(queue[16], "bake", ada, baking_time=8)
    at.undoable = newest(queue[16], "bake")
    with newest(queue[16], "deliver").activation() as activation:
        activation.cancel()

    at.party = party(ada, "Lea Fontaine", "wedding", 80)
    take(at.party, "cook", ada)
    do(at.party, "shop", bruno, wishes="Two kinds of lemonade, chilled.")
    at.cook = newest(at.party, "cook")
    at.failed = party(ada, "Otto Hahn", "office", 24, card="expired")
    do(at.failed, "cook", ada, checked=True)
    with Context(propagate_exception=False):
        do(at.failed, "shop", ada)
    at.error = newest(at.failed, "charge")
    at.fed = party(ada, "Ida Noddack", "birthday", 12)
    for step in ("cook", "shop", "hand_over"):
        do(at.fed, step, ada)

    age()
    return at


def order(person: Any, customer_name: str, address: str, toppings: str) -> Any:
    return start(PizzaFlow, person, customer_name=customer_name, address=address, toppings=toppings)


def party(person: Any, host: str, occasion: str, guests: int, **answers: Any) -> Any:
    day = timezone.localdate() + dt.timedelta(days=9)
    return start(
        PartyFlow, person, host=host, occasion=occasion, guests=guests, wanted_on=day, **answers
    )


def start(flow_class: Any, person: Any, **answers: Any) -> Any:
    """What the start page does when somebody sends its form."""
    node = flow_class.instance.node("start")
    request = HttpRequest()
    request.user = person
    with transaction.atomic():
        activation = node.activation_class.create(node, None, None)
        activation.start(request)
        for name, value in answers.items():
            setattr(activation.process, name, value)
        activation.execute()
    return activation.process


def newest(process: Any, step: str) -> Any:
    tasks = Task.objects.filter(process_id=process.pk).order_by("-pk")
    return next((task for task in tasks if task.flow_task.name == step), None)


def take(process: Any, step: str, person: Any) -> Any:
    task = newest(process, step)
    with task.activation() as activation:
        activation.assign(person)
    return task


def do(process: Any, step: str, person: Any, **answers: Any) -> None:
    take(process, step, person)
    with newest(process, step).activation() as activation:
        for name, value in answers.items():
            setattr(activation.process, name, value)
        activation.execute()


def age() -> None:
    """Spread what happened over the last days; the newest process is the youngest."""
    now = timezone.now()
    processes = list(Process.objects.order_by("-pk"))
    for index, process in enumerate(processes):
        begun = now - dt.timedelta(minutes=7 + 23 * index + index**3)
        Process.objects.filter(pk=process.pk).update(
            created=begun,
            finished=process.finished and begun + dt.timedelta(minutes=41 + 3 * index),
        )
        tasks = Task.objects.filter(process_id=process.pk).order_by("pk")
        for step, task in enumerate(tasks):
            moment = min(begun + dt.timedelta(minutes=step), now)
            Task.objects.filter(pk=task.pk).update(
                created=moment,
                assigned=task.assigned and moment,
                started=task.started and moment,
                finished=task.finished and moment + dt.timedelta(seconds=20),
            )
