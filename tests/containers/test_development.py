"""Development in containers: the code is mounted, PostgreSQL and a worker run beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import Stack

if TYPE_CHECKING:
    from pathlib import Path


def test_the_site_runs_and_sees_the_code(container_project: Path) -> None:
    stack = Stack(container_project, "compose.yaml")
    try:
        stack("up", "--detach", "--wait")
        assert stack.health() == {"db": "healthy", "web": "healthy", "worker": ""}
        assert "Starting worker" in stack("logs", "worker")
        assert "admin / admin" in stack.manage("demo")
        (container_project / "pizza/new.py").write_text("WORD = 'mounted'\n")
        assert stack.manage("shell", "-v", "0", "-c", "import pizza.new as n; print(n.WORD)")
    finally:
        stack("down", "--volumes")
