"""A process that is killed, or fails, in the middle of a step loses nothing."""

from __future__ import annotations

import signal
import time

import pytest

from viewflow.workflow import STATUS, FlowLockFailed

from .contended import LOCKED
from .steps import act_on, check, fresh, last, live_names, person, picture
from .workers import Workers

pytestmark = pytest.mark.django_db(transaction=True)

by_lock = pytest.mark.parametrize("flow_class", LOCKED)


def facts(process):
    stored = fresh(process)
    task = last(process, "human")
    return (
        stored.status,
        stored.data,
        picture(process),
        task.owner_id,
        task.started,
        task.finished,
    )


@by_lock
@pytest.mark.parametrize("mode", ["kill", "raise"])
def test_a_crash_leaves_the_state_before_the_step_and_can_be_repeated(
    committed, shared, flow_class, mode
):
    """B298."""
    process = flow_class.start.run()
    act_on(last(process, "human"), "assign", person("ann"))
    before = facts(process)
    (shared / "crash").write_text(mode)
    with Workers(1) as workers:
        workers.use(committed)
        order = {"task": last(process, "human").pk, "values": {"note": "lost"}}
        [answer] = workers.run([order])
        if mode == "kill":
            assert answer == ""
            assert workers.processes[0].wait(60) == -signal.SIGKILL
        else:
            assert answer == "RuntimeError"
    (shared / "crash").unlink()
    assert facts(process) == before
    check(process)

    deadline = time.monotonic() + 15
    while True:
        try:
            act_on(last(process, "human"), "execute")
            break
        except FlowLockFailed:
            # A killed process leaves a cache lock behind until that runs out.
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert last(process, "human").status == STATUS.DONE
    assert live_names(process) == ["left", "right"]
    assert fresh(process).amount == 3
    check(process)
