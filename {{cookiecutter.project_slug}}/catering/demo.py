"""Catering orders in every state, and who may do what with them: for the command ``demo``."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, Permission
from django.test.utils import override_settings
from django.utils import timezone
from viewflow.workflow.models import Process, Task
from viewflow.workflow.timers import fire_due_timers

from catering.flows import CateringFlow
from catering.models import CateringOrder, Complaint
from config.demo import begin, work

if TYPE_CHECKING:
    from users.models import User

VIEW = ["view_cateringorder"]
GROUPS = {
    "Kitchen": (["baker"], [*VIEW, "can_cook_cateringorder"]),
    "Couriers": (
        ["courier"],
        [*VIEW, "can_find_courier_cateringorder", "can_deliver_cateringorder"],
    ),
    "Managers": (["manager"], None),
}
"""Members and permissions of each group; ``None``: all permissions of this application."""


ORDERS = [
    # customer, menu, guests, how far the order has come, and minutes since it came in
    ("Turing Tapes", "buffet", 40, "done", 410),
    ("Hopper Compilers", "pizza", 25, "refunded", 380),
    ("Zuse Machines", "dinner", 8, "unhappy", 330),
    ("Lovelace Looms", "buffet", 30, "complained", 260),
    ("Hamilton Guidance", "pizza", 12, "ready", 190),
    ("Knuth Typesetting", "dinner", 20, "late", 150),
    ("Liskov Types", "buffet", 15, "cooking", 70),
    ("Dijkstra Paths", "pizza", 9, "cooking", 45),
    ("Hoare Logic", "buffet", 60, "declined", 33),
    ("Lamport Clocks", "pizza", 18, "offline", 21),
    ("Codd Relations", "dinner", 12, "ordered", 3),
]
BAD_CARDS = {"declined": "tok_declined", "offline": "tok_offline"}


class Later:
    """A runner that carries nothing: the clock of ``make worker`` finds what waits."""

    inline = False

    def defers(self, node: Any) -> bool:
        return False

    def send(self, node: Any, message: str, key: str, due: datetime | None) -> None:
        pass


def fill(people: dict[str, User]) -> None:
    """Make the groups and, unless there are some, the orders."""
    for name, (members, codenames) in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        wanted = Permission.objects.filter(content_type__app_label="catering")
        group.permissions.add(*(wanted.filter(codename__in=codenames) if codenames else wanted))
        group.user_set.add(*(people[member] for member in members))
    if not CateringOrder.objects.filter(flow_class=CateringFlow).exists():
        for customer, menu, guests, progress, age in ORDERS:
            # No worker runs here: jobs are done in the step, and one is left to a worker.
            runner = Later if progress == "ordered" else "inline"
            with override_settings(VIEWFLOW={"JOB_RUNNER": runner}):
                order = take_order(people, customer, menu, guests, progress)
                go_on(people, order, progress)
            backdate(order, timedelta(minutes=age))
        fire_due_timers()


def take_order(
    people: dict[str, User], customer: str, menu: str, guests: int, progress: str
) -> CateringOrder:
    hours = {"late": 0.5, "ready": 1.5}.get(progress, 6)
    order: CateringOrder = begin(
        CateringFlow,
        people["manager"],
        customer_name=customer,
        address="Reception, 1 Main Street",
        deliver_at=timezone.now().replace(second=0, microsecond=0) + timedelta(hours=hours),
        menu=menu,
        guests=guests,
        card=BAD_CARDS.get(progress, "tok_visa"),
    )
    return order


def go_on(people: dict[str, User], order: CateringOrder, progress: str) -> None:
    """Do what has been done since the order was taken."""
    if progress == "offline":
        # The bank answers again. "Try again" on the page of the failed task is all it takes.
        CateringOrder.objects.filter(pk=order.pk).update(card="tok_visa")
    if progress in {"ordered", *BAD_CARDS}:
        return
    cooked = progress not in {"cooking", "late"}
    work(order, "cook", people["baker"], done=cooked, kitchen_note="No nuts.")
    if progress != "cooking":
        work(order, "find_courier", people["courier"], courier_name="Carla, with the van")
    if not cooked or progress == "ready":
        return
    complaint = "" if progress == "done" else "The soup was cold."
    work(order, "deliver", people["courier"], complaint=complaint)
    if progress in {"unhappy", "refunded"}:
        child = Complaint.objects.get(parent_task__process=order)
        outcome, refund = ("refund", 50) if progress == "refunded" else ("unsolved", 0)
        work(
            child,
            "answer",
            people["manager"],
            answer="Sorry!",
            outcome=outcome,
            refund=Decimal(refund),
        )


def backdate(order: CateringOrder, age: timedelta) -> None:
    """As if the order had come in some time ago, and people had worked on it since."""
    complaints = Complaint.objects.filter(parent_task__process=order)
    tasks = Task.objects.filter(process__in=[order.pk, *complaints.values_list("pk", flat=True)])
    people = tasks.filter(flow_task_type="HUMAN").count()
    begin_at = moment = timezone.now() - age
    for task in tasks.order_by("pk"):
        # Only what people do takes time.
        step = age / people if task.flow_task_type == "HUMAN" else timedelta()
        after = moment + step if task.finished else moment
        tasks.filter(pk=task.pk).update(
            created=moment,
            assigned=task.assigned and moment,
            started=task.started and moment,
            finished=task.finished and after,
            # When it should have been done, and from then on is overdue.
            scheduled=moment if task.flow_task_type == "JOB" else task.scheduled,
        )
        moment = after
    processes = Process.objects.filter(pk__in=tasks.values("process"))
    processes.update(created=begin_at)
    processes.filter(finished__isnull=False).update(finished=moment)
    order.payments.update(created=begin_at)
