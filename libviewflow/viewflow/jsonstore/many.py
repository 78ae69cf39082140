"""``ManyToManyField``: keys of rows as a list in the document, without a table of its own."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Case, IntegerField, Value, When
from django.db.models.query_utils import PathInfo

from .access import UNREADABLE
from .document import MISSING, InvalidValueError, dig
from .options import FORM_DATA
from .relations import Reference

__all__ = ["ManyToManyField"]

_PREFETCHED = "_prefetched_objects_cache"


class MembersDescriptor:
    """The attribute of a ``ManyToManyField``: a manager, or what to put into the list."""

    def __init__(self, field: ManyToManyField) -> None:
        self.field = field

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        return self if instance is None else self.field.manager_class(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        self.field.write(instance, value)


def _manager_class(base: Any, field: ManyToManyField) -> Any:
    """Return the related model's default manager, for the rows that an owner's list names."""

    class Members(base):  # type: ignore[misc]
        """The rows in the order of the list. Nothing is saved before the owner is."""

        _owners: ClassVar[ManyToManyField] = field

        def __init__(self, instance: Any) -> None:
            super().__init__()
            self.instance = instance
            self.model = field.remote_field.model

        # --- rows ---

        def get_queryset(self) -> Any:
            done = self.instance.__dict__.get(_PREFETCHED, {}).get(field.name)
            if done is not None and done._jsonstore_keys == field.keys(self.instance):
                return done
            return self._apply_rel_filters(super().get_queryset())

        def _apply_rel_filters(self, queryset: Any) -> Any:
            queryset._add_hints(instance=self.instance)
            if self.instance._state.db:
                queryset = queryset.using(self.instance._state.db)
            keys = field.keys(self.instance)
            queryset = queryset.filter(pk__in=keys) if keys else queryset.none()
            if len(keys) > 1 and not queryset.query.order_by:
                places = [When(pk=key, then=Value(n)) for n, key in enumerate(keys)]
                queryset = queryset.order_by(Case(*places, output_field=IntegerField()))
            queryset._jsonstore_keys = keys
            return queryset

        def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
            if querysets and len(querysets) != 1:
                raise ValueError(
                    "querysets argument of get_prefetch_querysets() should have a length of 1."
                )
            queryset = querysets[0] if querysets else super().get_queryset()
            queryset._add_hints(instance=instances[0])
            queryset = queryset.using(queryset._db or self.instance._state.db)
            owners = defaultdict(list)
            for number, instance in enumerate(instances):
                for key in field.keys(instance):
                    owners[key].append(number)
            rows = queryset.filter(pk__in=list(owners))
            copies = [
                (number, copy.copy(row))  # each owner has rows of its own, as in Django
                for row in rows.prefetch_related(None)
                for number in owners[row.pk]
            ]
            numbers = {id(row): number for number, row in copies}
            if not rows.query.order_by:
                ranks = [{key: n for n, key in enumerate(field.keys(one))} for one in instances]
                copies.sort(key=lambda pair: ranks[pair[0]][pair[1].pk])
            rows._result_cache = [row for _number, row in copies]
            positions = {id(instance): number for number, instance in enumerate(instances)}
            return (
                rows,
                lambda row: numbers[id(row)],
                lambda instance: positions[id(instance)],
                False,
                field.name,
                False,
            )

        def __iter__(self) -> Iterator[Any]:
            return iter(self.get_queryset())

        def __len__(self) -> int:
            return int(self.get_queryset().count())

        def __contains__(self, item: Any) -> bool:
            try:
                return field.dump_one(item) in field.items(self.instance)
            except InvalidValueError:
                return False

        # --- the list ---

        def set(self, objs: Iterable[Any], *, clear: bool = False) -> None:
            """Replace the list."""
            field.write(self.instance, objs)

        def add(self, *objs: Any) -> None:
            """Append what is not in the list yet."""
            field.write(self.instance, [*field.items(self.instance), *objs])

        def remove(self, *objs: Any) -> None:
            """Take out of the list what is in it."""
            gone = field.to_stored(objs)
            left = [item for item in field.items(self.instance) if item not in gone]
            field.write(self.instance, left)

        def clear(self) -> None:
            """Empty the list; the document then has no such key."""
            field.write(self.instance, [])

        def create(self, **kwargs: Any) -> Any:
            """Create a row and append it."""
            row = super().create(**kwargs)
            self.add(row)
            return row

        def get_or_create(self, **kwargs: Any) -> Any:
            """Get a row of the list, or create one and append it."""
            row, created = super().get_or_create(**kwargs)
            self.add(row)
            return row, created

        def update_or_create(self, **kwargs: Any) -> Any:
            """Update a row of the list, or create one and append it."""
            row, created = super().update_or_create(**kwargs)
            self.add(row)
            return row, created

    for name in ("set", "add", "remove", "clear", "create", "get_or_create", "update_or_create"):
        getattr(Members, name).alters_data = True
    return Members


class _NoTable:
    """Where Django has the model of the table between; the admin asks whether it may write to it."""

    _meta = SimpleNamespace(auto_created=True, fields=())


class _MembersRel(models.ManyToManyRel):
    """The relation as seen from the related model."""

    def get_related_field(self) -> Any:
        return self.model._meta.pk


class _WithoutTable(models.ManyToManyField):  # type: ignore[type-arg]
    """Django's field, less the model of the table between."""

    rel_class = _MembersRel

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:  # type: ignore[override]
        super(models.ManyToManyField, self).contribute_to_class(cls, name, **kwargs)

    def contribute_to_related_class(self, cls: Any, related: Any) -> None:
        pass

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return super(models.ManyToManyField, self).check(**kwargs)


class ManyToManyField(Reference, _WithoutTable):
    """The keys of any number of rows, in the order of their adding, each once.

    The attribute is a manager of these rows with ``add``, ``remove``, ``set`` and ``clear``, which
    take objects and keys and change the document only; ``save()`` of the owner stores it. A list
    or queryset may be assigned, too. An empty list has no key in the document. Keys of rows that
    are gone stay in the list and count for nothing.

    The related model gets no attribute, and conditions do not reach into its fields: write
    ``filter(tags__in=Tag.objects.filter(…))``. ``blank`` is on by default.
    """

    sql_kind = "json"
    native_type = None

    def __init__(self, to: Any, **kwargs: Any) -> None:
        for name in ("through", "through_fields", "db_table"):
            if kwargs.pop(name, None) is not None:
                raise TypeError(f"A ManyToManyField in a document has no table: no {name}, please.")
        self.ignored = [name for name in ("related_name", "related_query_name") if kwargs.get(name)]
        kwargs.update(related_name="+", related_query_name=None, symmetrical=False)
        kwargs.setdefault("blank", True)
        super().__init__(to, **kwargs)
        self.remote_field.through = _NoTable

    def deconstruct(self) -> Any:
        through, self.remote_field.through = self.remote_field.through, None
        try:
            name, path, args, kwargs = super().deconstruct()
        finally:
            self.remote_field.through = through
        kwargs.pop("related_name", None)
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        ignored = [*self.ignored]
        if self.has_default():
            ignored.append("default")
        if ignored:
            found.append(
                checks.Warning(
                    f"'{self.name}' is a list in a document, so {', '.join(ignored)} has no effect.",
                    obj=self,
                    id="jsonstore.W001",
                )
            )
        return found

    def contribute_to_class(  # type: ignore[override]
        self, cls: Any, name: str, private_only: bool = False
    ) -> None:
        self.__dict__.pop("manager_class", None)
        super().contribute_to_class(cls, name, private_only)
        # Django keeps hidden relations by name, and wants one each.
        rel = self.remote_field
        rel.related_name = f"_{cls._meta.app_label}_{cls.__name__.lower()}_{name}_+"

    def attribute(self) -> Any:
        return MembersDescriptor(self)

    @cached_property
    def manager_class(self) -> Any:
        """The class of the managers that the attribute gives."""
        return _manager_class(type(self.remote_field.model._default_manager), self)

    # --- the document ---------------------------------------------------------------------------

    def items(self, owner: Any) -> list[Any]:
        """Return the keys as they are in the owner's document; it may hold anything."""
        stored = dig(getattr(owner, self.holder), self.json_path)
        if stored is MISSING or stored is None:
            return []
        if not isinstance(stored, list):
            raise InvalidValueError(f"{self}: the document holds {stored!r}, which is not a list")
        return stored

    def keys(self, owner: Any) -> list[Any]:
        """Return the keys in Python's form, less what is no key of the related model."""
        try:
            return self.load(self.items(owner))
        except InvalidValueError:
            return []

    def load(self, value: Any) -> list[Any]:
        found = []
        for item in value if isinstance(value, list) else ():
            try:
                found.append(self.load_one(item))
            except UNREADABLE:
                continue
        return found

    def dump(self, value: Any) -> Any:
        if isinstance(value, str | bytes | dict | models.Model):
            raise TypeError
        found = []
        for one in value:
            item = self.dump_one(one)
            if item is None:
                raise TypeError
            if item not in found:
                found.append(item)
        return found

    def is_expression(self, value: Any) -> bool:
        return not isinstance(value, models.QuerySet) and super().is_expression(value)

    def removes(self, value: Any) -> bool:
        if isinstance(value, models.QuerySet):
            return not value.exists()
        return value is None or (hasattr(value, "__len__") and len(value) == 0)

    def write(self, owner: Any, value: Any) -> None:
        super().write(owner, None if value is None else self.to_stored(value))
        owner.__dict__.get(_PREFETCHED, {}).pop(self.name, None)

    def clean(self, value: Any, model_instance: Any) -> Any:
        """Return the keys. Raises ``ValidationError`` when there is none and must be one."""
        items = self.items(model_instance) if hasattr(value, "all") else self.dump(value)
        models.Field.validate(self, items, model_instance)
        return items

    def value_from_object(self, obj: Any) -> Any:
        return list(getattr(obj, self.name).all())

    def save_form_data(self, instance: Any, data: Any) -> None:
        """Put what a form has cleaned into the list, and into the row.

        Forms do so after ``save()``, as for a table of its own.
        """
        is_saved, known = instance.__dict__.get(FORM_DATA, {}).get(self.name, (False, None))
        if is_saved and known is data:
            return  # the row has it, and may have got something else since
        before = dig(getattr(instance, self.holder), self.json_path)
        self.write(instance, data)
        after = dig(getattr(instance, self.holder), self.json_path)
        if before != after and instance.pk is not None and not instance._state.adding:
            rows: Any = type(instance)._base_manager.using(instance._state.db)
            rows.filter(pk=instance.pk).update(**{self.name: [] if after is MISSING else after})

    def take_form_data(self, instance: Any, data: Any) -> None:
        """Put what a form has cleaned into the list, for a save that comes later."""
        self.write(instance, data)
        instance.__dict__.setdefault(FORM_DATA, {})[self.name] = (False, data)

    # --- queries --------------------------------------------------------------------------------

    def get_col(self, alias: str | None, output_field: Any = None) -> Any:
        from .members import members_key

        return members_key(alias, self)

    @property
    def target_field(self) -> Any:
        return self.remote_field.model._meta.pk

    @property
    def foreign_related_fields(self) -> tuple[Any, ...]:
        return (self.target_field,)

    @property
    def related_fields(self) -> list[Any]:
        return [(self, self.target_field)]

    def get_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        return [
            PathInfo(
                from_opts=self.model._meta,
                to_opts=self.remote_field.model._meta,
                target_fields=self.foreign_related_fields,
                join_field=self,  # type: ignore[arg-type]
                m2m=False,
                direct=True,
                filtered_relation=filtered_relation,
            )
        ]

    @cached_property
    def path_infos(self) -> list[PathInfo]:
        return self.get_path_info()

    def get_joining_fields(self) -> tuple[()]:
        return ()

    def get_extra_restriction(self, alias: Any, related_alias: Any) -> Any:
        raise FieldError(
            f"{self} is a list in a document and cannot be joined. Write "
            f"filter({self.name}__in={self.remote_field.model.__name__}.objects.filter(…))."
        )
