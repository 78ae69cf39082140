"""Fill an empty development database with people and orders to play with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from catering import demo as catering
from config.demo import begin, work
from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder
from shop import demo as shop

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from users.models import User

PEOPLE: dict[str, dict[str, Any]] = {
    "admin": {"first_name": "Ada", "last_name": "Admin", "is_superuser": True, "is_staff": True},
    "baker": {"first_name": "Bruno", "last_name": "Baker"},
    "courier": {"first_name": "Carla", "last_name": "Courier"},
    "manager": {"first_name": "Mia", "last_name": "Manager"},
}
ORDERS = [
    # customer, address, toppings, how far the order has come, and minutes since it came in
    ("Grace Hopper", "12 Harbour Street", "Margherita, extra basil", "delivered", 190),
    ("Alan Turing", "3 Park Lane", "Mushrooms, onions", "delivered", 95),
    ("Ada Lovelace", "2 St James's Square", "Anchovies, olives", "delivered", 62),
    ("Konrad Zuse", "Schlüterstraße 8", "Salami, peppers", "delivering", 38),
    ("Edsger Dijkstra", "41 Mill Road", "Four cheese", "baked", 29),
    ("Barbara Liskov", "7 Station Square", "Tuna, capers", "baked", 24),
    ("Donald Knuth", "100 College Avenue", "Ham, pineapple", "baking", 12),
    ("Katherine Johnson", "24 Orbit Way", "Mushrooms, truffle oil", "yours", 9),
    ("Margaret Hamilton", "11 Observatory Hill", "Vegetables, no cheese", "ordered", 6),
    ("Frances Allen", "5 Old Bridge", "Rocket, parmesan", "ordered", 2),
]
#: Minutes that the first steps of an order take, from the one before: taking, then doing it.
TAKES = {"start": (0, 0), "bake": (2, 11), "deliver": (4, 14)}


class Command(BaseCommand):
    help = "Create demo people with known passwords, and orders. Refused unless DEBUG is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--address",
            default="http://127.0.0.1:8000/",
            help="where the site will be, for the message at the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Demo people have passwords that everybody knows, so they are made in development "
                "only (DEBUG is off here). Nothing was changed."
            )
        with transaction.atomic():
            people = {name: self.person(name, **about) for name, about in PEOPLE.items()}
        if not PizzaOrder.objects.filter(flow_class=PizzaFlow).exists():
            for order in ORDERS:
                self.order(people, *order)
        catering.fill(people)
        shop.fill(people)
        self.stdout.write(f"\nOpen {options['address']} and log in as\n\n")
        for name in PEOPLE:
            self.stdout.write(f"    {name} / {name}\n")
        self.stdout.write("\n")

    def person(self, name: str, **about: Any) -> User:
        """Somebody whose password is their name; an account that exists stays as it is."""
        people = get_user_model().objects
        person: User | None = people.filter(username=name).first()
        return person or people.create_user(name, f"{name}@example.com", name, **about)

    def order(
        self,
        people: dict[str, User],
        customer: str,
        address: str,
        toppings: str,
        progress: str,
        age: int,
    ) -> None:
        order = begin(
            PizzaFlow,
            people["admin"],
            customer_name=customer,
            address=address,
            toppings=toppings,
        )
        baker = people["admin"] if progress == "yours" else people["baker"]
        courier = people["courier"] if progress in {"delivering", "delivered"} else None
        if progress != "ordered":
            done = progress not in {"baking", "yours"}
            work(order, "bake", baker, done=done, baking_time=12)
        if courier:
            work(order, "deliver", courier, done=progress == "delivered", tips_received=3)
        self.backdate(order, age)

    def backdate(self, order: PizzaOrder, age: int) -> None:
        """Spread what has just been done over the time since the order came in."""
        moment = timezone.now() - timedelta(minutes=age)
        PizzaOrder.objects.filter(pk=order.pk).update(created=moment)
        for task in order.task_set.order_by("pk"):
            taking, doing = TAKES.get(task.flow_task.name, (0, 0))
            task.created = moment
            if task.assigned:
                task.assigned = moment = moment + timedelta(minutes=taking)
            if task.started:
                task.started = moment
            if task.finished:
                task.finished = moment = moment + timedelta(minutes=doing)
            order.task_set.filter(pk=task.pk).update(
                created=task.created,
                assigned=task.assigned,
                started=task.started,
                finished=task.finished,
            )
        PizzaOrder.objects.filter(pk=order.pk, finished__isnull=False).update(finished=moment)
