"""The compose file of a project with Celery: Redis, a worker, and the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from .conftest import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def stack(celery_project: Path) -> Iterator[Stack]:
    stack = Stack(celery_project)
    try:
        stack("up", "--detach", "--wait")
        yield stack
    finally:
        stack("down", "--volumes")


def test_all_services_are_healthy(stack: Stack) -> None:
    services = ("beat", "broker", "db", "web", "worker")
    assert stack.health() == dict.fromkeys(services, "healthy")
    for service in ("beat", "worker"):
        assert stack("exec", "-T", service, "id", "-u") == "10001"


def test_a_task_that_was_sent_outlives_the_broker(stack: Stack) -> None:
    stack("stop", "worker", "beat")
    stack("exec", "-T", "web", "celery", "-A", "config", "call", "celery.backend_cleanup")
    stack("restart", "broker")
    stack("up", "--detach", "--wait")
    until = time.monotonic() + 60
    while "celery.backend_cleanup" not in (log := stack("logs", "worker")):
        assert time.monotonic() < until, log
        time.sleep(1)
    assert "succeeded" in log
