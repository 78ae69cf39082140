"""The worker's side of a job: take the order, do the work, bring the result.

A message may be delivered twice, late or never. What counts is the order on the task's row
(:mod:`viewflow.workflow.orders`):

1. :func:`claim` takes the order in a step of its own. A message whose order is not open any more
   is refused quietly.
2. The work is done without a lock and, unless the node is ``atomic``, without a transaction.
   While it lasts, a heartbeat renews the lease.
3. The completion is a step as well. It is refused when the order was cancelled or given to
   somebody else meanwhile; an ``atomic`` job's work is then rolled back.

A process may be killed at any of these points: the sweeper finds what was lost between them.
"""

from __future__ import annotations

import copy
import datetime
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.utils.timezone import now

from ..conf import settings
from .context import Context
from .exceptions import FlowLockFailed, ProcessError
from .orders import Address
from .repeating import repeating
from .status import STATUS
from .step_rows import snapshot
from .transactions import write_transaction

__all__ = ["Pause", "Work", "claim", "deliver", "locked", "open_order", "running"]

logger = logging.getLogger(__name__)

#: How long a result waits for a process that others are working on, in attempts.
_PATIENT: Final = 20

#: Columns that belong to the engine; what the work changes of others is stored.
_OWN: Final = frozenset(
    {"status", "finished", "started", "assigned", "scheduled", "external_task_id", "token"}
)

#: The keys of the orders that this thread is busy with.
_busy: ContextVar[frozenset[str]] = ContextVar("viewflow_busy", default=frozenset())


class Pause(NamedTuple):
    """What an exception of the runner means that is no failure: the work is interrupted."""

    #: When the runner delivers the same message again.
    due: datetime.datetime | None = None
    #: False: it does not; somebody else completes the task.
    again: bool = True


class Work:
    """An order that this worker has taken: ``activation`` is what the work is done with."""

    def __init__(self, activation: Any) -> None:
        self.activation = activation
        self.node = activation.flow_task
        self.order = activation.order
        #: Whether the work failed with an error that the process has an event for (``OnError``).
        self.caught = False
        self._before = [(name, snapshot(getattr(activation, name))) for name in ("process", "task")]

    def __str__(self) -> str:
        return f"{self.activation.ref()}#{self.order.key}"

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """Lock the process; give the fresh activation, or ``None`` when the order is over."""
        task = self.activation.task
        with locked(self.node.flow_class, task.process_id, task.pk) as fresh:
            order = fresh.order if fresh is not None else None
            still = order is not None and order.key == self.order.key
            yield fresh if still and fresh.task.status == STATUS.STARTED else None

    def renew(self) -> None:
        """Tell that the worker is alive."""
        task = self.activation.task
        lease = datetime.timedelta(seconds=_lease(self.node))
        rows = type(task)._base_manager.using(self.activation.using)
        rows.filter(
            pk=task.pk, status=STATUS.STARTED, external_task_id=task.external_task_id
        ).update(scheduled=now() + lease)

    def complete(self) -> bool:
        """Bring the result; false when nobody waits for it any more."""

        def bring() -> bool:
            with self._open() as fresh:
                if fresh is None:
                    logger.info("%s is over; the result of this worker is dropped.", self)
                    return False
                self._hand_over(fresh)
                with Context(propagate_exception=False):
                    fresh.execute()
                return True

        return _patiently(self.activation.using, bring)

    def complete_atomically(self) -> None:
        """Bring the result in the open transaction; raises where that has to be rolled back."""

        def bring() -> None:
            with self._open() as fresh, _step_of(fresh) as step:
                if fresh is None:
                    raise _Superseded
                self._hand_over(fresh)
                fresh.complete()
                followers = fresh.create_next()
                with Context(propagate_exception=False):
                    step.schedule(followers)

        _patiently(self.activation.using, bring)

    def fail(self, error: BaseException) -> None:
        """Note a failure: order another attempt, go the way of ``OnError``, or stay failed."""

        def note() -> None:
            with self._open() as fresh, Context(propagate_exception=False):
                if fresh is None:
                    return
                final = isinstance(error, ProcessError)
                if not final and self.order.attempt < getattr(self.node, "attempts", 1):
                    fresh.postpone(error)
                else:
                    self.caught = self.node.catches(fresh, error)
                    fresh.error(error)

        _patiently(self.activation.using, note)

    def pause(self, pause: Pause) -> None:
        """The runner interrupted the work."""
        with self._open() as fresh:
            if fresh is None:
                return
            if pause.again:
                fresh.give_back(pause.due)
            else:
                fresh.leave()

    def abandon(self) -> None:
        """This process is about to end: let somebody else begin anew."""
        with self._open() as fresh:
            if fresh is not None:
                fresh.task.scheduled = now()
                fresh.recover()

    def _hand_over(self, fresh: Any) -> None:
        """Take over what the work has changed on its process and task, and nothing else."""
        for name, before in self._before:
            target = getattr(fresh, name)
            for column, value in snapshot(getattr(self.activation, name)).items():
                old = before.get(column)
                if column in _OWN or value == old:
                    continue
                if isinstance(value, dict) and isinstance(old, dict):
                    value = _merged(getattr(target, column), old, value)
                setattr(target, column, value)


def _merged(current: Any, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return ``current`` with the keys changed that differ between ``old`` and ``new``."""
    result = dict(current or {})
    for key in old.keys() - new.keys():
        result.pop(key, None)
    for key, value in new.items():
        if key not in old or old[key] != value:
            result[key] = copy.deepcopy(value)
    return result


class _Superseded(Exception):  # noqa: N818 # nobody outside sees it
    """The order is over: what was done in its transaction must be rolled back."""


@contextmanager
def _step_of(activation: Any) -> Iterator[Any]:
    if activation is None:
        yield None
        return
    with activation.step() as step:
        yield step


@contextmanager
def locked(flow_class: Any, process_pk: Any, task_pk: Any) -> Iterator[Any]:
    """Lock a process and give the activation of one of its tasks as it is now, or ``None``."""
    with flow_class.lock(process_pk):
        rows = flow_class.task_class._base_manager.using(router.db_for_write(flow_class.task_class))
        # The task's row as well: a flow without a lock must not give one order to two workers.
        task = rows.select_for_update().filter(pk=task_pk, process=process_pk).first()
        node = task.flow_task if task is not None else None
        yield node.activation_class(task) if node is not None else None


def _lease(node: Any) -> float:
    return float(getattr(node, "lease", None) or settings.JOB_LEASE)


def _patiently(using: str, act: Callable[[], Any]) -> Any:
    """Try again while somebody else works on the process, or the database comes back.

    A result is worth waiting for. Doing it twice is harmless: the order is over the second time.
    """
    attempt = 0
    while True:
        try:
            return act()
        except (FlowLockFailed, OperationalError, InterfaceError) as error:
            connection = connections[using]
            if isinstance(error, DatabaseError | InterfaceError):
                if connection.in_atomic_block:
                    raise
                connection.close_if_unusable_or_obsolete()
            attempt += 1
            if attempt == _PATIENT:
                raise
            time.sleep(min(0.05 * 2**attempt, 1))


@contextmanager
def open_order(message: str) -> Iterator[Any]:
    """Lock the process of a message and give the activation; ``None`` when the order is over.

    Raises ``FlowRuntimeError`` for a text that is no message, and as ``import_flow_by_ref`` for a
    flow that does not exist.
    """
    address = Address.parse(message)
    flow_class = address.flow_class
    process_pk = flow_class.process_class._meta.pk.to_python(address.process_pk)
    with locked(flow_class, process_pk, address.task_pk) as activation:
        waits_for = getattr(activation, "waits_for", None)
        # In a test without a broker Celery delivers a retry inside of the work itself.
        if waits_for is None or not (address.key in _busy.get() or waits_for(address.key)):
            logger.info("%s is not open any more; the message is dropped.", message)
            activation = None
        yield activation


def claim(message: str) -> Work | None:
    """Take the order of a message; ``None`` when that is done, given to another or cancelled.

    The task is STARTED afterwards, and the process not locked. Raises as :func:`open_order`.
    """

    def take() -> Work | None:
        with open_order(message) as activation:
            status = activation.task.status if activation is not None else None
            if status == STATUS.SCHEDULED:
                activation.start()
            elif status == STATUS.STARTED:
                activation.resume()
            else:
                return None
            return Work(activation)

    using = router.db_for_write(Address.parse(message).flow_class.task_class)
    return _patiently(using, take)  # type: ignore[no-any-return]


@contextmanager
def running(
    work: Work, verdict: Callable[[BaseException], Pause | None] = lambda error: None
) -> Iterator[Any]:
    """``with running(work) as activation:`` do the work in the block; its end is the result.

    ``verdict`` tells which exceptions are the runner's way of control and no failures. Every
    exception leaves the block as it is, so the runner knows too, but for one that the process
    expects: after that, ``work.caught`` is true.
    """
    lease = _lease(work.node)
    mine = _busy.set(_busy.get() | {work.order.key})
    try:
        with repeating(work.renew, every=lease / 3, name=f"heartbeat of {work}"):
            yield from _watched(work, verdict)
    finally:
        _busy.reset(mine)


def _watched(work: Work, verdict: Callable[[BaseException], Pause | None]) -> Iterator[Any]:
    atomic = getattr(work.node, "atomic", False)
    try:
        if not atomic:
            yield work.activation
        else:
            using = work.activation.using
            with _transaction(using):
                yield work.activation
                work.complete_atomically()
    except _Superseded:
        logger.info("%s is over; the work of this worker is rolled back.", work)
        return
    except GeneratorExit:
        raise
    except Exception as error:
        pause = verdict(error)
        if pause is not None:
            work.pause(pause)
        else:
            work.fail(error)
            if work.caught:
                logger.info("%s: the process goes another way after %r.", work, error)
                return
        raise
    except BaseException:
        work.abandon()
        raise
    if not atomic:
        work.complete()


def deliver(message: str) -> None:
    """Carry out the order of a message, unless that is over.

    Raises what the work raised, after that has been noted on the task; nothing when the process
    has an ``OnError`` for it.
    """
    work = claim(message)
    if work is not None:
        with running(work) as activation:
            work.node.work(activation)


@contextmanager
def _transaction(using: str) -> Iterator[None]:
    with ExitStack() as stack:
        with write_transaction(using):
            stack.enter_context(transaction.atomic(using=using))
        yield
