"""Many at once: real processes and threads against a database that all of them see."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from django.core.cache import caches
from django.db import connection, transaction

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, FlowLockFailed

from .contended import (
    LOCKED,
    CacheLockFlow,
    DefaultLockFlow,
    ImpatientFlow,
    RowLockFlow,
    ShortLockFlow,
)
from .steps import act_on, all_of, check, done, fresh, last, live_names, perform, person
from .workers import Workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def eight():
    with Workers(8) as started:
        yield started


@pytest.fixture
def workers(eight, committed):
    """Eight other processes that are connected to the test's database."""
    eight.use(committed)
    return eight


by_lock = pytest.mark.parametrize("flow_class", LOCKED)

#: What a loser of a race may be told.
REFUSALS = {"TransitionNotAllowed", "FlowLockFailed"}


def assigned(flow_class, node="human"):
    process = flow_class.start.run()
    act_on(last(process, "human"), "assign", person("ann"))
    return process


def at_the_join(flow_class):
    """Two claimed branches, so that only the two submits are left."""
    process = assigned(flow_class)
    act_on(last(process, "human"), "execute")
    for node in ("left", "right"):
        act_on(last(process, node), "assign", person("ann"))
    return process


def run_threads(*jobs):
    """Run the jobs at the same moment; return each one's result or exception."""
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


@by_lock
def test_eight_processes_submit_one_task(committed, workers, shared, flow_class):
    """B328: one success, one follower; the others are told so."""
    for _ in range(3):
        process = assigned(flow_class)
        task = last(process, "human")
        answers = workers.run([{"task": task.pk}] * 8)
        assert Counter(answers)["done"] == 1, answers
        assert set(answers) <= {"done", *REFUSALS}, answers
        assert len(all_of(process, "first")) == 1
        assert live_names(process) == ["left", "right"]
        assert fresh(process).amount == 3
        check(process)


@by_lock
def test_two_processes_reach_a_join_together(committed, workers, shared, flow_class):
    """B312: one join, one follower, both writes."""
    for number in range(8):
        process = at_the_join(flow_class)
        orders = [
            {"task": last(process, "left").pk, "values": {"note": f"n{number}"}},
            {"task": last(process, "right").pk, "values": {"customer_name": f"c{number}"}},
        ]
        answers = workers.run(orders)
        for order, answer in zip(orders, answers, strict=True):
            # A lock without waiting may refuse one of them; the person submits again.
            if answer == "FlowLockFailed":
                assert workers.run([order]) == ["done"]
            else:
                assert answer == "done", answers
        assert len(all_of(process, "join")) == 1
        assert len(all_of(process, "after")) == 1
        assert live_names(process) == ["after"]
        stored = fresh(process)
        assert (stored.note, stored.customer_name) == (f"n{number}", f"c{number}")
        assert stored.amount == 3
        check(process)


@by_lock
def test_eight_threads_submit_one_task(committed, shared, flow_class):
    """B328."""
    process = assigned(flow_class)
    task_pk = last(process, "human").pk

    def submit():
        task = flow_class.task_class.objects.get(pk=task_pk)
        with task.activation() as activation:
            activation.execute()
        return "done"

    results = run_threads(*[submit] * 8)
    assert results.count("done") == 1, results
    assert {type(r).__name__ for r in results if r != "done"} <= REFUSALS, results
    assert fresh(process).amount == 3
    assert live_names(process) == ["left", "right"]
    check(process)


def test_two_people_claim_one_task(committed):
    process = DefaultLockFlow.start.run()
    task_pk = last(process, "human").pk

    def claim(name):
        user = person(name)

        def job():
            task = DefaultLockFlow.task_class.objects.get(pk=task_pk)
            with task.activation() as activation:
                activation.assign(user)
            return name

        return job

    results = run_threads(claim("ann"), claim("bob"))
    winners = [r for r in results if isinstance(r, str)]
    assert len(winners) == 1, results
    assert last(process, "human").owner.username == winners[0]


def test_a_submit_and_a_cancel_of_the_process(committed):
    """Either the step happened and all that followed was cancelled, or it was refused."""
    for _ in range(4):
        process = at_the_join(DefaultLockFlow)
        task_pk = last(process, "left").pk

        def submit(task_pk=task_pk):
            task = DefaultLockFlow.task_class.objects.get(pk=task_pk)
            with task.activation() as activation:
                activation.execute()

        run_threads(submit, lambda process=process: DefaultLockFlow.instance.cancel(process))
        assert fresh(process).status == PROCESS.CANCELED
        check(process)


def test_processes_do_not_wait_for_each_other(committed):
    """A lock is of one process. (SQLite has one writer for all, so this is not asked of it.)"""
    if not connection.features.has_select_for_update:
        pytest.skip(f"{connection.vendor} has one write lock for the whole database")
    one, two = assigned(DefaultLockFlow), assigned(DefaultLockFlow)
    order = []
    inside, finished = threading.Event(), threading.Event()

    def hold():
        with last(one, "human").activation():
            inside.set()
            finished.wait(60)
            order.append("one")

    def work():
        inside.wait(60)
        perform(two, "human")
        order.append("two")
        finished.set()

    run_threads(hold, work)
    assert order == ["two", "one"]


# locks ----------------------------------------------------------------------------------------


@by_lock
def test_the_lock_is_released_after_the_commit(committed, shared, flow_class):
    """B310: whoever comes next sees what was written, never the state before."""
    process = assigned(flow_class)
    inside = threading.Event()

    def first():
        with flow_class.lock(process.pk):
            inside.set()
            stored = fresh(process)
            stored.note = "first"
            stored.save()
            time.sleep(0.3)
        return "first"

    def second():
        inside.wait(60)
        with flow_class.lock(process.pk):
            return fresh(process).note

    assert run_threads(first, second) == ["first", "first"]


def test_a_cache_lock_outlives_the_transaction_around_it(committed, shared):
    """B310: a block inside somebody's transaction keeps the lock until that commits."""
    process = assigned(CacheLockFlow)
    key_holder = CacheLockFlow.lock_impl.cache
    key = f"django-viewflow-lock-{CacheLockFlow.instance.flow_label}/{process.pk}"
    with transaction.atomic():
        with CacheLockFlow.lock(process.pk):
            assert key_holder.get(key) is not None
        assert key_holder.get(key) is not None
    assert key_holder.get(key) is None
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with CacheLockFlow.lock(process.pk):
            pass
        _ = 1 / 0
    assert key_holder.get(key) is None


def test_a_lock_that_is_taken_is_refused_after_its_attempts(committed):
    """B307."""
    process = assigned(ImpatientFlow)
    key = f"django-viewflow-lock-{ImpatientFlow.instance.flow_label}/{process.pk}"
    caches["default"].set(key, "somebody else")
    entered = False
    with pytest.raises(FlowLockFailed, match=str(process.pk)):  # noqa: SIM117
        with ImpatientFlow.lock(process.pk):
            entered = True
    assert not entered
    assert caches["default"].get(key) == "somebody else"
    with pytest.raises(FlowLockFailed):
        act_on(last(process, "human"), "execute")
    assert last(process, "human").status == STATUS.ASSIGNED
    caches["default"].delete(key)
    act_on(last(process, "human"), "execute")


def test_a_row_that_is_locked_is_refused_after_its_attempts(committed):
    """B307."""
    if not connection.features.has_select_for_update:
        pytest.skip(f"{connection.vendor} has no SELECT … FOR UPDATE, whose NOWAIT this is about")
    process = assigned(RowLockFlow)
    inside, finished = threading.Event(), threading.Event()

    def hold():
        with RowLockFlow.lock(process.pk):
            inside.set()
            finished.wait(60)

    def work():
        inside.wait(60)
        try:
            with RowLockFlow.lock(process.pk):
                return "entered"
        finally:
            finished.set()

    _, answer = run_threads(hold, work)
    assert isinstance(answer, FlowLockFailed), answer


@by_lock
def test_an_exception_releases_the_lock(committed, shared, flow_class):
    """B308."""
    process = assigned(flow_class)
    with pytest.raises(ZeroDivisionError), flow_class.lock(process.pk):
        _ = 1 / 0
    entered = []

    def other():
        with flow_class.lock(process.pk):
            entered.append(True)

    run_threads(other)
    assert entered == [True]


def test_an_expired_lock_belongs_to_whoever_took_it_next(committed):
    """B309."""
    process = assigned(ShortLockFlow)
    key = f"django-viewflow-lock-{ShortLockFlow.instance.flow_label}/{process.pk}"
    with ShortLockFlow.lock(process.pk):
        mine = caches["default"].get(key)
        assert mine
        time.sleep(1.1)
        assert caches["default"].add(key, "the next one", 60), "it has run out"
    assert caches["default"].get(key) == "the next one"
    caches["default"].delete(key)


def test_a_lock_may_be_taken_again_inside(committed, shared):
    """A step may call into its own process: cancel inside a step, run a handle, and so on."""
    for flow_class in LOCKED:
        process = assigned(flow_class)
        with flow_class.lock(process.pk), flow_class.lock(process.pk):
            pass
        with pytest.raises(TransitionNotAllowed), last(process, "human").activation() as one:
            one.execute()
            with last(process, "human").activation() as two:
                two.execute()
        assert done(process)["human"] == 0
        check(process)


@by_lock
def test_a_transaction_around_the_step_does_not_weaken_it(committed, shared, flow_class):
    """With ATOMIC_REQUESTS the transaction has read rows before the lock is taken."""
    process = assigned(flow_class)
    task_pk = last(process, "human").pk
    together = threading.Barrier(2)

    def submit():
        with transaction.atomic():
            task = flow_class.task_class.objects.get(pk=task_pk)
            together.wait(60)
            with task.activation() as activation:
                activation.execute()
                time.sleep(0.2)
        return "done"

    results = run_threads(submit, submit)
    assert results.count("done") == 1, results
    assert {type(r).__name__ for r in results if r != "done"} <= REFUSALS, results
    assert fresh(process).amount == 3
    assert len(all_of(process, "first")) == 1
    check(process)
