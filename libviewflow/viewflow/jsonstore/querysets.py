"""Managers and querysets that understand virtual names where Django wants a column.

A model's own managers are used: their classes get a mixin in front, once per class. Managers made
by relations derive from the default manager's class, so they have it too.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import FieldDoesNotExist
from django.db import connections, transaction
from django.db.models import Case, F, Model, QuerySet, TextField, Value, When
from django.db.models.constants import LOOKUP_SEP
from django.db.models.manager import BaseManager

from .options import prepare_save
from .writing import JSON_TEXT, Change, SetKeys, change_for

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["virtual_manager", "virtual_queryset"]


class _VirtualQuerySet(QuerySet if TYPE_CHECKING else object):  # type: ignore[misc, type-arg]
    _jsonstore_base: type[QuerySet[Any]]

    def update(self, **kwargs: Any) -> int:
        return super().update(**_column_values(self.model, kwargs))

    update.alters_data = True  # type: ignore[attr-defined]

    def only(self, *fields: Any) -> Any:
        return super().only(*_loaded_names(self.model, fields))

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        objs = list(objs)
        for obj in objs:
            prepare_save(obj, True)
        if update_fields:
            # An upsert can only write whole columns.
            columns = (_loaded_name(self.model, name) for name in update_fields)
            update_fields = list(dict.fromkeys(columns))
        return super().bulk_create(
            objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        fields = list(fields)
        virtual = [
            field
            for field in _virtual_of(self.model, fields)
            if field.json_field_name not in fields
        ]
        others = [name for name in fields if not _is_virtual(self.model, name)]
        if not virtual:
            return super().bulk_update(objs, others, batch_size)
        if batch_size is not None and batch_size <= 0:
            raise ValueError("Batch size must be a positive integer.")
        objs = tuple(objs)
        if not all(obj.pk is not None for obj in objs):
            raise ValueError("All bulk_update() objects must have a primary key set.")
        for obj in objs:
            prepare_save(obj, False, {field.name for field in virtual})
        self._for_write = True
        rows, queryset = 0, self.using(self.db)
        with transaction.atomic(using=self.db, savepoint=False):
            if others:
                rows = super().bulk_update(objs, others, batch_size)
            written = 0
            for batch in self._batches(objs, virtual, batch_size):
                changes = _batch_changes(batch, virtual)
                pks = [obj.pk for obj in batch]
                written += super(_VirtualQuerySet, queryset.filter(pk__in=pks)).update(**changes)
        return rows or written

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _batches(
        self, objs: tuple[Any, ...], fields: list[VirtualField], batch_size: int | None
    ) -> Iterable[list[Any]]:
        # Rows that remove a key and rows that set it need different statements.
        shapes = defaultdict(list)
        for obj in objs:
            shapes[tuple(field.is_stored(obj) for field in fields)].append(obj)
        pk = self.model._meta.pk
        operations = connections[self.db].ops
        largest = operations.bulk_batch_size([pk, pk, *(pk for _ in fields)], list(objs))
        size = min(batch_size, largest) if batch_size else largest
        for group in shapes.values():
            for start in range(0, len(group), size):
                yield group[start : start + size]

    def __reduce__(self) -> Any:
        return _empty_queryset, (self._jsonstore_base,), self.__getstate__()


def _empty_queryset(base: type[QuerySet[Any]]) -> Any:
    return _queryset_class(base)()


def _virtual_of(model: type[Model], names: Collection[str]) -> list[VirtualField]:
    meta: Any = model._meta
    return [f for f in meta.jsonstore_fields if f.name in names or f.attname in names]


def _is_virtual(model: type[Model], name: str) -> bool:
    return bool(_virtual_of(model, [name]))


def _loaded_name(model: type[Model], name: Any) -> Any:
    """Replace a virtual name (also the last of ``relation__virtual``) by its column's."""
    from .base import VirtualField

    if not isinstance(name, str):
        return name
    *relations, last = name.split(LOOKUP_SEP)
    try:
        for relation in relations:
            related = model._meta.get_field(relation).related_model
            if related is None:
                return name
            model = related  # type: ignore[assignment]
        field = model._meta.get_field(last)
    except FieldDoesNotExist:
        return name
    if not isinstance(field, VirtualField):
        return name
    return LOOKUP_SEP.join([*relations, field.json_field_name])


def _loaded_names(model: type[Model], names: Iterable[Any]) -> list[Any]:
    """Replace virtual names by their columns'; add those that the relations on the way need."""
    found = []
    for name in names:
        if isinstance(name, str):
            relations = name.split(LOOKUP_SEP)
            for depth in range(1, len(relations)):
                column = _loaded_name(model, LOOKUP_SEP.join(relations[:depth]))
                if column != LOOKUP_SEP.join(relations[:depth]):
                    found.append(column)
        found.append(_loaded_name(model, name))
    return found


def _column_values(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """Turn values for virtual names into one expression for each JSON column."""
    changes: dict[str, list[Change]] = defaultdict(list)
    columns = {}
    for name, value in values.items():
        for field in _virtual_of(model, [name]):
            changes[field.json_field_name].append(change_for(field, value))
            columns[field.json_field_name] = field.json_column
            break
    result = {name: value for name, value in values.items() if not _is_virtual(model, name)}
    for name, column in columns.items():
        document: Any = F(name)
        if name in result:
            document = result[name]
            if not hasattr(document, "resolve_expression"):
                document = Value(document, output_field=column)
        result[name] = SetKeys(document, changes[name], column)
    return result


def _batch_changes(batch: list[Any], fields: list[VirtualField]) -> dict[str, Any]:
    changes: dict[str, list[Change]] = defaultdict(list)
    columns = {}
    for field in fields:
        columns[field.json_field_name] = field.json_column
        saved = [field.saved_change(obj) for obj in batch]
        if saved[0].expression is None:
            change = saved[0]
        else:
            cases = [
                When(pk=obj.pk, then=one.expression) for obj, one in zip(batch, saved, strict=True)
            ]
            change = Change(field.json_path, JSON_TEXT, Case(*cases, output_field=TextField()))
        changes[field.json_field_name].append(change)
    return {name: SetKeys(F(name), changes[name], column) for name, column in columns.items()}


@cache
def _queryset_class(base: type[QuerySet[Any]]) -> type[QuerySet[Any]]:
    return type(
        base.__name__,
        (_VirtualQuerySet, base),
        {"_jsonstore_base": base, "__module__": base.__module__, "__doc__": base.__doc__},
    )


def virtual_queryset(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Make ``queryset`` understand virtual names, in place; return it."""
    if not isinstance(queryset, _VirtualQuerySet):
        queryset.__class__ = _queryset_class(type(queryset))
    return queryset


class _VirtualManager(BaseManager if TYPE_CHECKING else object):  # type: ignore[misc, type-arg]
    _jsonstore_base: type[BaseManager[Any]]

    def get_queryset(self) -> Any:
        return virtual_queryset(super().get_queryset())

    def __eq__(self, other: object) -> bool:
        # Migrations compare managers that are used in them with those they recorded.
        if not isinstance(other, BaseManager):
            return NotImplemented
        known = getattr(self, "_jsonstore_base", type(self))
        return (
            known is getattr(other, "_jsonstore_base", type(other))
            and self.__dict__ == other.__dict__
        )

    def __hash__(self) -> int:
        return id(self)


@cache
def _manager_class(base: type[BaseManager[Any]]) -> type[BaseManager[Any]]:
    return type(
        base.__name__,
        (_VirtualManager, base),
        {"_jsonstore_base": base, "__module__": base.__module__, "__doc__": base.__doc__},
    )


def declared_class(manager: BaseManager[Any]) -> type[BaseManager[Any]]:
    """Return the class of a manager as its model declares it, without the mixin."""
    kind = type(manager)
    return kind._jsonstore_base if issubclass(kind, _VirtualManager) else kind


def virtual_manager(manager: BaseManager[Any]) -> BaseManager[Any]:
    """Return ``manager`` with querysets that understand virtual names."""
    if isinstance(manager, _VirtualManager):
        return manager
    manager = copy.copy(manager)
    manager.__class__ = _manager_class(cast("Any", type(manager)))
    return manager
