"""Flows that many people and programs work on at the same moment, one for each lock."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache

from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.lock import CacheLock, no_lock, select_for_update_lock

from .models import Order
from .steps import page

#: Where the caches of locks and the order to crash are kept. The processes that a test starts
#: inherit the name; another run, or another of xdist's workers, has its own.
SHARED = Path(
    os.environ.setdefault(
        "LIBVIEWFLOW_TEST_SHARED", f"{tempfile.gettempdir()}/libviewflow-tests-{os.getpid()}"
    )
    + os.environ.get("PYTEST_XDIST_WORKER", "")
)


def lock_cache(name: str) -> Any:
    return FileBasedCache(str(SHARED / name), {})


class DefaultLockFlow(Flow):
    """A person, three functions that count, a split and a join; the lock is the default."""

    process_class = Order

    start = nodes.StartHandle().Next(this.human)
    human = nodes.View(page).Next(this.first)
    first = nodes.Function(this.bump).Next(this.second)
    second = nodes.Function(this.crash).Next(this.third)
    third = nodes.Function(this.bump).Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def bump(self, activation):
        activation.process.amount += 1
        activation.process.save()

    def crash(self, activation):
        order = SHARED / "crash"
        mode = order.read_text() if order.exists() else ""
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "raise":
            raise RuntimeError("crash")
        self.bump(activation)


class RowLockFlow(DefaultLockFlow):
    lock_impl = select_for_update_lock


class CacheLockFlow(DefaultLockFlow):
    lock_impl = CacheLock(cache=lock_cache("locks"), attempts=40, expires=3)


class UnlockedFlow(DefaultLockFlow):
    lock_impl = no_lock


class ImpatientFlow(DefaultLockFlow):
    """Gives up after two attempts."""

    lock_impl = CacheLock(cache=caches["default"], attempts=2, expires=60)


class ShortLockFlow(DefaultLockFlow):
    """Its lock runs out after a second."""

    lock_impl = CacheLock(cache=caches["default"], attempts=1, expires=1)


LOCKED = [DefaultLockFlow, RowLockFlow, CacheLockFlow]
