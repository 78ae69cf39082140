"""Flows whose work Celery does."""

from __future__ import annotations

import datetime
import os
import signal

from celery import current_task, shared_task
from celery.exceptions import Ignore, Reject

from tests.workflow.contended import SHARED
from tests.workflow.models import Order
from viewflow import this
from viewflow.contrib import celery
from viewflow.workflow import flow
from viewflow.workflow.exceptions import ProcessError

from .app import app

#: What a test wants the next work to do.
plans: dict = {}


@app.task(bind=True, max_retries=5)
def polling(self, activation_ref):
    """Asks somebody else, and comes back later as long as there is no answer."""
    with celery.Job.activate(activation_ref) as activation:
        activation.process.amount += 1
        plan = plans.get("polling")
        if plan is not None:
            plan(self)
        activation.process.note = f"asked {self.request.retries + 1} times"


@app.task(
    autoretry_for=(ConnectionError,), retry_backoff=False, max_retries=2, default_retry_delay=0
)
def unsteady(activation_ref):
    with celery.Job.activate(activation_ref) as activation:
        plans["unsteady"](activation)


class CeleryFlow(flow.Flow):
    process_class = Order

    start = flow.StartHandle().Next(this.poll)
    poll = celery.Job(polling).Next(this.wait)
    wait = celery.Timer(datetime.timedelta(seconds=0.2)).Next(this.plain)
    plain = celery.Job(this.do_plain).Next(this.end)
    end = flow.End()

    def do_plain(self, activation):
        activation.process.route = f"by {current_task.name}"
        crash = SHARED / "crash"
        if crash.exists():
            crash.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


@app.task
def refused(activation_ref):
    with celery.Job.activate(activation_ref):
        raise ProcessError("The card was declined.", code=plans.get("refused"))


class RefusedFlow(flow.Flow):
    """A failure that the process expects, in a Celery task and in a plain function."""

    process_class = Order

    start = flow.StartHandle().Next(this.task)
    task = celery.Job(refused).OnError(this.plain, code="declined").Next(this.end)
    plain = celery.Job(this.do_plain).OnError(this.end, code="declined").Next(this.end)
    end = flow.End()

    def do_plain(self, activation):
        raise ProcessError("The card was declined.", code="declined")


class StaticFlow(flow.Flow):
    """The task is a static method of the flow."""

    process_class = Order

    start = flow.StartHandle().Next(this.work)
    work = celery.Job(this.do_work).Next(this.end)
    end = flow.End()

    @staticmethod
    @shared_task
    def do_work(activation_ref):
        with celery.Job.activate(activation_ref) as activation:
            activation.process.note = "static"


class UnsteadyFlow(flow.Flow):
    process_class = Order

    start = flow.StartHandle().Next(this.work)
    work = celery.Job(unsteady, attempts=1).Next(this.end)
    end = flow.End()


def retry_first(task) -> None:
    if task.request.retries == 0:
        raise task.retry(countdown=0.1)


def reject(task) -> None:
    raise Reject("not mine", requeue=True)


def discard(task) -> None:
    raise Reject("for nobody", requeue=False)


def ignore(task) -> None:
    raise Ignore


def give_up(task) -> None:
    raise ValueError("no such thing")
