"""Runners without a worker, for tests and for scripts.

:class:`Immediate` does the work right after the commit, in the same process; :class:`Inline`
inside the step, so that a test within one transaction sees the result.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections import deque
from typing import Any, ClassVar

from ..jobs import deliver

__all__ = ["Immediate", "Inline"]

logger = logging.getLogger(__name__)


class _Waiting(threading.local):
    """Messages of this thread that come up while it delivers another one."""

    messages: deque[str] | None = None


_waiting = _Waiting()


class Immediate:
    """After the commit. A failure is kept on the task; whoever committed does not see it."""

    inline: ClassVar[bool] = False

    def defers(self, node: Any) -> bool:
        return False

    def send(self, node: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Do the work now, or after the job that this thread is busy with."""
        if _waiting.messages is not None:
            _waiting.messages.append(message)
            return
        _waiting.messages = deque([message])
        try:
            while _waiting.messages:
                self._deliver(_waiting.messages.popleft())
        finally:
            _waiting.messages = None

    def _deliver(self, message: str) -> None:
        try:
            deliver(message)
        except Exception:
            logger.exception("The job %s failed.", message)


class Inline:
    """Inside the step. There is one attempt: a failure makes the task ERROR at once."""

    inline: ClassVar[bool] = True

    def defers(self, node: Any) -> bool:
        return True

    def send(self, node: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Do nothing: the activation has done the work."""
