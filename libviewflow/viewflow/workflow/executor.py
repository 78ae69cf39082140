"""The step: one transaction in which tokens move until only waiting tasks are left.

Rows are not written one by one. A :class:`Step` collects new tasks, links and changes and writes
them in as few statements as the database allows: at its end, or earlier when code of the flow is
about to look. "Looks" means that a query runs on the connection, or that the key of a task which
is not inserted yet is read; both are noticed here, so user code always meets a consistent
database and never has to think about it.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError, OperationalError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .exceptions import FlowLockFailed, FlowRuntimeError
from .status import FINISHED, STATUS
from .writing import insert_links, insert_rows, update_rows

if TYPE_CHECKING:
    from .activation import Activation

__all__ = [
    "Step",
    "TaskIdField",
    "after_commit",
    "current_step",
    "is_contention",
    "is_in_transaction",
    "root_model",
    "snapshot",
    "unit_of_work",
    "write_transaction",
]

#: The step that is open on a connection. Connections belong to one thread each.
_steps: WeakKeyDictionary[BaseDatabaseWrapper, Step] = WeakKeyDictionary()


def current_step(using: str) -> Step | None:
    """Return the step that is open on the connection of this thread, if any."""
    return _steps.get(connections[using])


def _only_in_test_case(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the open transaction is one that a ``TestCase`` is going to roll back."""
    blocks = connection.atomic_blocks
    return bool(blocks) and all(getattr(block, "_from_testcase", False) for block in blocks)


def is_in_transaction(using: str) -> bool:
    """Tell whether something is open whose commit others have to wait for: a step, or a
    transaction other than that of a ``TestCase``."""
    connection = connections[using]
    if _steps.get(connection) is not None:
        return True
    return connection.in_atomic_block and not _only_in_test_case(connection)


def after_commit(func: Callable[[], Any], using: str) -> None:
    """Call ``func`` as soon as what was written is committed and no lock of the step is held.

    As for Django's durable blocks, the transaction around a ``TestCase`` does not count: there it
    is called when the step is over. An exception is logged; the step has succeeded already.
    """
    connection = connections[using]
    step = _steps.get(connection)
    if step is not None and step.in_test_case:
        step.afterwards.append(func)
    elif step is None and _only_in_test_case(connection):
        func()
    else:
        transaction.on_commit(func, using=using, robust=True)


class _PendingId(models.query_utils.DeferredAttribute):  # type: ignore[name-defined]
    """Inserts a pending task at the moment somebody asks for its key."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        step: Step | None = instance.__dict__.get("_pending_step")
        if step is not None:
            step.flush_tasks()
            return instance.__dict__[self.field.attname]
        return super().__get__(instance, cls)


class TaskIdField(models.BigAutoField):
    """A ``BigAutoField`` whose row may not be written yet; migrations see a plain one."""

    descriptor_class = _PendingId

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigAutoField", args, kwargs


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


class Step:
    """The unit of work of one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.using = connection.alias
        #: False when somebody else began the transaction: their reads came before the lock.
        self.owns_transaction = False
        self._locked: set[tuple[Any, Any]] = set()
        self._new: list[Any] = []
        #: Tables of the tasks that were added.
        self._tables: set[str] = set()
        self._links: list[tuple[Any, Any]] = []
        self._tracked: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._processes: dict[tuple[Any, Any], Any] = {}
        self._flushing = False
        #: Activations that wait to be activated; ``None`` while no work list runs.
        self._queue: deque[Activation] | None = None
        self._joins: deque[Activation] = deque()
        #: True while code of the flow runs: what it starts gets a savepoint and a list of its own.
        self._in_user_code = False
        #: Tasks that code of the flow has in its hands now.
        self._lent: list[models.Model] = []
        #: Splits that began in this step, and the joins made for branches: see ``Join``.
        self.opened_splits: set[str] = set()
        self.made_joins: list[Any] = []
        #: Processes that began in this step, so that it knows all of their open tasks.
        self._begun: set[tuple[Any, Any]] = set()
        #: What was known at the savepoints of the flow's code, by their names.
        self._savepoints: dict[str, tuple[Any, ...]] = {}
        #: Which object stands for a task's row.
        self._instances: dict[tuple[str, Any], int] = {}
        #: Where branches have ended, with a cancelled task or an end: see :meth:`settle`.
        self.gone: list[Activation] = []
        #: Tasks that start their processes just now; they look at the outcome themselves.
        self.starting: set[Any] = set()
        #: What is called after the step: see :func:`after_commit`.
        self.in_test_case = False
        self.afterwards: list[Callable[[], Any]] = []

    # rows -------------------------------------------------------------------------------------

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

    @property
    def in_user_code(self) -> bool:
        """Whether code of the flow runs just now; what it starts has a savepoint of its own."""
        return self._in_user_code

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

    def lock_once(self, model: Any, pk: Any) -> bool:
        """Note that a process is locked by this step; False when it was already."""
        key = (root_model(model), pk)
        if key in self._locked:
            return False
        self._locked.add(key)
        return True

    def _untrack(self, obj: models.Model) -> None:
        self._tracked.pop(id(obj), None)

    # writing ----------------------------------------------------------------------------------

    def before_query(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Let a query of anybody else see what the step has done so far."""
        if not self._flushing:
            self.flush_tasks()
            if self._begun or self.opened_splits:
                text = str(sql)
                if not text.startswith("SELECT") and any(name in text for name in self._tables):
                    self._know_nothing()  # tasks are changed behind the step's back
        if self._in_user_code and not self._flushing and "SAVEPOINT" in (text := str(sql)):
            return self._at_savepoint(text, lambda: execute(sql, params, many, context))
        return execute(sql, params, many, context)

    def _at_savepoint(self, text: str, execute: Callable[[], Any]) -> Any:
        """Follow code of the flow that goes back to a savepoint of its own.

        What the step knows of rows is then what it knew at the savepoint.
        """
        command, name = text.split()[0], text.split()[-1]
        if command == "SAVEPOINT":
            self._savepoints[name] = self.save_point()
        result = execute()
        if command == "ROLLBACK" and name in self._savepoints:
            self.restore(self._savepoints[name])
        elif command == "RELEASE":
            self._savepoints.pop(name, None)
        return result

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
        for task in new:
            if task.__dict__.pop("_pending_step", None) is not None:
                task.__dict__[task._meta.pk.attname] = None
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

    # the work list -----------------------------------------------------------------------------

    def schedule(self, activations: list[Activation]) -> None:
        """Activate these now, or when the running work list comes to them."""
        running = self._queue is not None
        if self._queue is None:
            self._queue = deque()
        for activation in activations:
            if activation.type != "join":
                self._queue.append(activation)
            elif all(activation.task is not waiting.task for waiting in self._joins):
                # Several branches may arrive at one join in one step: it is looked at once.
                self._joins.append(activation)
        if not running:
            try:
                self._run()
            finally:
                self._queue = None
                self._joins = deque()

    def _run(self) -> None:
        queue = self._queue
        assert queue is not None
        while queue or self._joins:
            # Joins last: by then every branch that can arrive in this step has arrived.
            activation = queue.popleft() if queue else self._joins.popleft()
            if activation.task.status in (STATUS.NEW, STATUS.STARTED):
                activation.arrive()

    def settle(self) -> None:
        """Let joins look again whose branches have ended elsewhere.

        It waits for the end of the step: whoever cancelled a task may be about to let the
        branch go on another way.
        """
        while self.gone:
            gone, self.gone = self.gone, []
            for process_pk in dict.fromkeys(activation.task.process_id for activation in gone):
                of_process = [a for a in gone if a.task.process_id == process_pk]
                of_process[0].flow_class.branches_ended(of_process)

    @contextmanager
    def user_code(self, task: models.Model) -> Iterator[None]:
        """Run code of the flow: its own steps are independent of the running work list.

        What it changes on ``task`` is written, whatever the task's status.
        """
        saved = self._queue, self._joins, self._in_user_code
        self._queue, self._joins, self._in_user_code = None, deque(), True
        self.watch(task)
        self._lent.append(task)
        try:
            yield
        finally:
            self._lent.pop()
            self._queue, self._joins, self._in_user_code = saved

    def discard(self) -> None:
        """Drop everything that is not written; the transaction is going to be rolled back."""
        for task in self._new:
            if task.__dict__.pop("_pending_step", None) is not None:
                task.__dict__[task._meta.pk.attname] = None
        self._new, self._links, self._tracked, self._processes = [], [], {}, {}
        self.gone = []

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Go back to what :meth:`save_point` returned, after a rollback to a savepoint."""
        tracked, processes, gone = saved
        for task in self._new:
            if task.__dict__.pop("_pending_step", None) is not None:
                task.__dict__[task._meta.pk.attname] = None
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


def root_model(model: Any) -> Any:
    """Return the model whose table holds the process's key: proxies and children share it."""
    concrete = model._meta.concrete_model
    parents = concrete._meta.get_parent_list()
    return parents[-1]._meta.concrete_model if parents else concrete


class unit_of_work:  # noqa: N801 # a context manager reads as a verb
    """``with unit_of_work(using) as step:`` — open a step, or join the one that is open.

    The outermost one is a transaction. One that code of the flow opens inside a running step is a
    savepoint, so the flow may catch what it raises. Any other nested one has no savepoint: when it
    fails, the whole step fails.
    """

    def __init__(self, using: str) -> None:
        self.using = using

    def __enter__(self) -> Step:
        connection = connections[self.using]
        step = _steps.get(connection)
        self._outer = step is None
        self._atomic: transaction.Atomic | None = None
        if step is None:
            owns = not connection.in_atomic_block
            in_test_case = _only_in_test_case(connection)
            self._atomic = transaction.atomic(using=self.using)
            with write_transaction(self.using):
                self._atomic.__enter__()
            step = Step(connection)
            step.owns_transaction = owns
            step.in_test_case = in_test_case
            self._wrapper = connection.execute_wrapper(step.before_query)
            self._wrapper.__enter__()
            _steps[connection] = step
        elif step._in_user_code:
            self._saved_state = step.save_point()
            # What the step around this one cancelled is its own matter, at its own end.
            step.gone = []
            self._atomic = transaction.atomic(using=self.using)
            self._atomic.__enter__()
            step._in_user_code = False
        self._step = step
        return step

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        step, connection = self._step, self._step.connection
        if self._atomic is None:
            if exc_type is not None:
                step.discard()
                connection.needs_rollback = True
            return
        error = exc
        if error is None and not connection.needs_rollback:
            try:
                step.settle()
                step.flush()
            except BaseException as flush_error:
                error = flush_error
        if self._outer:
            del _steps[connection]
            self._wrapper.__exit__(None, None, None)
            if error is not None:
                step.discard()
        elif error is not None:
            step.restore(self._saved_state)
        if not self._outer:
            step._in_user_code = True
            step.gone = self._saved_state[2]
        self._atomic.__exit__(
            type(error) if error is not None else None,
            error,
            error.__traceback__ if error is not None else None,
        )
        if error is not None and error is not exc:
            raise error
        if error is None and self._outer:
            for func in step.afterwards:
                func()


def is_contention(error: DatabaseError) -> bool:
    """Tell whether the database refused because somebody else holds a lock."""
    code = error.args[0] if error.args else None
    if isinstance(code, int):
        return code in {1205, 1213, 3572}  # MySQL: lock wait timeout, deadlock, NOWAIT
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    if sqlstate is not None:
        # lock_not_available, deadlock_detected, serialization_failure, query_canceled
        return sqlstate in {"55P03", "40P01", "40001", "57014"}
    return "locked" in str(error)


@contextmanager
def write_transaction(using: str) -> Iterator[None]:
    """Begin the next transaction as a writer on SQLite; only the begin has to be inside.

    A deferred transaction that reads first and writes later cannot wait for another writer, it
    fails at once; https://www.sqlite.org/lang_transaction.html. Other databases are not touched.
    """
    connection: Any = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()  # connecting reads the mode from the settings
    mode = connection.transaction_mode
    connection.transaction_mode = "IMMEDIATE"
    try:
        yield
    except OperationalError as error:
        if is_contention(error):
            raise FlowLockFailed(
                "Others are writing to the database and did not finish in time. Nothing was "
                "changed; try again."
            ) from error
        raise
    finally:
        connection.transaction_mode = mode
