"""``DATABASE_URL=postgres://… python -m tests.soak.catering [--processes 100] [--kills 60]``.

The crash test of a generated project: orders of its catering flow come in, and people cook, drive
and answer complaints on its pages, as gunicorn serves them, while web servers and workers are
killed with SIGKILL at random. Then: is every order at its end, was all money moved exactly once,
is nothing left behind? Prints what it did; the exit code is 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django
import requests

from .harness import FINE, ROOT, Fleet, crash_options, left_behind, storm, verdict

TEMPLATE = ROOT.parent
WORKER = ["manage", "workflow_worker", "--interval=0.2", "--clock=1", "--verbosity=0"]
GUNICORN = ["gunicorn", "--config", "gunicorn.conf.py"]
PEOPLE = 3
PASSWORD = "who has killed the server"
#: What may be in the log: gunicorn about a worker that was killed and a port that is not free yet,
#: and a bank that does not answer. A card that is declined is no error: the flow has a way for it.
EXPECTED = re.compile("SIGKILL|ddress already in use|Connection in use|The bank does not answer")
#: A step of an order on a page, as the queue and the inbox link to it.
STEP = re.compile(r'href="(/catering/flows/\w+/\d+/(\w+)/(\d+)/)')


def generate(folder: Path) -> Path:
    """Make a project from the template, with the default answers."""
    command = ["cookiecutter", "--no-input", "--output-dir", str(folder), str(TEMPLATE)]
    settings = folder / "cookiecutter.yaml"
    settings.write_text(f"cookiecutters_dir: {folder}/templates\nreplay_dir: {folder}/replay\n")
    command += ["--config-file", str(settings)]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    (manage,) = folder.glob("*/manage.py")
    return manage.parent


def set_up(project: Path) -> None:
    """Become a process of the project."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="tests.soak.catering_settings",
        PYTHONPATH=os.pathsep.join([str(project), str(project / "libviewflow")]),
        SECRET_KEY="for the crash test only",
        ALLOWED_HOSTS="127.0.0.1",
        USE_HTTPS="False",
        LOG_LEVEL="ERROR",
        STATIC_ROOT=str(project / "staticfiles"),
        WEB_CONCURRENCY="2",
    )
    sys.path[:0] = [str(project), str(project / "libviewflow")]
    django.setup()


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Person(threading.Thread):
    """Takes orders and does what the queue offers, on whatever server answers."""

    def __init__(self, name: str, ports: list[int], orders: int, over: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.session = requests.Session()
        self.ports, self.orders, self.over = ports, orders, over
        self.chance = random.Random(name)
        self.answers: Counter[str] = Counter()
        self.broken: list[str] = []

    def run(self) -> None:
        from django.db import connection

        while not self.over.wait(self.chance.uniform(0, 0.1)):
            try:
                self.look_around()
            except requests.RequestException:
                # The server was killed. Press again, where the other one is.
                self.answers["cut off"] += 1
            except Exception as error:
                self.broken.append(f"{self.name}: {error!r}")
        connection.close()

    def ask(self, method: str, path: str, what: str, **options: Any) -> requests.Response:
        url = f"http://127.0.0.1:{self.chance.choice(self.ports)}{path}"
        if method == "POST":
            options["data"] = {
                **options["data"],
                "csrfmiddlewaretoken": self.session.cookies.get("csrftoken", ""),
            }
        response = self.session.request(method, url, timeout=30, allow_redirects=False, **options)
        self.answers[f"{what} {response.status_code}"] += 1
        if response.status_code not in FINE:
            self.broken.append(f"{method} {path} answers {response.status_code}")
        return response

    def get(self, path: str, what: str) -> str:
        response = self.ask("GET", path, what)
        if response.status_code == 302 and "/accounts/login/" in response.headers["Location"]:
            self.log_in()
        return response.text

    def post(self, path: str, what: str, **data: Any) -> int:
        response = self.ask("POST", path, what, data=data)
        if response.status_code == 200:
            errors = re.findall(r'(?s)class="[^"]*error[^"]*".{0,200}', response.text)
            self.broken.append(f"the form of {path} comes back: {errors[:2]}")
        return response.status_code

    def log_in(self) -> None:
        self.get("/accounts/login/", "login page")
        self.post("/accounts/login/", "login", username=self.name, password=PASSWORD)

    def look_around(self) -> None:
        from catering.flows import CateringFlow
        from catering.models import CateringOrder

        if CateringOrder.objects.filter(flow_class=CateringFlow).count() < self.orders:
            self.take_an_order()
        self.repair()
        page = self.chance.choice(["queue", "queue", "inbox"])
        steps = sorted(set(STEP.findall(self.get(f"/catering/{page}/", page))))
        self.answers["steps seen"] += len(steps)
        for path, step, _task in self.chance.sample(steps, min(len(steps), 4)):
            if page == "queue" and self.post(f"{path}assign/", "assign") != 302:
                continue  # somebody else was quicker
            self.get(f"{path}execute/", "form")
            self.post(f"{path}execute/", step, **self.reply(step))

    def take_an_order(self) -> None:
        from django.utils import timezone

        # The kitchen is told an hour before: for one order in three that is any moment.
        hours = timedelta(hours=6) if self.chance.random() < 0.7 else timedelta(hours=1, seconds=3)
        self.get("/catering/flows/catering/start/", "order form")
        self.post(
            "/catering/flows/catering/start/",
            "order",
            customer_name="Zuse Machines",
            address="1 Main Street",
            deliver_at=timezone.localtime(timezone.now() + hours).strftime("%Y-%m-%d %H:%M:%S"),
            menu=self.chance.choice(["pizza", "buffet", "dinner"]),
            guests=self.chance.randint(1, 50),
            card="tok_declined" if self.chance.random() < 0.15 else "tok_visa",
        )

    def repair(self) -> None:
        """Press "Try again" where a payment has failed."""
        from viewflow.workflow.models import Task

        for task in Task.objects.filter(status="ERROR").order_by("?")[:1]:
            self.post(task.reverse("retry"), "try again")

    def reply(self, step: str) -> dict[str, Any]:
        """Return what somebody writes into the form of a step."""
        refund = self.chance.random() < 0.5
        return {
            "clear_payment": {"card": "tok_visa"},
            "deliver": {"complaint": "Cold soup" if self.chance.random() < 0.3 else ""},
            "answer": {
                "answer": "Sorry!",
                "outcome": "refund" if refund else self.chance.choice(["apology", "unsolved"]),
                "refund": "5.00" if refund else "0",
            },
        }.get(step, {})


def problems(total: int) -> Iterator[str]:
    """Look at the database and say what is wrong."""
    from catering.flows import CateringFlow
    from catering.models import CateringOrder, Complaint, Payment

    from viewflow.workflow.models import Process

    processes = [process.coerced for process in Process.objects.order_by("pk")]
    orders = [process for process in processes if process.flow_class is CateringFlow]
    yield from left_behind(processes, total)
    if len(orders) < total:
        yield f"{len(orders)} orders instead of {total}"
    moved: dict[int, list[Any]] = {}
    for payment in Payment.objects.order_by("pk"):
        moved.setdefault(payment.order_id, []).append(payment.amount)
    told: dict[int, Any] = {
        complaint.parent_task.process_id: complaint
        for complaint in processes
        if isinstance(complaint, Complaint)
    }
    for order in orders:
        complaint = told.pop(order.pk, None)
        if bool(order.complaint) != bool(complaint):
            yield f"{order}: complaint {order.complaint!r}, but {complaint}"
        refund = complaint is not None and complaint.outcome == "refund"
        wanted = [order.price, *([-complaint.refund] if refund else [])]
        if moved.pop(order.pk, []) != wanted:
            yield f"{order}: {wanted} should have moved: {CateringOrder.objects.get(pk=order.pk)}"
    if moved or told:
        yield f"payments or complaints of nobody: {moved} {told}"


def is_wrong(line: str) -> bool:
    """Tell whether a line of the log is an error that no kill and no bank explains."""
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return entry["level"] in {"ERROR", "CRITICAL"} and not EXPECTED.search(line)


def crash(given: argparse.Namespace, project: Path, database: dict[str, Any]) -> list[str]:
    from catering.flows import CateringFlow
    from catering.models import CateringOrder
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    for number in range(PEOPLE):
        get_user_model().objects.create_superuser(f"person{number}", password=PASSWORD)
    where = ":".join(quote(str(database[key])) for key in ("USER", "PASSWORD"))
    where += f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    ports = free_ports(given.webs)
    over = threading.Event()
    people = [Person(f"person{n}", ports, given.processes, over) for n in range(PEOPLE)]
    orders = CateringOrder.objects.filter(flow_class=CateringFlow)
    with (project / "log.txt").open("w+") as log:
        webs = [[*GUNICORN, "--bind", f"127.0.0.1:{port}"] for port in ports]
        fleet = Fleet(
            [WORKER] * given.workers + webs,
            {"DATABASE_URL": f"postgres://{where}"},
            cwd=project,
            log=log,
        )
        for person in people:
            person.start()
        try:
            found = storm(fleet, given, lambda: orders.count() >= given.processes, over.set)
        finally:
            over.set()
        for person in people:
            person.join(60)
        log.seek(0)
        errors = [line for line in log if is_wrong(line)]
    found += [problem for person in people for problem in person.broken[:5]]
    found += [f"in the log: {line[:2000]}" for line in errors[:5]]
    answers = sum((person.answers for person in people), Counter())
    print(f"{orders.count()} orders; {dict(sorted(answers.items()))}")
    return [*problems(given.processes), *found]


def main() -> int:
    given = crash_options(
        "tests.soak.catering", __doc__, processes=100, kills=60, seconds=600.0, pause=1.5
    )
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        project = generate(Path(folder))
        set_up(project)
        praise = "Every order came to its end, money moved once, nothing is left behind."
        return verdict("crash", partial(crash, given, project), praise)


if __name__ == "__main__":
    sys.exit(main())
