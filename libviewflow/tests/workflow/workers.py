"""Other processes and threads that work on the test database at the same moment.

Run as a program it is one worker: it reads the database settings and then its orders from
standard input, one JSON document a line, and answers each with a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def obey(order: dict[str, Any]) -> str:
    """Carry out one order at its appointed time; return ``"done"`` or the error's name."""
    from viewflow.workflow.models import Task

    task = Task.objects.get(pk=order["task"])
    time.sleep(max(0.0, order["at"] - time.time()))
    try:
        with task.activation() as activation:
            for name, value in order.get("values", {}).items():
                setattr(activation.process, name, value)
            if order.get("values"):
                activation.process.save()
            activation.execute()
    except Exception as error:
        return type(error).__name__
    return "done"


class Workers:
    """``with Workers(8) as workers: workers.run([order, …])``."""

    def __init__(self, number: int, database: dict[str, Any]) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.workflow.workers"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(number)
        ]
        for process in self.processes:
            process.stdin.write(json.dumps(database, default=str) + "\n")
            process.stdin.flush()
        for process in self.processes:
            assert process.stdout.readline() == "ready\n"

    def run(self, orders: list[dict[str, Any]]) -> list[str]:
        at = time.time() + 0.15
        working = list(zip(self.processes, orders, strict=False))
        for process, order in working:
            process.stdin.write(json.dumps({"at": at, **order}) + "\n")
            process.stdin.flush()
        return [process.stdout.readline().strip() for process, _ in working]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            process.wait(20)
            process.stdout.close()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    database = json.loads(sys.stdin.readline())

    from django.conf import settings

    settings.DATABASES["default"].update(database)
    if "mysql" in database["ENGINE"]:
        import pymysql

        pymysql.install_as_MySQLdb()

    import django

    django.setup()
    from django.db import connection

    from tests.workflow import contended  # noqa: F401

    connection.ensure_connection()
    print("ready", flush=True)
    for line in sys.stdin:
        print(obey(json.loads(line)), flush=True)
    connection.close()


if __name__ == "__main__":
    from tests.workflow.workers import main as run

    run()
