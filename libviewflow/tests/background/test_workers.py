"""``manage.py workflow_worker`` with django-tasks-db: killed at any moment, nothing is lost."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.workflow.models import Parcel
from tests.workflow.steps import act_on, check, fresh, last, picture
from viewflow.workflow import PROCESS, STATUS, jobs
from viewflow.workflow.heartbeat import Heartbeat, task_finished, task_started
from viewflow.workflow.models import Process, Task
from viewflow.workflow.runners.django_tasks import run_job

from .flows import DeadlyFlow
from .workforce import Workforce, until

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = ["django", "workflow_worker", "--interval=0.1", "--clock=0.2"]

MOMENTS = [
    "inside the transaction",
    "inside the work",
    "before the commit",
    "after the commit",
    "failing",
    "",
]


@pytest.fixture(autouse=True)
def messages_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def test_a_worker_may_be_killed_at_any_moment(committed, shared):
    """In the work, before and after the commit: all is done, and in the transaction once."""
    processes = [DeadlyFlow.start.run(note=moment) for moment in MOMENTS]
    with Workforce(WORKER, committed) as workers:
        until(lambda: not Process.objects.filter(status=PROCESS.NEW).exists())
        assert workers.killed == 4
        assert workers.stop() == 0
    for process in processes:
        assert picture(process) == [
            "start DONE",
            "exactly DONE",
            "about DONE",
            "after DONE",
            "end DONE",
        ]
        assert Parcel.objects.filter(name=f"exactly {process.pk}").count() == 1
        about = Parcel.objects.filter(name=f"about {process.pk}").count()
        assert about == (2 if process.note in {"inside the work", "failing"} else 1)
        check(process)
    assert not Task.objects.exclude(status=STATUS.DONE).exists()


def test_a_worker_ends_after_the_work_in_hand_and_longer_work_keeps_its_lease(committed, shared):
    """The work takes longer than the lease; the heartbeat keeps others away from it."""
    process = DeadlyFlow.start.run(note="slow")
    with Workforce(WORKER, committed) as workers:
        until((shared / "slow").exists)
        call_command("workflow_jobs", "--sweep")
        assert workers.stop() == 0
    assert fresh(process).status == PROCESS.DONE
    assert Parcel.objects.filter(name=f"about {process.pk}").count() == 1


def test_the_heartbeat_stops_while_a_task_hangs(committed, shared, tmp_path):
    """An idle worker has one, too; and it comes back with the worker."""
    file = tmp_path / "alive"
    with Workforce([*WORKER, f"--heartbeat={file}", "--hung-after=0.5"], committed) as workers:
        until(file.exists)
        born = file.stat().st_mtime
        until(lambda: file.stat().st_mtime > born)
        process = DeadlyFlow.start.run(note="slow")
        until((shared / "slow").exists)
        began = time.time()  # and it takes 2.5 seconds
        until(lambda: time.time() > began + 1.5)
        assert file.stat().st_mtime < began + 1
        until(lambda: file.stat().st_mtime > began + 2)
        until(lambda: fresh(process).status == PROCESS.DONE)
        assert workers.stop() == 0


def test_a_heartbeat_that_cannot_be_written(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("workflow_worker", f"--heartbeat={tmp_path}/nowhere/file")


def test_what_hangs_is_told_once(tmp_path, monkeypatch, caplog):
    """A task that does not come back, and a loop that asks nobody for work any more."""
    moment = [0.0]
    monkeypatch.setattr("viewflow.workflow.heartbeat.time.monotonic", lambda: moment[0])
    file = tmp_path / "alive"
    heartbeat = Heartbeat(file, limit=100)
    result = run_job.enqueue("of no flow")
    file.unlink()

    def beats():
        heartbeat.beat()
        alive = file.exists()
        file.unlink(missing_ok=True)
        return alive

    moment[0] = 1000.0
    assert beats()
    with heartbeat.watching("default"):
        for _ in range(3):
            moment[0] += 50
            assert Process.objects.count() == 0  # the loop looks for work
            assert beats()
        moment[0] += 61
        assert not beats()
        task_started.send(sender=None, task_result=result)
        moment[0] += 99
        assert beats()
        moment[0] += 2
        assert not beats()
        assert not beats()
        task_finished.send(sender=None, task_result=result)
        assert beats()
    moment[0] += 1000
    assert beats()
    told = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    run_job_path = "viewflow.workflow.runners.django_tasks.run_job"
    assert told == [
        "The worker has not looked for work for more than 60 seconds.",
        f"Task {result.id} ({run_job_path}) has been running for more than 100 seconds.",
    ]


def test_atomic_work_is_rolled_back_when_somebody_has_cancelled_meanwhile(shared):
    """The work is not done at all, although it had come to its end."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: nobody can cancel while atomic work is done")
    process = DeadlyFlow.start.run(note="")
    task = last(process, "exactly")
    work = jobs.claim(f"{DeadlyFlow}/{process.pk}/{task.pk}")

    def cancel():
        act_on(last(process, "exactly"), "cancel")
        connection.close()

    with jobs.running(work) as activation:
        work.node.work(activation)
        other = threading.Thread(target=cancel)
        other.start()
        other.join(30)
    assert last(process, "exactly").status == STATUS.CANCELED
    assert not Parcel.objects.exists()


def test_the_clock_alone_works_where_others_carry_the_messages(committed, shared, settings):
    """The message was lost before anybody had it; the sweeper's own message does the work."""
    settings.VIEWFLOW = {"JOB_RUNNER": "tests.background.test_workers.Nobody"}
    process = DeadlyFlow.start.run(note="")
    with Workforce(WORKER, committed, TEST_TASKS="immediate") as workers:
        until(lambda: fresh(process).status == PROCESS.DONE)
        assert workers.stop() == 0
    for impossible in ("--clock=0", "--interval=nan", "--hung-after=-5"):
        with pytest.raises(CommandError, match="more than 0"):
            call_command("workflow_worker", impossible)
    with pytest.raises(CommandError, match="nowhere"):
        call_command("workflow_worker", "--backend=nowhere")


class Nobody:
    """Loses every message."""

    inline = False

    def defers(self, node):
        return True

    def send(self, node, message, key, due):
        """Nothing."""
