"""What the command ``demo`` makes: an order in every state, and people who may go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.urls import reverse
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.jobs import sweep
from viewflow.workflow.models import Task

from catering.flows import CateringFlow
from catering.models import CateringOrder
from users.models import User

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.DEBUG = True
    for _ in range(2):
        call_command("demo", verbosity=0)


def find(step: str, status: str) -> Task:
    node = CateringFlow.instance.node(step)
    task: Task = Task.objects.filter(flow_task=node, status=status).latest("pk")
    return task


@pytest.mark.usefixtures("demo")
def test_there_is_an_order_in_every_state() -> None:
    orders = CateringOrder.objects.filter(flow_class=CateringFlow)
    assert orders.count() == 11
    assert orders.filter(status=PROCESS.DONE).count() == 2
    for step, status in {
        "charge": STATUS.ERROR,
        "clear_payment": STATUS.NEW,
        "cook": STATUS.ASSIGNED,
        "find_courier": STATUS.NEW,
        "call_customer": STATUS.NEW,
        "deliver": STATUS.NEW,
        "complain": STATUS.STARTED,
        "visit": STATUS.NEW,
    }.items():
        assert find(step, status), step


@pytest.mark.usefixtures("demo")
def test_the_manager_tries_the_failed_payment_again(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client.force_login(User.objects.get(username="manager"))
    task = find("charge", STATUS.ERROR)
    url = reverse("catering:flows:catering:charge:retry", args=[task.process_id, task.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url).status_code == 302
    task.refresh_from_db()
    assert task.status == STATUS.DONE
    assert CateringOrder.objects.get(pk=task.process_id).payments.count() == 1


@pytest.mark.usefixtures("demo")
def test_one_payment_is_left_to_a_worker(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    task = find("charge", STATUS.SCHEDULED)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    task.refresh_from_db()
    assert task.status == STATUS.DONE


@pytest.mark.usefixtures("demo")
def test_everybody_sees_their_own_work(client: Client) -> None:
    for name, step in {
        "baker": "Cook",
        "courier": "Find a courier",
        "manager": "Clear the payment",
    }.items():
        client.force_login(User.objects.get(username=name))
        lists = [client.get(f"/catering/{page}/").content.decode() for page in ("queue", "inbox")]
        assert step in "".join(lists), name
        other = "Cook" if name == "courier" else "Clear the payment"
        assert (other in lists[0]) is (name == "manager"), name
