"""Inside a generated project: its own tests, linters and servers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import ROOT


def make(project: Path, *targets: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["make", *targets],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-5000:]
    return done.stdout + done.stderr


def contents(project: Path) -> dict[str, bytes]:
    """Everything but the library, caches and databases."""
    skipped = {"libviewflow", ".venv", "__pycache__", "staticfiles", "media"}
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
        and not skipped & set(path.relative_to(project).parts)
        and not re.search(r"_cache/|sqlite3", path.as_posix())
    }


def answers(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 6379), 2).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_its_own_tests_pass(installed: Path, clean_environment: dict[str, str]) -> None:
    """They start gunicorn with production settings and deliver a pizza on it, among others."""
    output = make(installed, "test", environment=clean_environment)
    assert re.search(r"\d+ passed", output)
    assert not re.search(r"\d+ (failed|error|skipped|xfailed)", output)


def test_linters_and_formatters_find_nothing(
    installed: Path, clean_environment: dict[str, str]
) -> None:
    before = contents(installed)
    make(installed, "lint", environment=clean_environment)
    make(installed, "format", environment=clean_environment)
    assert contents(installed) == before


def test_pre_commit_changes_nothing(installed: Path, clean_environment: dict[str, str]) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    git = ["git", *identity]
    subprocess.run([*git, "init", "-q"], cwd=installed, check=True)
    subprocess.run([*git, "add", "--all"], cwd=installed, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Begin"], cwd=installed, check=True)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=installed, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    assert "libviewflow/viewflow/__init__.py" in tracked
    assert ".env" not in tracked and ".venv" not in tracked
    done = subprocess.run(
        [".venv/bin/pre-commit", "run", "--all-files"],
        cwd=installed,
        env=clean_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_locks_and_ranges_agree(installed: Path) -> None:
    """Each dependency of the project and of its library is locked, with hashes."""
    locked = (installed / "requirements/dev.txt").read_text()
    names = set(re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE))
    about = tomllib.loads((installed / "pyproject.toml").read_text())
    library = tomllib.loads((installed / "libviewflow/pyproject.toml").read_text())["project"]
    wanted = [
        *about["project"]["dependencies"],
        *about["dependency-groups"]["dev"],
        *library["dependencies"],
    ]
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9-]+", requirement)
        assert name and (name[0] in names or name[0] == "libviewflow"), requirement
    assert "://" not in locked
    pinned = re.findall(r"^\S+==", locked, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^\S+==.*\\\n +--hash=sha256:", locked, re.MULTILINE))
    base = (installed / "requirements/base.txt").read_text()
    versions = set(re.findall(r"^\S+==\S+", base, re.MULTILINE))
    assert versions <= set(re.findall(r"^\S+==\S+", locked, re.MULTILINE))


def test_the_library_is_the_projects_own_copy(
    installed: Path, clean_environment: dict[str, str]
) -> None:
    where = subprocess.run(
        [installed / ".venv/bin/python", "-c", "import viewflow; print(viewflow.__file__)"],
        cwd="/",
        env=clean_environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert Path(where.strip()).is_relative_to(installed / "libviewflow")
    assert not Path(where.strip()).is_relative_to(ROOT)


def test_one_command_from_the_project_to_the_first_page(
    bake: pytest.FixtureRequest, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """``make run`` in a folder where nothing is installed, and demo people only when asked for."""
    project = bake()  # type: ignore[operator]
    port = free_port()
    started = time.monotonic()
    log = tmp_path / "run.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=project,
            env=clean_environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while time.monotonic() - started < 180:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
                    assert page.url.startswith(f"http://127.0.0.1:{port}/accounts/login/")
                    break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
        else:
            pytest.fail(log.read_text())
        seconds = time.monotonic() - started
        demo = subprocess.run(
            [".venv/bin/python", "manage.py", "demo", "--address", f"http://127.0.0.1:{port}/"],
            cwd=project,
            env=clean_environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"http://127.0.0.1:{port}/" in demo.stdout and "admin / admin" in demo.stdout
        walk = subprocess.run(
            [sys.executable, "deploy/smoke.py", f"http://127.0.0.1:{port}"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert walk.returncode == 0, walk.stderr + log.read_text()
        print(f"first page after {seconds:.1f} s; {walk.stdout.strip()}")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=120)
    assert "Nobody can log in yet" in log.read_text()


TASKS = {
    "database": """\
from django.tasks import task

@task()
def double(number):
    print(f"doubled: {2 * number}", flush=True)
""",
    "celery": """\
from celery import shared_task

@shared_task
def double(number):
    print(f"doubled: {2 * number}", flush=True)
""",
}

ORDERS = """\
from django.utils import timezone
from catering.flows import CateringFlow
from config.demo import begin
from users.models import User

ada = User.objects.create_superuser("ada")
for card in ("tok_visa", "tok_declined"):
    begin(CateringFlow, ada, customer_name=card, address="1 Main Street", menu="buffet", guests=10,
          card=card, deliver_at=timezone.now())
"""
STATE = """\
from catering.models import Payment
from viewflow.workflow.models import Task

names = {task.flow_task.name for task in Task.objects.filter(flow_task_type="HUMAN")}
print(sorted(names), [str(payment.amount) for payment in Payment.objects.all()])
"""


def test_make_worker_does_what_waits(
    installed: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """Tasks of the project, jobs of its flows, and the clock: the kitchen is late, the bank says
    no to one of two cards."""
    background = "celery" if (installed / "config/celery.py").exists() else "database"
    environment = clean_environment | {
        "CELERY_BROKER_URL": os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
    }
    if background == "celery" and not answers(environment["CELERY_BROKER_URL"]):
        pytest.skip(f"no Redis answers at {environment['CELERY_BROKER_URL']}; REDIS_URL names one")
    module, log = installed / "pizza/tasks.py", tmp_path / "worker.log"
    send = "from pizza.tasks import double; double." + (
        "enqueue(21)" if background == "database" else "delay(21)"
    )

    def manage(*arguments: str) -> str:
        return subprocess.run(
            [".venv/bin/python", "manage.py", *arguments],
            cwd=installed,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    module.write_text(TASKS[background])
    worker = None
    try:
        manage("migrate", "-v0")
        manage("shell", "-v0", "-c", send)
        manage("shell", "-v0", "-c", ORDERS)
        assert manage("shell", "-v0", "-c", STATE) == "[] []\n"
        with log.open("wb") as output:
            worker = subprocess.Popen(
                ["make", "worker"],
                cwd=installed,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + 120
        wanted = "['call_customer', 'clear_payment', 'cook', 'find_courier'] ['190.00']\n"
        state = ""
        while "doubled: 42" not in log.read_text() or state != wanted:
            assert worker.poll() is None and time.monotonic() < until, state + log.read_text()
            time.sleep(0.2)
            state = manage("shell", "-v0", "-c", STATE)
        os.killpg(worker.pid, signal.SIGTERM)
        worker.wait(timeout=60)
    finally:
        module.unlink()
        if worker is not None and worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)


def test_demo_people_are_never_made_in_production(
    installed: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    production = clean_environment | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DEBUG": "True",
    }
    done = subprocess.run(
        [".venv/bin/python", "manage.py", "demo"],
        cwd=installed,
        env=production,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "in development only" in done.stderr
