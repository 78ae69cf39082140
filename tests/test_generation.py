"""Generating a project: what comes out, from where, how fast, and what is refused."""

from __future__ import annotations

import ast
import filecmp
import os
import re
import resource
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

from .conftest import HOSTILE, ROOT, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable

Bake = "Callable[..., Path]"
OWN = {".env", ".cruft.json"}
"""Differ between two projects with the same answers: a secret, and cruft's memory."""


def command(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    """Run one of the tools beside this Python; its output."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in {*OWN, ".git", ".venv"}
    }


def git(*arguments: str, cwd: Path) -> None:
    identity = [
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def commit(repository: Path, tag: str) -> None:
    if not (repository / ".git").exists():
        git("init", "--initial-branch", "main", cwd=repository)
    git("add", "--all", cwd=repository)
    git("commit", "--message", tag, cwd=repository)
    git("tag", tag, cwd=repository)


@pytest.fixture(scope="session")
def repository(copy_template: Callable[[], Path]) -> Path:
    """The template as a git repository of its own."""
    folder = copy_template()
    commit(folder, "v1")
    return folder


def test_a_project_is_complete(bake: Callable[..., Path]) -> None:
    project = bake()
    assert project.name == "pizza_flow_demo"
    for name in ("manage.py", "Makefile", "libviewflow/viewflow/__init__.py", ".env"):
        assert (project / name).is_file(), name
    names = files(project)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert not [name for name in names if "cookiecutter" in name]
    own = {name: text for name, text in names.items() if not name.startswith("libviewflow/")}
    assert not [name for name, text in own.items() if b"cookiecutter." in text]
    assert re.search(r"^SECRET_KEY=[\w-]{50,}$", (project / ".env").read_text(), re.MULTILINE)
    assert all(text.endswith(b"\n") or not text for text in own.values())
    assert not [name for name, text in own.items() if re.search(rb"[ \t]\n", text)]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("2nd Street Bakery", "project_2nd_street_bakery"),
        ("(24) hours", "project_24_hours"),
        ("Bäckerei Süß", "backerei_suss"),
        ("Open 24/7", "open_24_7"),
    ],
)
def test_the_short_name_offered_for_a_name_can_be_used(
    bake: Callable[..., Path], name: str, folder: str
) -> None:
    assert bake(project_name=name).name == folder


def test_two_projects_differ_in_their_secret_alone(
    bake: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = bake(), tmp_path / "first"
    first.rename(second)
    first = bake()
    assert files(first) == files(second)
    assert (first / ".env").read_text() != (second / ".env").read_text()


def test_hostile_names_come_out_as_they_were(bake: Callable[..., Path]) -> None:
    project = bake(**HOSTILE)
    for path in project.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), path)
    urls = ast.parse((project / "config/urls.py").read_text(encoding="utf-8"))
    strings = {node.value for node in ast.walk(urls) if isinstance(node, ast.Constant)}
    assert HOSTILE["project_name"] in strings

    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert about["description"] == HOSTILE["description"]
    assert about["authors"] == [{"name": HOSTILE["author_name"], "email": HOSTILE["email"]}]

    for path in [
        *project.glob("*.y*ml"),
        *project.glob("deploy/*.yaml"),
        *project.glob(".*/**/*.yml"),
    ]:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path

    labels = dict(
        re.findall(
            r'image\.(\w+)="((?:[^"\\]|\\.)*)"',
            (project / "deploy/Dockerfile").read_text(encoding="utf-8"),
        )
    )
    assert {key: re.sub(r"\\(.)", r"\1", value) for key, value in labels.items()} == {
        "title": HOSTILE["project_name"],
        "description": HOSTILE["description"],
        "authors": HOSTILE["author_name"],
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"project_name": "x" * 61}, "has 61 characters"),
        ({"project_slug": "No Slug"}, "cannot be a folder and package name"),
        ({"project_slug": "a/b"}, "cannot be a folder and package name"),
        ({"email": "nobody"}, "e-mail address 'nobody' is not valid"),
        ({"domain_name": "https://x"}, "without https://"),
        ({"timezone": "Nowhere"}, "time zone 'Nowhere' is unknown"),
    ],
)
def test_a_refused_answer_leaves_nothing(
    answer: dict[str, str], words: str, bake: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(FailedHookException, match=words):
        bake(**answer)
    assert not list(tmp_path.iterdir())


def test_what_is_no_choice_is_refused_by_cookiecutter(
    bake: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"cron .* the choices are \['database', 'celery'\]"):
        bake(background="cron")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("background", ["database", "celery"])
def test_a_project_has_what_its_background_needs_and_no_more(
    background: str, bake: Callable[..., Path]
) -> None:
    project = bake(background=background)
    celery = background == "celery"
    assert (project / "config/celery.py").exists() is celery
    assert (project / "config/background.py").exists() is not celery
    for lock in project.glob("requirements/*.txt"):
        packages = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text(), re.MULTILINE))
        assert ("celery" in packages, "redis" in packages) == (celery, celery)
        assert ("django-tasks-db" in packages) is not celery
        assert not re.search(r"[{}]|://", lock.read_text())
    for name in ("compose.yaml", "compose.production.yaml"):
        services = yaml.safe_load((project / "deploy" / name).read_text())["services"]
        assert "worker" in services and ("broker" in services) is celery
    text = "".join(files(project)[name].decode() for name in ("README.md", "Makefile"))
    assert ("elery" in text) is celery and ("workflow_worker" in text) is not celery


def test_a_refusal_is_one_sentence_on_the_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input", "email=nobody"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout + done.stderr == (
        "The e-mail address 'nobody' is not valid: write it like you@example.com.\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_hook_refuses_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A replay file brings answers that nobody checked."""
    cookiecutter(str(ROOT), no_input=True, output_dir=str(tmp_path))
    replay = Path(os.environ["COOKIECUTTER_CONFIG"]).read_text().split("replay_dir: ")[1].strip()
    name = ROOT.name
    stored = Path(replay) / f"{name}.json"
    stored.write_text(stored.read_text().replace("example.com", "https://x"))
    target = tmp_path / "replayed"
    target.mkdir()
    with pytest.raises(FailedHookException):
        cookiecutter(str(ROOT), replay=True, output_dir=str(target))
    assert "e-mail address" in capfd.readouterr().err
    assert not list(target.iterdir())


def test_without_hooks_the_settings_say_what_is_missing(tmp_path: Path) -> None:
    project = Path(
        cookiecutter(str(ROOT), no_input=True, output_dir=str(tmp_path), accept_hooks=False)
    )
    done = subprocess.run(["make", "run"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "libviewflow/ is missing" in done.stdout
    assert not (project / ".venv").exists()


def test_generation_takes_less_than_two_seconds(tmp_path: Path) -> None:
    """Seconds of the processor: on an idle machine the clock shows the same."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command("cookiecutter", ROOT, "--no-input", "-o", tmp_path, cwd=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


@pytest.fixture(scope="session")
def expected(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("expected")
    return files(Path(cookiecutter(str(repository), no_input=True, output_dir=str(folder))))


def test_from_a_relative_path(repository: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    path = os.path.relpath(repository, tmp_path)
    command("cookiecutter", path, "--no-input", cwd=tmp_path)
    assert files(tmp_path / "pizza_flow_demo") == expected


def test_from_a_git_address(repository: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git("clone", "--bare", str(repository), str(bare), cwd=tmp_path)
    command("cookiecutter", f"file://{bare}", "--no-input", "-o", tmp_path, cwd=tmp_path)
    assert files(tmp_path / "pizza_flow_demo") == expected


def test_from_a_zip_file(repository: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "template.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("template-main")
        for name in sorted(repository.rglob("*")):
            if ".git" not in name.relative_to(repository).parts:
                archive.write(name, Path("template-main") / name.relative_to(repository))
    command("cookiecutter", path, "--no-input", "-o", tmp_path / "out", cwd=tmp_path)
    assert files(tmp_path / "out" / "pizza_flow_demo") == expected


def test_cruft_makes_the_same_project_and_updates_it(
    copy_template: Callable[[], Path], expected: dict[str, bytes], tmp_path: Path
) -> None:
    template = copy_template()
    commit(template, "v1")
    environment: dict[str, Any] = {"GIT_CONFIG_COUNT": "2"} | {
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Ada",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "ada@example.com",
    }
    command("cruft", "create", f"file://{template}", "--no-input", cwd=tmp_path, **environment)
    project = tmp_path / "pizza_flow_demo"
    assert files(project) == expected

    git("init", cwd=project)
    (project / "pizza/models.py").write_text("# mine\n" + (project / "pizza/models.py").read_text())
    git("add", "--all", cwd=project)
    git("commit", "--message", "Begin", cwd=project)
    secret = (project / ".env").read_bytes()

    library = template / "libviewflow/viewflow/__init__.py"
    library.write_text(library.read_text() + "# the next version\n")
    (template / TEMPLATE / "news.txt").write_text("{{ '{{' }} cookiecutter.project_name }}\n")
    commit(template, "v2")
    command("cruft", "update", "--skip-apply-ask", cwd=project, **environment)

    assert "# the next version" in (project / "libviewflow/viewflow/__init__.py").read_text()
    assert (project / "news.txt").is_file()
    assert (project / "pizza/models.py").read_text().startswith("# mine\n")
    assert (project / ".env").read_bytes() == secret
    assert not list(project.rglob("*.rej"))
    recorded = (project / "libviewflow/VENDORED").read_text()
    fresh = cookiecutter(str(template), no_input=True, output_dir=str(tmp_path / "fresh"))
    assert (Path(fresh) / "libviewflow/VENDORED").read_text() == recorded


def test_over_an_existing_project_what_people_edited_stays(bake: Callable[..., Path]) -> None:
    project = bake()
    before = files(project)
    secret = (project / ".env").read_bytes()
    (project / "pizza/flows.py").write_text("# mine\n")
    (project / "config/background.py").write_text("# mine\n")
    (project / "notes.txt").write_text("mine\n")
    (project / "db.sqlite3").write_bytes(b"orders")

    bake(force=True)

    assert (project / "pizza/flows.py").read_text() == "# mine\n"
    assert (project / "pizza/flows.py.new").read_bytes() == before["pizza/flows.py"]
    assert (project / "config/background.py").read_text() == "# mine\n"
    assert (project / "notes.txt").read_text() == "mine\n"
    assert (project / "db.sqlite3").read_bytes() == b"orders"
    assert (project / ".env").read_bytes() == secret
    added = set(files(project)) - set(before)
    assert added == {
        "config/background.py.new", "pizza/flows.py.new", "notes.txt", "db.sqlite3",
    }  # fmt: skip


def test_a_second_project_of_the_same_name_is_refused(bake: Callable[..., Path]) -> None:
    project = bake()
    (project / "pizza/flows.py").write_text("# mine\n")
    with pytest.raises(Exception, match="already exists"):
        bake()
    assert (project / "pizza/flows.py").read_text() == "# mine\n"


def test_the_template_is_not_changed_by_generating(
    repository: Path, bake: Callable[..., Path]
) -> None:
    copy = repository.parent / "untouched"
    if not copy.exists():
        shutil.copytree(repository, copy)
    bake(template=repository)
    shutil.rmtree(repository / "__pycache__", ignore_errors=True)
    shutil.rmtree(copy / "__pycache__", ignore_errors=True)
    compared = filecmp.dircmp(repository, copy, ignore=[".git"])
    assert not compared.left_only and not compared.right_only and not compared.diff_files


def test_every_package_of_the_project_comes_into_the_image(project: Path) -> None:
    """Also one that somebody adds: what is left out is named, not what is copied."""
    rules = (project / ".dockerignore").read_text().splitlines()
    assert not [rule for rule in rules if rule in {"*", "**"} or rule.startswith("!")]
    packages = {path.parent.name for path in project.glob("*/__init__.py")}
    assert {"config", "pizza", "catering", "shop", "users"} <= packages
    assert not packages & {rule.strip("/") for rule in rules}
    assert {".*", "**/.env*", "media", "**/*.sqlite3*"} <= set(rules)
