"""Background jobs of flows with an API: the same as of any other flow."""

from __future__ import annotations

from viewflow.contrib.celery import Job as RJob

__all__ = ["RJob"]
