"""Work in the background: what is asked for is done by a worker."""

from __future__ import annotations

{% if cookiecutter.background == "database" -%}
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.tasks import task

from config.background import complaint, silence
from config.settings import base
from config.tests.processes import manage

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

ENQUEUE = "from config.tests.test_background import double; double.enqueue(21)"
RESULTS = """
from django_tasks_db.models import DBTaskResult
print([(result.status, result.return_value) for result in DBTaskResult.objects.all()])
"""


@task()
def double(number: int) -> int:
    return 2 * number


def test_a_worker_does_what_waits_in_the_database(environment: dict[str, str]) -> None:
    manage(environment, "migrate", "--no-input")
    manage(environment, "shell", "-c", ENQUEUE)
    health = subprocess.run(
        [sys.executable, "-m", "config.background"],
        cwd=settings.BASE_DIR,
        env=environment | {"WORKER_PATIENCE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (health.returncode, health.stderr) == (1, "1 waiting for more than 0 seconds.\n")
    manage(environment, "db_worker", "--batch", "--no-startup-delay")
    assert "[('SUCCESSFUL', 42)]" in manage(environment, "shell", "-c", RESULTS)


def test_a_worker_that_hangs_is_noticed(environment: dict[str, str], tmp_path: Path) -> None:
    manage(environment, "migrate", "--no-input")
    heartbeat = tmp_path / "worker"
    assert "has not begun" in silence(heartbeat, 300)
    heartbeat.touch()
    assert silence(heartbeat, 300) == ""
    os.utime(heartbeat, (0, time.time() - 400))
    health = subprocess.run(
        [sys.executable, "-m", "config.background", str(heartbeat)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert health.returncode == 1
    assert "The worker hangs: no sign of life for 40" in health.stderr


def test_in_tests_a_task_is_done_at_once() -> None:
    assert double.enqueue(4).return_value == 8


@pytest.mark.django_db
def test_work_that_nobody_does_is_noticed(settings: Settings) -> None:
    settings.TASKS = base.TASKS
    assert complaint(0) == ""
    double.enqueue(1)
    assert complaint(300) == ""
    assert complaint(0) == "1 waiting for more than 0 seconds."


@pytest.mark.django_db
def test_a_worker_cannot_work_without_its_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: [("a", False)])
    assert complaint(300) == "Migrations wait."

    def fail(*args: object) -> None:
        raise OperationalError("db is down")

    monkeypatch.setattr(MigrationExecutor, "migration_plan", fail)
    assert complaint(300) == "The database does not answer: db is down"
{%- else -%}
from celery import shared_task

from config import celery_app


@shared_task
def double(number: int) -> int:
    return 2 * number


def test_in_tests_a_task_is_done_at_once() -> None:
    assert double.delay(4).get() == 8


def test_a_task_outlives_its_worker() -> None:
    assert celery_app.conf.task_acks_late
    assert celery_app.conf.task_reject_on_worker_lost
    assert celery_app.conf.worker_prefetch_multiplier == 1
{%- endif %}
