"""What people do on pages, done by code: for the command ``demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest
from viewflow.workflow import STATUS

if TYPE_CHECKING:
    from users.models import User


def begin(flow_class: Any, person: User, **answers: Any) -> Any:
    """What the start page does when somebody sends its form: the new process."""
    node = flow_class.instance.node("start")
    with transaction.atomic():
        activation = node.activation_class.create(node, None, None)
        request = HttpRequest()
        request.user = person
        activation.start(request)
        for name, value in answers.items():
            setattr(activation.process, name, value)
        activation.execute()
    return activation.process


def work(process: Any, step: str, person: User, *, done: bool = True, **answers: Any) -> None:
    """Take the step's open task and, when ``done``, finish it with the answers."""
    node = process.flow_class.instance.node(step)
    task = process.task_set.get(flow_task=node, status=STATUS.NEW)
    with task.activation() as activation:
        activation.assign(person)
        if done:
            for name, value in answers.items():
                setattr(activation.process, name, value)
            activation.execute()
