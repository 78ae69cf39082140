"""Runs after the project is written: adds libviewflow and ``.env``, puts kept files back.

Needs nothing but Python: no network, no git, no tool. Cookiecutter renders this file and starts
it in the new project's folder. Everything but ``main()`` is a plain function, tested in
``tests/test_hooks.py``.
"""
# ruff: noqa: F821, T201 (the double braces are filled in by cookiecutter)

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import sys
from pathlib import Path

KEPT = ".kept-by-cookiecutter"
LEFTOVERS = {
    ".coverage", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".venv", "__pycache__", "build", "dist", "htmlcov", "media-root",
    "screenshots", "static-root",
}  # fmt: skip
"""Names of caches, build products and what tests leave behind; they are not vendored."""
LEFTOVER_ENDINGS = (".pyc", ".pyo", ".egg-info", ".sqlite3", ".sqlite3-shm", ".sqlite3-wal")


def is_leftover(name: str) -> bool:
    return name in LEFTOVERS or name.startswith(".coverage.") or name.endswith(LEFTOVER_ENDINGS)


def tree_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below ``folder`` that are vendored."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        name = path.relative_to(folder)
        if not path.is_file() or name.as_posix() == "VENDORED" or any(map(is_leftover, name.parts)):
            continue
        content = path.read_bytes()
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_untouched(folder: Path) -> bool:
    """Whether a vendored library is as the hook wrote it."""
    try:
        recorded = (folder / "VENDORED").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return f"sha256 {tree_hash(folder)}\n" in recorded


def vendor(library: Path, target: Path) -> str:
    """Copy the library next to the project; return a warning when the old copy was edited.

    An edited copy stays. Raises ``FileNotFoundError`` when ``library`` is not libviewflow.
    """
    init = library / "viewflow" / "__init__.py"
    if not init.is_file() or not (library / "pyproject.toml").is_file():
        raise FileNotFoundError(
            f"The template is incomplete: there is no libviewflow in {library}."
        )
    if target.exists():
        if not is_untouched(target):
            return "libviewflow was changed in this project, so it stays as it is."
        shutil.rmtree(target)
    shutil.copytree(
        library,
        target,
        ignore=lambda _folder, names: {name for name in names if is_leftover(name)},
    )
    version = re.search(r'^__version__ = "([^"]+)"', init.read_text(encoding="utf-8"), re.MULTILINE)
    (target / "VENDORED").write_text(
        f"libviewflow {version[1] if version else 'unknown'}\nsha256 {tree_hash(target)}\n",
        encoding="utf-8",
        newline="\n",
    )
    return ""


def remove_leftovers(template: Path, project: Path) -> None:
    """Remove the caches that tools have left in the template's own folder and that came along."""
    for path in sorted(template.rglob("*")):
        copied = project / path.relative_to(template)
        if is_leftover(path.name) and copied.exists():
            shutil.rmtree(copied) if copied.is_dir() else copied.unlink()


def write_env(example: str, path: Path) -> bool:
    """Make ``.env`` from its example with a fresh secret key, unless there is one already."""
    if path.exists():
        return False
    # token_urlsafe: no character means anything to a shell, to compose or to django-environ.
    text = re.sub(
        r"^SECRET_KEY=.*$", f"SECRET_KEY={secrets.token_urlsafe(50)}", example, flags=re.MULTILINE
    )
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def put_back(project: Path) -> list[str]:
    """Restore the files that were there before; the template's version lies beside as ``.new``."""
    changed = []
    for old in sorted((project / KEPT).rglob("*")):
        if not old.is_file():
            continue
        path = project / old.relative_to(project / KEPT)
        if old.read_bytes() != path.read_bytes():
            path.replace(path.with_name(path.name + ".new"))
            shutil.copy2(old, path)
            changed.append(path.relative_to(project).as_posix())
    shutil.rmtree(project / KEPT, ignore_errors=True)
    return changed


def main() -> None:
    root = Path(json.loads({{template_root() | tojson | tojson}}))
    project = Path.cwd()
    try:
        remove_leftovers(root / ("{" * 2 + "cookiecutter.project_slug" + "}" * 2), project)
        changed = put_back(project)
        warning = vendor(root / "libviewflow", project / "libviewflow")
        write_env((project / ".env.example").read_text(encoding="utf-8"), project / ".env")
    except OSError as error:
        sys.exit(str(error))
    for name in changed:
        print(f"{name} was there already and stays; the template's version is {name}.new")
    if warning:
        print(warning)
    print(f"\nDone. Next:\n\n    cd {project.name}\n    make run\n")


if __name__ == "__main__":
    main()
