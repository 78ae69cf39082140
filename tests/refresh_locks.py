"""Refresh ``requirements/*.txt`` of the template: ``python tests/refresh_locks.py [package …]``.

Generates a project, runs its ``make lock`` and copies the result back. Without arguments everything
is upgraded; with package names only those.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "{{cookiecutter.project_slug}}" / "requirements"


def main(packages: list[str]) -> None:
    wanted = " ".join(f"--upgrade-package {name}" for name in packages) or "--upgrade"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(
            cookiecutter(str(ROOT), no_input=True, output_dir=folder, default_config=True)
        )
        subprocess.run(["make", "lock", f"LOCK={wanted}"], cwd=project, check=True)
        for lock in sorted((project / "requirements").glob("*.txt")):
            shutil.copyfile(lock, LOCKS / lock.name)


if __name__ == "__main__":
    main(sys.argv[1:])
