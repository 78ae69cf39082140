"""Refresh ``requirements/*.txt`` of the template: ``python tests/refresh_locks.py [package …]``.

Generates a project for each answer to ``background``, runs its ``make lock``, merges the results
and writes them back: what one answer alone needs stands under a condition. Without arguments
everything is upgraded; with package names only those. Needs uv, here or on the path.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "{{cookiecutter.project_slug}}" / "requirements"
ANSWERS = ("database", "celery")


def parts(lock: str) -> dict[str, str]:
    """A lock file as its head, under the empty name, and one text for each package."""
    head, *packages = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {"": head} | {text.split("==")[0]: text for text in packages}


def merged(locks: dict[str, str]) -> str:
    """One template for the lock files of all answers."""
    packages = {answer: parts(lock) for answer, lock in locks.items()}
    lines = []
    for name in sorted(set().union(*packages.values())):
        texts = {answer: found.get(name, "") for answer, found in packages.items()}
        if len(set(texts.values())) == 1:
            lines += set(texts.values())
            continue
        for answer, text in texts.items():
            if text:
                condition = f'{{% if cookiecutter.background == "{answer}" -%}}'
                lines += [condition, "\n", text, "{% endif -%}\n"]
    return "".join(lines)


def main(packages: list[str]) -> None:
    wanted = " ".join(f"--upgrade-package {name}" for name in packages) or "--upgrade"
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    locks: dict[str, dict[str, str]] = {}
    for answer in ANSWERS:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(
                cookiecutter(
                    str(ROOT),
                    no_input=True,
                    output_dir=folder,
                    default_config=True,
                    extra_context={"background": answer},
                )
            )
            command = ["make", "lock", f"LOCK={wanted}"]
            subprocess.run(command, cwd=project, env=os.environ | {"PATH": beside}, check=True)
            for path in (project / "requirements").glob("*.txt"):
                locks.setdefault(path.name, {})[answer] = path.read_text(encoding="utf-8")
    for name, texts in locks.items():
        (LOCKS / name).write_text(merged(texts), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
