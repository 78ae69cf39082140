"""Catering on its way, as people see it, with the worker's and the clock's part in between."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.jobs import sweep
from viewflow.workflow.models import Task
from viewflow.workflow.timers import fire_due_timers

from catering import payments
from catering.flows import CateringFlow, ComplaintFlow
from catering.models import CateringOrder, Complaint, Payment
from catering.tests.conftest import open_task
from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from catering.tests.conftest import Browser

pytestmark = pytest.mark.django_db


def fresh(process: Any) -> Any:
    return type(process).objects.get(pk=process.pk)


def states(process: Any) -> dict[str, str]:
    return {task.flow_task.name: task.status for task in process.task_set.order_by("pk")}


def amounts(order: CateringOrder) -> list[Decimal]:
    return list(order.payments.order_by("pk").values_list("amount", flat=True))


def deliver(browser: Browser, complaint: str) -> CateringOrder:
    order = browser.order()
    browser.do(order, "cook", kitchen_note="No nuts")
    assert "deliver" not in states(order)  # no courier yet
    browser.do(order, "find_courier", courier_name="Carla")
    browser.do(order, "deliver", complaint=complaint)
    return order


def test_an_order_is_paid_cooked_and_delivered(browser: Browser) -> None:
    order = deliver(browser, complaint="")
    done = fresh(order)
    assert (done.status, done.courier_name) == (PROCESS.DONE, "Carla")
    assert amounts(order) == [Decimal("190.00")]
    assert "complain" not in states(order)


def test_a_declined_card_is_cleared_by_a_person(browser: Browser) -> None:
    order = browser.order(card="tok_declined")
    assert states(order)["charge"] == STATUS.CANCELED
    assert "cook" not in states(order)
    browser.do(order, "clear_payment", card="tok_visa")
    assert amounts(order) == [Decimal("190.00")]
    assert open_task(order, "cook").status == STATUS.NEW


def test_a_bank_that_does_not_answer_is_tried_three_times_and_then_by_hand(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def ask(card: str, amount: Decimal, key: str) -> str:
        calls.append(key)
        raise ConnectionError("The bank does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(payments, "ask_provider", ask)
        order = browser.order()
        # Each pause is over at once (Celery knows none when it needs no worker).
        while (task := open_task(order, "charge")).status == STATUS.SCHEDULED:
            Task.objects.filter(pk=task.pk).update(scheduled=timezone.now() - timedelta(hours=1))
            with browser.commit(execute=True):
                sweep()
    assert (task.status, len(calls)) == (STATUS.ERROR, 3)
    assert len(set(calls)) == 1  # by this key the provider would have noticed a repetition

    page = browser.client.get(f"/catering/flows/catering/{order.pk}/charge/{task.pk}/detail/")
    assert "The bank does not answer." in page.content.decode()
    browser.post("catering:charge:retry", order.pk, task.pk)
    assert states(order)["charge"] == STATUS.DONE
    assert amounts(order) == [Decimal("190.00")]


def test_a_charge_that_is_opened_again_is_paid_once(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked: dict[str, str] = {}

    def ask(card: str, amount: Decimal, key: str) -> str:
        booked[key] = booked.get(key) or f"PAY-{key}"
        if answers:
            return booked[key]
        raise ConnectionError("The money was taken, and the answer is lost.")

    answers = False
    monkeypatch.setattr(payments, "ask_provider", ask)
    monkeypatch.setattr(CateringFlow.charge, "attempts", 1)
    order = browser.order()
    task = open_task(order, "charge")
    assert task.status == STATUS.ERROR
    answers = True
    browser.post("catering:charge:cancel", order.pk, task.pk)
    browser.post("catering:charge:revive", order.pk, task.pk)
    assert open_task(order, "cook").status == STATUS.NEW
    assert len(booked) == 1


def test_work_that_is_done_twice_is_paid_once(browser: Browser) -> None:
    order = browser.order()
    key = order.payments.get().key
    again = payments.transfer(order, order.price, key)
    assert again == order.payments.get()


def test_a_late_kitchen_is_told_and_goes_on(
    browser: Browser, later: Callable[[timedelta], None]
) -> None:
    order = browser.order()
    later(timedelta(hours=4))
    assert fire_due_timers() == 0
    later(timedelta(hours=5, minutes=1))
    assert fire_due_timers() == 1
    assert states(order)["cook"] == STATUS.NEW
    browser.do(order, "cook", kitchen_note="")
    browser.do(order, "find_courier", courier_name="Carla")
    assert "deliver" not in states(order)  # the customer does not know yet
    browser.do(order, "call_customer", told_customer="Half an hour later")
    assert open_task(order, "deliver").status == STATUS.NEW


def test_a_kitchen_in_time_hears_nothing(
    browser: Browser, later: Callable[[timedelta], None]
) -> None:
    order = browser.order()
    browser.do(order, "cook", kitchen_note="")
    later(timedelta(days=1))
    assert fire_due_timers() == 0
    assert "call_customer" not in states(order)


@pytest.mark.parametrize(
    ("outcome", "refund", "paid"),
    [("apology", "0", []), ("refund", "50.00", [Decimal("-50.00")])],
)
def test_a_complaint_is_a_process_that_the_order_waits_for(
    browser: Browser, outcome: str, refund: str, paid: list[Decimal]
) -> None:
    order = deliver(browser, complaint="Cold soup")
    assert states(order)["complain"] == STATUS.STARTED
    complaint = Complaint.objects.get(flow_class=ComplaintFlow)
    assert (complaint.customer_name, complaint.complaint) == ("Turing Tapes", "Cold soup")
    browser.do(complaint, "answer", answer="Sorry!", outcome=outcome, refund=refund)
    assert fresh(complaint).status == fresh(order).status == PROCESS.DONE
    assert amounts(order) == [Decimal("190.00"), *paid]


def test_a_complaint_that_is_not_solved_is_visited(browser: Browser) -> None:
    order = deliver(browser, complaint="Cold soup")
    complaint = Complaint.objects.get(flow_class=ComplaintFlow)
    browser.do(complaint, "answer", answer="No.", outcome="unsolved", refund="0")
    assert fresh(order).status == PROCESS.NEW
    browser.do(order, "visit")
    assert fresh(order).status == PROCESS.DONE


def test_steps_are_for_those_who_may(client: Client, browser: Browser) -> None:
    order = browser.order()
    client.force_login(UserFactory.create())
    task = open_task(order, "cook")
    url = f"/catering/flows/catering/{order.pk}/cook/{task.pk}/assign/"
    assert client.post(url).status_code in {302, 403}
    assert open_task(order, "cook").status == STATUS.NEW
    assert client.get("/catering/flows/catering/start/").status_code == 403


@pytest.mark.parametrize(
    "page", ["inbox/", "queue/", "archive/", "flows/catering/", "flows/complaint/"]
)
def test_the_pages_around_an_order_open(browser: Browser, page: str) -> None:
    deliver(browser, complaint="Cold soup")
    assert browser.client.get(f"/catering/{page}").status_code == 200


def test_the_admin_shows_the_orders_of_its_flow(browser: Browser) -> None:
    order = browser.order()
    UserFactory.create(username="staff", is_staff=True, is_superuser=True)
    browser.client.force_login(UserFactory.create(username="staff"))
    for page, shown in {
        "catering/cateringorder/": True,
        f"catering/cateringorder/{order.pk}/change/": True,
        "catering/complaint/": False,
        "pizza/pizzaorder/": False,
    }.items():
        response = browser.client.get(f"/admin/{page}")
        assert response.status_code == 200
        assert ("Turing Tapes" in response.content.decode()) is shown, page
    payments_page = browser.client.get("/admin/catering/payment/").content.decode()
    assert Payment.objects.get().reference in payments_page


def test_the_flow_is_drawn(browser: Browser) -> None:
    chart = browser.client.get("/catering/flows/catering/chart/")
    assert chart.status_code == 200
    for title in ("Charge the card", "Late", "Complaint"):
        assert title.split()[0] in chart.content.decode()
    assert CateringFlow.instance.node("complain").task_type == "SUBPROCESS"
