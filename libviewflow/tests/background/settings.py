"""Settings of the processes that tests start: the test's database, and little patience."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"].update(json.loads(os.environ.get("TEST_DATABASE", "{}")))
if os.environ.get("TEST_TASKS") != "immediate":
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
VIEWFLOW = {"JOB_LEASE": 1.5, "JOB_PATIENCE": 1}
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TEST_LOG_LEVEL", "WARNING")},
}
