"""Parents and children that work on each other at the same moment, in processes of their own."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.lock import family_root
from viewflow.workflow.models import Process

from .steps import act_on, all_of, done, fresh, last, live_names, perform, person
from .subprocess_flows import (
    FAMILIES,
    BusyChildFlow,
    BusyFlow,
    BusyGrandFlow,
    CacheChildFlow,
    CacheFlow,
)
from .test_concurrency import run_threads
from .test_subprocess import check_family, children
from .workers import Workers

pytestmark = pytest.mark.django_db(transaction=True)

by_family = pytest.mark.parametrize("flow_class", FAMILIES)

#: Who comes too late or meets others may be told so; a deadlock would be another error.
REFUSALS = {"TransitionNotAllowed", "FlowLockFailed", "FlowRuntimeError"}

#: Far below the time in which a database or a cache lock gives up waiting (MariaDB: 50 s).
SOON = 20.0


@pytest.fixture(scope="module")
def six():
    with Workers(6) as started:
        yield started


@pytest.fixture
def workers(six, committed):
    six.use(committed)
    return six


def claimed(process):
    """Let one person have the open tasks of all children; return the tasks."""
    ann = person("ann")
    found = []
    for child in children(process):
        for task in all_of(child, "work", STATUS.NEW):
            act_on(task, "assign", ann)
            found.append(task)
    return found


def insist(workers, orders):
    """Carry out the orders at once; again those that met a lock. Return the answers."""
    began = time.monotonic()
    answers = workers.run(orders)
    for _ in range(10):
        again = [i for i, answer in enumerate(answers) if answer == "FlowLockFailed"]
        if not again:
            break
        for index, answer in zip(again, workers.run([orders[i] for i in again]), strict=True):
            answers[index] = answer
    assert time.monotonic() - began < SOON, answers
    return answers


@by_family
def test_six_children_end_at_the_same_moment(committed, workers, shared, flow_class):
    """B380, B381: the parent goes on once."""
    process = flow_class.start.run()
    orders = [{"task": task.pk} for task in claimed(process)]
    assert len(orders) == 6
    assert insist(workers, orders) == ["done"] * 6
    assert done(process) == {"start": 1, "sub": 1, "count": 1}
    assert fresh(process).amount == 1
    assert live_names(process) == ["after"]
    check_family(process)


@by_family
@pytest.mark.parametrize("whole", [True, False])
def test_a_parent_is_cancelled_while_its_children_end(
    committed, workers, shared, flow_class, whole
):
    """B304, B311, B384: nobody waits for ever, and the family is consistent whoever was first."""
    outcomes = Counter()
    for _ in range(2):
        process = flow_class.start.run()
        tasks = claimed(process)
        cancel = {"cancel": process.pk}
        if not whole:
            cancel = {"task": last(process, "sub").pk, "verb": "cancel"}
        orders = [{"task": task.pk} for task in tasks[:5]]
        orders.insert(2, cancel)
        answers = insist(workers, orders)
        assert set(answers) <= {"done", *REFUSALS}, answers
        assert answers[2] == "done", answers
        states = Counter(child.status for child in children(process))
        assert states[PROCESS.NEW] == 0
        assert states[PROCESS.DONE] == answers.count("done") - 1
        assert last(process, "sub").status == STATUS.CANCELED
        assert fresh(process).status == (PROCESS.CANCELED if whole else PROCESS.NEW)
        check_family(process)
        outcomes.update(answers)
    assert outcomes["done"] >= 2


def test_the_children_themselves_are_cancelled_while_they_end(committed, workers, shared):
    """One word holds for each child: it ended, or it was cancelled and its parent failed."""
    for _ in range(4):
        process = BusyFlow.start.run()
        tasks = claimed(process)
        orders = [{"task": task.pk} for task in tasks[:3]]
        orders += [{"cancel": task.process_id} for task in tasks[:3]]
        answers = insist(workers, orders)
        assert set(answers) <= {"done", *REFUSALS}, answers
        assert answers.count("done") == 3, answers
        failed = {c.status for c in children(process)} >= {PROCESS.CANCELED}
        assert last(process, "sub").status == (STATUS.ERROR if failed else STATUS.STARTED)
        check_family(process)


def test_three_generations(committed, workers, shared):
    """The root is cancelled while the youngest end and their parent is cancelled, too."""
    for _ in range(3):
        process = BusyGrandFlow.start.run()
        (middle,) = children(process)
        tasks = claimed(middle)
        orders = [{"task": task.pk} for task in tasks[:4]]
        orders += [{"cancel": process.pk}, {"cancel": middle.pk}]
        answers = insist(workers, orders)
        assert set(answers) <= {"done", *REFUSALS}, answers
        assert answers[4] == "done", answers
        assert fresh(process).status == PROCESS.CANCELED
        assert not Process.objects.filter(status=PROCESS.NEW).exists()
        check_family(process)


@by_family
def test_children_are_added_while_the_last_ones_end(committed, workers, shared, flow_class):
    """B382: what was added is waited for, or the addition was refused."""
    from viewflow.workflow.exceptions import FlowLockFailed, FlowRuntimeError

    process = flow_class.start.run()
    task = last(process, "sub")
    mine = claimed(process)
    orders = [{"task": one.pk} for one in mine]
    start = flow_class.sub.start_node
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(insist(workers, orders)))
    thread.start()
    added = []
    while thread.is_alive() and len(added) < 5:
        try:
            added.append(start.run(_parent_task=task, item=0))
        except FlowRuntimeError:
            break
        except FlowLockFailed:
            continue
    thread.join()
    assert answers == ["done"] * 6
    check_family(process)
    for child in added:
        assert live_names(process) == ["sub"]
        perform(child, "work")
    assert live_names(process) == ["after"]
    assert fresh(process).amount == 1


def test_a_child_with_a_cache_lock_is_cancelled_by_its_parent(committed, shared):
    """B311: no FlowLockFailed, and all keys are gone afterwards."""
    for flow_class in (CacheFlow, BusyFlow):
        process = flow_class.start.run()
        below = children(process)
        flow_class.instance.cancel(process)
        cache = CacheChildFlow.lock_impl.cache
        for member in (process, *below):
            label = member.flow_class.instance.flow_label
            assert cache.get(f"django-viewflow-lock-{label}/{member.pk}") is None


def test_a_family_is_locked_at_its_root(committed, shared):
    """A step of a child waits for a step of any other member."""
    process = BusyGrandFlow.start.run()
    (middle,) = children(process)
    one, two = children(middle)[:2]
    assert family_root(BusyChildFlow, one.pk) == (BusyGrandFlow, process.pk)
    assert family_root(BusyFlow, middle.pk) == (BusyGrandFlow, process.pk)
    assert family_root(BusyGrandFlow, process.pk) is None
    inside, order = threading.Event(), []

    def hold():
        with BusyChildFlow.lock(one.pk):
            inside.set()
            time.sleep(0.3)
            order.append("one")

    def work():
        inside.wait(60)
        with BusyChildFlow.lock(two.pk):
            order.append("two")

    run_threads(hold, work)
    assert order == ["one", "two"]
