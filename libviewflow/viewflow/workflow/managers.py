"""Querysets: who may see and do which task, and rows as the models their flows use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_backends
from django.contrib.auth.backends import ModelBackend
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models import Q
from django.db.models.functions import Cast
from django.db.models.query import ModelIterable

from viewflow.jsonstore.querysets import declared_class

from .fields import begins_sql, begins_with, get_flow_ref
from .status import LIVE, STATUS

__all__ = [
    "ProcessManager",
    "ProcessQuerySet",
    "TaskManager",
    "TaskQuerySet",
    "is_ours",
    "links_down",
    "of_flows",
    "only_model_permissions",
]

HUMAN = "HUMAN"

#: Statuses in which a background task may still do something by itself.
_IN_BACKGROUND = (STATUS.NEW, STATUS.SCHEDULED, STATUS.STARTED)


@lru_cache(maxsize=128)
def links_down(parent: Any, child: Any) -> tuple[str, ...]:
    """Return the accessors that lead from a model to one that extends its table.

    Empty when ``child`` adds no table.
    """
    parent, child = parent._meta.concrete_model, child._meta.concrete_model
    links: list[str] = []
    while child is not parent:
        link = next(
            (
                (base, field)
                for base, field in child._meta.parents.items()
                if field is not None and issubclass(base, parent)
            ),
            None,
        )
        if link is None:
            return ()
        base, field = link
        links.insert(0, field.remote_field.get_accessor_name())
        child = base._meta.concrete_model
    return tuple(links)


class _CoercedIterable(ModelIterable):
    """Yields each row as the model that its flow uses."""

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            yield row.coerced


def _visible(flow_classes: Iterable[Any], user: Any) -> list[Any]:
    return [flow for flow in flow_classes if flow.instance.has_view_permission(user)]


def of_flows(flow_classes: Iterable[Any]) -> Q:
    """Return the condition that a task is one of these flows.

    A node's reference begins with its flow's, so nothing is read of the processes, of which a
    flow may have a million.
    """
    found = Q(pk__in=[])
    for flow_class in flow_classes:
        found |= Q(flow_task__begins=f"{get_flow_ref(flow_class)}.")
    return found


class ProcessQuerySet(models.QuerySet):
    """Processes."""

    def coerce_for(self, flow_classes: Iterable[Any]) -> ProcessQuerySet:
        """Limit to these flows, and read each row as its flow's model in one query."""
        flow_classes = list(flow_classes)
        paths = {
            "__".join(links)
            for flow in flow_classes
            if (links := links_down(self.model, flow.process_class))
        }
        rows = self.filter(flow_class__in=flow_classes)
        if paths:
            rows = rows.select_related(*sorted(paths))
        rows._iterable_class = _CoercedIterable
        return rows

    def filter_available(self, flow_classes: Iterable[Any], user: Any) -> ProcessQuerySet:
        """Limit to the flows that ``user`` may view."""
        return self.filter(flow_class__in=_visible(flow_classes, user))


class TaskQuerySet(models.QuerySet):
    """Tasks."""

    def coerce_for(self, flow_classes: Iterable[Any]) -> TaskQuerySet:
        """Limit to these flows, and read each row as its flow's model, its process included."""
        flow_classes = list(flow_classes)
        process = self.model._meta.get_field("process").related_model
        paths = {"process"} | {
            "__".join(("process", *links_down(process, flow.process_class)))
            for flow in flow_classes
        }
        rows = self.filter(of_flows(flow_classes)).select_related(*sorted(paths))
        rows._iterable_class = _CoercedIterable
        return rows

    def filter_available(self, flow_classes: Iterable[Any], user: Any) -> TaskQuerySet:
        """Limit to the flows that ``user`` may view."""
        return self.filter(of_flows(_visible(flow_classes, user)))

    def user_queue(self, user: Any, flow_class: Any = None) -> TaskQuerySet:
        """Return the tasks that nobody has taken and ``user`` may take."""
        rows = self.filter(flow_task_type=HUMAN, owner=None, status=STATUS.NEW)
        if flow_class is not None:
            rows = rows.filter(of_flows([flow_class]))
        if not user.is_active or user.is_anonymous:
            return rows.none()
        if user.is_superuser:
            return rows
        return rows.filter(_may_own(rows, user))

    def user_archive(self, user: Any, flow_class: Any = None) -> TaskQuerySet:
        """Return the tasks that ``user`` has completed."""
        rows = self.filter(
            owner_id=user.pk, flow_task_type__in=(HUMAN, "HUMAN_START"), status=STATUS.DONE
        )
        if flow_class is not None:
            rows = rows.filter(of_flows([flow_class]))
        return rows

    def inbox(self, flow_classes: Iterable[Any], user: Any) -> TaskQuerySet:
        """Return the tasks of these flows that ``user`` has to do."""
        return self.filter(
            of_flows(flow_classes),
            owner_id=user.pk,
            flow_task_type=HUMAN,
            status__in=(STATUS.ASSIGNED, STATUS.STARTED),
        )

    def queue(self, flow_classes: Iterable[Any], user: Any) -> TaskQuerySet:
        """Return the tasks of these flows that ``user`` may take."""
        return self.user_queue(user).filter(of_flows(flow_classes))

    def archive(self, flow_classes: Iterable[Any], user: Any) -> TaskQuerySet:
        """Return the tasks of these flows that ``user`` has completed."""
        return self.user_archive(user).filter(of_flows(flow_classes))

    def work_by_node(
        self, flow_classes: Iterable[Any], user: Any, limit: int | None = None
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Return how many tasks :meth:`inbox` and :meth:`queue` have at each node, by reference.

        With a ``limit`` no more than so many tasks are counted of each list. One statement for
        both. Every page asks for it, so it is written by hand: building the same one from
        querysets costs more than everything else on a small page.
        """
        flow_classes = list(flow_classes)
        found: tuple[dict[str, int], dict[str, int]] = ({}, {})
        if not flow_classes or not user.is_active or user.is_anonymous:
            return found
        if not only_model_permissions() and not user.is_superuser:
            for of_node, rows in zip(
                found, (self.inbox(flow_classes, user), self.queue(flow_classes, user)), strict=True
            ):
                reference = Cast("flow_task", models.TextField())
                some: Any = rows
                if limit is not None:
                    keys = list(rows.order_by().values_list("pk", flat=True)[:limit])
                    some = self.model._base_manager.filter(pk__in=keys)
                counted = some.order_by().values_list(reference).annotate(models.Count("pk"))
                of_node.update(counted)
            return found
        permissions = [] if user.is_superuser else sorted(user.get_all_permissions())
        alias = self.db
        connection = connections[alias]
        sql = _work_sql(
            alias,
            self.model,
            len(flow_classes),
            None if user.is_superuser else len(permissions),
            limit,
        )
        field: Any = self.model._meta.get_field("owner")
        owner = field.get_db_prep_value(user.pk, connection)
        flows = [begins_with(f"{get_flow_ref(flow)}.", connection) for flow in flow_classes]
        with connection.cursor() as cursor:
            cursor.execute(sql, [owner, *flows, *flows, *permissions])
            for of_list, reference, count in cursor.fetchall():
                found[of_list][reference] = count
        return found

    def next_user_task(self, process: Any, user: Any) -> Any | None:
        """Return what ``user`` should look at next about ``process``.

        The user's own task, then one from the queue, then background work, then a failed task;
        first in the process itself, then in its subprocesses, its parent and its siblings.
        """
        for related in _related_processes(process):
            found = self._next_of(related, user)
            if found is not None:
                return found
        return None

    def _next_of(self, process_filter: Q, user: Any) -> Any | None:
        live: list[Any] = list(
            self.filter(process_filter, status__in=LIVE).order_by("created", "pk")[:200]
        )
        if not live:
            return None
        for task in live:
            # Somebody who is not logged in has no key, and a task without an owner none either.
            if (
                task.flow_task_type == HUMAN
                and task.owner_id is not None
                and task.owner_id == user.pk
            ):
                return task
        for task in live:
            node = task.flow_task if task.flow_task_type == HUMAN else None
            if node is not None and node.can_assign(user, task):
                return task
        for task in live:
            if task.flow_task_type in ("JOB", "TIMER") and task.status in _IN_BACKGROUND:
                return task
        return next((task for task in live if task.status == STATUS.ERROR), None)


def _related_processes(process: Any) -> Iterator[Q]:
    yield Q(process=process.pk)
    parent_task = getattr(process, "parent_task_id", None)
    if not hasattr(process, "parent_task_id"):
        return
    yield Q(process__parent_task__process=process.pk)
    if parent_task is not None:
        yield Q(process=process.parent_task.process_id)
        yield Q(process__parent_task__process=process.parent_task.process_id)


def only_model_permissions() -> bool:
    """Tell whether no authentication backend knows permissions of single objects."""
    return all(type(backend) is ModelBackend for backend in get_backends())


@lru_cache(maxsize=128)
def _work_sql(
    alias: str, model: Any, flows: int, permissions: int | None, limit: int | None
) -> str:
    """Return the statement of ``work_by_node``; only identifiers and placeholders are put in."""
    quote = connections[alias].ops.quote_name
    column = {
        name: quote(model._meta.get_field(name).column)
        for name in ("owner", "status", "flow_task", "flow_task_type", "owner_permission")
    }
    allowed = ""
    if permissions is not None:
        names = ", ".join(["%s"] * permissions)
        among = f" OR {column['owner_permission']} IN ({names})" if permissions else ""
        allowed = f" AND ({column['owner_permission']} IS NULL{among})"
    node = column["flow_task"]
    # A node's reference begins with its flow's, so nothing is read of the processes.
    of_flows = " OR ".join([begins_sql(node, connections[alias])] * flows)
    # Two parts, each along the index of owner and status; one condition joined by OR made SQLite
    # read both into a temporary set first, which took twice as long.
    inbox = (
        f"{column['owner']} = %s"
        f" AND {column['status']} IN ('{STATUS.ASSIGNED}', '{STATUS.STARTED}')"
    )
    queue = f"{column['owner']} IS NULL AND {column['status']} = '{STATUS.NEW}'"
    most = "" if limit is None else f" LIMIT {limit:d}"
    parts = [
        f"SELECT {number}, {node}, COUNT(*) FROM ("  # noqa: S608
        f"SELECT {node} FROM {quote(model._meta.db_table)} WHERE {condition}"
        f" AND {column['flow_task_type']} = '{HUMAN}' AND ({of_flows}){extra}{most}"
        f") t{number} GROUP BY {node}"
        for number, condition, extra in ((0, inbox, ""), (1, queue, allowed))
    ]
    return " UNION ALL ".join(parts)


def _may_own(rows: Any, user: Any) -> Q:
    """Tasks whose permission ``user`` holds: model-wide, or for the object they name."""
    permissions = user.get_all_permissions()
    allowed = Q(owner_permission=None) | Q(owner_permission__in=permissions)
    if only_model_permissions():
        return allowed
    wanted = (
        rows.exclude(owner_permission_obj_pk=None)
        .exclude(owner_permission__in=permissions)
        .order_by()
        .values_list("owner_permission", "owner_permission_content_type", "owner_permission_obj_pk")
        .distinct()
    )
    named = list(wanted)
    objects = _find_all({(content_type, pk) for _, content_type, pk in named})
    for permission, content_type, pk in named:
        obj = objects.get((content_type, pk))
        if obj is not None and user.has_perm(permission, obj):
            allowed |= Q(
                owner_permission=permission,
                owner_permission_content_type=content_type,
                owner_permission_obj_pk=pk,
            )
    return allowed


def _find_all(named: set[tuple[int | None, str]]) -> dict[tuple[int | None, str], Any]:
    """Return the objects that exist, by type and key; one query for each type."""
    found: dict[tuple[int | None, str], Any] = {}
    for content_type in {content_type for content_type, _ in named if content_type is not None}:
        model = ContentType.objects.get_for_id(content_type).model_class()
        if model is None:
            continue
        keys = {}
        for pk in (pk for other, pk in named if other == content_type):
            with suppress(ValidationError, ValueError, TypeError):
                keys[model._meta.pk.to_python(pk)] = pk
        for obj in model._base_manager.filter(pk__in=list(keys)):
            found[content_type, keys[obj.pk]] = obj
    return found


ProcessManager = models.Manager.from_queryset(ProcessQuerySet, "ProcessManager")
TaskManager = models.Manager.from_queryset(TaskQuerySet, "TaskManager")


def is_ours(manager: Any) -> bool:
    """Tell whether a model's manager is the engine's own, not one that a project has brought.

    Only then is it known what rows it gives: all of them. Fields in the JSON column put a mixin
    before it, which changes nothing of that.
    """
    return declared_class(manager) in (ProcessManager, TaskManager)
