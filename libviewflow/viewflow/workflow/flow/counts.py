"""How much work waits for a person: the numbers beside "Inbox" and "Queue" in the menu.

Both come from one statement, made only when a number is printed and at most once per request;
the list pages use the same numbers for their paging. A list that is longer than ``COUNT_LIMIT`` is
not counted to its end: a menu says "500+", and a page costs the same however much waits.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from viewflow.views.paging import COUNT_LIMIT, count_text

__all__ = ["WorkCounts", "WorkList"]


class WorkList:
    """A person's list of tasks: a queryset whose ``count`` knows the number from elsewhere.

    Anything else is asked of the queryset, so ``{{ user_inbox.count }}``, loops and filters in
    templates of a project work as with the queryset itself.
    """

    def __init__(self, counts: WorkCounts, name: str) -> None:
        self._counts, self._name = counts, name

    def count(self) -> int:
        """Return how many tasks the list has; one statement for both lists, if they are short."""
        if self._counts.is_exact(self._name):
            return self._counts.numbers[self._name]
        return self.queryset.count()

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        return self._counts.querysets[self._name]

    def __iter__(self) -> Any:
        return iter(self.queryset)

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        return bool(self._counts.numbers[self._name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.queryset, name)


class WorkCounts:
    """The numbers of one person in one application."""

    def __init__(self, user: Any, flow_classes: list[Any]) -> None:
        self.user = user
        self.flow_classes = flow_classes

    @classmethod
    def of(cls, request: HttpRequest, app: Any) -> WorkCounts:
        """Return the numbers for this request, the same object each time."""
        known = request.__dict__.setdefault("_viewflow_work_counts", {})
        if id(app) not in known:
            known[id(app)] = cls(request.user, app.flow_classes())
        return known[id(app)]  # type: ignore[no-any-return]

    @property
    def inbox(self) -> WorkList:
        """The tasks that the person has taken."""
        return WorkList(self, "inbox")

    @property
    def queue(self) -> WorkList:
        """The tasks that the person may take."""
        return WorkList(self, "queue")

    @cached_property
    def tasks(self) -> Any:
        """The manager of the tasks; flows with task models of their own are not mixed into one."""
        from viewflow.workflow.models import Task

        models = {flow.task_class for flow in self.flow_classes} or {Task}
        return (models.pop() if len(models) == 1 else Task)._default_manager

    @cached_property
    def querysets(self) -> dict[str, QuerySet[Any]]:
        """The two lists."""
        return {
            "inbox": self.tasks.inbox(self.flow_classes, self.user),
            "queue": self.tasks.queue(self.flow_classes, self.user),
        }

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Both numbers, in one statement; none is greater than ``COUNT_LIMIT``."""
        counted = {name: sum(nodes.values()) for name, nodes in self.by_node.items()}
        return {name: min(number, COUNT_LIMIT) for name, number in counted.items()}

    def is_exact(self, name: str) -> bool:
        """Tell whether a list has no more tasks than its number says."""
        return sum(self.by_node[name].values()) <= COUNT_LIMIT

    @cached_property
    def texts(self) -> dict[str, str]:
        """Both numbers as the menu shows them, with a plus where there are more."""
        return {
            name: count_text(number, exact=self.is_exact(name))
            for name, number in self.numbers.items()
        }

    @cached_property
    def by_node(self) -> dict[str, dict[str, int]]:
        """How many tasks of each list are at which node, by the node's reference.

        One task more than ``COUNT_LIMIT`` is counted at most: see :meth:`is_exact`.
        """
        if not self.user.is_authenticated or not self.flow_classes:
            return {"inbox": {}, "queue": {}}
        inbox, queue = self.tasks.work_by_node(self.flow_classes, self.user, COUNT_LIMIT + 1)
        return {"inbox": inbox, "queue": queue}
