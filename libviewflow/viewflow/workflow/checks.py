"""System checks of flows; each has a code and names flow and node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.forms import modelform_factory

from .fields import key_field
from .graph.flow import known_flows
from .graph.soundness import find_problems

__all__ = ["check_flows"]


def check_flows(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every flow class that has been imported."""
    messages: list[checks.CheckMessage] = []
    for flow_class in known_flows():
        messages += _unlocked_joins(flow_class)
        messages += _unnumbered_tasks(flow_class)
        messages += [
            checks.Warning(
                f"{flow_class.__name__}.{problem.node}: {problem.message}.",
                hint=problem.hint,
                obj=str(flow_class),
                id=problem.id,
            )
            for problem in find_problems(flow_class.instance.nodes())
        ]
        messages += _unknown_fields(flow_class)
    return messages


def _unlocked_joins(flow_class: Any) -> Iterator[checks.CheckMessage]:
    """Find a node that several come to at once, in a flow whose lock is none."""
    lock = getattr(flow_class, "lock_impl", None)
    kinds = ("JOIN", "SUBPROCESS")
    joins = [node for node in flow_class.instance.nodes() if node.task_type in kinds]
    if joins and lock is not None and not getattr(lock, "is_lock", True):
        yield checks.Warning(
            f"{flow_class.__name__} joins branches in {joins[0].name!r} without a lock: "
            "two that arrive at once may spoil the process.",
            hint="Remove lock_impl from the flow; the default lock is safe.",
            obj=str(flow_class),
            id="viewflow.W001",
        )


def _unnumbered_tasks(flow_class: Any) -> Iterator[checks.CheckMessage]:
    """Find a task table whose keys do not tell which of two tasks came first."""
    if not hasattr(flow_class, "task_class"):
        return
    if not isinstance(key_field(flow_class.task_class), models.IntegerField):
        yield checks.Error(
            f"{flow_class.__name__}: the tasks of {flow_class.task_class.__name__} are not "
            "numbered, so which of two came first is not known.",
            hint="Let the key of the task model be a BigAutoField; a process may have a UUID.",
            obj=str(flow_class),
            id="viewflow.E001",
        )


def _unknown_fields(flow_class: Any) -> Iterator[checks.CheckMessage]:
    """Find forms over the process that ask for fields which it does not have."""
    model = flow_class.process_class
    for node in flow_class.instance.nodes():
        fields = _process_fields(getattr(node, "_view", None))
        if not fields:
            continue
        try:
            modelform_factory(model, fields=fields)
        except FieldError as error:
            yield checks.Warning(
                f"{flow_class.__name__}.{node.name}: the form cannot be shown. {error}.",
                hint=f"Correct `fields`, or process_class of the flow, which is {model.__name__}.",
                obj=str(flow_class),
                id="viewflow.W007",
            )


def _process_fields(view: Any) -> tuple[str, ...]:
    """Return the fields that a view was declared with, when its form is made of them alone."""
    view_class: Any = getattr(view, "view_class", None)
    if not getattr(view_class, "saves_with_step", False):
        return ()  # not a form over the process
    if not view_class.get_form_class.__module__.startswith("viewflow."):
        return ()
    options = {name: getattr(view_class, name, None) for name in ("fields", "form_class", "model")}
    options.update(view.view_initkwargs)
    fields = options["fields"]
    if options["form_class"] or options["model"] or not isinstance(fields, list | tuple):
        return ()
    return tuple(fields)
