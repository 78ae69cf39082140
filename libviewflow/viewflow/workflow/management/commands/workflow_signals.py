"""Deliver the signals that a killed process, or one that could not get a lock, left behind."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from viewflow.workflow.broadcast import LEFT_BEHIND, deliver_signals
from viewflow.workflow.models import SignalDelivery


class Command(BaseCommand):
    """``manage.py workflow_signals``; run it every minute or so."""

    help = (
        "Deliver the signals of SignalThrow and broadcast_signal whose thrower was killed after "
        "its commit, or could not get the lock of a process. Run it every minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            default=int(LEFT_BEHIND.total_seconds()),
            metavar="SECONDS",
            help="leave younger signals to those who deliver them right now (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        released = deliver_signals(older_than=timedelta(seconds=options["older_than"]))
        self.stdout.write(
            ngettext("%d waiting task went on.", "%d waiting tasks went on.", released) % released
        )
        left = SignalDelivery._default_manager.count()
        if left:
            self.stderr.write(
                ngettext(
                    "%d signal is still on its way.", "%d signals are still on their way.", left
                )
                % left
            )
