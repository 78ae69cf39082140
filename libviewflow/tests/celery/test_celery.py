"""Celery jobs within one process: what the exceptions of Celery mean."""

from __future__ import annotations

import time

import pytest
from celery._state import _task_stack
from celery.exceptions import Ignore, Retry

from tests.workflow.steps import act_on, check, fresh, last, picture
from viewflow.contrib import celery
from viewflow.workflow import PROCESS, STATUS, FlowRuntimeError, jobs
from viewflow.workflow.exceptions import ProcessError
from viewflow.workflow.tasks import workflow_fire_timers

from . import flows
from .app import app
from .flows import CeleryFlow, RefusedFlow, StaticFlow, UnsteadyFlow

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The messages that would go to the broker: ``(task, message, key, due)``."""
    found = []

    def send(self, args=None, kwargs=None, task_id=None, eta=None, **options):
        found.append((self.name, args[0], task_id, eta))

    monkeypatch.setattr(app.Task, "apply_async", send)
    yield found
    flows.plans.clear()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def work(task, message, retries=0):
    """What a worker does with a message."""
    _task_stack.push(task)
    task.push_request(args=[message], retries=retries, called_directly=False, id="1")
    try:
        return task.run(message)
    finally:
        task.pop_request()
        _task_stack.pop()


def test_a_message_names_task_and_order_and_is_sent_after_the_commit(sent, commit):
    """B385."""
    with commit():
        process = CeleryFlow.start.run()
        assert sent == []
        assert last(process, "poll").status == STATUS.SCHEDULED
    task = last(process, "poll")
    key = task.external_task_id
    ref = f"{CeleryFlow}/{process.pk}/{task.pk}"
    assert sent == [("tests.celery.flows.polling", f"{ref}#{key}", key, None)]
    with commit():
        flows.polling(ref)
    assert picture(process) == ["start DONE", "poll DONE", "wait SCHEDULED"]
    name, message, key, due = sent[-1]
    assert name == "viewflow.contrib.celery.fire_timer"
    assert due == last(process, "wait").scheduled
    app.tasks[name].run(message)
    assert last(process, "wait").status == STATUS.SCHEDULED, "the message came too early"
    time.sleep(0.2)
    with commit():
        app.tasks[name].run(message)
        app.tasks[name].run(message)
    assert picture(process)[2:] == ["wait DONE", "plain SCHEDULED"]
    assert sent[-1][0] == "viewflow.contrib.celery.run_job"
    with pytest.raises(Ignore):
        flows.polling(ref)


def test_an_expected_failure_is_none_to_celery(sent, commit):
    """What has an OnError ends quietly: no error in the log, and no failed task in the broker."""
    flows.plans["refused"] = "declined"
    with commit():
        process = RefusedFlow.start.run()
    _name, message, *_ = sent.pop()
    with commit(), pytest.raises(Ignore):
        flows.refused(message)
    assert picture(process)[1:4] == ["task CANCELED", "task__error DONE", "plain SCHEDULED"]
    name, message, *_ = sent.pop()
    with commit():
        app.tasks[name].run(message)
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_an_unexpected_failure_is_one_to_celery(sent, commit):
    flows.plans["refused"] = "stolen"
    with commit():
        process = RefusedFlow.start.run()
    with pytest.raises(ProcessError):
        flows.refused(sent.pop()[1])
    assert last(process, "task").status == STATUS.ERROR


def test_a_static_method_of_the_flow_is_the_task(sent, commit):
    """B388."""
    with commit():
        process = StaticFlow.start.run()
    StaticFlow.do_work(sent[0][1])
    assert fresh(process).note == "static"
    assert fresh(process).status == PROCESS.DONE


def test_a_retry_is_no_failure_and_the_next_delivery_begins_again(sent, commit):
    """B386."""
    with commit():
        process = CeleryFlow.start.run()
    flows.plans["polling"] = flows.retry_first
    with pytest.raises(Retry):
        work(flows.polling, sent[0][1])
    task = last(process, "poll")
    assert task.status == STATUS.SCHEDULED
    assert "_exception" not in task.data
    assert fresh(process).amount == 0
    with commit():
        work(flows.polling, sent[0][1], retries=1)
    assert last(process, "poll").status == STATUS.DONE
    assert fresh(process).note == "asked 2 times"
    check(process)


def test_a_rejected_message_comes_back_or_leaves_the_task_to_others(sent, commit):
    """B386: neither Reject nor Ignore is a failure."""
    for plan, status in (
        (flows.reject, STATUS.SCHEDULED),
        (flows.discard, STATUS.STARTED),
        (flows.ignore, STATUS.STARTED),
    ):
        with commit():
            process = CeleryFlow.start.run()
        flows.plans["polling"] = plan
        with pytest.raises(Exception, match=r"not mine|for nobody|^$"):
            work(flows.polling, sent[-1][1])
        assert last(process, "poll").status == status
        assert jobs.sweep() == (0, 0, 0)
        if status == STATUS.STARTED:
            act_on(last(process, "poll"), "execute")
            assert last(process, "poll").status == STATUS.DONE


def test_failures_of_celery_tasks_are_kept(sent, commit):
    """B387."""
    with commit():
        process = CeleryFlow.start.run()
    flows.plans["polling"] = flows.give_up
    with pytest.raises(ValueError, match="no such thing"):
        work(flows.polling, sent[0][1])
    task = last(process, "poll")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["title"] == "ValueError: no such thing"
    with commit():
        act_on(task, "retry")
    del flows.plans["polling"]
    with commit():
        work(flows.polling, sent[1][1])
    assert last(process, "poll").status == STATUS.DONE


def test_what_celery_tries_again_by_itself_is_no_failure_until_it_gives_up(sent, commit):
    """B386."""
    with commit():
        process = UnsteadyFlow.start.run()

    def away(activation):
        raise ConnectionError("away")

    flows.plans["unsteady"] = away
    for retries, status in ((0, STATUS.SCHEDULED), (1, STATUS.SCHEDULED), (2, STATUS.ERROR)):
        with pytest.raises((ConnectionError, Retry)):
            work(flows.unsteady, sent[0][1], retries)
        assert last(process, "work").status == status


def test_a_plain_flow_uses_celery_by_a_setting(sent, commit, settings):
    from tests.workflow.job_flows import JobFlow

    settings.VIEWFLOW = {"JOB_RUNNER": celery.CeleryRunner(queue="slow")}
    with commit():
        process = JobFlow.start.run()
    assert sent[0][0] == "viewflow.contrib.celery.run_job"
    settings.VIEWFLOW = {"JOB_RUNNER": "celery"}
    app.tasks[sent[0][0]].run(sent[0][1])
    app.tasks[sent[0][0]].run(sent[0][1])
    assert fresh(process).amount == 1


def test_who_is_no_celery_worker_cannot_call_a_celery_task(sent, commit):
    with commit():
        process = CeleryFlow.start.run()
    with pytest.raises(FlowRuntimeError, match="only Celery can call"):
        jobs.deliver(sent[0][1])
    assert last(process, "poll").status == STATUS.ERROR


def test_a_timer_whose_message_was_lost_is_fired_by_the_beat_task(sent, commit):
    with commit():
        process = CeleryFlow.start.run()
    with commit():
        flows.polling(sent[0][1])
    time.sleep(0.2)
    assert workflow_fire_timers()["timers"].startswith("Dispatch(1,")
    assert last(process, "wait").status == STATUS.DONE


def test_the_beat_task_repairs_jobs():
    assert workflow_fire_timers()["jobs"] == "0 sent, 0 restarted, 0 failed"
