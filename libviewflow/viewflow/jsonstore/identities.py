"""Which scalar field keeps the key of another model's rows in a document."""

from __future__ import annotations

from typing import Any

from django.db import models

from . import fields
from .base import VirtualField

__all__ = ["identity_field"]

# The first that fits; what is none of these is kept as text.
_KINDS: tuple[tuple[type[models.Field[Any, Any]], type[VirtualField]], ...] = (
    (models.BooleanField, fields.BooleanField),
    (models.IntegerField, fields.BigIntegerField),
    (models.FloatField, fields.FloatField),
    (models.UUIDField, fields.UUIDField),
    (models.DateTimeField, fields.DateTimeField),
    (models.DateField, fields.DateField),
    (models.TimeField, fields.TimeField),
    (models.DurationField, fields.DurationField),
    (models.BinaryField, fields.BinaryField),
)


def identity_field(column: models.Field[Any, Any]) -> VirtualField:
    """Return a field, of no model, that keeps values of ``column``."""
    if isinstance(column, models.DecimalField):
        return fields.DecimalField(
            max_digits=column.max_digits, decimal_places=column.decimal_places
        )
    for django_class, ours in _KINDS:
        if isinstance(column, django_class):
            return ours()
    return fields.TextField()
