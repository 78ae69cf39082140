"""URLs of many rows: each kind of page is reversed once, then numbers are put in.

A list of 25 tasks would otherwise spend most of its time reversing 25 URLs of the same shape.
"""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch

from viewflow.workflow import STATUS

from .keys import sample_key

__all__ = ["ProcessUrls", "TaskUrls"]

# Numbers that no URL prefix contains by accident.
_PROCESS, _TASK = 918273645001, 918273645002


class TaskUrls:
    """URLs of task pages within one request."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[Any, ...], tuple[str, str, str] | None] = {}

    def page(self, task: Any, name: str) -> str | None:
        """Return the URL of a page of ``task``; ``None`` when its node has no such page."""
        node = task.flow_task
        if node is None:
            return None
        key = (node.flow_class, node.name if node.task_type != "OBSOLETE" else "", name)
        if key not in self._shapes:
            self._shapes[key] = self._shape(node, name)
        shape = self._shapes[key]
        if shape is None:
            return None
        start, middle, end = shape
        return f"{start}{task.process_id}{middle}{task.pk}{end}"

    @staticmethod
    def _shape(node: Any, name: str) -> tuple[str, str, str] | None:
        process = sample_key(node.flow_class.process_class, _PROCESS)
        try:
            url = str(node.reverse(name, args=[process, _TASK]))
        except NoReverseMatch:
            return None
        start, _number, rest = url.partition(str(process))
        middle, _number, end = rest.partition(str(_TASK))
        return start, middle, end

    def next_step(self, task: Any, owner: Any) -> str | None:
        """Return the page on which the person with the key ``owner`` goes on with the task.

        The database is not asked.

        A free task leads to its index page, which decides by the person's rights.
        """
        if task.status in (STATUS.ASSIGNED, STATUS.STARTED) and task.owner_id == owner:
            return self.page(task, "execute") or self.page(task, "index")
        if task.status == STATUS.NEW:
            return self.page(task, "index")
        return self.page(task, "detail")


class ProcessUrls:
    """URLs of process pages within one request."""

    def __init__(self) -> None:
        self._shapes: dict[Any, str | None] = {}

    def detail(self, flow_class: Any, process_pk: Any) -> str | None:
        """Return the URL of a process's page; ``None`` when its flow is gone or not mounted."""
        if flow_class is None:
            return None
        sample = sample_key(flow_class.process_class, _PROCESS)
        if flow_class not in self._shapes:
            try:
                shape = flow_class.instance.reverse("process_detail", args=[sample])
            except NoReverseMatch:
                shape = None
            self._shapes[flow_class] = shape
        shape = self._shapes[flow_class]
        return shape and shape.replace(str(sample), str(process_pk))
