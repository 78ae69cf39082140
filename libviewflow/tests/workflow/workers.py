"""Other processes and threads that work on the test database at the same moment.

Run as a program it is one worker: it reads orders from standard input, one JSON document a line,
and answers each with a line.
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
    from viewflow.workflow.models import Process, Task

    if "cancel" in order:
        process = Process.objects.get(pk=order["cancel"]).coerced
        time.sleep(max(0.0, order["at"] - time.time()))
        try:
            process.flow_class.instance.cancel(process)
        except Exception as error:
            return type(error).__name__
        return "done"
    task = Task.objects.get(pk=order["task"])
    time.sleep(max(0.0, order["at"] - time.time()))
    try:
        with task.activation() as activation:
            for name, value in order.get("values", {}).items():
                setattr(activation.process, name, value)
            if order.get("values"):
                activation.process.save()
            getattr(activation, order.get("verb", "execute"))()
    except Exception as error:
        return type(error).__name__
    return "done"


def use(database: dict[str, Any]) -> None:
    """Work on this database from now on."""
    from django.db import connections

    connections["default"].close()
    connections.settings["default"].update(database)
    connections["default"] = connections.create_connection("default")
    connections["default"].ensure_connection()


class Workers:
    """``workers.use(database)``, then ``workers.run([order, …])``: one order for each process."""

    def __init__(self, number: int) -> None:
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
            assert process.stdout.readline() == "ready\n"

    def _send(self, messages: list[dict[str, Any]]) -> list[str]:
        addressed = list(zip(self.processes, messages, strict=False))
        for process, message in addressed:
            process.stdin.write(json.dumps(message, default=str) + "\n")
            process.stdin.flush()
        return [process.stdout.readline().strip() for process, _ in addressed]

    def use(self, database: dict[str, Any]) -> None:
        answers = self._send([{"database": database}] * len(self.processes))
        assert set(answers) == {"ready"}, answers

    def run(self, orders: list[dict[str, Any]]) -> list[str]:
        at = time.time() + 0.1
        return self._send([{"at": at, **order} for order in orders])

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            process.wait(60)
            process.stdout.close()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

    import django

    django.setup()
    from tests.workflow import contended  # noqa: F401 # its flows are found by name

    print("ready", flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "database" in message:
            use(message["database"])
            print("ready", flush=True)
        else:
            print(obey(message), flush=True)


if __name__ == "__main__":
    from tests.workflow.workers import main as run

    run()
