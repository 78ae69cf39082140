"""What a node does as the host of events on its border (BPMN 2.0.2, clause 10.5.4).

The events are declared on the node with ``OnTimeout``, ``OnError`` and ``OnEscalation`` and
become nodes of their own, ``<host>__timeout``, ``<host>__error`` and ``<host>__escalation``. Each
task of a host that waits has a task for each of its events: *armed* from the moment the host is
activated until it is gone. An armed event holds no token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import DatabaseError
from django.utils import timezone

from .exceptions import FlowLockFailed
from .executor import current_step
from .status import BOUNDARY, FINISHED, LIVE, STATUS
from .transactions import is_contention

if TYPE_CHECKING:
    from .activation import Activation

__all__ = ["HostMixin"]


class HostMixin:
    """The events of a node: declared, armed, withdrawn, and asked when something happens."""

    boundaries: list[Any]
    _attached: list[tuple[str, Any]]

    @property
    def boundary_classes(self) -> dict[str, Any]:
        """The node classes of events, by kind; nodes with pages carry events with pages."""
        from .nodes.boundary import BOUNDARY_CLASSES

        return BOUNDARY_CLASSES

    # declaration -----------------------------------------------------------------------------

    def OnTimeout(
        self, delay: Any, then: Any, interrupting: bool = True, title: Any = None
    ) -> Self:
        """Go on to ``then`` when the task is still open after ``delay``.

        ``delay`` is a ``timedelta``, a ``datetime`` or a callable of this node's activation (or
        ``this.method``) that returns one of them, asked when the task begins. ``interrupting``
        cancels the task, even one that somebody has begun, and ``then`` takes its token; without,
        the task stays and ``then`` is one more branch. ``workflow_timers`` has to run.
        """
        return self._attach("timeout", then, delay=delay, interrupting=interrupting, title=title)

    def OnError(
        self, then: Any, code: str | None = None, interrupting: bool = True, title: Any = None
    ) -> Self:
        """Go on to ``then`` when the task fails with ``code``; ``None`` is for every error.

        The code is that of a ``ProcessError`` or of another exception with a ``code``; an event
        with the very code goes before one for every error. ``interrupting`` gives the task up,
        which keeps its error record; without, it stays failed and ``then`` is one more branch.
        """
        return self._attach("error", then, code=code, interrupting=interrupting, title=title)

    def OnEscalation(self, then: Any, code: str | None = None, title: Any = None) -> Self:
        """Begin one more branch at ``then`` whenever ``code`` is escalated to this task."""
        return self._attach("escalation", then, code=code, title=title)

    def _attach(self, kind: str, then: Any, **options: Any) -> Self:
        self._attached = [*self._attached, (kind, self.boundary_classes[kind](then, **options))]
        return self

    # the life of a host ----------------------------------------------------------------------

    def arm(self, activation: Activation) -> None:
        """Make the tasks of the events when a task of this node begins to wait."""
        for event in self.boundaries:
            self._arm(event, activation)

    def _arm(self, event: Any, activation: Activation) -> None:
        armed = event._create(activation, activation.task.token)
        armed.host = activation
        armed.activate()

    def disarm(self, activation: Activation) -> None:
        """Withdraw the events of a task that is gone: completed, cancelled or revived."""
        if not self.boundaries:
            return
        step = current_step(activation.using)
        assert step is not None
        events = _events(activation).filter(status__in=LIVE - {STATUS.STARTED})
        moment = timezone.now()
        for row in events.order_by("pk"):
            task = step.one_instance(row)
            step.track(task)
            task.status, task.finished = STATUS.CANCELED, moment

    # when something happens --------------------------------------------------------------------

    @property
    def catches_errors(self) -> bool:
        """Whether the node has an event for errors at all."""
        return any(event.kind == "error" for event in self.boundaries)

    def catches(self, activation: Activation, error: BaseException) -> bool:
        """Whether an event of the node is for this error.

        That a lock or the database was busy is nothing that a process should react to.
        """
        if isinstance(error, FlowLockFailed):
            return False
        if isinstance(error, DatabaseError) and is_contention(error):
            return False
        code = getattr(error, "code", None)
        return self._find("error", activation, code if isinstance(code, str) else None) is not None

    def catch(self, activation: Activation) -> bool:
        """Let the event for the failure of this task go on; tell whether there is one."""
        code = getattr(activation.failure, "code", None)
        if activation.failure is None:
            data = getattr(activation.task, "data", None) or {}
            code = (data.get("_exception") or {}).get("code")
        return self._happen("error", activation, code if isinstance(code, str) else None)

    def escalate(self, activation: Activation, code: str | None = None) -> bool:
        """Let the event for an escalation to this task go on; tell whether there is one.

        The event is armed again at once: a task may be escalated to several times.
        """
        if not any(event.kind == "escalation" for event in self.boundaries):
            return False
        with activation.flow_class.lock(activation.task.process_id):
            if activation.task.status in FINISHED:
                return False
            return self._happen("escalation", activation, code)

    def _happen(self, kind: str, activation: Activation, code: str | None) -> bool:
        event = self._find(kind, activation, code)
        if event is None:
            return False
        with activation.step():
            event.armed(activation).trigger()
            if not event.interrupting and activation.waits:
                # The host is still there, so it may happen again.
                self._arm(event, activation)
        return True

    def _find(self, kind: str, activation: Activation, code: str | None) -> Any:
        """Return the first event of this kind for the code, one for every code last."""
        events = [event for event in self.boundaries if event.kind == kind]
        fitting = [event for event in events if code is not None and event.code == code]
        fitting += [event for event in events if event.code is None]
        return next((event for event in fitting if not event.is_withdrawn(activation)), None)


def _events(activation: Activation) -> Any:
    rows = type(activation.task)._base_manager.using(activation.using)
    return rows.filter(previous=activation.task.pk, flow_task_type=BOUNDARY)
