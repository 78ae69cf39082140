"""What the clock does: timers, starts by the clock, conditions, and who looks at the clock."""

from __future__ import annotations

import datetime
import logging
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from viewflow import this
from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, Flow, FlowLockFailed, nodes
from viewflow.workflow.context import Context
from viewflow.workflow.exceptions import FlowDefinitionError, FlowRuntimeError
from viewflow.workflow.models import Process, StartTick, Task
from viewflow.workflow.signals import flow_started, task_finished
from viewflow.workflow.timers import (
    Dispatch,
    fire_due_conditions,
    fire_due_start_timers,
    fire_due_timers,
)

from . import time_flows as flows
from .models import Order
from .steps import act_on, all_of, check, fresh, last, live_names, perform, picture
from .time_flows import DAY, HOUR

pytestmark = pytest.mark.django_db


def test_a_timer_waits_for_its_moment_and_goes_on(clock):
    """B365, B366: due after the delay, kept in the row; nothing before, once after."""
    process = flows.EggFlow.start.run()
    task = last(process, "cook", STATUS.SCHEDULED)
    assert abs(task.scheduled - timezone.now() - HOUR) < datetime.timedelta(minutes=1)
    assert fire_due_timers() == 0

    clock.advance(minutes=59)
    assert fire_due_timers() == 0
    clock.advance(minutes=3)
    dispatch = fire_due_timers()
    assert (dispatch, dispatch.failed, dispatch.postponed) == (1, 0, 0)
    assert 60 < dispatch.lateness < 180
    task = last(process, "cook", STATUS.DONE)
    assert task.started and task.finished
    assert live_names(process) == ["eat"]
    assert fire_due_timers() == 0
    check(process)


def test_moments_of_every_kind(clock, settings):
    """B365: a delay is a timedelta, a moment, or what a callable, a method or a column says."""
    process = flows.DueFlow.start.run()
    due = {t.flow_task.name: t.scheduled for t in Task.objects.filter(status=STATUS.SCHEDULED)}
    assert due["fixed"] == datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
    assert due["called"] - due["of_method"] == pytest.approx(
        DAY * 2 - HOUR, abs=datetime.timedelta(minutes=1)
    )
    assert due["of_process"] == fresh(process).created
    assert fire_due_timers() == 1
    clock.advance(days=3650)
    assert fire_due_timers() == 3
    assert fresh(process).status == PROCESS.DONE


@pytest.mark.parametrize("answer", [None, 5, datetime.date(2030, 1, 1), datetime.timedelta.max])
def test_a_moment_that_is_none(answer):
    """A person sees the error and nothing is written; in background it is kept on the task."""
    with pytest.raises(FlowRuntimeError, match=r"DueFlow\.of_method"):
        flows.DueFlow.start.run(later=answer)
    assert not Process.objects.exists()
    with Context(propagate_exception=False):
        process = flows.DueFlow.start.run(later=answer)
    failed = last(process, "of_method", STATUS.ERROR)
    assert "DueFlow.of_method" in failed.data["_exception"]["title"]
    flows.DueFlow.answer = HOUR
    assert act_on(failed, "revive").task.status == STATUS.SCHEDULED
    check(process)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nodes.Timer(5),
        lambda: nodes.Timer(None),
        lambda: nodes.Timer(-HOUR),
        lambda: nodes.ConditionalCatch(True),
        lambda: nodes.View(None).OnTimeout("1h", this.end),
        lambda: nodes.View(None).OnError(this.end, code=5),
        lambda: nodes.View(None).OnError(this.end, code=""),
    ],
)
def test_what_can_be_no_timer_is_refused_where_it_is_written(make):
    with pytest.raises(FlowDefinitionError):
        make()


@pytest.mark.parametrize(
    "interval", [{}, {"interval": None}, {"interval": 60}, {"interval": -HOUR}]
)
def test_a_start_timer_wants_an_interval(interval):
    """B369."""
    with pytest.raises(ValueError, match="interval"):
        nodes.StartTimer(**interval)


def test_a_timer_is_cancelled_revived_and_undone(clock):
    """B368: what is cancelled never fires; revived it waits anew; undone it can be revived."""
    process = flows.EggFlow.start.run()
    act_on(last(process, "cook"), "cancel")
    clock.advance(hours=2)
    assert fire_due_timers() == 0
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "cook"), "start")

    act_on(last(process, "cook"), "revive")
    assert fire_due_timers() == 0
    clock.advance(hours=2)
    assert fire_due_timers() == 1
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "cook"), "undo")
    act_on(last(process, "eat"), "cancel")
    act_on(last(process, "cook"), "undo")
    assert live_names(process) == []
    act_on(last(process, "cook", STATUS.CANCELED), "revive")
    assert live_names(process) == ["cook"]
    flows.EggFlow.instance.cancel(fresh(process))
    clock.advance(hours=2)
    assert fire_due_timers() == 0
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


def test_one_failing_timer_does_not_stop_the_others(clock, caplog):
    """B367: it is ERROR with the cause, not tried again by itself, and due still when revived."""
    broken = flows.BrokenEggFlow.start.run()
    others = [flows.EggFlow.start.run() for _ in range(3)]
    clock.advance(hours=2)
    with caplog.at_level(logging.INFO, "viewflow.workflow.timers"):
        dispatch = fire_due_timers()
    assert (dispatch, dispatch.failed) == (3, 1)
    assert all(live_names(process) == ["eat"] for process in others)
    failed = last(broken, "cook", STATUS.ERROR)
    assert failed.data["_exception"]["title"] == "ValueError: no salt"
    assert any("no salt" in record.message for record in caplog.records)
    summary = caplog.records[-1]
    assert (summary.fired, summary.failed) == (3, 1)
    assert 3600 <= summary.lateness < 7200
    check(broken)

    for _ in range(2):
        again = fire_due_timers()
        assert (again, again.failed) == (0, 0)
    Order.objects.filter(pk=broken.pk).update(data={"broken": False})
    act_on(failed, "revive")
    assert fire_due_timers() == 1
    assert last(broken, "eat").data == {"salt": 1}


def test_a_failure_beyond_the_node_is_kept_on_the_task_too(clock, monkeypatch, caplog):
    """A bug of the engine or of a custom node must not make each run fail for ever."""
    process, other = flows.EggFlow.start.run(), flows.EggFlow.start.run()
    clock.advance(hours=2)
    trigger = nodes.TimerActivation.trigger

    def crash(activation):
        if activation.task.process_id == process.pk:
            raise AssertionError("not the node's fault")
        trigger(activation)

    monkeypatch.setattr(nodes.TimerActivation, "trigger", crash)
    dispatch = fire_due_timers()
    assert (dispatch, dispatch.failed) == (1, 1)
    assert "not the node" in last(process, "cook", STATUS.ERROR).data["_exception"]["title"]
    assert live_names(other) == ["eat"]
    assert fire_due_timers().failed == 0


def test_what_is_busy_is_left_for_the_next_run(clock, monkeypatch):
    """A lock that somebody holds, or a database that gives up, is no failure of the timer."""
    process = flows.EggFlow.start.run()
    clock.advance(hours=2)
    for error in (FlowLockFailed("busy"), OperationalError("database is locked")):

        def busy(activation, error=error):
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(nodes.TimerActivation, "trigger", busy)
            dispatch = fire_due_timers()
        assert (dispatch, dispatch.failed, dispatch.postponed) == (0, 0, 1)
    assert fire_due_timers() == 1
    assert live_names(process) == ["eat"]


def test_timers_that_nobody_knows_any_more_are_left_alone(clock):
    """The node or the whole flow is gone from the code; and a leftover of a closed process."""
    process = flows.EggFlow.start.run()
    gone = flows.EggFlow.start.run()
    closed = flows.EggFlow.start.run()
    Task.objects.filter(process=gone, status=STATUS.SCHEDULED).update(
        flow_task="tests/time_flows.EggFlow.gone"
    )
    Order.objects.filter(pk=closed.pk).update(status=PROCESS.CANCELED)
    clock.advance(hours=2)
    dispatch = fire_due_timers()
    assert (dispatch, dispatch.failed, dispatch.postponed) == (1, 0, 0)
    assert live_names(process) == ["eat"]
    assert Task.objects.filter(process=gone, status=STATUS.SCHEDULED).count() == 1


def test_due_timers_come_in_batches_and_stop_when_asked(clock, monkeypatch):
    """Each once, whatever the size of the batches; a dispatcher that shall end leaves the rest."""
    monkeypatch.setattr("viewflow.workflow.timers.BATCH", 4)
    made = [flows.EggFlow.start.run() for _ in range(10)]
    # Several are due at the very same moment.
    Task.objects.filter(status=STATUS.SCHEDULED).update(scheduled=timezone.now())
    asked = iter([False] * 3 + [True] * 10)
    assert fire_due_timers(stop=lambda: next(asked)) == 3
    assert fire_due_timers() == 7
    assert all(live_names(process) == ["eat"] for process in made)


def test_many_due_timers_need_no_memory(clock, monkeypatch):
    """The list of what is due is read in pages, along an index."""
    process = flows.EggFlow.start.run()
    task = last(process, "cook")
    due = timezone.now() - HOUR
    for _ in range(3):
        Task.objects.bulk_create(
            [
                Task(
                    process_id=process.pk, flow_task=task.flow_task, flow_task_type="TIMER",
                    status=STATUS.SCHEDULED, token="start", created=due, scheduled=due,
                )
                for _ in range(10_000)
            ],
            batch_size=1000,
        )  # fmt: skip
    seen = []
    monkeypatch.setattr(
        "viewflow.workflow.timers._fire", lambda node, process_pk, pk, status: seen.append(pk) or ""
    )
    tracemalloc.start()
    fire_due_timers()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(set(seen)) == len(seen) == 30_000
    # The list of the keys is 1.5 MB; all rows at once would be 60.
    assert peak < 5_000_000


@pytest.mark.django_db(transaction=True)  # ANALYZE ends a transaction of MariaDB
def test_the_index_of_due_timers_is_used():
    """A database that holds millions of finished timers finds the few that are due."""
    process = flows.EggFlow.start.run()
    node = flows.EggFlow.cook
    old = timezone.now() - DAY
    Task.objects.bulk_create(
        [
            Task(
                process_id=process.pk, flow_task=node, flow_task_type="TIMER",
                status=STATUS.DONE, token="start", created=old, scheduled=old,
            )
            for _ in range(3000)
        ]
    )  # fmt: skip
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(f"ANALYZE {'TABLE ' * (connection.vendor == 'mysql')}viewflow_task")
            cursor.fetchall() if connection.vendor == "mysql" else None
    rows = Task.objects.filter(
        flow_task_type="TIMER", status=STATUS.SCHEDULED, scheduled__lte=timezone.now()
    )
    plan = rows.order_by("scheduled", "pk").values("pk")[:200].explain()
    assert "viewflow_task_due_idx" in plan, plan
    if connection.features.supports_partial_indexes:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, "viewflow_task")
        assert found["viewflow_task_due_idx"]["columns"] == ["status", "scheduled"]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT sql FROM sqlite_master WHERE name='viewflow_task_due_idx'")
                assert "WHERE" in cursor.fetchone()[0]


# starts -----------------------------------------------------------------------------------------


def test_a_process_is_started_once_in_each_interval(clock):
    """B369: one for each tick, none between, one after a long downtime; the moments do not drift."""

    def started():
        return Order.objects.filter(flow_class=flows.ClockFlow).count()

    def dispatch():
        return int(fire_due_start_timers([flows.ClockFlow]))

    assert dispatch() == 1
    assert dispatch() == 0
    process = Order.objects.get(flow_class=flows.ClockFlow)
    assert picture(process) == ["start DONE", "work NEW"]
    first = StartTick.objects.get().last

    clock.advance(minutes=61)
    assert [dispatch(), dispatch()] == [1, 0]
    clock.advance(minutes=59)
    assert dispatch() == 1
    assert StartTick.objects.get().last == first + 2 * HOUR

    clock.advance(days=7, minutes=1)
    assert [dispatch(), dispatch()] == [1, 0]
    assert StartTick.objects.get().last == first + 2 * HOUR + 7 * DAY
    assert started() == 4

    assert flows.ClockFlow.start.run().pk
    assert started() == 5
    assert fire_due_start_timers([flows.EggFlow]) == 0


def test_a_start_that_fails_waits_for_the_next_interval(clock):
    """B367: a node that fails is kept as ERROR; where there is no process, the log tells."""
    dispatch = fire_due_start_timers([flows.BrokenClockFlow, flows.ClockFlow])
    assert (dispatch, dispatch.failed) == (2, 0)
    process = Order.objects.get(flow_class=flows.BrokenClockFlow)
    assert picture(process) == ["start DONE", "fail ERROR"]

    def refuse(**kwargs):
        raise ValueError("closed on Mondays")

    flow_started.connect(refuse, sender=flows.BrokenClockFlow)
    try:
        clock.advance(hours=1)
        dispatch = fire_due_start_timers([flows.BrokenClockFlow, flows.ClockFlow])
        assert (dispatch, dispatch.failed) == (1, 1)
        dispatch = fire_due_start_timers([flows.BrokenClockFlow, flows.ClockFlow])
        assert (dispatch, dispatch.failed) == (0, 0)
    finally:
        flow_started.disconnect(refuse, sender=flows.BrokenClockFlow)
    assert Order.objects.filter(flow_class=flows.BrokenClockFlow).count() == 1
    clock.advance(hours=1)
    assert fire_due_start_timers([flows.BrokenClockFlow]) == 1


def test_a_start_by_the_clock_is_undone(clock):
    """B322: the process is cancelled then."""
    fire_due_start_timers([flows.ClockFlow])
    process = Order.objects.get(flow_class=flows.ClockFlow)
    act_on(last(process, "work"), "cancel")
    act_on(last(process, "start"), "undo")
    assert fresh(process).status == PROCESS.CANCELED


# conditions -------------------------------------------------------------------------------------


def test_a_condition_is_asked_until_it_holds():
    """B377; one that fails is ERROR, and the others are asked all the same."""
    waiting, broken, paid = (flows.PaidFlow.start.run(note=note) for note in ("", "broken", "paid"))
    assert picture(paid) == ["start DONE", "paid NEW"]
    dispatch = fire_due_conditions()
    assert (dispatch, dispatch.failed) == (1, 1)
    assert live_names(paid) == ["ship"]
    assert live_names(waiting) == ["paid"]
    assert "who knows" in last(broken, "paid", STATUS.ERROR).data["_exception"]["title"]
    assert fire_due_conditions([flows.EggFlow]) == 0

    Order.objects.filter(pk=waiting.pk).update(note="paid")
    assert fire_due_conditions([flows.PaidFlow]) == 1
    again = fire_due_conditions()
    assert (again, again.failed) == (0, 0)
    Order.objects.filter(pk=broken.pk).update(note="paid")
    act_on(last(broken, "paid"), "revive")
    assert fire_due_conditions() == 1
    for process in (waiting, broken, paid):
        check(process)


def test_a_condition_is_cancelled_revived_and_undone():
    process = flows.PaidFlow.start.run(note="paid")
    act_on(last(process, "paid"), "cancel")
    assert fire_due_conditions() == 0
    act_on(last(process, "paid"), "revive")
    assert fire_due_conditions(stop=lambda: True) == 0
    assert fire_due_conditions() == 1
    act_on(last(process, "ship"), "cancel")
    act_on(last(process, "paid"), "undo")
    check(process)
    act_on(last(process, "paid", STATUS.CANCELED), "revive")
    assert fire_due_conditions() == 1
    perform(process, "ship")
    assert fresh(process).status == PROCESS.DONE


# dispatchers ------------------------------------------------------------------------------------


def test_the_command_prints_what_it_did(clock, monkeypatch):
    """B447."""
    monkeypatch.setattr("viewflow.workflow.timers._flows", lambda: [flows.ClockFlow, flows.EggFlow])
    flows.EggFlow.start.run()
    flows.PaidFlow.start.run(note="paid")
    flows.PaidFlow.start.run(note="broken")
    clock.advance(minutes=90)
    out = StringIO()
    call_command("workflow_timers", stdout=out)
    text = out.getvalue()
    assert text == (
        "Fired: 1 timers (up to 1800 s late), 1 start timers, 1 conditions (1 failed).\n"
    )
    out = StringIO()
    call_command("workflow_timers", stdout=out)
    assert out.getvalue() == "Fired: 0 timers, 0 start timers, 0 conditions.\n"


@pytest.mark.parametrize("pause", ["0", "-1", "soon", "nan", "inf"])
def test_the_command_refuses_a_pause_that_is_none(pause):
    with pytest.raises(CommandError, match="number of seconds"):
        call_command("workflow_timers", "--loop", pause)


def test_the_loop_goes_on_after_the_database_was_away(clock, monkeypatch):
    """And ends on the signal, with the handlers of before in place again."""
    runs = []

    def dispatch(stop):
        runs.append(1)
        if len(runs) == 1:
            raise OperationalError("gone away")
        if len(runs) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return Dispatch(len(runs) - 1, postponed=1)

    monkeypatch.setattr(
        "viewflow.workflow.management.commands.workflow_timers.fire_due_timers", dispatch
    )
    monkeypatch.setattr(
        "viewflow.workflow.management.commands.workflow_timers.close_old_connections", lambda: None
    )
    before = signal.getsignal(signal.SIGTERM)
    out = StringIO()
    call_command("workflow_timers", "--loop", "0.01", stdout=out)
    assert len(runs) == 3
    assert out.getvalue().splitlines()[0].startswith("Fired: 1 timers (1 postponed), ")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_that_is_told_to_end_ends_cleanly(committed):
    """A real process: SIGTERM in the middle of many timers leaves each fired or waiting."""
    flows.EggFlow.start.run()
    made = [flows.EggFlow.start.run() for _ in range(60)]
    Task.objects.filter(status=STATUS.SCHEDULED).update(scheduled=timezone.now())
    process = loop(committed)
    try:
        wait_until(lambda: Task.objects.filter(flow_task=flows.EggFlow.eat).count() > 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0, process.stderr.read()
    finally:
        process.kill()
        process.communicate()
    for each in made:
        assert live_names(each) in (["eat"], ["cook"])
        check(each)
    fire_due_timers()
    assert all(live_names(each) == ["eat"] for each in made)


def loop(database):
    """A dispatcher that keeps running, as another process on the test's database."""
    from .workers import ROOT

    code = (
        "import json, sys, django; django.setup();"
        "from tests.workflow import time_flows, workers; workers.use(json.loads(sys.argv[1]));"
        "from django.core.management import call_command; call_command('workflow_timers', '--loop', '0.2')"
    )
    import json

    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, json.dumps(database, default=str)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(condition, seconds=120):
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_six_dispatchers_fire_each_timer_once(committed):
    """B366, B369: threads that look at the same clock on the same database."""
    from .test_concurrency import run_threads

    finished = []

    def note(task, **kwargs):
        finished.append(task.pk)

    task_finished.connect(note, sender=flows.EggFlow)
    made = [flows.EggFlow.start.run() for _ in range(30)]
    finished.clear()
    Task.objects.filter(status=STATUS.SCHEDULED).update(scheduled=timezone.now())
    paid = [flows.PaidFlow.start.run(note="paid") for _ in range(6)]
    try:
        results = run_threads(*[dispatch_everything] * 6)
        assert not [r for r in results if isinstance(r, Exception)], results
        # What one met in another's hands is done by that one, or stays for the next run.
        dispatch_everything()
    finally:
        task_finished.disconnect(note, sender=flows.EggFlow)
    assert sorted(finished) == sorted(all_of(process, "cook")[0].pk for process in made)
    assert Order.objects.filter(flow_class=flows.ClockFlow).count() == 1
    for process in made:
        assert picture(process) == ["start DONE", "cook DONE", "eat NEW"]
    for process in paid:
        assert picture(process) == ["start DONE", "paid DONE", "ship NEW"]


def dispatch_everything():
    return (
        int(fire_due_timers()),
        int(fire_due_start_timers([flows.ClockFlow])),
        int(fire_due_conditions([flows.PaidFlow])),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="sqlite has one write lock for the whole database"
)
def test_a_busy_process_does_not_hold_up_the_others(committed):
    """Its timer is postponed while somebody works on it for long, and fires later."""
    busy, other = flows.EggFlow.start.run(), flows.EggFlow.start.run()
    Task.objects.filter(status=STATUS.SCHEDULED).update(scheduled=timezone.now())
    held, leave = threading.Event(), threading.Event()

    def work():
        with flows.EggFlow.lock(busy.pk):
            held.set()
            leave.wait(30)
        connection.close()

    somebody = threading.Thread(target=work)
    somebody.start()
    assert held.wait(30)
    dispatch = fire_due_timers()
    leave.set()
    somebody.join()
    assert (dispatch, dispatch.postponed) == (1, 1)
    assert live_names(other) == ["eat"]
    assert fire_due_timers() == 1
    assert live_names(busy) == ["eat"]


def test_a_flow_without_a_lock_fires_once_all_the_same(clock):
    """Dispatchers take the row of the process whatever the flow's own lock is."""
    from viewflow.workflow.lock import no_lock

    class UnlockedEggFlow(Flow):
        process_class = Order
        lock_impl = no_lock
        start = nodes.StartHandle().Next(this.cook)
        cook = nodes.Timer(HOUR).Next(this.end)
        end = nodes.End()

    process = UnlockedEggFlow.start.run()
    clock.advance(hours=1)
    assert fire_due_timers() == 1
    assert fresh(process).status == PROCESS.DONE


def test_tasks_in_tables_of_their_own_are_found(clock):
    """A flow with its own task model: no columns for data, the clock all the same."""
    from .models import LeanProcess, LeanTask

    class LeanTimerFlow(Flow):
        process_class = LeanProcess
        task_class = LeanTask
        start = nodes.StartHandle().Next(this.cook)
        cook = nodes.Timer(HOUR).OnTimeout(DAY, this.end).Next(this.wait)
        wait = nodes.View(None).OnTimeout(HOUR, this.end).OnError(this.end).Next(this.end)
        end = nodes.End()

    process = LeanTimerFlow.start.run()
    clock.advance(hours=1)
    assert fire_due_timers() == 1
    clock.advance(hours=1)
    assert fire_due_timers() == 1
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_a_dispatch_says_what_it_was():
    assert repr(Dispatch(2, failed=1)) == "Dispatch(2, failed=1, postponed=0, lateness=0.0)"
