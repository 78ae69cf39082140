"""``manage.py workflow_jobs``: how background work stands, and repairing what was lost."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from viewflow.workflow import STATUS
from viewflow.workflow.jobs import Swept, sweep, task_models


class Command(BaseCommand):
    """Prints how many jobs wait, run and have failed; repairs with ``--sweep``."""

    help = "Count the background jobs; with --sweep, send again and restart what was lost"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sweep", action="store_true", help="repair lost messages and workers")
        parser.add_argument(
            "--limit", type=int, default=100, help="how many of each kind in one go (100)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sweep"]:
            self.stdout.write(f"Jobs: {self._sweep(options['limit'])}.")
            return
        found: Counter[str] = Counter()
        for model in task_models():
            rows = model._base_manager.filter(flow_task_type="JOB").order_by()
            found.update(dict(rows.values_list("status").annotate(Count("pk"))))
        for status in (STATUS.SCHEDULED, STATUS.STARTED, STATUS.ERROR):
            self.stdout.write(f"{status.label}: {found[status]}")

    def _sweep(self, limit: int) -> Swept:
        """Sweep until a round finds nothing more."""
        total = Swept()
        while any(swept := sweep(limit)):
            total = Swept(*(sum(pair) for pair in zip(total, swept, strict=True)))
        return total
