"""``{% load workflow %}``: the data of a process or task, and what a person may do with a task."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.db import models
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from viewflow.template_choice import choose_template, is_built_in
from viewflow.utils import get_object_data
from viewflow.views.columns import display
from viewflow.workflow.models import AbstractProcess, AbstractTask, Process, Task

__all__ = ["Fact", "facts_of", "own_fields", "register"]

register = template.Library()

#: A value longer than this takes half a row of the grid.
_LONG = 28


class Fact(NamedTuple):
    """A label and its value, ready to print."""

    label: str
    value: SafeString
    empty: bool
    wide: bool


@lru_cache(maxsize=256)
def own_fields(model: Any) -> tuple[Any, ...]:
    """Return the fields a project has added to a process or task model."""
    base: type[models.Model] = Process if issubclass(model, AbstractProcess) else Task
    engine = {field.name for field in base._meta.get_fields()}
    return tuple(
        field
        for field in model._meta.get_fields()
        if field.name not in engine
        and not field.auto_created
        and not field.many_to_many
        and hasattr(field, "attname")
    )


def _fact(label: str, value: Any) -> Fact:
    if isinstance(value, bool):
        return Fact(label, escape(_("Yes") if value else _("No")), False, False)
    empty = value is None or (isinstance(value, str | list | tuple | dict) and not value)
    text = SafeString("&ndash;") if empty else display(value)
    long = len(text) > _LONG and "<svg" not in text
    if "\n" in text:
        text = mark_safe(text.replace("\n", "<br>"))  # noqa: S308 - display() has escaped it
    return Fact(label, text, empty, long)


def facts_of(obj: Any, leave_out: Container[str] = (), short: bool = False) -> Iterator[Fact]:
    """Yield what a project stores about a process or task, its own fields without the engine's.

    ``leave_out`` names fields that stand elsewhere on the page. ``short`` leaves out what nobody
    has filled in yet: empty values and numbers and flags that still have their default.
    """
    model: Any = type(obj)
    for field in own_fields(model):
        if field.name in leave_out:
            continue
        if short:
            raw = getattr(obj, field.attname)
            if raw in (None, "", [], {}) or (raw == field.default and not isinstance(raw, str)):
                continue
        shown = getattr(obj, f"get_{field.name}_display", None) if field.choices else None
        value = shown() if shown else getattr(obj, field.name)
        yield _fact(str(capfirst(field.verbose_name)), value)


def _related_facts(obj: Any, name: str) -> list[Fact]:
    """Return the data of ``obj.artifact`` or ``obj.seed`` while that object still exists."""
    if not getattr(obj, f"{name}_object_id", None):
        return []
    related = getattr(obj, name, None)
    if related is None or isinstance(related, AbstractProcess | AbstractTask):
        return []
    return [_fact(label, value) for _field, label, value in get_object_data(related)]


@register.simple_tag(takes_context=True)
def include_process_data(context: template.Context, process: Any, layout: str = "rows") -> str:
    """Print the data of a process: the flow's own ``process_data.html``, else the built-in one.

    ``layout`` is ``rows`` for a narrow column or ``grid``. Prints nothing when there is no data.
    """
    flow_class = process.flow_class
    if flow_class is None:
        return ""
    process = process.coerced
    flow = flow_class.instance
    found = choose_template(
        f"{flow.app_label}/{flow.flow_label}/process_data.html",
        "viewflow/workflow/process_data.html",
    )
    form = context.get("form")
    asked = getattr(form, "fields", ()) if layout == "grid" else ()
    facts = [
        *facts_of(process, asked, short=layout == "grid"),
        *_related_facts(process, "artifact"),
    ]
    if is_built_in(found):  # what the template prints, without the engine
        return data_list(layout, facts)
    text: str = found.template.render(
        context.new(
            {
                "process": process,
                "process_data": facts,
                "layout": layout,
                "request": context.get("request"),
            }
        )
    )
    # Nothing but white space is nothing: pages ask whether there is data.
    return mark_safe(text.strip())  # noqa: S308 - a rendered template


@register.simple_tag(takes_context=True)
def include_task_data(context: template.Context, task: Any, layout: str = "rows") -> str:
    """Print the data of a task: the node's own template, the flow's, else the built-in one."""
    node = task.flow_task
    if node is None:
        return ""
    flow = node.flow_class.instance
    app, label = flow.app_label, flow.flow_label
    found = choose_template(
        f"{app}/{label}/{node.name}_task_data.html",
        f"{node.name}/{app}/{label}_task_data.html",
        f"{app}/{label}/task_data.html",
        "viewflow/workflow/task_data.html",
    )
    data = getattr(task, "data", None)
    shown = {
        capfirst(str(key).replace("_", " ")): value
        for key, value in (data.items() if isinstance(data, dict) else ())
        if not str(key).startswith("_")
    }
    if data and not isinstance(data, dict):
        shown = {_("Item"): data}
    facts = [*facts_of(task.coerced), *(_fact(k, v) for k, v in shown.items())]
    artifact, seed = _related_facts(task, "artifact"), _related_facts(task, "seed")
    if is_built_in(found):
        return data_list(layout, facts, seed, artifact)
    text: str = found.template.render(
        context.new(
            {
                "task": task,
                "data": facts,
                "artifact_data": artifact,
                "seed_data": seed,
                "layout": layout,
                "request": context.get("request"),
            }
        )
    )
    # Nothing but white space is nothing: pages ask whether there is data.
    return mark_safe(text.strip())  # noqa: S308 - a rendered template


@register.simple_tag
def timeline(entries: Any, kind: str = "") -> SafeString:
    """Print the story of a process: ``{% timeline story %}``."""
    return _fragments().timeline(entries, kind)  # type: ignore[no-any-return]


@register.simple_tag
def data_list(layout: str, *groups: Any) -> SafeString:
    """Print data as labels and values: ``{% data_list layout process_data %}``."""
    facts = [fact for group in groups for fact in group or ()]
    return _fragments().data_list(facts, layout)  # type: ignore[no-any-return]


@register.simple_tag
def fact_list(facts: Any) -> SafeString:
    """Print ``(label, value, title)`` as rows: ``{% fact_list facts %}``."""
    return _fragments().fact_list(facts)  # type: ignore[no-any-return]


@register.simple_tag
def tickets(entries: Any) -> SafeString:
    """Print the tasks of a lane of the dashboard's board: ``{% tickets column.tickets %}``."""
    return _fragments().tickets(entries)  # type: ignore[no-any-return]


@register.simple_tag
def finished_tickets(rows: Any) -> SafeString:
    """Print the processes that ended last: ``{% finished_tickets finished %}``."""
    return _fragments().finished_tickets(rows)  # type: ignore[no-any-return]


@register.simple_tag
def task_menu(actions: Any, process_url: Any = None) -> SafeString:
    """Print what a person may do with a task as a button and a menu."""
    return _fragments().task_menu(actions or [], process_url)  # type: ignore[no-any-return]


@register.simple_tag(takes_context=True)
def task_side(context: template.Context) -> SafeString:
    """Print the cards beside a task, from the context that all pages of a task share."""
    get = context.get
    return _fragments().side_of_task(  # type: ignore[no-any-return]
        get("map"), get("story") or [], get("facts") or [], get("process_url")
    )


def _fragments() -> Any:
    # The face of the engine imports this library, so not at the top.
    from viewflow.workflow.flow import fragments

    return fragments


def _allowed(task: Any, user: Any, right: str) -> bool:
    node = getattr(task, "flow_task", None)
    check = getattr(node, right, None)
    return check is not None and bool(check(user, task))


@register.filter
def can_view(task: Any, user: Any) -> bool:
    """``{% if task|can_view:user %}``: would the task's page open?"""
    return _allowed(task, user, "can_view")


@register.filter
def can_assign(task: Any, user: Any) -> bool:
    """``{% if task|can_assign:user %}``: may this person take the task?"""
    return _allowed(task, user, "can_assign")


@register.filter
def can_execute(task: Any, user: Any) -> bool:
    """``{% if task|can_execute:user %}``: may this person do the task?"""
    return _allowed(task, user, "can_execute")
