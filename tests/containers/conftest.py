"""Container tests: skipped where no Docker engine answers.

    python -m pytest tests/containers                     # with a usual Docker
    python -m pytest tests/containers/test_image.py       # engine without a bridge network
    python -m pytest tests/containers/test_[cd]*.py       # afterwards, with networks

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
    for item in ours if reason else ():
        item.add_marker(pytest.mark.skip(reason=reason))


def docker(*arguments: str, stdin: bytes | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], input=stdin, capture_output=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-20000:]
    return done.stdout.decode().strip()


def generate(folder: Path, port: int, **answers: str) -> Path:
    """A project with the ``.env`` of a production installation."""
    project = Path(
        cookiecutter(str(ROOT), no_input=True, output_dir=str(folder), extra_context=answers)
    )
    (project / ".env").write_text(
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        "ALLOWED_HOSTS=127.0.0.1\n"
        "TRUST_PROXY=True\n"
        f"POSTGRES_PASSWORD={secrets.token_hex(16)}\n"
        f"PUBLISH=127.0.0.1:{port}\n"
    )
    return project


def build(project: Path, target: str = "production") -> str:
    tag = f"{project.name}:latest" if target == "production" else f"{project.name}-{target}"
    more = os.environ.get("CONTAINERS_BUILD_ARGS", "").split()
    file = ("-f", "deploy/Dockerfile", "--target", target)
    docker("build", *more, *file, "-t", tag, ".", cwd=project)
    return tag


@pytest.fixture(scope="session")
def container_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("containers"), 18734)


@pytest.fixture(scope="session")
def celery_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = {"project_name": "Pizza with Celery", "background": "celery"}
    return generate(tmp_path_factory.mktemp("celery"), 18735, **answers)


@pytest.fixture(scope="session")
def image(container_project: Path) -> str:
    """The production image, built."""
    return build(container_project)


COUNT = (
    "from pizza.models import PizzaOrder; print(PizzaOrder.objects.filter(status='DONE').count())"
)


class Stack:
    def __init__(self, project: Path, file: str = "compose.production.yaml") -> None:
        self.project, self.file = project, file

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> str:
        return docker(
            "compose", "--env-file", ".env", "-f", f"deploy/{self.file}", *arguments,
            stdin=stdin, cwd=self.project,
        )  # fmt: skip

    def health(self) -> dict[str, str]:
        """What each service says of itself; empty where it is not asked."""
        lines = self("ps", "--format", "{{.Service}}={{.Health}}").splitlines()
        return dict(line.split("=") for line in lines)

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
