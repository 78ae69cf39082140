"""``ManyToManyField``: keys of rows as a list in the document, without a table of its own."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import PathInfo

from .access import UNREADABLE
from .document import MISSING, InvalidValueError, dig
from .many_managers import PREFETCHED, MembersDescriptor, manager_class
from .options import FORM_DATA
from .relations import Reference

__all__ = ["ManyToManyField"]


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
        return manager_class(type(self.remote_field.model._default_manager), self)

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
        owner.__dict__.get(PREFETCHED, {}).pop(self.name, None)

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
