"""The rows of a step: what is new, what has changed, and how both are written at once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from .exceptions import FlowRuntimeError
from .fields import TaskIdField
from .status import FINISHED
from .writing import insert_links, insert_rows, update_rows

if TYPE_CHECKING:
    from .activation import Activation

__all__ = ["StepRows", "root_model", "snapshot"]


def snapshot(obj: models.Model) -> dict[str, Any]:
    """Return the column values of a row, safe from changes made in place."""
    values = obj.__dict__
    result = {}
    for field in obj._meta.concrete_fields:
        name = field.attname
        if name not in values:
            continue  # deferred: not loaded, so not changed either
        value = values[name]
        result[name] = copy.deepcopy(value) if isinstance(value, dict | list) else value
    return result


def root_model(model: Any) -> Any:
    """Return the model whose table holds the process's key: proxies and children share it."""
    concrete = model._meta.concrete_model
    parents = concrete._meta.get_parent_list()
    return parents[-1]._meta.concrete_model if parents else concrete


class StepRows:
    """The process, task and link rows that a step has in its hands."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.using = connection.alias
        self._new: list[Any] = []
        #: Tables of the tasks that were added.
        self._tables: set[str] = set()
        self._links: list[tuple[Any, Any]] = []
        self._tracked: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._processes: dict[tuple[Any, Any], Any] = {}
        self._flushing = False
        #: Tasks that code of the flow has in its hands now.
        self._lent: list[models.Model] = []
        #: Splits that began in this step, and the joins made for branches: see ``Join``.
        self.opened_splits: set[str] = set()
        self.made_joins: list[Any] = []
        #: Processes that began in this step, so that it knows all of their open tasks.
        self._begun: set[tuple[Any, Any]] = set()
        #: Which object stands for a task's row.
        self._instances: dict[tuple[str, Any], int] = {}
        #: Where branches have ended, with a cancelled task or an end: see :meth:`Step.settle`.
        self.gone: list[Activation] = []

    def add_task(self, task: Any, previous: list[Any]) -> None:
        """Insert ``task`` with the next flush, linked to the tasks it follows."""
        self._new.append(task)
        self._tables.add(task._meta.db_table)
        self._links += [(task, item) for item in previous]
        task._state.db = self.using
        if isinstance(task._meta.pk, TaskIdField):
            task.__dict__.pop(task._meta.pk.attname, None)
            task.__dict__["_pending_step"] = self
        else:
            self.flush_tasks()

    def begin_process(self, process: Any) -> None:
        """Note that a process was inserted by this step."""
        self._begun.add((root_model(type(process)), process.pk))

    def knows_all_of(self, process: Any) -> bool:
        """Tell whether a process began in this step, whose tasks are all known to it then."""
        return (root_model(type(process)), process.pk) in self._begun

    def live_tasks(self, process: Any) -> list[Any]:
        """Return the open tasks of a process that this step has made, or has in its hands."""
        root = root_model(type(process))
        return [
            task
            for task in [*self.tracked_tasks(), *self._new]
            if task.process_id == process.pk
            and task.status not in FINISHED
            and root_model(type(task)._meta.get_field("process").related_model) is root
        ]

    def add_link(self, task: Any, previous: Any) -> None:
        """Insert a link between two tasks with the next flush."""
        self._links.append((task, previous))

    def pending(self, task: Any) -> bool:
        """Tell whether the task's row is still to be inserted."""
        return "_pending_step" in task.__dict__

    @property
    def pending_tasks(self) -> list[Any]:
        """The tasks that are not inserted yet."""
        return self._new

    def tracked_tasks(self) -> list[Any]:
        """The inserted tasks whose changes are watched."""
        return [obj for obj, _ in self._tracked.values() if hasattr(obj, "flow_task")]

    def track(self, obj: models.Model, before: dict[str, Any] | None = None) -> None:
        """Write later what changes on ``obj`` from now on, or has changed since ``before``."""
        if id(obj) in self._tracked:
            return
        self._tracked[id(obj)] = (obj, before if before is not None else snapshot(obj))
        if hasattr(obj, "flow_task"):
            key = type(obj)._meta.db_table, obj.pk
            if self._instances.setdefault(key, id(obj)) != id(obj):
                # Somebody has read the row again; which of the two is right, the database knows.
                self._know_nothing()

    def _know_nothing(self) -> None:
        """Ask the database from now on which tasks are open."""
        self._begun, self.opened_splits = set(), set()

    def watch(self, task: models.Model) -> None:
        """Write later what changes on a task whose row exists."""
        if not self.pending(task) and task.pk is not None:
            self.track(task)

    def one_instance(self, task: Any) -> Any:
        """Return the step's own instance of a row that was read again."""
        for known in self.tracked_tasks():
            if known.pk == task.pk and type(known) is type(task):
                return known
        return task

    def saved(self, obj: models.Model) -> None:
        """Forget changes of ``obj`` that its own ``save()`` has just written."""
        if id(obj) in self._tracked:
            self._tracked[id(obj)] = (obj, snapshot(obj))

    def unwatch(self, obj: models.Model) -> None:
        """Write nothing of what has changed on ``obj``: the step was not taken."""
        self._untrack(obj)

    def remember_process(self, process: Any) -> Any:
        """Make ``process`` the instance of its row for this step, unless there is one already."""
        root = root_model(type(process))
        known = self._processes.get((root, process.pk))
        if known is None or (type(known) is not type(process) and isinstance(process, type(known))):
            if known is not None:
                self._untrack(known)
            self._processes[root, process.pk] = known = process
            self.track(process)
        return known

    def known_process(self, model: Any, pk: Any) -> Any | None:
        """Return the step's instance of a process row, if it has been loaded."""
        return self._processes.get((root_model(model), pk))

    def forget(self, process: Any) -> None:
        """Write everything and watch a process and its tasks no longer.

        For who begins many processes in one step: the cost of each must not depend on the others.
        """
        self.flush()
        root = root_model(type(process))
        self._begun.discard((root, process.pk))
        self._untrack(self._processes.pop((root, process.pk), process))
        for task in self.tracked_tasks():
            table = root_model(type(task)._meta.get_field("process").related_model)
            if task.process_id == process.pk and table is root:
                self._untrack(task)

    def _untrack(self, obj: models.Model) -> None:
        self._tracked.pop(id(obj), None)

    # writing ----------------------------------------------------------------------------------

    def flush_tasks(self) -> None:
        """Write tasks and links; processes wait for the end of the step."""
        if self._flushing:
            return
        self._flushing = True
        try:
            if self._new or self._links:
                self._insert()
            self._update(processes=False)
        finally:
            self._flushing = False

    def flush(self) -> None:
        """Write everything."""
        self.flush_tasks()
        self._flushing = True
        try:
            self._update(processes=True)
        finally:
            self._flushing = False

    def _insert(self) -> None:
        new, self._new = self._new, []
        links, self._links = self._links, []
        by_model: dict[Any, list[Any]] = {}
        self._end_waiting(new)
        for task in new:
            by_model.setdefault(type(task), []).append(task)
        for model, tasks in by_model.items():
            insert_rows(model, tasks, self.using)
            for task in tasks:
                if task.status not in FINISHED:
                    self.track(task)
        pairs: dict[Any, list[tuple[Any, Any]]] = {}
        for task, previous in links:
            field = type(task)._meta.get_field("previous")
            pairs.setdefault(field, []).append((task.pk, previous.pk))
        for field, keys in pairs.items():
            insert_links(field, keys, self.using)

    def _end_waiting(self, tasks: list[Any]) -> None:
        """From now on, who reads the key of one of these makes nobody insert it."""
        for task in tasks:
            if task.__dict__.pop("_pending_step", None) is not None:
                task.__dict__[task._meta.pk.attname] = None

    def _update(self, processes: bool) -> None:
        groups: list[tuple[Any, dict[str, Any], list[Any]]] = []
        for key, (obj, before) in list(self._tracked.items()):
            is_task = hasattr(obj, "flow_task")
            if not is_task and not processes:
                continue
            values = obj.__dict__
            changes = {
                name: values[name]
                for name, value in before.items()
                if name in values and values[name] != value
            }
            if changes:
                for model, known, pks in groups:
                    if model is type(obj) and known == changes:
                        pks.append(obj.pk)
                        break
                else:
                    groups.append((type(obj), changes, [obj.pk]))
                self._tracked[key] = (obj, snapshot(obj))
            if is_task and obj.status in FINISHED and all(obj is not task for task in self._lent):
                # Nothing changes on a finished task by itself: long runs stay cheap.
                del self._tracked[key]
        for model, changes, pks in groups:
            if update_rows(model, changes, pks, self.using) != len(pks):
                raise FlowRuntimeError(
                    f"{model._meta.verbose_name} {', '.join(map(str, pks))} disappeared from the "
                    "database during a step."
                )

    # savepoints -------------------------------------------------------------------------------

    def discard(self) -> None:
        """Drop everything that is not written; the transaction is going to be rolled back."""
        self._end_waiting(self._new)
        self._new, self._links, self._tracked, self._processes = [], [], {}, {}
        self.gone = []

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Go back to what :meth:`save_point` returned, after a rollback to a savepoint."""
        tracked, processes, gone = saved
        self._end_waiting(self._new)
        self._new, self._links = [], []
        self._tracked, self._processes = dict(tracked), dict(processes)
        self.gone = list(gone)
        # What these know may have been rolled back; the database is asked again.
        self.opened_splits, self.made_joins, self._begun = set(), [], set()
        for obj, before in tracked.values():
            for name, value in before.items():
                obj.__dict__[name] = (
                    copy.deepcopy(value) if isinstance(value, dict | list) else value
                )
            obj._state.fields_cache.clear()

    def save_point(self) -> tuple[Any, ...]:
        """Write everything and return what :meth:`restore` needs."""
        self.flush()
        return dict(self._tracked), dict(self._processes), list(self.gone)
