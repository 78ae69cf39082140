"""What the crash tests and the crowd share: a database, a fleet of processes, and a verdict."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORKER = ["django", "workflow_worker", "--interval=0.1", "--clock=0.3", "--verbosity=0"]
#: What a page may answer: done, refused, gone, or busy.
FINE = {200, 302, 403, 404, 409, 503}


def crash_options(
    name: str, text: str | None, processes: int, kills: int, seconds: float, pause: float
) -> argparse.Namespace:
    """Read what the crash tests understand; the numbers are the defaults."""
    parser = argparse.ArgumentParser(name, description=text)

    def number(option: str, value: Any, what: str) -> None:
        parser.add_argument(option, type=type(value), default=value, help=f"{what} ({value})")

    number("--processes", processes, "processes of the flow")
    number("--kills", kills, "how many SIGKILLs")
    number("--seconds", seconds, "give up after")
    number("--pause", pause, "seconds between two kills, on average")
    number("--workers", 2, "worker processes")
    number("--webs", 2, "web servers")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choice of victims")
    return parser.parse_args()


class Fleet:
    """The processes of the system under test; what dies is started again."""

    def __init__(
        self, commands: list[list[str]], env: dict[str, str], cwd: Path = ROOT, log: Any = None
    ) -> None:
        self.commands = commands
        self.env = {**os.environ, **env}
        self.cwd = cwd
        self.log = log
        self.running = [self._start(command) for command in commands]
        self.died: Counter[int] = Counter()

    def _start(self, command: list[str]) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command],
            cwd=self.cwd,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            process_group=0,
        )

    def look_after(self) -> None:
        for index, process in enumerate(self.running):
            code = process.poll()
            if code is not None:
                self.died[code] += 1
                # What it had started goes with it, as in a container or a service of systemd.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                self.running[index] = self._start(self.commands[index])

    def kill_one(self, chance: random.Random) -> None:
        """Kill one process of the fleet, or one that such a process has started."""
        pids = [process.pid for process in self.running]
        pids += [child for pid in pids for child in _children(pid)]
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)

    def end(self) -> list[int]:
        """Ask all to end; return the exit codes."""
        for process in self.running:
            process.terminate()
        return [process.wait(60) for process in self.running]

    def kill_all(self) -> None:
        for process in self.running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:  # it has just ended, or this is not Linux
        return []


def test_environment(database: dict[str, Any]) -> dict[str, str]:
    """Return what processes of the library's own flows need to know."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.background.settings",
        "TEST_DATABASE": json.dumps(database, default=str),
        "TEST_LOG_LEVEL": "CRITICAL",
    }


def storm(
    fleet: Fleet,
    given: argparse.Namespace,
    is_over: Callable[[], bool],
    before_the_end: Callable[[], None] = lambda: None,
) -> list[str]:
    """Kill at random and start again until everything is done; say what went wrong with that."""
    from django.db.models import Max
    from django_tasks_db.models import DBTaskResult

    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import Process, Task

    def nothing_is_open() -> bool:
        return is_over() and not Process.objects.filter(status=PROCESS.NEW).exists()

    chance = random.Random(given.seed)
    begun = time.monotonic()
    kills, newest = 0, 0
    next_kill = next_look = begun
    try:
        while time.monotonic() - begun < given.seconds:
            fleet.look_after()
            if kills < given.kills and time.monotonic() > next_kill:
                # However busy the machine is: something has been done since the last kill.
                before, newest = newest, Task.objects.aggregate(pk=Max("pk"))["pk"] or 0
                if newest > before or nothing_is_open():
                    fleet.kill_one(chance)
                    kills += 1
                    next_kill = time.monotonic() + given.pause * chance.uniform(0.15, 1.85)
                else:
                    next_kill = time.monotonic() + 0.2
            if kills == given.kills and time.monotonic() > next_look:
                next_look = time.monotonic() + 0.3
                # What was sent twice is still to be refused.
                waiting = DBTaskResult.objects.filter(status="READY")
                if nothing_is_open() and not waiting.exists():
                    break
            time.sleep(0.05)
        took = time.monotonic() - begun
        before_the_end()
        codes = fleet.end()
    finally:
        fleet.kill_all()
    found = []
    if kills < given.kills:
        found.append(f"only {kills} of {given.kills} kills in {given.seconds:.0f} s")
    strange = {code: n for code, n in fleet.died.items() if code != -signal.SIGKILL}
    if strange:
        found.append(f"processes ended by themselves, by exit code: {strange}")
    # Killed a moment ago, or asked to end while it was still starting.
    if set(codes) - {0, -signal.SIGKILL, -signal.SIGTERM}:
        found.append(f"processes did not end cleanly: {codes}")
    print(f"{Process.objects.count()} processes, {kills} kills, {took:.1f} s")
    return found


def left_behind(processes: list[Any], total: int) -> Iterator[str]:
    """Look at the database: is every process over, and nothing waits any more?"""
    from django_tasks_db.models import DBTaskResult

    from tests.workflow.steps import check, picture
    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import SignalDelivery, Task
    from viewflow.workflow.status import LIVE

    if len(processes) < total:
        yield f"{len(processes)} processes instead of {total}"
    left = Task.objects.filter(status__in=LIVE).count()
    if left:
        yield f"{left} tasks are left behind"
    waiting = DBTaskResult.objects.filter(status="READY").count()
    if waiting:
        yield f"{waiting} messages are left behind"
    if SignalDelivery.objects.exists():
        yield "signals are left behind"
    for process in processes:
        if process.status != PROCESS.DONE:
            yield f"{process} is {process.status}: {picture(process)}"
            continue
        try:
            check(process)
        except AssertionError as error:
            yield str(error)


@contextmanager
def own_database(purpose: str) -> Iterator[dict[str, Any] | None]:
    """Make a database on the server of ``DATABASE_URL``, and drop it; ``None`` without PostgreSQL."""
    from django.db import connection

    if connection.vendor != "postgresql":
        print("This test wants DATABASE_URL=postgres://…")
        yield None
        return
    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{name}_{purpose}_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    keys = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    try:
        yield {key: connection.settings_dict[key] for key in keys}
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def verdict(purpose: str, test: Callable[[dict[str, Any]], list[str]], praise: str) -> int:
    """Run a test with a database of its own, print what it found, return the exit code."""
    # What was started and made is taken away then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by SIGTERM."))
    with own_database(purpose) as database:
        if database is None:
            return 2
        found = test(database)
    for problem in found:
        print(f"WRONG: {problem}")
    if not found:
        print(praise)
    return int(bool(found))
