"""Orders: what a background worker is asked to do, as kept on the task's own row.

The order is the outbox of a job. It is written in the same transaction as the task, in two
columns that every task model has, so that it can never be lost or be there without its task:

``external_task_id``
    the order's key, and how often it was tried, lost and sent;
``scheduled``
    while the task is SCHEDULED, when the work is due; while it is STARTED, until when the worker
    must have told that it is alive.

A message to a worker names the task and the key. Messages may come twice, late or never: the row
decides.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from uuid import uuid4

from .exceptions import FlowRuntimeError
from .fields import import_flow_by_ref

__all__ = ["Address", "Backoff", "Order", "backoff_of"]

#: Nobody waits longer than this for a message that is sent again.
_LONGEST_PATIENCE: Final = 3600


@dataclass(frozen=True, slots=True)
class Order:
    """One order: ``str()`` of it is what the column ``external_task_id`` keeps."""

    key: str
    #: Which attempt this is; each failure of the work makes the next one.
    attempt: int = 1
    #: How many workers were lost with this attempt.
    lost: int = 0
    #: How many messages were sent; 0 while the runner cannot hold one back until the due time.
    sent: int = 1

    @classmethod
    def new(cls, attempt: int = 1, lost: int = 0, sent: int = 1) -> Self:
        """Make an order with a key of its own."""
        return cls(str(uuid4()), attempt, lost, sent)

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read the column; ``None`` when it keeps none."""
        key, *counts = (text or "").split(":")
        if not key:
            return None
        try:
            return cls(key, *map(int, counts))
        except (TypeError, ValueError):
            # The number of somebody else's system, kept by a node that has no orders.
            return cls(text or "")

    def __str__(self) -> str:
        if (self.attempt, self.lost, self.sent) == (1, 0, 1):
            return self.key
        return f"{self.key}:{self.attempt}:{self.lost}:{self.sent}"

    def sent_again(self) -> Self:
        """Return the same order after one more message."""
        return replace(self, sent=self.sent + 1)

    def patience(self, base: float) -> datetime.timedelta:
        """Return how long a message may be under way before it counts as lost.

        It doubles with each message: where the workers are merely busy, the queue does not fill
        with copies.
        """
        doubled = base * 2 ** min(max(self.sent - 1, 0), 12)
        return datetime.timedelta(seconds=min(doubled, max(base, _LONGEST_PATIENCE)))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message leads: a task, and the order it is about.

    As text ``<flow>/<process>/<task>#<key>``; without a key it means whatever order is open.
    """

    flow_ref: str
    process_pk: str
    task_pk: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a message. Raises ``FlowRuntimeError`` when it is none."""
        reference, _, key = str(text).partition("#")
        parts = reference.rsplit("/", 2)
        if len(parts) != 3 or not all(parts):
            raise FlowRuntimeError(f"{text!r} does not name a task of a flow.")
        flow_ref, process_pk, task_pk = parts
        return cls(flow_ref, process_pk, task_pk, key)

    def __str__(self) -> str:
        reference = f"{self.flow_ref}/{self.process_pk}/{self.task_pk}"
        return f"{reference}#{self.key}" if self.key else reference

    @property
    def flow_class(self) -> Any:
        """The flow; raises as ``import_flow_by_ref``."""
        return import_flow_by_ref(self.flow_ref)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next attempt: ``first``, then ``factor`` times as long each time.

    Never longer than ``longest``; in seconds. ``jitter`` is the share that is random, so that
    jobs which failed together do not come back together.
    """

    first: float = 10
    factor: float = 2
    longest: float = 3600
    jitter: float = 0.5

    def __call__(self, attempt: int) -> datetime.timedelta:
        """Return the pause after the failure of this attempt (the first is 1)."""
        if self.first <= 0:
            return datetime.timedelta()
        # Compared as exponents: a thousand attempts must not overflow.
        seconds = self.first
        for _ in range(attempt - 1):
            seconds *= self.factor
            if seconds >= self.longest:
                break
        seconds = min(seconds, self.longest)
        share = 1 - self.jitter * random.random()  # noqa: S311
        return datetime.timedelta(seconds=seconds * share)


def backoff_of(value: Any) -> Callable[[int], datetime.timedelta]:
    """Return what ``Job(backoff=…)`` means as a callable of the attempt.

    Seconds or a timedelta are the first pause; a callable returns either of them.
    """
    if value is None:
        return Backoff()
    if isinstance(value, Backoff):
        return value
    if callable(value):
        return lambda attempt: _delta(value(attempt))
    return Backoff(first=_delta(value).total_seconds())


def _delta(value: Any) -> datetime.timedelta:
    if isinstance(value, datetime.timedelta):
        return value
    return datetime.timedelta(seconds=float(value))
