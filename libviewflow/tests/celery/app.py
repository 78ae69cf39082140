"""The Celery application of the tests; its worker is ``celery -A tests.celery.app worker``."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

BROKER = os.environ.get("TEST_BROKER", "amqp://guest:guest@127.0.0.1:5672//")
QUEUE = os.environ.get("TEST_QUEUE", f"libviewflow-{os.getpid()}")

app = Celery("tests", broker=BROKER)
app.conf.update(
    task_default_queue=QUEUE,
    # Left-overs of a test run disappear by themselves.
    task_queue_max_priority=None,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 60},
)
app.autodiscover_tasks(lambda: ["viewflow.workflow", "viewflow.contrib.celery", "tests.celery"])
