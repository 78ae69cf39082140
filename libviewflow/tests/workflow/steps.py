"""What a person or a program does to a running process, in one word each.

The tests arrange with these; every one of them uses the public API of the engine only.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import RequestFactory

from viewflow.workflow import PROCESS, STATUS

LIVE = {
    STATUS.NEW,
    STATUS.ASSIGNED,
    STATUS.STARTED,
    STATUS.SCHEDULED,
    STATUS.ERROR,
}


def page(request: Any, **kwargs: Any) -> None:
    """Stands where a view goes; the engine never calls it."""


def person(name: str = "ann", **kwargs: Any) -> Any:
    user, _ = get_user_model().objects.get_or_create(username=name, defaults=kwargs)
    return user


def request_of(user: Any) -> Any:
    request = RequestFactory().post("/")
    request.user = user
    return request


def begin(flow_class: Any, user: Any = None, node: str = "start", **values: Any) -> Any:
    """Submit the form of a Start."""
    start = flow_class.instance.node(node)
    with transaction.atomic():
        activation = start.activation_class.create(start, None, None)
        activation.start(request_of(user or person()))
        for name, value in values.items():
            setattr(activation.process, name, value)
        activation.execute()
    return activation.process


def tasks(process: Any) -> list[Any]:
    model = process.flow_class.task_class
    return list(model._default_manager.filter(process=process.pk).order_by("pk"))


def all_of(process: Any, node: str, *status: str) -> list[Any]:
    return [
        task
        for task in tasks(process)
        if task.flow_task.name == node and (not status or task.status in status)
    ]


def last(process: Any, node: str, *status: str) -> Any:
    """The newest task of a node."""
    found = all_of(process, node, *status)
    assert found, f"no task of {node!r} in {picture(process)}"
    return found[-1]


def perform(process: Any, node: str | Any, user: Any = None, **values: Any) -> Any:
    """Claim the newest live task of a node when nobody has it, and submit its form."""
    task = last(process, node, *LIVE) if isinstance(node, str) else node
    with task.activation() as activation:
        if activation.assign.can_proceed():
            activation.assign(user or person())
        if values:
            for name, value in values.items():
                setattr(activation.process, name, value)
            activation.process.save()
        activation.execute()
    return activation


def act_on(task: Any, verb: str, *args: Any) -> Any:
    """Call one transition of a task under the lock: cancel, undo, revive, assign ..."""
    with task.activation() as activation:
        return getattr(activation, verb)(*args)


def fresh(process: Any) -> Any:
    return process.flow_class.process_class._default_manager.get(pk=process.pk)


def picture(process: Any) -> list[str]:
    """``["start DONE", "bake NEW"]``, oldest first."""
    return [f"{task.flow_task.name} {task.status}" for task in tasks(process)]


def done(process: Any) -> Counter[str]:
    """How often each node was completed."""
    return Counter(task.flow_task.name for task in tasks(process) if task.status == STATUS.DONE)


def live(process: Any) -> list[Any]:
    return [task for task in tasks(process) if task.status in LIVE]


def live_names(process: Any) -> list[str]:
    return sorted(task.flow_task.name for task in live(process))


def check(process: Any, ours: bool = True) -> None:
    """Assert what must hold of every process at every moment between two steps.

    django-viewflow does not note when a task was assigned: then it is not ``ours``.
    """
    process = fresh(process)
    rows = tasks(process)
    alive = [task for task in rows if task.status in LIVE]
    story = f"{process.status}: " + ", ".join(
        f"#{task.pk} {task.flow_task.name}[{task.token}] {task.status}" for task in rows
    )

    if process.status == PROCESS.NEW:
        assert process.finished is None, story
        assert alive or any(t.status == STATUS.CANCELED for t in rows), f"dead end: {story}"
    else:
        assert process.finished is not None, story
        assert not alive, f"finished with live tasks: {story}"
    if process.status == PROCESS.DONE:
        assert any(t.flow_task_type == "END" and t.status == STATUS.DONE for t in rows), story

    ids = {task.pk for task in rows}
    for task in rows:
        closed = task.status in {STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED}
        if closed:
            assert task.finished is not None, f"#{task.pk} has no finished: {story}"
        elif task.status != STATUS.ERROR:
            assert task.finished is None, f"#{task.pk} has finished: {story}"
        if task.flow_task_type == "HUMAN":
            if task.status == STATUS.NEW:
                assert task.owner_id is None, f"#{task.pk} NEW with an owner: {story}"
            if task.status == STATUS.ASSIGNED:
                assert task.owner_id is not None, f"#{task.pk} ASSIGNED to nobody: {story}"
                assert task.assigned or not ours, f"#{task.pk} ASSIGNED without a time: {story}"
        previous = set(task.previous.values_list("pk", flat=True))
        assert previous <= ids, f"#{task.pk} follows a foreign task: {story}"
        assert task.pk not in previous, story

    # An armed event goes with its host, whose token it does not hold.
    events = [task for task in alive if task.flow_task_type == "BOUNDARY_EVENT"]
    for event in events:
        hosts = event.previous.exclude(flow_task_type="BOUNDARY_EVENT")
        assert [host.status in LIVE for host in hosts] == [True], story
    alive = [task for task in alive if task not in events]

    tokens = Counter((str(task.token)) for task in alive)
    assert all(n == 1 for n in tokens.values()), f"two live tasks on one token: {story}"
