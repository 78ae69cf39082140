"""How many statements each page costs, and that more rows do not cost more."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viewflow.workflow.models import Process

from .conftest import baking, client_of, make_user, newest, start_pizza, task_url, url
from .flows import ErrandFlow, ReviewFlow

pytestmark = pytest.mark.django_db

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def cost(call):
    """Statements of a request, without those that only frame a transaction."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code in (200, 302)
    return [q["sql"] for q in captured if not q["sql"].upper().startswith(TRANSACTION)]


#: Statements with session and user, as the documentation promises.
BUDGET = {
    "inbox": 6, "queue": 6, "archive": 6, "task_list": 6, "process_list": 6, "index": 8,
}  # fmt: skip


@pytest.fixture
def warm():
    ContentType.objects.clear_cache()


@pytest.mark.parametrize("page", BUDGET)
def test_lists_stay_within_their_budget_however_long_they_are(browser, page):
    """B316"""
    costs = []
    for _ in range(3):
        for _ in range(15):
            task = baking(browser)
        browser.post(task_url(task, "execute"), {"baking_time": "5"})
        costs.append(len(cost(lambda: browser.get(url(f"pizza:{page}")))))
    assert max(costs) <= BUDGET[page], costs
    assert costs[1] == costs[2], "the cost does not grow with the rows"


def test_pages_of_one_process_stay_within_their_budget(browser):
    task = baking(browser)
    assert len(cost(lambda: browser.get(url("pizza:start:execute")))) <= 3
    assert len(cost(lambda: browser.get(url("pizza:process_detail", task.process_id)))) <= 6
    assert len(cost(lambda: browser.get(task_url(task, "execute")))) <= 6
    assert len(cost(lambda: browser.get(task_url(task, "detail")))) <= 6
    browser.post(task_url(task, "execute"), {"baking_time": "5"})
    assert len(cost(lambda: browser.get(task_url(task, "detail")))) <= 7
    assert len(cost(lambda: browser.get(url("pizza:process_detail", task.process_id)))) <= 6


def test_steps_stay_within_their_budget(browser):
    data = {"customer_name": "Hannah", "address": "Elm St", "toppings": "olives"}
    assert len(cost(lambda: browser.post(url("pizza:start:execute"), data))) <= 6
    task = newest(Process.objects.latest("pk"), "bake")
    assert len(cost(lambda: browser.post(task_url(task, "assign")))) <= 5
    assert len(cost(lambda: browser.post(task_url(task, "execute"), {"baking_time": "1"}))) <= 8


def test_permissions_of_plain_people_cost_two_statements_more(browser):
    start_pizza(browser)
    viewer = client_of(make_user("viewer", "flowviews.view_pizzaorder"))
    assert len(cost(lambda: viewer.get(url("pizza:queue")))) <= BUDGET["queue"] + 2
    assert len(cost(lambda: viewer.get(url("pizza:index")))) <= BUDGET["index"] + 2


def some_of_each(browser, times):
    """Work in every state, of flows with and without tables of their own."""
    space = "workflow:flows:review"
    for n in range(times):
        baking(browser)
        start_pizza(browser)
        ReviewFlow.begin.run(text=f"Text {n}")
        waiting = Process.objects.latest("pk")
        mine = newest(waiting, "decide")
        browser.post(task_url(mine, "assign", space))
        ReviewFlow.begin.run(text=f"Other text {n}")
        process = Process.objects.latest("pk")
        task = newest(process, "decide")
        ReviewFlow.wait.run(newest(process, "wait"))
        browser.post(task_url(task, "assign", space))
        browser.post(task_url(task, "execute", space), {"approved": "on" if n % 2 else ""})
        ErrandFlow.start.run(note="x")


@pytest.mark.parametrize(
    "page",
    [
        "workflow:inbox", "workflow:queue", "workflow:archive", "workflow:flows:review:index",
        "workflow:flows:review:process_list", "workflow:flows:review:task_list",
        "errands:errand:index", "errands:errand:task_list",
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["superuser", "viewer"])
def test_lists_of_several_flows_cost_the_same_however_long_they_are(browser, vera, page, who):
    """B316"""
    client = browser
    if who == "viewer":
        perms = ("view_review", "view_errand", "view_pizzaorder", "can_decide_review")
        client = client_of(make_user("viewer", *(f"flowviews.{perm}" for perm in perms)))
    client.get(url(page))  # whose session it is is learned
    costs = []
    for times in (13, 4):  # more than a page from the beginning
        some_of_each(browser, times)
        costs.append(len(cost(lambda: client.get(url(page)))))
    assert costs[0] == costs[1], costs
    assert costs[1] <= (8 if page.endswith("index") else 6) + 2 * (who == "viewer"), costs
