"""A part whose package is not installed says which extra to install."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("part", "package", "extra"),
    [
        ("celery", "celery", "celery"),
        ("redis", "redis", "redis"),
        ("plotly", "dash", "plotly"),
        ("import_export", "import_export", "import-export"),
    ],
)
def test_the_missing_extra_is_named(part, package, extra):
    code = f"import sys; sys.modules[{package!r}] = None; import viewflow.contrib.{part}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"pip install 'libviewflow[{extra}]'" in done.stderr.splitlines()[-1]
