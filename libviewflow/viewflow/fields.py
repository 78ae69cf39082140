"""A primary key of several columns, for tables that were there before Django.

Django's own ``CompositePrimaryKey`` speaks in tuples and is refused by the admin. This one has a
single value that can be written into an address: it works in viewsets, in the admin and in messages.
"""

from __future__ import annotations

import datetime
import json
import re
from functools import cached_property, lru_cache
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, router
from django.db.models.deletion import Collector
from django.db.models.fields.composite import CompositePrimaryKey
from django.db.models.fields.tuple_lookups import TupleExact, TupleIn
from django.db.models.signals import class_prepared
from django.utils.translation import gettext_lazy as _

__all__ = ["CompositeKey", "Key"]

#: Django's admin takes an underscore and two hexadecimal digits in an address for a character.
_ADMIN_QUOTE = re.compile(r"_(?=[0-9A-Fa-f]{2})")
_SCALARS = (str, int, float, bool, type(None))


def json_safe(value: Any) -> Any:
    """Return what JSON has for the value; dates, times, numbers and UUIDs become text.

    Moments are in UTC, to the millisecond; to the microsecond where less would be another row.
    """
    if type(value) in _SCALARS:
        return value
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC)
    naive_or_moment = isinstance(value, datetime.datetime) or (
        isinstance(value, datetime.time) and value.tzinfo is None
    )
    if naive_or_moment and value.microsecond % 1000:
        return value.isoformat().replace("+00:00", "Z")
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


class Key(dict):
    """The value of a :class:`CompositeKey`: column names with JSON-safe values.

    ``str()`` is JSON. It can be hashed and sorted, and not be changed.
    """

    def __init__(self, data: Any) -> None:
        super().__init__({name: json_safe(value) for name, value in dict(data).items()})

    def __str__(self) -> str:
        return _ADMIN_QUOTE.sub(r"\\u005f", json.dumps(self))

    def __repr__(self) -> str:
        return f"Key({dict(self)!r})"

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __lt__(self, other: Any) -> bool:
        if not isinstance(other, dict):
            return NotImplemented
        try:
            return tuple(self.values()) < tuple(other.values())
        except TypeError:
            return str(self) < str(other)

    def __reduce__(self) -> Any:
        return Key, (dict(self),)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The key of a row cannot be changed; change the columns.")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    update = pop = popitem = clear = setdefault = _refuse  # type: ignore[assignment]


class KeyAttribute:
    """Makes the key from the columns; ``None`` while one of them is empty. Setting it is ignored."""

    def __init__(self, field: CompositeKey) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        columns: Any = self.field.fields
        values = tuple(getattr(instance, column.attname) for column in columns)
        if any(value is None for value in values):
            return None
        return Key(zip(self.field.field_names, values, strict=True))

    def __set__(self, instance: Any, value: Any) -> None:
        pass  # Django sets keys after inserting and deleting: the columns say what it is


class CompositeKey(CompositePrimaryKey, models.AutoField):
    """A virtual primary key over ``columns``, the names of two or more fields of the model::

        class Seat(models.Model):
            id = CompositeKey(columns=["hall", "number"])
            hall = models.CharField(max_length=10)
            number = models.IntegerField()

            class Meta:
                managed = False

    ``pk`` is a :class:`Key`. Lookups take a key, a dict, its JSON or a tuple of values; ``exact`` and
    ``in`` compare all columns. The model gets a ``delete()`` that empties the key columns afterwards,
    unless it has one of its own. ``ValueError`` for fewer than two columns.
    """

    descriptor_class: Any = KeyAttribute
    validators: Any = ()  # the columns have theirs
    db_returning = False
    description = _("Key of several columns")
    default_error_messages = {"invalid": _("“%(value)s” is not a key of this table.")}

    def __init__(self, columns: Any = (), **kwargs: Any) -> None:
        if isinstance(columns, str) or len(columns) < 2:
            raise ValueError("CompositeKey(columns=[…]) needs the names of two or more fields.")
        kwargs.pop("editable", None)
        kwargs.pop("blank", None)
        kwargs["primary_key"] = True
        super().__init__(*columns, **kwargs)
        self.editable = False

    def deconstruct(self) -> Any:
        name, _path, _args, kwargs = models.Field.deconstruct(self)
        for option in ("blank", "editable", "primary_key"):
            kwargs.pop(option, None)
        kwargs["columns"] = list(self.field_names)
        return name, "viewflow.fields.CompositeKey", [], kwargs

    def _check_field_name(self) -> list[Any]:
        return models.Field._check_field_name(self)  # type: ignore[attr-defined,no-any-return]

    @cached_property
    def _converters(self) -> list[Any]:
        return [getattr(field, "target_field", field) for field in self.fields]

    def to_python(self, value: Any) -> Any:
        """Return the key for a key, dict, JSON text or tuple. ``ValidationError`` for what is none."""
        if value is None or isinstance(value, Key):
            return value
        return Key(zip(self.field_names, self._values(value), strict=True))

    def _values(self, value: Any) -> tuple[Any, ...]:
        """Return the columns' values, of the columns' types."""
        data = value
        if isinstance(data, str | bytes):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                raise self._invalid(value) from None
        if isinstance(data, tuple | list) and len(data) == len(self.field_names):
            data = dict(zip(self.field_names, data, strict=True))
        if not isinstance(data, dict) or set(data) != set(self.field_names):
            raise self._invalid(value)
        try:
            values = tuple(
                field.to_python(data[name])
                for name, field in zip(self.field_names, self._converters, strict=True)
            )
        except (ValidationError, ValueError, TypeError, ArithmeticError):
            raise self._invalid(value) from None
        for part in values:
            if part is None or isinstance(part, dict | list):
                raise self._invalid(value)
            if (isinstance(part, str) and "\x00" in part) or (
                isinstance(part, int) and abs(part) >= 2**63
            ):
                raise self._invalid(value)  # no database holds it
        return values

    def _invalid(self, value: Any) -> ValidationError:
        return ValidationError(
            self.error_messages["invalid"], code="invalid", params={"value": str(value)[:100]}
        )

    def values_of(self, value: Any) -> Any:
        """Return the values to compare the columns with."""
        if hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, models.Model):
            value = value.pk
        return (None,) * len(self.field_names) if value is None else self._values(value)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: Any) -> str:
        """The key's JSON."""
        return str(self.value_from_object(obj))

    def db_type(self, connection: Any) -> None:
        return None

    def db_type_parameters(self, connection: Any) -> Any:
        return models.Field.db_type_parameters(self, connection)

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:  # type: ignore[override]
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract and cls.delete is models.Model.delete:
            cls.delete = _delete


class KeyLookup:
    """Takes every form that a key may have."""

    lhs: Any

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, self.plain(lhs.output_field, rhs))  # type: ignore[call-arg]

    def plain(self, field: Any, rhs: Any) -> Any:
        """Return tuples of the columns' values."""
        return field.values_of(rhs)


@CompositeKey.register_lookup
class KeyExact(KeyLookup, TupleExact):
    """Every column is as in the key."""


@CompositeKey.register_lookup
class KeyIn(KeyLookup, TupleIn):
    """Every column is as in one of the keys."""

    def plain(self, field: Any, rhs: Any) -> Any:
        if hasattr(rhs, "resolve_expression") or hasattr(rhs, "as_sql"):
            return rhs
        return [field.values_of(item) for item in rhs]


@lru_cache(maxsize=16)
def _key_options(kind: Any) -> Any:
    """Return options for a model with such a key: Django's admin refuses keys that are tuples."""
    return type("KeyOptions", (kind,), {"is_composite_pk": False})


def _use_key_options(sender: Any, **kwargs: Any) -> None:
    meta: Any = sender._meta
    # Not isinstance: Django's AutoField says yes to every class of its kind.
    if CompositeKey in type(meta.pk).__mro__:  # proxies as well
        kind: Any = type(meta)
        meta.__class__ = _key_options(kind)


class_prepared.connect(_use_key_options, dispatch_uid="viewflow.fields")


def _delete(self: Any, using: Any = None, keep_parents: bool = False) -> Any:
    """Delete the row, and what Django deletes with it; the key columns of the object become empty."""
    if self.pk is None:
        raise ValueError(
            f"{self._meta.object_name} object can't be deleted because a column of its key is empty."
        )
    collector = Collector(
        using=using or router.db_for_write(type(self), instance=self), origin=self
    )
    collector.collect([self], keep_parents=keep_parents)
    result = collector.delete()
    for column in self._meta.pk.fields:
        setattr(self, column.attname, None)
    return result


_delete.alters_data = True  # type: ignore[attr-defined]
_delete.__name__ = "delete"
