"""Background work: orders, deliveries, failures, and what is lost on the way."""

from __future__ import annotations

import datetime

import pytest
from django.utils.timezone import now

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS, FlowLockFailed, FlowRuntimeError, jobs
from viewflow.workflow.orders import Backoff, Order
from viewflow.workflow.runners import get_runner
from viewflow.workflow.signals import task_failed, task_finished

from . import job_flows
from .job_flows import (
    AtomicFlow,
    ImmediateFlow,
    InlineFlow,
    JobFlow,
    LeanJobFlow,
    OnceFlow,
    TwoJobsFlow,
)
from .models import Parcel
from .steps import act_on, check, fresh, last, picture

pytestmark = pytest.mark.django_db


class Post:
    """A runner that keeps the messages, for the test to deliver."""

    inline = False

    def __init__(self):
        self.messages: list[str] = []
        self.dues: list = []
        self.can_defer = True
        self.broken = False

    def defers(self, node):
        return self.can_defer

    def send(self, node, message, key, due):
        if self.broken:
            raise ConnectionError("no broker")
        self.messages.append(message)
        self.dues.append(due)


@pytest.fixture(autouse=True)
def post(settings):
    runner = Post()
    settings.VIEWFLOW = {"JOB_RUNNER": runner}
    job_flows.plans.clear()
    yield runner
    job_flows.plans.clear()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def waiting(commit):
    """A process whose job has been ordered, with the message under way."""

    def begin(flow_class=JobFlow):
        with commit():
            return flow_class.start.run()

    return begin


def fail(message="broken"):
    def plan(activation):
        raise ValueError(message)

    return plan


def lapse(task, seconds=3600):
    """Let time pass for a task: what was due then is long overdue now."""
    task.refresh_from_db()
    task.scheduled -= datetime.timedelta(seconds=seconds)
    task.save()


# the order ---------------------------------------------------------------------------------------


def test_a_job_is_scheduled_and_its_message_is_sent_after_the_commit(
    post, django_capture_on_commit_callbacks
):
    """B385."""
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        process = JobFlow.start.run()
        task = last(process, "charge")
        assert task.status == STATUS.SCHEDULED
        assert task.flow_task_type == "JOB"
        assert task.scheduled <= now()
        assert post.messages == []
    assert len(callbacks) == 1
    [message] = post.messages
    assert message == f"{JobFlow}/{process.pk}/{task.pk}#{task.external_task_id}"
    with task.activation() as activation:
        assert activation.ref() == f"{JobFlow}/{process.pk}/{task.pk}"


def test_a_delivery_does_the_work_and_stores_what_it_changed(post, waiting):
    process = waiting()
    jobs.deliver(post.messages[0])
    assert picture(process) == ["start DONE", "charge DONE", "after DONE", "end DONE"]
    assert fresh(process).amount == 1
    task = last(process, "charge")
    assert task.data == {"receipt": 17}
    assert task.started and task.finished and task.scheduled is None
    check(process)


def test_a_second_delivery_is_refused_quietly(post, waiting):
    """During the work, and after it; B385."""
    process = waiting()
    seen = []
    job_flows.plans["charge"] = lambda activation: seen.append(jobs.claim(post.messages[0] + "x"))
    jobs.deliver(post.messages[0])
    assert seen == [None]
    jobs.deliver(post.messages[0])
    assert fresh(process).amount == 1
    assert picture(process).count("after DONE") == 1


def test_a_delivery_for_what_does_not_exist_is_refused(post, waiting):
    process = waiting()
    assert jobs.claim(f"{JobFlow}/{process.pk}/0#key") is None
    assert jobs.claim(f"{JobFlow}/{process.pk}/{last(process, 'start').pk}") is None
    with pytest.raises(FlowRuntimeError, match="does not name a task"):
        jobs.claim("nonsense")


def test_no_lock_is_held_and_others_are_seen_while_the_work_is_done(post, waiting):
    """§20; two jobs write different keys of one column."""
    process = waiting(TwoJobsFlow)
    left, right = post.messages
    job_flows.plans["left"] = lambda activation: jobs.deliver(right)
    jobs.deliver(left)
    stored = fresh(process)
    assert stored.status == PROCESS.DONE
    assert stored.data["left"] == stored.data["right"] == "written"
    check(process)


def test_the_result_of_a_cancelled_job_is_dropped(post, waiting):
    """B387; also while the worker is busy."""
    process = waiting()
    job_flows.plans["charge"] = lambda activation: act_on(last(process, "charge"), "cancel")
    jobs.deliver(post.messages[0])
    assert picture(process) == ["start DONE", "charge CANCELED"]
    assert fresh(process).amount == 0
    assert jobs.claim(post.messages[0]) is None


def test_a_broken_messenger_is_not_the_authors_error(post, waiting, commit):
    post.broken = True
    process = waiting()
    post.broken = False
    assert jobs.sweep() == (0, 0, 0)
    lapse(last(process, "charge"))
    with commit():
        assert jobs.sweep() == (1, 0, 0)
    jobs.deliver(post.messages[0])
    assert fresh(process).status == PROCESS.DONE


# failures ----------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_and_then_kept(post, waiting, commit):
    """B299, B387: three attempts, growing pauses, cause and traceback."""
    process = waiting()
    failed = []
    receiver = lambda sender, task, exception, **kw: failed.append(str(exception))  # noqa: E731
    task_failed.connect(receiver, sender=JobFlow)
    job_flows.plans["charge"] = fail()
    for attempt in (1, 2, 3):
        task = last(process, "charge")
        assert Order.parse(task.external_task_id).attempt == attempt
        assert task.status == STATUS.SCHEDULED
        with commit(), pytest.raises(ValueError, match="broken"):
            jobs.deliver(post.messages[-1])
    assert [due is None for due in post.dues] == [True, False, False]
    pauses = [(due - now()).total_seconds() for due in post.dues[1:]]
    assert 0 < pauses[0] <= 8 and 4 < pauses[1] <= 16
    task = last(process, "charge")
    assert task.status == STATUS.ERROR
    assert task.finished is not None
    record = task.data["_exception"]
    assert record["title"] == "ValueError: broken"
    assert "in plan" in record["traceback"]
    assert failed == ["broken"]
    assert fresh(process).amount == 0
    assert len(post.messages) == 3
    assert jobs.claim(post.messages[-1]) is None
    check(process)


def test_a_failed_job_is_ordered_again_by_a_person(post, waiting, commit):
    """B387."""
    process = waiting(OnceFlow)
    job_flows.plans["charge"] = fail()
    with pytest.raises(ValueError, match="broken"):
        jobs.deliver(post.messages[0])
    assert last(process, "charge").status == STATUS.ERROR
    job_flows.plans.clear()
    with commit():
        act_on(last(process, "charge"), "retry")
    task = last(process, "charge")
    assert task.status == STATUS.SCHEDULED and task.finished is None
    jobs.deliver(post.messages[0])
    assert task.data.get("_exception") is None
    jobs.deliver(post.messages[1])
    assert picture(process) == ["start DONE", "charge DONE", "after DONE", "end DONE"]
    check(process)


def test_a_failed_job_is_revived_or_cancelled_and_a_finished_one_undone(post, waiting, commit):
    """B387."""
    process = waiting(OnceFlow)
    job_flows.plans["charge"] = fail()
    with pytest.raises(ValueError, match="broken"):
        jobs.deliver(post.messages[0])
    with commit():
        act_on(last(process, "charge"), "revive")
    assert picture(process) == ["start DONE", "charge REVIVED", "charge SCHEDULED"]
    act_on(last(process, "charge"), "cancel")
    with commit():
        act_on(last(process, "charge"), "revive")
    job_flows.plans.clear()
    job_flows.plans["after"] = fail("stop here")
    jobs.deliver(post.messages[-1])
    act_on(last(process, "after"), "cancel")
    act_on(last(process, "charge"), "undo")
    assert last(process, "charge").status == STATUS.CANCELED


def test_a_job_is_done_although_what_follows_fails(post, waiting):
    """B300."""
    process = waiting()
    job_flows.plans["after"] = fail()
    jobs.deliver(post.messages[0])
    assert picture(process) == ["start DONE", "charge DONE", "after ERROR"]
    assert fresh(process).amount == 1
    check(process)


def test_an_error_of_the_process_is_not_tried_again(post, waiting):
    """B372: its code is there for the boundary event that catches it."""
    process = waiting()
    job_flows.plans["charge"] = job_flows.refuse
    with pytest.raises(FlowRuntimeError):
        jobs.deliver(post.messages[0])
    task = last(process, "charge")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["code"] == "card"


def test_the_tables_need_no_json_column(post, waiting, commit):
    process = waiting(LeanJobFlow)
    job_flows.plans["job"] = fail()
    with commit(), pytest.raises(ValueError, match="broken"):
        jobs.deliver(post.messages[0])
    job_flows.plans.clear()
    jobs.deliver(post.messages[1])
    assert fresh(process).title == "worked"
    assert last(process, "job").status == STATUS.DONE


# exactly once ------------------------------------------------------------------------------------


def test_atomic_work_is_rolled_back_with_a_refused_completion(post, waiting):
    """Another session's cancellation is in tests/background; here the work itself is refused."""
    process = waiting(AtomicFlow)
    job_flows.plans["charge"] = lambda activation: act_on(last(process, "charge"), "cancel")
    jobs.deliver(post.messages[0])
    assert Parcel.objects.count() == 0
    assert fresh(process).amount == 0


def test_a_result_waits_for_who_works_on_the_process(post, waiting, monkeypatch):
    process = waiting()
    busy = [3]
    real = JobFlow.lock_impl

    def lock(flow_class, process_pk):
        if busy[0]:
            busy[0] -= 1
            raise FlowLockFailed
        return real(flow_class, process_pk)

    def hold(activation):
        busy[0] = 3

    monkeypatch.setattr(JobFlow, "lock_impl", staticmethod(lock))
    job_flows.plans["charge"] = hold
    jobs.deliver(post.messages[0])
    assert fresh(process).status == PROCESS.DONE
    monkeypatch.setattr("viewflow.workflow.work._PATIENT", 2)
    busy[0] = 3
    with pytest.raises(FlowLockFailed):
        jobs.claim(post.messages[0])


def test_atomic_work_is_rolled_back_when_it_fails_or_its_completion_does(post, waiting, commit):
    process = waiting(AtomicFlow)

    def refuse(sender, task, **kwargs):
        if task.flow_task.name == "charge":
            raise RuntimeError("refused")

    task_finished.connect(refuse, sender=AtomicFlow)
    try:
        with commit(), pytest.raises(RuntimeError, match="refused"):
            jobs.deliver(post.messages[0])
        assert Parcel.objects.count() == 0
        assert last(process, "charge").status == STATUS.SCHEDULED
        with commit(), pytest.raises(RuntimeError, match="refused"):
            jobs.deliver(post.messages[1])
    finally:
        task_finished.disconnect(refuse, sender=AtomicFlow)
    assert last(process, "charge").status == STATUS.ERROR
    with commit():
        act_on(last(process, "charge"), "retry")
    jobs.deliver(post.messages[2])
    assert Parcel.objects.count() == 1
    assert fresh(process).status == PROCESS.DONE


# what is lost ------------------------------------------------------------------------------------


def test_a_lost_message_is_sent_again_less_and_less_often(post, waiting, commit):
    process = waiting()
    task = last(process, "charge")
    assert jobs.sweep() == (0, 0, 0)
    for sent in (1, 2, 3):
        lapse(task, 61 * 2 ** (sent - 1))
        with commit():
            assert jobs.sweep() == (1, 0, 0)
        assert jobs.sweep() == (0, 0, 0)
    assert len(set(post.messages)) == 1 and len(post.messages) == 4
    for message in post.messages:
        jobs.deliver(message)
    assert fresh(process).amount == 1


def test_a_worker_that_died_is_replaced_and_its_late_result_refused(post, waiting, commit):
    process = waiting()
    zombie = jobs.claim(post.messages[0])
    assert jobs.sweep() == (0, 0, 0)
    zombie.renew()
    lapse(last(process, "charge"))
    zombie.renew()
    assert jobs.sweep() == (0, 0, 0)
    lapse(last(process, "charge"))
    with commit():
        assert jobs.sweep() == (0, 1, 0)
    assert zombie.complete() is False
    assert zombie.renew() is None
    jobs.deliver(post.messages[1])
    assert picture(process).count("charge DONE") == 1
    check(process)


def test_the_broker_may_give_the_message_of_a_dead_worker_to_another(post, waiting):
    process = waiting()
    zombie = jobs.claim(post.messages[0])
    assert jobs.claim(post.messages[0]) is None
    lapse(last(process, "charge"))
    jobs.deliver(post.messages[0])
    assert zombie.complete() is False
    assert fresh(process).status == PROCESS.DONE


def test_work_that_kills_its_workers_ends_as_failed(post, waiting, commit):
    process = waiting()
    for restart in range(6):
        assert jobs.claim(post.messages[-1]) is not None
        lapse(last(process, "charge"))
        with commit():
            swept = jobs.sweep()
        assert swept == ((0, 1, 0) if restart < 5 else (0, 0, 1))
    task = last(process, "charge")
    assert task.status == STATUS.ERROR
    assert task.data["_exception"]["title"].startswith("WorkerLostError: 6 workers")
    assert str(jobs.Swept(1, 2, 3)) == "1 sent, 2 restarted, 3 failed"


def test_a_job_may_leave_a_lost_worker_to_people(post, waiting):
    process = waiting(OnceFlow)
    jobs.claim(post.messages[0])
    lapse(last(process, "charge"))
    assert jobs.sweep() == (0, 0, 1)
    assert last(process, "charge").status == STATUS.ERROR


def test_a_worker_that_has_to_stop_gives_its_work_back(post, waiting, commit):
    process = waiting()
    job_flows.plans["charge"] = lambda activation: (_ for _ in ()).throw(SystemExit(1))
    with commit(), pytest.raises(SystemExit):
        jobs.deliver(post.messages[0])
    assert last(process, "charge").status == STATUS.SCHEDULED
    job_flows.plans.clear()
    jobs.deliver(post.messages[1])
    assert fresh(process).status == PROCESS.DONE


def test_a_runner_that_cannot_defer_gets_the_message_when_it_is_due(post, waiting, commit):
    process = waiting()
    post.can_defer = False
    job_flows.plans["charge"] = fail()
    with commit(), pytest.raises(ValueError, match="broken"):
        jobs.deliver(post.messages[0])
    assert len(post.messages) == 1
    assert jobs.sweep() == (0, 0, 0)
    lapse(last(process, "charge"), 9)
    with commit():
        assert jobs.sweep() == (1, 0, 0)
    job_flows.plans.clear()
    jobs.deliver(post.messages[1])
    assert fresh(process).status == PROCESS.DONE


def test_a_sweep_is_bounded_and_what_cannot_be_repaired_is_not_in_the_way(post, waiting, commit):
    processes = [waiting() for _ in range(4)]
    for process in processes:
        lapse(last(process, "charge"))
    gone = last(processes[0], "charge")
    type(gone).objects.filter(pk=gone.pk).update(
        flow_task=f"{JobFlow}.charged_before", scheduled=now() - datetime.timedelta(days=2)
    )
    with commit(), pytest.warns(UserWarning, match="charged_before"):
        assert jobs.sweep(limit=2) == (1, 0, 0)
    with commit():
        assert jobs.sweep(limit=2) == (2, 0, 0)
        assert jobs.sweep(limit=2) == (0, 0, 0)


# runners -----------------------------------------------------------------------------------------


def test_inline_work_is_done_within_the_step():
    process = InlineFlow.start.run()
    assert picture(process) == ["start DONE", "charge DONE", "after DONE", "end DONE"]
    assert fresh(process).amount == 1
    job_flows.plans["charge"] = fail()
    process = InlineFlow.start.run()
    assert picture(process) == ["start DONE", "charge ERROR"]
    check(process)
    job_flows.plans.clear()
    act_on(last(process, "charge"), "retry")
    assert picture(process) == ["start DONE", "charge DONE", "after DONE", "end DONE"]


def test_immediate_work_is_done_after_the_commit(commit):
    with commit():
        process = ImmediateFlow.start.run()
        assert picture(process) == ["start DONE", "charge SCHEDULED"]
    assert picture(process) == ["start DONE", "charge DONE", "after DONE", "end DONE"]
    job_flows.plans["charge"] = fail()
    with commit():
        process = ImmediateFlow.start.run()
    assert last(process, "charge").status == STATUS.SCHEDULED
    lapse(last(process, "charge"))
    with commit():
        jobs.sweep()
    assert last(process, "charge").status == STATUS.ERROR


def test_djangos_tasks_framework_is_the_default(settings, commit):
    settings.VIEWFLOW = {}
    with commit():
        process = JobFlow.start.run()
    assert fresh(process).status == PROCESS.DONE


def test_a_runner_is_named_in_several_ways(settings):
    from django.core.exceptions import ImproperlyConfigured

    from viewflow.workflow.runners.immediate import Immediate, Inline

    assert isinstance(get_runner("immediate"), Immediate)
    assert isinstance(get_runner(Inline), Inline)
    assert isinstance(get_runner("viewflow.workflow.runners.immediate.Inline"), Inline)
    with pytest.raises(ImproperlyConfigured, match="nobody"):
        get_runner("nobody.Here")


# small parts -------------------------------------------------------------------------------------


def test_pauses_grow_up_to_a_limit_and_differ():
    backoff = Backoff(first=10, factor=3, longest=100, jitter=0)
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 4, 5000)] == [10, 30, 90, 100, 100]
    pauses = {Backoff(first=10)(1).total_seconds() for _ in range(20)}
    assert len(pauses) > 1 and all(5 <= pause <= 10 for pause in pauses)


def test_an_order_is_kept_in_one_column():
    order = Order.new()
    assert str(order) == order.key
    for kept in (order, order.sent_again(), Order.new(12, 34, 56)):
        assert Order.parse(str(kept)) == kept
        assert len(str(kept)) <= 50
    assert Order.parse(None) is Order.parse("") is None
    assert Order.parse("a:b").key == "a:b"


def test_steps_that_make_no_sense_are_refused(post, waiting):
    process = waiting()
    task = last(process, "charge")
    for verb in ("retry", "complete", "execute", "resume", "undo", "revive"):
        with pytest.raises(TransitionNotAllowed):
            act_on(task, verb)
    with pytest.raises(ValueError, match="at least 1"):
        type(JobFlow.charge)(print, attempts=0)
