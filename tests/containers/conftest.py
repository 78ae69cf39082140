"""Container tests: skipped where no Docker engine answers.

    python -m pytest tests/containers                     # with a usual Docker
    python -m pytest tests/containers/test_image.py       # engine without a bridge network
    python -m pytest tests/containers/test_compose.py     # afterwards, with networks

``CONTAINERS_BUILD_ARGS`` is added to ``docker build`` (for example ``--network host``).
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).parent
PASSWORD = "only-for-this-run"


def why_not() -> str:
    """Why there can be no container tests, or an empty string."""
    if not shutil.which("docker"):
        return "there is no docker command"
    answer = subprocess.run(["docker", "info"], capture_output=True, check=False)
    return "" if answer.returncode == 0 else "no Docker engine answers `docker info`"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    reason = why_not() if ours else ""
    for item in ours:
        # One image, one set of containers: one after the other.
        item.add_marker(pytest.mark.xdist_group("containers"))
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def docker(*arguments: str, stdin: bytes | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], input=stdin, capture_output=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-20000:]
    return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def container_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("containers")
    project = Path(cookiecutter(str(ROOT), no_input=True, output_dir=str(folder)))
    (project / ".env").write_text(
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        "ALLOWED_HOSTS=127.0.0.1\n"
        "TRUST_PROXY=True\n"
        f"POSTGRES_PASSWORD={secrets.token_hex(16)}\n"
    )
    return project


@pytest.fixture(scope="session")
def image(container_project: Path) -> str:
    """The production image, built."""
    tag = f"{container_project.name}:latest"
    more = os.environ.get("CONTAINERS_BUILD_ARGS", "").split()
    docker("build", *more, "-f", "deploy/Dockerfile", "-t", tag, ".", cwd=container_project)
    return tag
