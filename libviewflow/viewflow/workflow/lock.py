"""Locks of a process: one step at a time.

``with MyFlow.lock(process_pk):`` waits until nobody else works on the process, opens the step's
transaction and holds the lock until that has been committed. What is read inside is current.

The default needs no configuration: row locks where the database has them (PostgreSQL, MariaDB,
MySQL, Oracle), an immediate write transaction on SQLite. Taking a lock again that this thread
already holds is free, so a step may call into the same process.

A process that works for a task of another one (see :mod:`viewflow.workflow.family`) is locked at
the root of its family first, then itself. That is the one order in which locks of a family are
taken, by a child that ends and lets its parent go on as by a parent that cancels its children, so
no two of them can wait for each other.
"""

from __future__ import annotations

import functools
import os
import random
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connections, router, transaction
from django.db.models import F

from .exceptions import FlowLockFailed
from .executor import Step, current_step, unit_of_work
from .step_rows import root_model
from .transactions import is_contention

__all__ = [
    "CacheLock",
    "DatabaseLock",
    "NoLock",
    "SelectForUpdateLock",
    "cache_lock",
    "database_lock",
    "family_lock",
    "family_root",
    "is_dead",
    "lock_failed",
    "never_waiting",
    "no_lock",
    "owner_mark",
    "pause",
    "select_for_update_lock",
]


#: True where nobody wants to wait for a lock: see :func:`never_waiting`.
_hurry: ContextVar[bool] = ContextVar("viewflow_never_waiting", default=False)


@contextmanager
def never_waiting() -> Iterator[None]:
    """Take locks of processes at once or not at all inside the block: ``FlowLockFailed``.

    For programs that go through many processes and should not stand still before one that is
    busy. SQLite has one writer, and waits for that as its connection is told to.
    """
    token = _hurry.set(True)
    try:
        yield
    finally:
        _hurry.reset(token)


def lock_failed(flow_class: Any, process_pk: Any, attempts: int) -> FlowLockFailed:
    """Return the exception of somebody who has waited in vain."""
    times = "one attempt" if attempts == 1 else f"{attempts} attempts"
    return FlowLockFailed(
        f"{flow_class.process_title} #{process_pk}: somebody else is working on it ({times}). "
        "Nothing was changed; try again."
    )


def _alias(flow_class: Any) -> str:
    return router.db_for_write(flow_class.process_class)


def pause(attempt: int) -> None:
    """Sleep before the next attempt to take a lock."""
    # Random, so that those who collided once do not collide again (50 ms to 800 ms at most).
    time.sleep(min(0.05 * 2**attempt, 0.8) * random.uniform(0.5, 1))  # noqa: S311


class NoLock:
    """No lock at all: two steps of one process may run at once and spoil it.

    Only for flows whose processes are never touched by two people or workers at a time.
    """

    is_lock = False

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: Any) -> Iterator[None]:
        with unit_of_work(_alias(flow_class)):
            yield


class DatabaseLock:
    """A lock by the database itself.

    ``nowait`` gives up at once when the row is locked and tries again, ``attempts`` times in all,
    with a growing pause between. Without ``nowait`` the database queues the waiting fairly;
    its own lock timeout, where one is set, ends the wait. Raises ``FlowLockFailed``.
    """

    is_lock = True

    def __init__(self, nowait: bool = False, attempts: int = 3) -> None:
        self.nowait = nowait
        self.attempts = attempts

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: Any) -> Iterator[None]:
        using = _alias(flow_class)
        # In a transaction of somebody else the database has waited once already, and waiting
        # again would meet the same holder.
        waits_again = self.nowait or not connections[using].in_atomic_block
        if waits_again and (outer := current_step(using)) is not None and not outer.in_user_code:
            # A second lock of one step: what fails in its transaction has spoilt it.
            waits_again = False
        attempts = self.attempts if waits_again and not _hurry.get() else 1
        for attempt in range(attempts):
            entered = False
            try:
                with unit_of_work(using) as step:
                    if step.lock_once(flow_class.process_class, process_pk):
                        self._take(flow_class.process_class, process_pk, step)
                    entered = True
                    yield
                return
            except (DatabaseError, FlowLockFailed) as error:
                contention = isinstance(error, FlowLockFailed) or is_contention(error)
                if entered or not contention:
                    raise
            if attempt + 1 < attempts:
                pause(attempt)
        raise lock_failed(flow_class, process_pk, attempts)

    def _take(self, model: Any, process_pk: Any, step: Step) -> None:
        features = step.connection.features
        root = root_model(model)
        if not features.has_select_for_update:
            # SQLite: whoever writes holds the database's one write lock. The step's own
            # transaction began with it; in somebody else's it has to be taken now.
            if not step.owns_transaction:
                rows = root._base_manager.using(step.using).filter(pk=process_pk)
                rows.update(status=F("status"))
            return
        nowait = (self.nowait or _hurry.get()) and features.has_select_for_update_nowait
        # The root row is what all steps of a process meet at, whatever its model adds.
        source = root if model._meta.parents and not model._meta.proxy else model
        rows = source._base_manager.using(step.using).select_for_update(nowait=nowait)
        process = rows.filter(pk=process_pk).order_by().first()
        if process is not None and source is model:
            step.remember_process(process)


class SelectForUpdateLock(DatabaseLock):
    """``SELECT … FOR UPDATE`` of the process row."""

    def __init__(self, nowait: bool = True, attempts: int = 5) -> None:
        super().__init__(nowait, attempts)


class _Held:
    """A lock that is held until the transaction ends, however it ends.

    It is kept alive by the connection's list of commit hooks. A commit calls :meth:`release`; a
    rollback drops the list, and with it the last reference, which releases it as well.
    """

    def __init__(self, release: Any) -> None:
        self._finalize = weakref.finalize(self, release)

    def release(self) -> None:
        self._finalize()


class CacheLock:
    """A lock in a cache that every process shares (Memcached, Redis, files, the database).

    ``expires`` seconds after it was taken, others may take it, so a machine that died does not
    block for ever; a step must be shorter. The lock of a process of this machine that was killed
    is taken over at once. Each taking has an owner's mark: releasing never removes
    somebody else's lock. Raises ``FlowLockFailed`` after ``attempts``.
    """

    is_lock = True

    def __init__(self, cache: Any, attempts: int = 5, expires: int = 120) -> None:
        self.cache = cache
        self.attempts = attempts
        self.expires = expires
        self._held: weakref.WeakValueDictionary[tuple[int, str], _Held]
        self._held = weakref.WeakValueDictionary()

    def key(self, flow_class: Any, process_pk: Any) -> str:
        """Return the cache key of a process."""
        return f"django-viewflow-lock-{flow_class.instance.flow_label}/{process_pk}"

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: Any) -> Iterator[None]:
        using = _alias(flow_class)
        connection = connections[using]
        key = self.key(flow_class, process_pk)
        mine = (id(connection), key)
        if mine in self._held:
            with database_lock(flow_class, process_pk):
                yield
            return

        held = _Held(self._take(flow_class, process_pk, key))
        self._held[mine] = held
        try:
            # The row too: a cache may give one lock twice (``add`` of Django's file cache is not
            # atomic), and a lock runs out under a step that takes too long.
            with database_lock(flow_class, process_pk):
                # Released by the commit, before whatever else was put off until then. Where
                # somebody else's transaction goes on after this block, so does the lock.
                transaction.on_commit(held.release, using=using)
                yield
        except BaseException:
            held.release()
            raise

    def _take(self, flow_class: Any, process_pk: Any, key: str) -> Any:
        mark, cache = f"{owner_mark()}{uuid.uuid4().hex}", self.cache

        def release() -> None:
            if cache.get(key) == mark:
                cache.delete(key)

        attempts = 1 if _hurry.get() else self.attempts
        for attempt in range(attempts):
            if cache.add(key, mark, self.expires):
                return release
            if self._bury(key):
                continue
            if attempt + 1 < attempts:
                pause(attempt)
        raise lock_failed(flow_class, process_pk, attempts)

    def _bury(self, key: str) -> bool:
        """Remove the lock of a process of this machine that was killed; others expire."""
        if not is_dead(self.cache.get(key)):
            return False
        # One at a time, and with a second look: who comes later must not remove a new lock.
        grave = f"{key}/grave"
        if not self.cache.add(grave, "1", 10):
            return False
        try:
            dead = is_dead(self.cache.get(key))
            if dead:
                self.cache.delete(key)
            return dead
        finally:
            self.cache.delete(grave)


@functools.cache
def _machine() -> str:
    """Name this boot of this machine and its process numbers; empty where that is unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def owner_mark() -> str:
    """Name this process, as the beginning of a lock's mark; empty where that is not possible."""
    machine = _machine()
    return f"{machine}|{os.getpid()}|" if machine else ""


def is_dead(mark: Any) -> bool:
    """Tell whether a lock's mark was left by a process of this machine that does not run now."""
    machine, _, rest = str(mark or "").partition("|")
    pid, _, _ = rest.partition("|")
    if not machine or machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


#: No lock; see :class:`NoLock` for what that means.
no_lock = NoLock()

#: The default: by the database, without configuration.
database_lock = DatabaseLock()

#: ``SELECT … FOR UPDATE NOWAIT``, five attempts.
select_for_update_lock = SelectForUpdateLock()

#: A lock in the default cache; use one that all processes share.
cache_lock = CacheLock(cache=cache)


def family_root(flow_class: Any, process_pk: Any) -> tuple[Any, Any] | None:
    """Return flow class and key of the process at the root of a family.

    ``None`` for a process that works for no other. The way to the root never changes, so it is
    read without a lock. The flow class is ``None`` when the code no longer has it.
    """
    model = root_model(flow_class.process_class)
    rows = model._base_manager.using(_alias(flow_class))
    pk, found = process_pk, None
    while True:
        task = rows.filter(pk=pk).order_by().values_list("parent_task_id", flat=True).first()
        if task is None:
            return found
        parent = rows.filter(task=task).values_list("flow_class", "pk").first()
        if parent is None:
            return found
        found = parent
        pk = parent[1]


@contextmanager
def family_lock(flow_class: Any, process_pk: Any) -> Iterator[None]:
    """Hold the lock of the family's root, then the process's own; see the module's text.

    The root's lock is that of its flow, or its row where that flow has no lock at all.
    """
    root = family_root(flow_class, process_pk)
    if root is None:
        with flow_class.lock_impl(flow_class, process_pk):
            yield
        return
    root_flow, root_pk = root
    impl = getattr(root_flow, "lock_impl", database_lock)
    if not getattr(impl, "is_lock", True):
        impl = database_lock
    with impl(root_flow or flow_class, root_pk), flow_class.lock_impl(flow_class, process_pk):
        yield
