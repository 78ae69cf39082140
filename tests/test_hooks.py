"""The hooks' functions, called as they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

HOOKS = Path(__file__).resolve().parent.parent / "hooks"
ANSWERS = {
    "project_name": "Pizza",
    "project_slug": "pizza",
    "description": "Round.",
    "author_name": "Ada",
    "email": "ada@example.com",
    "domain_name": "example.com",
    "timezone": "UTC",
    "background": "database",
}


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HOOKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pre = load("pre_gen_project")
post = load("post_gen_project")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


LIBRARY = {
    "pyproject.toml": "[project]",
    "viewflow/__init__.py": '__version__ = "1.2.3"\n',
    "viewflow/static/viewflow/a.css": "a{}",
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("project_name", 'Müller\'s {{ "Pizza" }} {% 🍕 %}'),
        ("project_name", "x" * 60),
        ("project_slug", "a"),
        ("project_slug", "a-b_c9"),
        ("email", "o'brien+x@localhost"),
        ("domain_name", "localhost"),
        ("domain_name", "10.0.0.1"),
        ("timezone", "Europe/Berlin"),
        ("background", "celery"),
    ],
)
def test_good_answers_are_accepted(key: str, value: str) -> None:
    assert pre.refusal({**ANSWERS, key: value}) == ""


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("project_name", "", "project name is empty"),
        ("project_name", "   ", "project name is empty"),
        ("project_name", "two\nlines", "one line"),
        ("project_name", "bell\a", "one line of printable"),
        ("project_name", "x" * 61, "has 61 characters"),
        ("description", "a\tb", "one line"),
        ("author_name", "\u2028", "author name"),
        ("project_slug", "", "project slug ''"),
        ("project_slug", "Pizza", "small letters"),
        ("project_slug", "../pizza", "small letters"),
        ("project_slug", "1st", "starting with a letter"),
        ("project_slug", "pizza_", "small letters"),
        ("project_slug", "x" * 41, "at most 40"),
        ("project_slug", "django", "name of something else"),
        ("project_slug", "django_htmx", "name of something else"),
        ("project_slug", "con", "name of something else"),
        ("email", "ada", "e-mail address 'ada' is not valid"),
        ("email", "ada@exam ple", "not valid"),
        ("domain_name", "https://example.com", "without https://"),
        ("domain_name", "example.com/", "not valid"),
        ("domain_name", "-a.com", "not valid"),
        ("timezone", "Mars/Olympus", "time zone 'Mars/Olympus' is unknown"),
        ("background", "cron", "use database or celery"),
    ],
)
def test_a_refusal_is_one_sentence(key: str, value: str, words: str) -> None:
    sentence = pre.refusal({**ANSWERS, key: value})
    assert words in sentence
    assert sentence.endswith(".") and "\n" not in sentence


def test_existing_files_are_kept_and_put_back(tmp_path: Path) -> None:
    template = write(tmp_path / "template", {"a.txt": "", "deep/b.txt": "", "c.txt": ""})
    project = write(tmp_path / "project", {"a.txt": "mine", "deep/b.txt": "same", "own.txt": "me"})

    assert pre.keep_existing(template, project) == ["a.txt", "deep/b.txt"]
    write(project, {"a.txt": "template's", "deep/b.txt": "same", "c.txt": "new"})
    assert post.put_back(project) == ["a.txt"]

    files = {p.relative_to(project).as_posix(): p.read_text() for p in project.rglob("*.*")}
    assert files == {
        "a.txt": "mine",
        "a.txt.new": "template's",
        "deep/b.txt": "same",
        "c.txt": "new",
        "own.txt": "me",
    }


def test_copies_of_an_interrupted_run_are_not_overwritten(tmp_path: Path) -> None:
    template = write(tmp_path / "template", {"a.txt": ""})
    project = write(tmp_path / "project", {"a.txt": "half", f"{pre.KEPT}/a.txt": "the only copy"})
    with pytest.raises(FileExistsError, match="interrupted"):
        pre.keep_existing(template, project)
    assert (project / pre.KEPT / "a.txt").read_text() == "the only copy"


def test_the_library_is_copied_without_leftovers(tmp_path: Path) -> None:
    leftovers = {
        "viewflow/__pycache__/a.pyc": "",
        ".mypy_cache/a": "",
        "dist/a.whl": "",
        "libviewflow.egg-info/PKG-INFO": "",
        "tests/test.sqlite3": "",
        ".coverage": "",
    }
    library = write(tmp_path / "library", LIBRARY | leftovers)
    target = tmp_path / "project" / "libviewflow"
    target.parent.mkdir()
    assert post.vendor(library, target) == ""
    copied = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert copied == {*LIBRARY, "VENDORED"}
    assert (target / "VENDORED").read_text().startswith("libviewflow 1.2.3\nsha256 ")
    assert post.is_untouched(target)


def test_an_old_copy_is_replaced_and_an_edited_one_stays(tmp_path: Path) -> None:
    library = write(tmp_path / "library", LIBRARY)
    target = tmp_path / "libviewflow"
    post.vendor(library, target)
    write(library, {"viewflow/__init__.py": '__version__ = "2.0.0"\n'})
    assert post.vendor(library, target) == ""
    assert "libviewflow 2.0.0" in (target / "VENDORED").read_text()

    write(target, {"viewflow/own.py": "mine"})
    write(library, {"viewflow/__init__.py": '__version__ = "3.0.0"\n'})
    assert "stays as it is" in post.vendor(library, target)
    assert (target / "viewflow" / "own.py").read_text() == "mine"
    assert "2.0.0" in (target / "viewflow" / "__init__.py").read_text()


def test_caches_of_the_template_do_not_come_along(tmp_path: Path) -> None:
    caches = {"pizza/__pycache__/a.pyc": "", ".ruff_cache/0/x": "", "pizza/a.py": ""}
    template = write(tmp_path / "template", caches)
    project = write(tmp_path / "project", caches | {"own/__pycache__/b.pyc": ""})
    post.remove_leftovers(template, project)
    left = {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
    assert left == {"pizza/a.py", "own/__pycache__/b.pyc"}


def test_a_folder_that_is_not_the_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no libviewflow in"):
        post.vendor(tmp_path / "nothing", tmp_path / "libviewflow")
    assert not (tmp_path / "libviewflow").exists()


def test_env_gets_a_fresh_key_and_is_written_once(tmp_path: Path) -> None:
    example = "# a comment\nSECRET_KEY=\n#DATABASE_URL=\n"
    first, second = tmp_path / "a", tmp_path / "b"
    assert post.write_env(example, first) and post.write_env(example, second)
    keys = [path.read_text().splitlines()[1] for path in (first, second)]
    assert keys[0] != keys[1]
    assert all(len(key) > len("SECRET_KEY=") + 50 for key in keys)
    assert first.stat().st_mode & 0o077 == 0
    assert not post.write_env("SECRET_KEY=\n", first)
    assert first.read_text().splitlines()[1] == keys[0]
