"""What Celery's autodiscovery finds: the tasks of the flows, and a worker that needs a retry."""

from __future__ import annotations

import os

from . import flows

if os.environ.get("TEST_BROKER"):
    # In a real worker the first try always asks for another one.
    flows.plans["polling"] = flows.retry_first
