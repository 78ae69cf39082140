"""Model fields kept in a JSON column: no column and no migration of their own.

    from viewflow import jsonstore

    class Order(models.Model):
        data = models.JSONField(default=dict)
        customer = jsonstore.CharField(max_length=250)
        total = jsonstore.DecimalField(max_digits=8, decimal_places=2, default=0)

``order.customer`` is ``order.data["customer"]``. The names work in forms, admin, validation,
``filter``, ``order_by``, ``values``, ``annotate``, ``aggregate``, ``only``, ``update``,
``bulk_update`` and ``save(update_fields=…)``, through every manager of the model.
"""

from __future__ import annotations

from . import checks  # noqa: F401  (registers the system checks)
from .base import VirtualField
from .document import InvalidValueError
from .embedded import EmbeddedModel
from .embedded_fields import EmbeddedField, EmbeddedListField
from .fields import (
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FilePathField,
    FloatField,
    GenericIPAddressField,
    IntegerField,
    IPAddressField,
    JSONField,
    NullBooleanField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SlugField,
    SmallIntegerField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
)
from .indexes import AddKeyIndex, JSONKeyIndex
from .keys import Key
from .many import ManyToManyField
from .relations import ForeignKey, OneToOneField

__all__ = [
    "VirtualField",
    "InvalidValueError",
    "BooleanField",
    "NullBooleanField",
    "CharField",
    "TextField",
    "EmailField",
    "URLField",
    "SlugField",
    "FilePathField",
    "GenericIPAddressField",
    "IPAddressField",
    "IntegerField",
    "BigIntegerField",
    "SmallIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "PositiveBigIntegerField",
    "FloatField",
    "DecimalField",
    "DateField",
    "DateTimeField",
    "TimeField",
    "DurationField",
    "UUIDField",
    "BinaryField",
    "JSONField",
    "ForeignKey",
    "OneToOneField",
    "ManyToManyField",
    "EmbeddedModel",
    "EmbeddedField",
    "EmbeddedListField",
    "JSONKeyIndex",
    "AddKeyIndex",
    "Key",
]
