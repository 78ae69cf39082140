"""The step: one transaction in which tokens move until only waiting tasks are left.

Rows are not written one by one. A :class:`Step` collects new tasks, links and changes and writes
them in as few statements as the database allows: at its end, or earlier when code of the flow is
about to look. "Looks" means that a query runs on the connection, or that the key of a task which
is not inserted yet is read; both are noticed here, so user code always meets a consistent
database and never has to think about it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .status import STATUS
from .step_rows import StepRows, root_model
from .transactions import only_in_test_case, write_transaction

if TYPE_CHECKING:
    from .activation import Activation

__all__ = [
    "Step",
    "after_commit",
    "current_step",
    "is_in_transaction",
    "unit_of_work",
]

#: The step that is open on a connection. Connections belong to one thread each.
_steps: WeakKeyDictionary[BaseDatabaseWrapper, Step] = WeakKeyDictionary()


def current_step(using: str) -> Step | None:
    """Return the step that is open on the connection of this thread, if any."""
    return _steps.get(connections[using])


def is_in_transaction(using: str) -> bool:
    """Tell whether something is open whose commit others have to wait for: a step, or a
    transaction other than that of a ``TestCase``."""
    connection = connections[using]
    if _steps.get(connection) is not None:
        return True
    return connection.in_atomic_block and not only_in_test_case(connection)


def after_commit(func: Callable[[], Any], using: str) -> None:
    """Call ``func`` as soon as what was written is committed and no lock of the step is held.

    As for Django's durable blocks, the transaction around a ``TestCase`` does not count: there it
    is called when the step is over. An exception is logged; the step has succeeded already.
    """
    connection = connections[using]
    step = _steps.get(connection)
    if step is not None and step.in_test_case:
        step.afterwards.append(func)
    elif step is None and only_in_test_case(connection):
        func()
    else:
        transaction.on_commit(func, using=using, robust=True)


class Step(StepRows):
    """The unit of work of one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        #: False when somebody else began the transaction: their reads came before the lock.
        self.owns_transaction = False
        self._locked: set[tuple[Any, Any]] = set()
        #: Activations that wait to be activated; ``None`` while no work list runs.
        self._queue: deque[Activation] | None = None
        self._joins: deque[Activation] = deque()
        #: True while code of the flow runs: what it starts gets a savepoint and a list of its own.
        self._in_user_code = False
        #: What was known at the savepoints of the flow's code, by their names.
        self._savepoints: dict[str, tuple[Any, ...]] = {}
        #: Tasks that start their processes just now; they look at the outcome themselves.
        self.starting: set[Any] = set()
        #: What is called after the step: see :func:`after_commit`.
        self.in_test_case = False
        self.afterwards: list[Callable[[], Any]] = []

    @property
    def in_user_code(self) -> bool:
        """Whether code of the flow runs just now; what it starts has a savepoint of its own."""
        return self._in_user_code

    def lock_once(self, model: Any, pk: Any) -> bool:
        """Note that a process is locked by this step; False when it was already."""
        key = (root_model(model), pk)
        if key in self._locked:
            return False
        self._locked.add(key)
        return True

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
            in_test_case = only_in_test_case(connection)
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
