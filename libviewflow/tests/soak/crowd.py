"""``DATABASE_URL=postgres://… python -m tests.soak.crowd [--processes 50] [--people 6] [--seconds 60]``.

People press every button of the same few processes at once (submit, take, give back, cancel, undo,
revive, execute a join), while workers fire their timers and do their jobs. Each press is a request
to the real pages. Nobody may get an error page, and no process may break a rule of the engine.
Prints what it did; the exit code is 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

import django

from .harness import FINE, ROOT, WORKER, Fleet, test_environment, verdict

BUTTONS = ("assign", "unassign", "execute", "execute", "execute", "cancel", "undo", "revive")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.soak.crowd", description=__doc__)
    parser.add_argument("--processes", type=int, default=50, help="processes of the flow (50)")
    parser.add_argument("--people", type=int, default=6, help="who press buttons (6)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--seconds", type=float, default=60, help="for how long (60)")
    parser.add_argument("--person", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def press(number: int, seconds: float) -> None:
    """Be one person: press buttons at random; print the answers as JSON."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.test.utils import override_settings
    from django.urls import NoReverseMatch

    from viewflow.workflow.models import Process, Task

    chance = random.Random(number)
    answers: Counter[str] = Counter()
    broken: list[str] = []
    browser = Client(raise_request_exception=False)
    browser.force_login(get_user_model().objects.get(username=f"person{number}"))
    until = time.monotonic() + seconds
    with override_settings(ROOT_URLCONF="tests.soak.urls", ALLOWED_HOSTS=["*"]):
        while time.monotonic() < until:
            process = chance.choice(list(Process.objects.values_list("pk", flat=True)))
            tasks = list(Task.objects.filter(process=process).order_by("-pk")[:12])
            task, button = chance.choice(tasks), chance.choice(BUTTONS)
            try:
                url = task.reverse(button)
            except NoReverseMatch:
                continue
            response = browser.post(url, {"note": f"{number}"})
            answers[f"{button} {response.status_code}"] += 1
            if response.status_code not in FINE:
                broken.append(f"{response.status_code} {url}")
    print(json.dumps({"answers": answers, "broken": broken[:10]}))


def crowd(given: argparse.Namespace, database: dict[str, Any]) -> list[str]:
    from django.contrib.auth import get_user_model
    from django.db import connection

    from tests.workflow.models import Parcel
    from tests.workflow.steps import check, picture
    from viewflow.workflow.models import Process, Task

    from .flows import CrowdFlow

    for number in range(1, given.people + 1):
        get_user_model().objects.create_superuser(f"person{number}")
    for _number in range(given.processes):
        CrowdFlow.start.run()
    fleet = Fleet([WORKER] * given.workers, test_environment(database))
    people = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.soak.crowd", f"--person={number}",
             f"--seconds={given.seconds}"],
            cwd=ROOT, env=fleet.env, stdout=subprocess.PIPE, text=True,
        )
        for number in range(1, given.people + 1)
    ]  # fmt: skip
    found: list[str] = []
    answers: Counter[str] = Counter()
    try:
        for number, person in enumerate(people, 1):
            out, _err = person.communicate(timeout=given.seconds * 4 + 120)
            if person.returncode:
                found.append(f"person {number} ended with {person.returncode}")
                continue
            told = json.loads(out)
            answers.update(told["answers"])
            found += told["broken"]
        codes = fleet.end()
    finally:
        for person in people:
            person.kill()
        fleet.kill_all()
    if any(codes):
        found.append(f"workers did not end cleanly: {codes}")
    connection.close()
    twice = [
        name for name, n in Counter(Parcel.objects.values_list("name", flat=True)).items() if n > 1
    ]
    found += [f"the job's effect of {name} is there twice" for name in twice]
    for process in Process.objects.order_by("pk"):
        try:
            check(process.coerced)
        except AssertionError as error:
            found.append(f"{picture(process.coerced)}: {error}")
    done = Task.objects.filter(status="DONE").count()
    print(
        f"{sum(answers.values())} buttons pressed, {done} tasks done: {dict(sorted(answers.items()))}"
    )
    if not done or not any(name.endswith(" 302") for name in answers):
        found.append("nothing happened at all")
    return found


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.background.settings")
    given = options()
    django.setup()
    if given.person:
        press(given.person, given.seconds)
        return 0
    praise = "No error page, and every process keeps the rules."
    return verdict("crowd", partial(crowd, given), praise)


if __name__ == "__main__":
    sys.exit(main())
