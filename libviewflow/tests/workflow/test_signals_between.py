"""Signals between processes that run at the same moment, and throwers that are killed."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.broadcast import deliver_signals
from viewflow.workflow.lock import CacheLock, select_for_update_lock
from viewflow.workflow.models import SignalDelivery

from . import event_flows as flows
from .contended import lock_cache
from .steps import act_on, check, fresh, last, live_names, person
from .workers import Workers

pytestmark = pytest.mark.django_db(transaction=True)


class RowEchoFlow(flows.EchoFlow):
    lock_impl = select_for_update_lock


class CacheEchoFlow(flows.EchoFlow):
    lock_impl = CacheLock(cache=lock_cache("echo"), attempts=40, expires=10)


def run_threads(*jobs):
    barrier = threading.Barrier(len(jobs))
    results = [None] * len(jobs)

    def run(index, job):
        try:
            connection.ensure_connection()
            barrier.wait(60)
            results[index] = job()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.parametrize("flow_class", [flows.EchoFlow, RowEchoFlow, CacheEchoFlow])
def test_processes_that_throw_at_each_other(committed, shared, flow_class):
    """B375: nobody waits for anybody, and each goes on exactly once."""
    for _ in range(3):
        crowd = [flow_class.start.run() for _ in range(3)]
        for process in crowd:
            act_on(last(process, "human"), "assign", person("ann"))
        jobs = [partial(act_on, last(process, "human"), "execute") for process in crowd]
        assert run_threads(*jobs) == [None] * 3
        # A receiver that was locked for too long is delivered by the command.
        deliver_signals(older_than=timedelta(0))
        for process in crowd:
            assert (fresh(process).status, fresh(process).amount) == (PROCESS.DONE, 1)
            check(process)
        assert not SignalDelivery.objects.exists()


def test_a_thrower_that_is_killed_after_its_commit(committed, shared):
    """Nothing is lost: the next run of the command delivers."""
    waiting = flows.WaitingFlow.start.run()
    throwing = flows.KilledFlow.start.run()
    act_on(last(throwing, "human"), "assign", person("ann"))
    with Workers(1) as workers:
        workers.use(committed)
        (shared / "killed-after-commit").touch()
        assert workers.run([{"task": last(throwing, "human").pk}]) == [""]
        assert workers.processes[0].wait(60) == -signal.SIGKILL
    (shared / "killed-after-commit").unlink()
    assert fresh(throwing).status == PROCESS.DONE, "its own step is committed"
    assert live_names(waiting) == ["wait"]
    assert SignalDelivery.objects.count() == 1
    late = flows.WaitingFlow.start.run()

    assert deliver_signals(older_than=timedelta(0)) == 1
    assert fresh(waiting).status == PROCESS.DONE
    assert last(late, "wait").status == STATUS.NEW, "it came after the throw"
    assert not SignalDelivery.objects.exists()
    check(waiting)
