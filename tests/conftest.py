"""Projects made by the template. What is slow (installing one) happens once a session.

Tests that share an installation run in one process when xdist distributes them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cookiecutter.main import cookiecutter

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("cookiecutter.json", "viewflow_template.py", "hooks", "libviewflow")
TEMPLATE = "{{cookiecutter.project_slug}}"

# A name with everything that means something to one of the file formats.
HOSTILE = {
    "project_name": 'Müller\'s "Pizza" {{ x }} {% y %} $Z',
    "project_slug": "mueller-s_pizza2",
    "description": "<b>Tasty</b> & \\hot: # 'yes' \"no\" ]]> ${HOME} `id` {# 🍕 #} %s",
    "author_name": 'O\'Brien, "Chef" \\ \U0001f355',
    "email": "o'brien+$x@example.com",
    "domain_name": "xn--mller-kva.example.com",
    "timezone": "America/Argentina/ComodRivadavia",
}
COMBINATIONS = {"default": {}, "celery, hostile": HOSTILE | {"background": "celery"}}
OWN_VARIABLES = {
    "DATABASE_URL", "MAKEFLAGS", "MAKELEVEL", "PYTHONPATH", "SECRET_KEY", "VIRTUAL_ENV",
}  # fmt: skip
"""What this test run may have set for itself, and a person at a terminal has not."""


def group(nodeid: str) -> str:
    """What has to run in one process, one after the other: tests that share an installation."""
    name = Path(nodeid.split("::")[0]).name
    answers = nodeid.partition("[")[2].rstrip("]")
    if "containers/" in nodeid:
        return "containers"
    if name == "test_startproject.py" and answers:
        return f"Django {answers.split('-')[0]}"
    if name == "test_project.py" and answers:
        return f"project {answers}"
    return nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """``-n 2`` keeps groups together; xdist's own marks for that are lost on pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return Groups(config, log)


def quoted(answers: dict[str, str]) -> dict[str, str]:
    """The answers for ``extra_context``, which cookiecutter renders once more."""
    return {
        key: value if key == "background" else "{{ %s }}" % repr(value)  # noqa: UP031
        for key, value in answers.items()
    }


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cookiecutter and cruft remember templates and answers at home: give them another one."""
    os.environ["COOKIECUTTER_CONFIG"] = str(tmp_path_factory.mktemp("home") / "config.yaml")
    folder = tmp_path_factory.mktemp("cookiecutter")
    Path(os.environ["COOKIECUTTER_CONFIG"]).write_text(
        f"cookiecutters_dir: {folder}/templates\nreplay_dir: {folder}/replay\n"
    )


@pytest.fixture(scope="session")
def copy_template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A copy of the template without anything that git would not carry."""

    def copy() -> Path:
        target = tmp_path_factory.mktemp("copy") / "template"
        files = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for name in files.split("\0"):
            if name.split("/")[0] in {*PARTS, TEMPLATE} and (ROOT / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target / name)
        return target

    return copy


@pytest.fixture
def bake(tmp_path: Path) -> Callable[..., Path]:
    """Generate a project: ``bake(project_name="…", template=…, force=True)``."""

    def generate(template: str | Path = ROOT, *, force: bool = False, **answers: Any) -> Path:
        return Path(
            cookiecutter(
                str(template),
                no_input=True,
                extra_context=quoted(answers),
                output_dir=str(tmp_path),
                overwrite_if_exists=force,
            )
        )

    return generate


@pytest.fixture(scope="session", params=COMBINATIONS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated project for each combination of answers."""
    return Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context=quoted(COMBINATIONS[request.param]),
            output_dir=str(tmp_path_factory.mktemp(request.param)),
        )
    )


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment of a person at a terminal, without this test run's own variables."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV_", "DJANGO_", "PYTEST_")) and name not in OWN_VARIABLES
    }


@pytest.fixture(scope="session")
def installed(
    project: Path, tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]
) -> Path:
    """The project after ``make install``.

    With uv, where this Python has it beside itself; what pip does is in the test of ``make run``.
    """
    tools = tmp_path_factory.mktemp("tools")
    if (uv := Path(sys.executable).with_name("uv")).exists():
        (tools / "uv").symlink_to(uv)
    with_uv = clean_environment | {"PATH": f"{tools}{os.pathsep}{clean_environment['PATH']}"}
    if subprocess.run(["make", "install"], cwd=project, env=with_uv, check=False).returncode:
        # A machine may be set up such that pip alone reaches an index.
        shutil.rmtree(project / ".venv", ignore_errors=True)
        subprocess.run(["make", "install"], cwd=project, env=clean_environment, check=True)
    return project
