"""What timers, conditions and events on borders share: they wait, happen, and go on.

BPMN 2.0.2, clause 13.5: a catching event is completed by its occurrence, which takes no time.
"""

from __future__ import annotations

from ..activation import Activation
from ..status import STATUS

__all__ = ["ARMED", "CatchActivation"]

#: Statuses in which an event waits.
ARMED = (STATUS.NEW, STATUS.SCHEDULED)


class CatchActivation(Activation):
    """Waits until somebody calls :meth:`trigger`."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Wait."""

    @Activation.status.transition(source=list(ARMED), target=STATUS.STARTED)
    def start(self) -> None:
        """It happens."""
        with self.step():
            self.started()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Complete and go on to what follows."""
        self._go_on()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        self.finish()

    def trigger(self) -> None:
        """Let it happen and go on: what a dispatcher calls under the process's lock."""
        self._go_on(begin=True)

    def happen(self) -> None:
        """Hook: what the event does before the process goes on."""

    def _go_on(self, begin: bool = False) -> None:
        with self.step() as step:
            followers: list[Activation] = []
            with self.exception_guard():
                if begin:
                    self.start()
                self.happen()
                self.complete()
                followers = self.create_next()
            if self.task.status == STATUS.DONE:
                step.schedule(followers)
