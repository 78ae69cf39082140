"""Each public package can be the first that a project imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "viewflow",
        "viewflow.workflow",
    ],
)
django.setup()
import {package}
"""


@pytest.mark.parametrize(
    "package",
    [
        "viewflow.urls",
        "viewflow.views",
        "viewflow.forms",
        "viewflow.workflow.flow",
        "viewflow.management",
    ],
)
def test_a_package_can_be_imported_first(package):
    script = SCRIPT.format(package=package)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
