"""Real workers and real brokers: delivery, Celery's retry, a timer, and a killed worker."""

from __future__ import annotations

import os
import uuid

import pytest

from tests.background.workforce import Workforce, until
from tests.workflow.steps import check, fresh, picture
from viewflow.workflow import PROCESS, jobs

from .app import app
from .flows import CeleryFlow

pytestmark = pytest.mark.django_db(transaction=True)

BROKERS = {
    "rabbitmq": os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
    "redis": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
}


@pytest.fixture(params=list(BROKERS))
def broker(request):
    """The application, connected to a broker, with a queue of its own."""
    url, queue = BROKERS[request.param], f"libviewflow-test-{uuid.uuid4().hex}"
    before = app.conf.broker_url, app.conf.task_default_queue
    _connect(url, queue)
    try:
        with app.connection_for_write(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1)
    except Exception as error:
        _connect(*before)
        pytest.skip(f"no broker answers at {url}: {error}")
    yield url, queue
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        channel.queue_purge(queue)
        channel.queue_delete(queue)
    _connect(*before)


def _connect(url: str, queue: str) -> None:
    app.conf.update(broker_url=url, broker_write_url=url, task_default_queue=queue)
    app.amqp.__dict__.pop("queues", None)
    app.amqp.__dict__.pop("router", None)
    app._pool = None
    app.amqp._producer_pool = None


def test_a_broker_carries_jobs_and_a_killed_worker_loses_none(committed, shared, broker, settings):
    """B385, B386."""
    settings.VIEWFLOW = {"JOB_LEASE": 1.5, "JOB_PATIENCE": 2}
    url, queue = broker
    process = CeleryFlow.start.run()
    if url.startswith("amqp"):
        (shared / "crash").touch()
    command = ["celery", "-A", "tests.celery.app", "worker", "--pool=solo", "-l", "WARNING"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with Workforce(command, committed, TEST_BROKER=url, TEST_QUEUE=queue) as workers:

        def over() -> bool:
            jobs.sweep()
            return fresh(process).status == PROCESS.DONE

        until(over)
        assert workers.killed == url.startswith("amqp")
        assert workers.stop() == 0
    assert picture(process) == [
        f"{name} DONE" for name in ("start", "poll", "wait", "plain", "end")
    ]
    stored = fresh(process)
    assert (stored.note, stored.amount) == ("asked 2 times", 1)
    assert stored.route == "by viewflow.contrib.celery.run_job"
    check(process)
