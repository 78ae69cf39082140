"""``manage.py flowexport``: the drawing of a flow, or of one process, as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from viewflow.workflow.chart import (
    Grid,
    calc_cell_status,
    calc_layout_data,
    grid_to_bpmn,
    grid_to_svg,
)
from viewflow.workflow.fields import import_flow_by_ref
from viewflow.workflow.graph.flow import known_flows

#: What a drawing can be written as, by the suffix of the file.
FORMATS: dict[str, Callable[[Grid], str]] = {"bpmn": grid_to_bpmn, "svg": grid_to_svg}


def _no_flow(ref: str, error: Exception) -> str:
    """Say what is wrong with a reference, and what there is instead."""
    why = str(error) if "." in ref else "it is written <app label>/<module>.<class>"
    known = ", ".join(str(flow) for flow in known_flows())
    return f"No flow {ref!r}: {why.rstrip('.')}. There are: {known or 'none'}."


class Command(BaseCommand):
    """Writes to standard output unless a file is given; writes nothing when anything is wrong."""

    help = "Draw a flow: flowexport app_label/flows.MyFlow -o my-flow.svg"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("flow", help="the flow: <app label>/<module>.<class>")
        parser.add_argument("-o", "--output", help="the file to write; standard output without")
        parser.add_argument("-pk", "--process", help="mark the states of this process")
        parser.add_argument(
            "--format", help=f"one of: {', '.join(FORMATS)}; by default the file's suffix"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        output = Path(options["output"]) if options["output"] else None
        name = options["format"] or (output.suffix[1:] if output and output.suffix else "svg")
        write = FORMATS.get(name.lower())
        if write is None:
            raise CommandError(f"Unknown format {name!r}; choose from: {', '.join(FORMATS)}.")
        try:
            flow_class = import_flow_by_ref(options["flow"])
        except (ImportError, LookupError, AttributeError, ValueError) as error:
            raise CommandError(_no_flow(options["flow"], error)) from error
        grid = calc_layout_data(flow_class)
        if options["process"] is not None:
            calc_cell_status(flow_class, grid, self._process_pk(flow_class, options["process"]))
        document = write(grid)
        if output is None:
            self.stdout.write(document, ending="")
            return
        try:
            output.write_text(document, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error}") from error

    def _process_pk(self, flow_class: Any, text: str) -> Any:
        processes = flow_class.process_class._default_manager.filter(flow_class=flow_class)
        try:
            found = processes.filter(pk=text).values_list("pk", flat=True).first()
        except (ValueError, OverflowError, ValidationError):
            found = None
        if found is None:
            raise CommandError(f"{flow_class} has no process {text!r}.")
        return found
