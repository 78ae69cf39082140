"""``DATABASE_URL=postgres://… python -m tests.soak [--processes 40] [--kills 30] [--seconds 180]``.

Makes a database of its own on that server, starts web servers and workers, kills them with
SIGKILL at random, and then looks whether every process came to its end with each effect exactly
once. Prints what it did; the exit code is 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import django

from .harness import WORKER, Fleet, crash_options, left_behind, storm, test_environment, verdict


def problems(total: int) -> Iterator[str]:
    """Look at the database and say what is wrong."""
    from tests.workflow.models import Parcel
    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import Process

    from .flows import EFFECTS

    processes = [process.coerced for process in Process.objects.order_by("pk")]
    yield from left_behind(processes, total)
    effects = Counter(Parcel.objects.values_list("name", flat=True))
    for process in processes:
        if process.status != PROCESS.DONE:
            continue
        found = [effects.pop(f"{process.pk} {node}", 0) for node in EFFECTS]
        if found != [1, 1, 1]:
            yield f"{process}: the effects of {', '.join(EFFECTS)} are there {found} times"
        if process.amount != 1:
            yield f"{process}: the result of label is stored {process.amount} times"
    if effects:
        yield f"effects of nobody: {effects}"


def soak(given: argparse.Namespace, database: dict[str, Any]) -> list[str]:
    from viewflow.workflow import PROCESS
    from viewflow.workflow.models import Process

    web = ["tests.soak.web", str(given.processes)]
    fleet = Fleet([WORKER] * given.workers + [web] * given.webs, test_environment(database))
    done = Process.objects.filter(status=PROCESS.DONE)
    found = storm(fleet, given, lambda: done.count() >= given.processes)
    return [*problems(given.processes), *found]


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.background.settings")
    given = crash_options("tests.soak", __doc__, processes=40, kills=30, seconds=180.0, pause=0.65)
    django.setup()
    praise = "Every process came to its end, each effect is there once, nothing is left behind."
    return verdict("soak", partial(soak, given), praise)


if __name__ == "__main__":
    sys.exit(main())
