"""The compose files: PostgreSQL, one migration, restart, backup and restore."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from .conftest import PASSWORD, Stack, docker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def stack(container_project: Path) -> Iterator[Stack]:
    stack = Stack(container_project)
    try:
        stack("up", "--detach", "--wait")
        stack(
            "exec", "-T", "-e", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}", "web", "python",
            "manage.py", "createsuperuser", "--no-input", "--username", "smoke",
            "--email", "smoke@example.com",
        )  # fmt: skip
        yield stack
    finally:
        stack("down", "--volumes")


def test_a_pizza_is_delivered(stack: Stack) -> None:
    assert "delivered" in stack.walk()
    assert stack.delivered() == 1


@pytest.mark.parametrize("service", ["web", "worker"])
def test_the_containers_have_no_rights(stack: Stack, service: str) -> None:
    config = json.loads(docker("inspect", stack("ps", "-q", service)))[0]
    assert config["HostConfig"]["ReadonlyRootfs"]
    assert config["HostConfig"]["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in config["HostConfig"]["SecurityOpt"]
    assert stack("exec", "-T", service, "id", "-u") == "10001"


def test_the_worker_does_what_waits(stack: Stack) -> None:
    """It is healthy, does a task, and ends when it is told to, not after a time-out."""
    assert stack.health() == dict.fromkeys(("db", "web", "worker"), "healthy")
    # No task of that name can be done, so the worker notes that it has failed.
    stack.manage(
        "shell", "-v", "0", "-c",
        "from django_tasks_db.models import DBTaskResult; DBTaskResult.objects.create("
        "task_path='pizza.apps.nothing', args_kwargs={'args': [], 'kwargs': {}},"
        "queue_name='default', backend_name='default')",
    )  # fmt: skip
    look = (
        "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.get().status)"
    )
    until = time.monotonic() + 60
    while stack.manage("shell", "-v", "0", "-c", look) != "FAILED":
        assert time.monotonic() < until, stack("logs", "worker")
    started = time.monotonic()
    stack("stop", "worker")
    assert time.monotonic() - started < 60
    log = stack("logs", "worker")
    assert "Starting worker" in log and "shutting down gracefully" in log
    stack("up", "--detach", "--wait")
    assert stack.health()["worker"] == "healthy"


def test_migrations_ran_once_before_the_server(stack: Stack) -> None:
    assert "Applying pizza.0001_initial" in stack("logs", "migrate")
    assert "Applying" not in stack("logs", "web")


def test_a_restart_keeps_the_data(stack: Stack) -> None:
    before = stack.delivered()
    stack("down")
    stack("up", "--detach", "--wait")
    assert stack.delivered() == before


def test_a_backup_comes_back(stack: Stack) -> None:
    def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", f"deploy/{name}.sh", *arguments],
            cwd=stack.project, capture_output=True, text=True, check=False,
        )  # fmt: skip

    before = stack.delivered()
    stack("exec", "-T", "web", "sh", "-c", "mkdir -p /data/media && echo kept > /data/media/a.txt")
    saved = script("backup", "backups/first")
    assert saved.returncode == 0, saved.stdout + saved.stderr
    assert script("backup", "backups/first").returncode != 0

    stack.walk()
    stack("exec", "-T", "web", "sh", "-c", "rm /data/media/a.txt && echo new > /data/media/b.txt")
    assert stack.delivered() == before + 1

    restored = script("restore", "backups/first")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert stack.delivered() == before
    assert stack("exec", "-T", "web", "sh", "-c", "cd /data/media && cat *") == "kept"
    missing = script("restore", "backups/none")
    assert missing.returncode != 0 and "nothing was changed" in missing.stderr
    assert "delivered" in stack.walk()
