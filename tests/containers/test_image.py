"""The production image by itself: small, without rights, on SQLite."""
# ruff: noqa: S108 (paths inside the container)

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from .conftest import PASSWORD, build, docker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HARDENED = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",
    "--security-opt", "no-new-privileges", "--network", "host",
)  # fmt: skip
PORT = "18733"


@pytest.fixture(scope="module")
def running(image: str) -> Iterator[str]:
    """A container with nothing but SECRET_KEY and ALLOWED_HOSTS, after its migration."""
    name, volume = "template-image-test", "template-image-test-data"
    settings = ("-e", f"SECRET_KEY={secrets.token_urlsafe(50)}", "-e", "ALLOWED_HOSTS=127.0.0.1")
    common = (*HARDENED, *settings, "-v", f"{volume}:/data", "-e", f"PORT={PORT}")
    for leftover in (("rm", "-f", name), ("volume", "rm", "-f", volume)):
        with suppress(AssertionError):
            docker(*leftover)
    try:
        docker("run", "--rm", *common, image, "python", "manage.py", "migrate", "--no-input")
        docker(
            "run", "--rm", *common, "-e", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}", image,
            "python", "manage.py", "createsuperuser", "--no-input",
            "--username", "smoke", "--email", "smoke@example.com",
        )  # fmt: skip
        docker("run", "--detach", "--name", name, "-e", "HOST=127.0.0.1", *common, image)
        yield name
    finally:
        docker("rm", "-f", name)
        docker("volume", "rm", "-f", volume)


def own_size(image: str) -> int:
    """Bytes that the project adds to the base image, whose size is somebody else's."""
    sizes = docker("image", "inspect", "--format", "{{.Size}}", image, "python:3.13-slim")
    whole, base = map(int, sizes.split())
    return whole - base


def test_the_image_is_small_and_has_no_tools(image: str) -> None:
    assert int(docker("image", "inspect", "--format", "{{.Size}}", image)) < 300_000_000
    listed = docker(
        "run", "--rm", "--network", "none", image, "sh", "-c",
        "ls -a /app /opt/venv/bin; find /app -writable | grep . && echo WRITABLE; true",
    )  # fmt: skip
    for absent in ("pip", "WRITABLE", ".env", "libviewflow", "db.sqlite3"):
        assert absent not in listed.split("\n")


def test_the_image_with_celery_is_small_too(celery_project: Path) -> None:
    tag = build(celery_project)
    assert own_size(tag) < 105_000_000


def test_the_development_image_has_the_tools(container_project: Path) -> None:
    tag = build(container_project, "development")
    done = ("run", "--rm", "--network", "none", tag, "python", "-m")
    assert "pytest" in docker(*done, "pytest", "--version")
    assert "no issues" in docker(*done, "django", "check")


def test_it_runs_as_nobody_in_particular(image: str) -> None:
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]
    assert config["Labels"]["org.opencontainers.image.title"] == "Pizza Flow Demo"


def test_it_becomes_healthy_and_delivers(running: str, container_project: Path) -> None:
    for _ in range(60):
        health = docker("inspect", "--format", "{{.State.Health.Status}}", running)
        if health == "healthy":
            break
        time.sleep(1)
    assert health == "healthy", docker("logs", running)
    walk = subprocess.run(
        [
            sys.executable, "deploy/smoke.py", f"http://127.0.0.1:{PORT}", "--https",
            "--user", "smoke", "--password", PASSWORD,
        ],
        cwd=container_project,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert walk.returncode == 0, walk.stderr + docker("logs", running)
    done = subprocess.run(["docker", "logs", running], capture_output=True, text=True, check=True)
    lines = (done.stdout + done.stderr).splitlines()
    assert lines and all(json.loads(line)["level"] != "ERROR" for line in lines)


def test_nothing_but_its_data_can_be_written(running: str) -> None:
    for path, allowed in (("/app/a", False), ("/a", False), ("/tmp/a", True), ("/data/a", True)):
        touch = f"touch {path} 2>/dev/null && echo yes || echo no"
        assert docker("exec", running, "sh", "-c", touch) == ("yes" if allowed else "no"), path
