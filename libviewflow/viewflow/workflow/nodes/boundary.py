"""Events on the border of a task: timeout, error, escalation (BPMN 2.0.2, clause 10.5.4).

They are declared on their host, see :mod:`viewflow.workflow.hosts`. The task of an event waits
beside the host's task with the same token, which it does not hold. When the event happens, an
interrupting one ends the host and goes on with that token; another one begins a way beside it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from ...fsm import State
from ...this_object import this
from ..activation import Activation, cancellation
from ..base import Node
from ..exceptions import FlowDefinitionError
from ..executor import current_step
from ..graph.token import Token
from ..status import BOUNDARY, LIVE, STATUS
from .catch import ARMED, CatchActivation
from .timer import bpmn_time, check_delay, due_moment, keep_moment

__all__ = [
    "BOUNDARY_CLASSES",
    "BoundaryActivation",
    "ErrorBoundary",
    "EscalationBoundary",
    "TimerBoundary",
    "TimerBoundaryActivation",
]

#: What can be done to a task, so that something can happen to it: BPMN's activities, and ours that
#: wait. Gateways, starts and ends are passed.
_NO_HOSTS = frozenset(
    {"START", "HUMAN_START", "END", "JOIN", "SWITCH", "OBSOLETE", BOUNDARY}
    | {"EXCLUSIVE_GATEWAY", "PARALLEL_GATEWAY"}
)


class BoundaryActivation(CatchActivation):
    """An event that is armed, and happens or is withdrawn."""

    @cached_property
    def host(self) -> Activation:
        """The task on whose border the event is."""
        step = current_step(self.using)
        task = self.task.previous.exclude(flow_task_type=BOUNDARY).get()
        if step is not None:
            task = step.one_instance(task)
        return task.flow_task.activation_class(task)  # type: ignore[no-any-return]

    def happen(self) -> None:
        """End the host, if the event does that; else leave its token alone."""
        if self.flow_task.interrupting:
            self.host.interrupt()
        else:
            self.task.token = Token(self.task.token).aside(self.task.pk)

    #: Disarm the event; the host waits on without it.
    cancel = cancellation(*ARMED, STATUS.ERROR)

    def token_is_free(self) -> Any:
        """Guard of revive: an event goes with its host."""
        return State.CONDITION(
            self.host.task.status in LIVE, "The task that this event belongs to is gone."
        )

    @Activation.status.transition(
        source=STATUS.ERROR,
        target=STATUS.REVIVED,
        label="Revive",
        conditions=[this.token_is_free],
        permission=this.has_manage_permission,
    )
    def revive(self) -> Activation:
        """Arm an event again that failed when it happened."""
        return super().revive.original()  # type: ignore[no-any-return]


class TimerBoundaryActivation(BoundaryActivation):
    """A time limit."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        """Find out when the limit is reached, and wait."""
        if self.task.scheduled is None:
            self.task.scheduled = due_moment(self.flow_task.delay, self.host)

    def prepare_revived_task(self) -> Any:
        """A limit that was reached is reached still."""
        task = super().prepare_revived_task()
        keep_moment(self.task, task)
        return task


class Boundary(Node):
    """An event on the border of ``host``; made by its ``OnTimeout``, ``OnError``, ``OnEscalation``."""

    kind: ClassVar[str]
    task_type = BOUNDARY
    bpmn_element = "boundaryEvent"
    activation_class: type[Activation] = BoundaryActivation

    def __init__(
        self, then: Any, code: str | None = None, interrupting: bool = True, title: Any = None
    ) -> None:
        super().__init__()
        if code is not None and (not isinstance(code, str) or not code):
            raise FlowDefinitionError(f"{type(self).__name__}: a code is text, not {code!r}.")
        self.code = code
        self.interrupting = interrupting
        self._add_edge(then)
        #: Whether the flow has given the event a title of its own.
        self.is_titled = title is not None
        self.Annotation(title=title if self.is_titled else self.default_title())

    def bpmn_detail(self) -> dict[str, str]:
        return {"name": self.code} if self.code else {}

    def default_title(self) -> Any:
        """Return what the event is called in drawings and lists when the flow does not say it."""
        raise NotImplementedError

    def _ready(self) -> None:
        super()._ready()
        host, flow = self.host, self.flow_class
        if host.task_type in _NO_HOSTS:
            raise FlowDefinitionError(
                f"{flow.__name__}.{host.name}: a {type(host).__name__} has no {self.kind} event; "
                "events belong to tasks."
            )
        # Every flow class with such an event looks behind it when a step is to be undone.
        flow._has_boundaries = True

    def _rows(self, host: Activation) -> Any:
        rows = type(host.task)._base_manager.using(host.using)
        return rows.filter(previous=host.task.pk, flow_task=self)

    def is_withdrawn(self, host: Activation) -> bool:
        """Whether somebody has disarmed this event of the host, or it has happened already."""
        rows = self._rows(host)
        return rows.exists() and not rows.filter(status__in=ARMED).exists()

    def armed(self, host: Activation) -> Activation:
        """Return the event's task; hosts that never wait get it when it is needed."""
        task = self._rows(host).filter(status__in=ARMED).order_by("pk").first()
        if task is None:
            activation = self._create(host, host.task.token)
            activation.activate()
        else:
            activation = self.activation_class(task)
        activation.host = host  # type: ignore[attr-defined]
        return activation


class TimerBoundary(Boundary):
    """A time limit for the host."""

    kind = "timeout"
    bpmn_event = "timer"
    activation_class: type[Activation] = TimerBoundaryActivation
    references = ("delay",)

    def __init__(self, then: Any, delay: Any, interrupting: bool = True, title: Any = None) -> None:
        super().__init__(then, interrupting=interrupting, title=title)
        self.delay = check_delay(delay, "OnTimeout")

    def bpmn_detail(self) -> dict[str, str]:
        return bpmn_time(self.delay)

    def default_title(self) -> Any:
        return _("Time limit") if self.interrupting else _("Reminder")

    def _ready(self) -> None:
        super()._ready()
        if not self.host.activation_class.waits:
            raise FlowDefinitionError(
                f"{self.flow_class.__name__}.{self.host.name}: OnTimeout on a "
                f"{type(self.host).__name__}, which never waits."
            )


class ErrorBoundary(Boundary):
    """What happens when the host fails."""

    kind = "error"
    bpmn_event = "error"

    def default_title(self) -> Any:
        return _("Failure")


class EscalationBoundary(Boundary):
    """What happens beside the host when something is escalated to it."""

    kind = "escalation"
    bpmn_event = "escalation"

    def __init__(self, then: Any, code: str | None = None, title: Any = None) -> None:
        super().__init__(then, code=code, interrupting=False, title=title)

    def default_title(self) -> Any:
        return _("Escalation")


#: By the kind that is part of the name of the event.
BOUNDARY_CLASSES: dict[str, Any] = {
    kind.kind: kind for kind in (TimerBoundary, ErrorBoundary, EscalationBoundary)
}
