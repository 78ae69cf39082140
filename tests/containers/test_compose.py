"""The compose files: PostgreSQL, one migration, restart, backup and restore."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from .conftest import PASSWORD, docker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = (
    "from pizza.models import PizzaOrder; print(PizzaOrder.objects.filter(status='DONE').count())"
)


class Stack:
    def __init__(self, project: Path) -> None:
        self.project = project

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> str:
        return docker(
            "compose", "--env-file", ".env", "-f", "deploy/compose.production.yaml", *arguments,
            stdin=stdin, cwd=self.project,
        )  # fmt: skip

    def manage(self, *arguments: str) -> str:
        return self("exec", "-T", "web", "python", "manage.py", *arguments)

    def delivered(self) -> int:
        return int(self.manage("shell", "-v", "0", "-c", COUNT))

    def walk(self) -> str:
        script = (self.project / "deploy/smoke.py").read_bytes()
        return self(
            "exec", "-T", "web", "python", "-", "http://127.0.0.1:8000", "--https",
            "--user", "smoke", "--password", PASSWORD, stdin=script,
        )  # fmt: skip


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


def test_the_web_container_has_no_rights(stack: Stack) -> None:
    config = json.loads(docker("inspect", stack("ps", "-q", "web")))[0]
    assert config["HostConfig"]["ReadonlyRootfs"]
    assert config["HostConfig"]["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in config["HostConfig"]["SecurityOpt"]
    assert stack("exec", "-T", "web", "id", "-u") == "10001"


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
