"""Timer and StartTimer: what happens at a moment (BPMN 2.0.2, clause 10.5.1, timer events).

The moment is in the task's column ``scheduled``, so it survives restarts. Somebody has to look
at the clock: see :mod:`viewflow.workflow.timers`.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.duration import duration_iso_string

from ...this_object import ThisMethod, ThisObject
from ..activation import Activation, cancellation
from ..base import Node
from ..exceptions import FlowDefinitionError, FlowRuntimeError
from ..status import STATUS
from .catch import CatchActivation
from .mixins import NextNodeMixin
from .start import StartHandleActivation

__all__ = ["StartTimer", "StartTimerActivation", "Timer", "TimerActivation", "due_moment"]


def check_delay(delay: Any, where: str) -> Any:
    """Return ``delay``; ``FlowDefinitionError`` for what can be no moment."""
    if isinstance(delay, datetime.timedelta) and delay < datetime.timedelta(0):
        raise FlowDefinitionError(f"{where}: a delay cannot be negative, as {delay!r} is.")
    known = (datetime.timedelta, datetime.datetime, ThisObject, ThisMethod)
    if not isinstance(delay, known) and not callable(delay):
        raise FlowDefinitionError(
            f"{where} wants a timedelta, a datetime or a callable of the activation, not {delay!r}."
        )
    return delay


def due_moment(delay: Any, activation: Activation) -> datetime.datetime:
    """Return when a timer of this task is due.

    Raises ``FlowRuntimeError`` when the flow's callable returns something else than a
    ``timedelta`` or ``datetime``. A naive ``datetime`` is one of the current time zone.
    """
    value = activation.call(delay, activation) if callable(delay) else delay
    if isinstance(value, datetime.timedelta):
        try:
            return timezone.now() + value
        except OverflowError as error:
            raise FlowRuntimeError(f"{activation.flow_task}: {value!r} is too long.") from error
    if not isinstance(value, datetime.datetime):
        raise FlowRuntimeError(
            f"{activation.flow_task}: a timer wants a timedelta or a datetime, but got {value!r}."
        )
    if settings.USE_TZ and timezone.is_naive(value):
        return timezone.make_aware(value)
    if not settings.USE_TZ and timezone.is_aware(value):
        return timezone.make_naive(value)
    return value


def bpmn_time(delay: Any) -> dict[str, str]:
    """Return a delay as BPMN says it: a duration, a date, or what the flow calls to know it."""
    if isinstance(delay, datetime.datetime):
        return {"timeDate": delay.isoformat()}
    if isinstance(delay, datetime.timedelta):
        return {"timeDuration": duration_iso_string(delay)}
    return {"timeDuration": getattr(delay, "__qualname__", "") or repr(delay)}


def keep_moment(old: Any, new: Any) -> None:
    """Let a timer that failed when it was due be due still; one that was cancelled begins anew."""
    if "_exception" in (getattr(old, "data", None) or {}):
        new.scheduled = old.scheduled


class TimerActivation(CatchActivation):
    """Waits for its moment."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        """Find out when the timer is due, and wait."""
        with self.step(), self.exception_guard():
            if self.task.scheduled is None:
                self.task.scheduled = due_moment(self.flow_task.delay, self)

    #: Stop waiting.
    cancel = cancellation(STATUS.NEW, STATUS.SCHEDULED, STATUS.ERROR)

    def prepare_revived_task(self) -> Any:
        """A timer that failed goes on at once; one that was cancelled waits anew."""
        task = super().prepare_revived_task()
        keep_moment(self.task, task)
        return task


class Timer(NextNodeMixin, Node):
    """Waits for a time: ``Timer(timedelta(days=2))``.

    ``delay`` is a ``timedelta`` from the arrival of the token, a ``datetime``, or a callable of
    the activation (``this.method``, ``act.process.…``) that returns one of them.
    """

    task_type = "TIMER"
    bpmn_element = "intermediateCatchEvent"
    bpmn_event = "timer"
    activation_class: type[Activation] = TimerActivation
    references = ("delay", "undo_func")

    def __init__(self, delay: Any, undo_func: Any = None) -> None:
        super().__init__()
        self.delay = check_delay(delay, type(self).__name__)
        self.undo_func = undo_func

    def bpmn_detail(self) -> dict[str, str]:
        return bpmn_time(self.delay)


class StartTimerActivation(StartHandleActivation):
    """A start by the clock."""


class StartTimer(NextNodeMixin, Node):
    """A process that begins by itself, every ``interval``.

    The first one begins when a dispatcher runs for the first time. After a downtime one process
    is started, not one for each interval that was missed. Raises ``ValueError`` without a
    positive interval.
    """

    task_type = "START"
    bpmn_element = "startEvent"
    bpmn_event = "timer"
    activation_class = StartTimerActivation
    references = ("undo_func",)
    func = None

    def __init__(self, interval: datetime.timedelta | None = None, undo_func: Any = None) -> None:
        super().__init__()
        if not isinstance(interval, datetime.timedelta) or interval <= datetime.timedelta(0):
            raise ValueError(
                f"StartTimer wants interval=timedelta(…) above zero, not {interval!r}."
            )
        self.interval = interval
        self.undo_func = undo_func

    def bpmn_detail(self) -> dict[str, str]:
        return {"timeCycle": f"R/PT{self.interval.total_seconds():g}S"}

    def run(self) -> Any:
        """Start a process now, whatever the clock says, and return it."""
        activation = self.activation_class.create(self)
        activation.execute()
        return activation.process
