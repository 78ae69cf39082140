"""Keys of processes in addresses: numbers, or UUIDs where a project's process model has them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.http import Http404

from viewflow.workflow.fields import key_field

__all__ = ["check_pk", "key_route", "sample_key"]

_MAX_PK = 2**63 - 1


def has_uuid(model: Any) -> bool:
    """Tell whether the rows of a model are told apart by UUIDs; a child has its parent's keys."""
    return isinstance(key_field(model), models.UUIDField)


def key_route(model: Any, name: str) -> str:
    """Return the part of a route that stands for a key of this model: ``<int:name>``."""
    return f"<{'uuid' if has_uuid(model) else 'int'}:{name}>"


def sample_key(model: Any, number: int) -> Any:
    """Return a key that a row of this model could have, made of ``number``."""
    return uuid.UUID(int=number) if has_uuid(model) else number


def check_pk(*values: Any) -> None:
    """Raise ``Http404`` for a number no row can have, before a database driver chokes on it."""
    for value in values:
        if isinstance(value, int) and not 0 < value <= _MAX_PK:
            raise Http404
