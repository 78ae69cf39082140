"""The heartbeat of a worker: a file that is touched for as long as the worker does its work.

A process that has died is seen by whoever started it. One that hangs looks alive: in a task that
never comes back, in a connection whose other side is gone, in the clock. A health check that looks
at the age of the file sees all of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.db import connections

task_finished: Any = None
task_started: Any = None
if find_spec("django.tasks") is not None:
    from django.tasks.signals import task_finished, task_started
elif find_spec("django_tasks") is not None:
    from django_tasks.signals import task_finished, task_started

__all__ = ["Heartbeat"]

logger = logging.getLogger(__name__)

#: A loop that looks for work asks the database every second or so; silent for so long, it hangs.
_SILENCE: Final = 60.0


class Heartbeat:
    """``Heartbeat(path, limit=3600)``: :meth:`beat` touches the file unless the worker hangs.

    ``limit``: a task that takes more seconds counts as hung. Raises ``OSError`` when the file
    cannot be written.
    """

    def __init__(self, path: str | Path, limit: float) -> None:
        self.path = Path(path)
        self.limit = limit
        self._task: tuple[float, Any] | None = None
        self._last_query: float | None = None
        self._hung = False
        self.path.touch()

    @contextmanager
    def watching(self, using: str) -> Iterator[None]:
        """Watch the loop of this thread, which asks this database for work, inside the block."""
        task_started.connect(self._begin)
        task_finished.connect(self._end)
        self._last_query = time.monotonic()
        try:
            with connections[using].execute_wrapper(self._note):
                yield
        finally:
            self._last_query = None
            task_started.disconnect(self._begin)
            task_finished.disconnect(self._end)

    def _begin(self, task_result: Any, **kwargs: Any) -> None:
        self._task = time.monotonic(), task_result

    def _end(self, **kwargs: Any) -> None:
        self._last_query, self._task = time.monotonic(), None

    def _note(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self._last_query = time.monotonic()
        return result

    def trouble(self) -> str:
        """Return one sentence about what hangs, or an empty text."""
        task, query, moment = self._task, self._last_query, time.monotonic()
        if task is not None:
            if moment - task[0] > self.limit:
                what = f"Task {task[1].id} ({task[1].task.module_path})"
                return f"{what} has been running for more than {self.limit:g} seconds."
        elif query is not None and moment - query > _SILENCE:
            return f"The worker has not looked for work for more than {_SILENCE:g} seconds."
        return ""

    def beat(self) -> None:
        """Touch the file; log an error, once, when something hangs instead."""
        if trouble := self.trouble():
            if not self._hung:
                logger.error(trouble)
        else:
            self.path.touch()
        self._hung = bool(trouble)
