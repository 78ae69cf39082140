"""``manage.py workflow_worker``: one process that does all background work of a project.

It runs the worker of ``django-tasks-db`` where ``settings.TASKS`` names that backend, and beside
it the clock: timers, conditions, and the sweeper of jobs. Where messages are carried by somebody
else (Celery, say), only the clock runs. Start as many as you like; they do not disturb each other.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from viewflow.workflow.clock import tick
from viewflow.workflow.heartbeat import Heartbeat
from viewflow.workflow.repeating import Repeater

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Ends on SIGTERM: at once when idle, else after the work in hand. A second one ends it now."""

    help = "Run background jobs, timers and the repair of lost jobs until SIGTERM"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=1, help="seconds between looks for new work (1)"
        )
        parser.add_argument(
            "--clock", type=float, default=5, help="seconds between timers and repairs (5)"
        )
        parser.add_argument(
            "--backend", default="default", help="which of settings.TASKS (default)"
        )
        parser.add_argument("--queue-name", default="*", help="queues, by commas (all)")
        parser.add_argument(
            "--heartbeat",
            metavar="FILE",
            help="touch this file with each tick of the clock, unless something hangs",
        )
        parser.add_argument(
            "--hung-after",
            type=float,
            default=3600,
            metavar="SECONDS",
            help="a task that takes longer counts as hung, for --heartbeat (3600)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not all(options[name] > 0 for name in ("clock", "interval", "hung_after")):
            raise CommandError("--clock, --interval and --hung-after are seconds, more than 0.")
        has_database = _is_database_backend(options["backend"])
        self.heartbeat = _heartbeat(options["heartbeat"], options["hung_after"])
        if options["verbosity"]:
            what = "jobs and timers" if has_database else "timers; jobs are carried elsewhere"
            self.stdout.write(f"Working on {what}. SIGTERM or Control-C ends.")
            self.stdout.flush()
        for number in (signal.SIGTERM, signal.SIGINT):  # until db_worker has its own
            signal.signal(number, _end)
        self._tick()
        clock = Repeater(self._tick, every=options["clock"], name="clock")
        try:
            if has_database:
                with self._watched():
                    call_command(
                        "db_worker",
                        queue_name=options["queue_name"],
                        interval=options["interval"],
                        backend_name=options["backend"],
                        startup_delay=False,
                        reload=False,
                        verbosity=options["verbosity"],
                    )
            else:
                threading.Event().wait()
        finally:
            # A step that the clock is in the middle of comes to its end.
            clock.stop(wait=True)

    def _tick(self) -> None:
        close_old_connections()
        for name, done in tick().items():
            if done and (not isinstance(done, tuple) or any(done)):
                logger.info("Clock: %s: %s", name, done)
        if self.heartbeat is not None:
            self.heartbeat.beat()

    def _watched(self) -> AbstractContextManager[None]:
        if self.heartbeat is None:
            return nullcontext()
        from django_tasks_db.models import DBTaskResult

        return self.heartbeat.watching(DBTaskResult.objects.ready().db)


def _heartbeat(path: str | None, limit: float) -> Heartbeat | None:
    if path is None:
        return None
    try:
        return Heartbeat(path, limit)
    except OSError as error:
        raise CommandError(f"The heartbeat cannot be written: {error}") from error


def _is_database_backend(name: str) -> bool:
    if find_spec("django_tasks_db") is None:
        return False
    from django_tasks_db.backend import DatabaseBackend

    from viewflow.workflow.runners.django_tasks import task_backends

    try:
        return isinstance(task_backends[name], DatabaseBackend)
    except Exception as error:
        raise CommandError(f"settings.TASKS has no usable backend {name!r}: {error}") from error


def _end(number: int, frame: FrameType | None) -> None:
    """Leave whatever the main thread is doing; a step that is open is rolled back."""
    sys.exit(0)
