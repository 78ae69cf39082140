from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone
from viewflow.workflow import STATUS

from catering.flows import CateringFlow
from catering.models import CateringOrder
from config.settings import base
from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
    from viewflow.workflow.models import Task


@pytest.fixture(autouse=True)
def production_runner(settings: Settings) -> None:
    """Jobs take the way of production. Its queue needs no worker in tests: what is sent is done."""
    settings.VIEWFLOW = getattr(base, "VIEWFLOW", {})


class Browser:
    """A person at the pages of the catering flows.

    Jobs are sent after the commit. A test is one transaction that has none, so what waits for it
    is done after each page.
    """

    def __init__(self, client: Client, commit: DjangoCaptureOnCommitCallbacks) -> None:
        self.client, self.commit = client, commit

    def post(self, name: str, *args: int, **answers: Any) -> Any:
        with self.commit(execute=True):
            response = self.client.post(reverse(f"catering:flows:{name}", args=args), answers)
        assert response.status_code == 302, response.content.decode()
        return response

    def order(self, **answers: Any) -> CateringOrder:
        soon = timezone.localtime(timezone.now() + timedelta(hours=6))
        answers = {
            "customer_name": "Turing Tapes",
            "address": "3 Park Lane",
            "deliver_at": soon.strftime("%Y-%m-%d %H:%M"),
            "menu": "buffet",
            "guests": 10,
            "card": "tok_visa",
        } | answers
        self.post("catering:start:execute", **answers)
        order: CateringOrder = CateringOrder.objects.filter(flow_class=CateringFlow).latest("pk")
        return order

    def do(self, process: Any, step: str, **answers: Any) -> None:
        """Claim the step's open task and send its form."""
        task = open_task(process, step)
        step = f"{process.flow_class.instance.app_name}:{step}"
        self.post(f"{step}:assign", process.pk, task.pk)
        self.post(f"{step}:execute", process.pk, task.pk, **answers)


def open_task(process: Any, step: str) -> Task:
    node = process.flow_class.instance.node(step)
    finished = [STATUS.DONE, STATUS.CANCELED]
    task: Task = process.task_set.exclude(status__in=finished).get(flow_task=node)
    return task


@pytest.fixture
def browser(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Browser:
    client.force_login(UserFactory.create(is_superuser=True))
    return Browser(client, django_capture_on_commit_callbacks)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """``later(timedelta(hours=5))``: the clock is that much ahead."""
    now = timezone.now

    def move(ahead: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + ahead)

    return move
