"""``manage.py workflow_timers``: fire what is due; once, or over and over."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from viewflow.workflow.timers import (
    Dispatch,
    fire_due_conditions,
    fire_due_start_timers,
    fire_due_timers,
)

logger = logging.getLogger("viewflow.workflow.timers")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < threading.TIMEOUT_MAX:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above zero.")
    return value


class Command(BaseCommand):
    """Runs by cron every minute, or as a service with ``--loop``. Several at once are fine."""

    help = "Fire timers that are due, starts by the clock and conditions that have become true."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--loop",
            type=_seconds,
            metavar="SECONDS",
            help="keep running and look every so many seconds; SIGTERM ends it after the timer "
            "that is being fired",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pause = options["loop"]
        if pause is None:
            self._report(*self._dispatch(), always=True)
            return
        with _ended_by_signals() as ended:
            while not ended.is_set():
                close_old_connections()
                try:
                    self._report(*self._dispatch(ended), always=options["verbosity"] > 1)
                except (OperationalError, InterfaceError):
                    # A database that restarts must not end the service.
                    logger.exception("The database does not answer; trying again.")
                ended.wait(pause)

    def _dispatch(self, ended: threading.Event | None = None) -> tuple[Dispatch, ...]:
        stop = ended.is_set if ended is not None else lambda: False
        return (
            fire_due_timers(stop=stop),
            fire_due_start_timers(stop=stop),
            fire_due_conditions(stop=stop),
        )

    def _report(
        self, timers: Dispatch, starts: Dispatch, conditions: Dispatch, *, always: bool
    ) -> None:
        found = {"timers": timers, "start timers": starts, "conditions": conditions}
        if not always and not any(d or d.failed for d in found.values()):
            return
        words = []
        for name, dispatch in found.items():
            notes = [f"{dispatch.failed} failed"] if dispatch.failed else []
            notes += [f"{dispatch.postponed} postponed"] if dispatch.postponed else []
            notes += [f"up to {dispatch.lateness:.0f} s late"] if dispatch.lateness >= 1 else []
            words.append(f"{dispatch:d} {name}{f' ({", ".join(notes)})' if notes else ''}")
        self.stdout.write(f"Fired: {', '.join(words)}.")


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
