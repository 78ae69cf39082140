"""Doing something small again and again beside work that takes long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

__all__ = ["Repeater", "repeating"]

logger = logging.getLogger(__name__)


class Repeater:
    """Calls ``action`` every so many seconds in a thread of its own until :meth:`stop`.

    The first call comes after the first pause, so short work costs a sleeping thread and nothing
    else. What ``action`` raises is logged, and the next call comes all the same.
    """

    def __init__(self, action: Callable[[], object], every: float, name: str) -> None:
        self._action = action
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.wait(self._every):
                try:
                    self._action()
                except Exception:
                    logger.warning("%s failed and goes on.", self._thread.name, exc_info=True)
                    # A connection that broke must not be used for ever.
                    connections.close_all()
        finally:
            connections.close_all()

    def stop(self, wait: bool = False) -> None:
        """Make no further calls; with ``wait``, return when the last one is over."""
        self._over.set()
        if wait and self._thread is not threading.current_thread():
            self._thread.join()


@contextmanager
def repeating(action: Callable[[], object], every: float, name: str) -> Iterator[None]:
    """``with repeating(action, every=20, name="heartbeat"):`` repeat it during the block."""
    repeater = Repeater(action, every, name)
    try:
        yield
    finally:
        repeater.stop()
