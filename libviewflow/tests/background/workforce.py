"""Workers as processes of their own, which a supervisor starts again when they die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Workforce:
    """``with Workforce(command, database) as workers:`` one process, replaced when it dies."""

    def __init__(self, command: list[str], database: dict[str, Any], **env: str) -> None:
        self.command = [sys.executable, "-W", "ignore", "-m", *command]
        self.env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "DJANGO_SETTINGS_MODULE": "tests.background.settings",
            "TEST_DATABASE": json.dumps(database, default=str),
            **env,
        }
        self.killed = 0
        self.process: subprocess.Popen | None = None
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def _supervise(self) -> None:
        while not self._over.is_set():
            if self.process is None or self.process.poll() is not None:
                if self.process is not None:
                    self.killed += self.process.returncode == -signal.SIGKILL
                self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.env)
            time.sleep(0.05)

    def __enter__(self) -> Workforce:
        self._supervisor.start()
        return self

    def stop(self) -> int:
        """Ask the worker to end; return its exit code."""
        self._over.set()
        self._supervisor.join()
        self.process.terminate()
        return self.process.wait(30)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._supervisor.join()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


def until(true: Callable[[], Any], seconds: float = 90) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
