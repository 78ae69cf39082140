"""``DATABASE_URL=postgres://… python -m tests.soak [--processes 40] [--kills 30] [--seconds 120]``.

Makes a database of its own on that server, starts web servers and workers, kills them with
SIGKILL at random, and then looks whether every process came to its end with each effect exactly
once. Prints what it did; the exit code is 1 when anything is wrong.
"""

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
WORKER = ["django", "workflow_worker", "--interval=0.1", "--clock=0.3", "--verbosity=0"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.soak", description=__doc__)
    parser.add_argument("--processes", type=int, default=40, help="processes of the flow (40)")
    parser.add_argument("--kills", type=int, default=30, help="how many SIGKILLs (30)")
    parser.add_argument("--seconds", type=float, default=180, help="give up after (180)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--webs", type=int, default=2, help="web processes (2)")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choice of victims")
    return parser.parse_args()


class Fleet:
    """The processes of the system under test; what dies is started again."""

    def __init__(self, commands: list[list[str]], database: dict[str, Any]) -> None:
        self.commands = commands
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.background.settings",
            "TEST_DATABASE": json.dumps(database, default=str),
            "TEST_LOG_LEVEL": "CRITICAL",
        }
        self.running = [self._start(command) for command in commands]
        self.died: Counter[int] = Counter()

    def _start(self, command: list[str]) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
        )

    def look_after(self) -> None:
        for index, process in enumerate(self.running):
            code = process.poll()
            if code is not None:
                self.died[code] += 1
                self.running[index] = self._start(self.commands[index])

    def kill_one(self, chance: random.Random) -> None:
        chance.choice(self.running).send_signal(signal.SIGKILL)

    def end(self) -> list[int]:
        """Ask all to end; return the exit codes."""
        for process in self.running:
            process.terminate()
        return [process.wait(30) for process in self.running]

    def kill_all(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


def problems(total: int) -> Iterator[str]:
    """Look at the database and say what is wrong."""
    from django_tasks_db.models import DBTaskResult

    from tests.workflow.models import Parcel
    from tests.workflow.steps import check, picture
    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import Process, Task
    from viewflow.workflow.status import LIVE

    from .flows import EFFECTS

    processes = list(Process.objects.order_by("pk"))
    if len(processes) < total:
        yield f"{len(processes)} processes instead of {total}"
    left = Task.objects.filter(status__in=LIVE).count()
    if left:
        yield f"{left} tasks are left behind"
    waiting = DBTaskResult.objects.filter(status="READY").count()
    if waiting:
        yield f"{waiting} messages are left behind"
    effects = Counter(Parcel.objects.values_list("name", flat=True))
    for process in (process.coerced for process in processes):
        if process.status != PROCESS.DONE:
            yield f"{process} is {process.status}: {picture(process)}"
            continue
        found = [effects.pop(f"{process.pk} {node}", 0) for node in EFFECTS]
        if found != [1, 1, 1]:
            yield f"{process}: the effects of {', '.join(EFFECTS)} are there {found} times"
        if process.amount != 1:
            yield f"{process}: the result of label is stored {process.amount} times"
        try:
            check(process)
        except AssertionError as error:
            yield str(error)
    if effects:
        yield f"effects of nobody: {effects}"


def soak(given: argparse.Namespace, database: dict[str, Any]) -> list[str]:
    from django_tasks_db.models import DBTaskResult

    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import Process

    chance = random.Random(given.seed)
    begun = time.monotonic()
    web = ["tests.soak.web", str(given.processes)]
    fleet = Fleet([WORKER] * given.workers + [web] * given.webs, database)
    kills = 0
    # The first victim has come to work by then; later ones may die while they start.
    next_kill = begun + 3
    try:
        while time.monotonic() - begun < given.seconds:
            fleet.look_after()
            if kills < given.kills and time.monotonic() > next_kill:
                fleet.kill_one(chance)
                kills += 1
                next_kill = time.monotonic() + chance.uniform(0.1, 1.2)
            if (
                kills == given.kills
                and Process.objects.filter(status=PROCESS.DONE).count() >= given.processes
                and not Process.objects.filter(status=PROCESS.NEW).exists()
                # What was sent twice is still to be refused.
                and not DBTaskResult.objects.filter(status="READY").exists()
            ):
                break
            time.sleep(0.05)
        took = time.monotonic() - begun
        codes = fleet.end()
    finally:
        fleet.kill_all()
    found = list(problems(given.processes))
    if kills < given.kills:
        found.append(f"only {kills} of {given.kills} kills in {given.seconds:.0f} s")
    strange = {code: n for code, n in fleet.died.items() if code != -signal.SIGKILL}
    if strange:
        found.append(f"processes ended by themselves, by exit code: {strange}")
    if any(codes[: given.workers]):
        found.append(f"workers did not end cleanly: {codes[: given.workers]}")
    print(f"{Process.objects.count()} processes, {kills} kills, {took:.1f} s")
    return found


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


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.background.settings")
    given = options()
    django.setup()
    with own_database("soak") as database:
        if database is None:
            return 2
        found = soak(given, database)
    for problem in found:
        print(f"WRONG: {problem}")
    if not found:
        print("Every process came to its end, each effect is there once, nothing is left behind.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
