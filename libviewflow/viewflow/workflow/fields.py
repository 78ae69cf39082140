"""Model fields that keep a flow class, a node or a token as text.

A reference is ``<app label>/<module inside the app>.<Class>``, for a node followed by ``.<node>``.
Code changes faster than data: a reference to what no longer exists reads as ``None`` and warns,
it never raises.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.lookups import StartsWith

from .graph.flow import FlowMeta, find_flow
from .graph.node import BaseNode
from .graph.token import Token

__all__ = [
    "FlowReferenceField",
    "TaskIdField",
    "TaskReferenceField",
    "TokenField",
    "begins_sql",
    "begins_with",
    "get_flow_ref",
    "get_task_ref",
    "import_flow_by_ref",
    "import_task_by_ref",
    "key_field",
]


def get_flow_ref(flow_class: Any) -> str:
    """Return the reference text of a flow class."""
    return str(flow_class)


def get_task_ref(flow_task: Any) -> str:
    """Return the reference text of a node."""
    return str(flow_task)


def import_flow_by_ref(flow_ref: str) -> Any:
    """Return the flow class of a reference text.

    Raises ``ImportError``, ``LookupError`` or ``AttributeError`` when there is none, and
    ``ValueError`` when the text is not a reference.
    """
    found = find_flow(flow_ref)
    if found is not None:
        return found
    label, slash, path = flow_ref.rpartition("/")
    module, dot, name = path.rpartition(".")
    if not (name.isidentifier() and all(part.isidentifier() for part in module.split(".") if dot)):
        raise ValueError(f"{flow_ref!r} is not a reference to a flow.")
    if slash:
        package = apps.get_app_config(label).name
        module = f"{package}.{module}" if module else package
    flow_class = getattr(importlib.import_module(module), name)
    if not isinstance(flow_class, FlowMeta):
        raise ValueError(f"{flow_ref!r} is not a flow.")
    return flow_class


def import_task_by_ref(task_ref: str) -> Any:
    """Return the node of a reference text, an obsolete one where the flow makes such.

    Raises as :func:`import_flow_by_ref`; ``LookupError`` when the flow has no such node.
    """
    flow_ref, _, name = task_ref.rpartition(".")
    node = import_flow_by_ref(flow_ref).instance.node(name)
    if node is None:
        raise LookupError(f"{flow_ref} has no node {name!r}.")
    return node


#: What could not be found is warned about once; a list page must not warn per row.
_warned: set[str] = set()


_RENAMED = "If it was renamed, rename it in the database as well, by a migration"
_ADVICE = {
    "flow": f"{_RENAMED}.",
    "node": f"{_RENAMED}; if it was removed, add `obsolete = flow.Obsolete()` to the flow.",
}


def _warn(kind: str, ref: str, error: Exception) -> None:
    if ref not in _warned:
        _warned.add(ref)
        why = str(error).rstrip(".")
        warnings.warn(
            f"The {kind} {ref!r} is in the database but not in the code: {why}. {_ADVICE[kind]}",
            stacklevel=3,
        )


class _ReferenceField(models.CharField):
    """Text in the database, an object of the code in Python."""

    kind: str
    find: Callable[[str], Any]

    # What attributes of this field hold, for type checkers that know Django.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not value:
            return None
        try:
            return self.find(value)
        except (ImportError, LookupError, AttributeError, ValueError) as error:
            _warn(self.kind, value, error)
            return None

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Keep the text of a reference to what is gone: who saves the row does not know it."""
        value = super().pre_save(model_instance, add)
        return models.F(self.attname) if value is None and not add else value

    def value_to_string(self, obj: Any) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)) or "")


class FlowReferenceField(_ReferenceField):
    """Keeps a flow class."""

    description = "Flow class reference"
    kind = "flow"
    find = staticmethod(import_flow_by_ref)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 250)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        return import_flow_by_ref(value) if isinstance(value, str) and value else value or None

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if not isinstance(value, FlowMeta):
            raise TypeError(f"A flow class is wanted, not {value!r}.")
        return get_flow_ref(value)


class TaskReferenceField(_ReferenceField):
    """Keeps a node of a flow."""

    description = "Flow node reference"
    kind = "node"
    find = staticmethod(import_task_by_ref)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 255)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        return import_task_by_ref(value) if isinstance(value, str) and value else value or None

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if not isinstance(value, BaseNode):
            raise TypeError(f"A node of a flow is wanted, not {value!r}.")
        return get_task_ref(value)


def begins_sql(column: str, connection: Any) -> str:
    """Return the condition that a column begins with the text of :func:`begins_with`."""
    # On SQLite LIKE takes "a" for "A". The sign leaves it to other conditions to choose an index.
    return f"+{column} GLOB %s" if connection.vendor == "sqlite" else f"{column} LIKE %s ESCAPE '!'"


def begins_with(text: str, connection: Any) -> str:
    """Return the pattern that matches what begins with this very text."""
    if connection.vendor == "sqlite":
        return re.sub(r"[*?\[]", r"[\g<0>]", text) + "*"
    return re.sub("[!%_]", r"!\g<0>", text) + "%"


class _Begins(StartsWith):
    """``startswith`` that tells ``a`` from ``A`` on SQLite, too: they are names of classes."""

    def as_sqlite(
        self, compiler: Any, connection: Any, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        pattern = begins_with(str(self.rhs), connection)
        return begins_sql(column, connection), (*params, pattern)


TaskReferenceField.register_lookup(_Begins, "begins")


class TokenField(models.CharField):
    """Keeps a :class:`~viewflow.workflow.Token`."""

    description = "Token"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 150)
        kwargs.setdefault("default", Token("start"))
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Token(value)

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Token) else Token(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str.__str__(value)


class _PendingId(models.query_utils.DeferredAttribute):  # type: ignore[name-defined]
    """Inserts a pending task at the moment somebody asks for its key."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        step = instance.__dict__.get("_pending_step")
        if step is not None:
            step.flush_tasks()
            return instance.__dict__[self.field.attname]
        return super().__get__(instance, cls)


class TaskIdField(models.BigAutoField):
    """A ``BigAutoField`` whose row may not be written yet; migrations see a plain one."""

    descriptor_class = _PendingId

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigAutoField", args, kwargs


def key_field(model: Any) -> Any:
    """Return the field in which a model's key begins: that of the parent, or of what a relation names."""
    field = model._meta.pk
    while field.remote_field is not None:
        field = field.target_field
    return field
