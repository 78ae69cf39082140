"""``ForeignKey`` and ``OneToOneField``: a reference to a row, kept as its key in the document.

They are Django's own fields, so forms, the admin, ``select_related``, ``prefetch_related`` and
lookups across the relation treat them as such. What differs follows from there being no column:
the database does not watch over the reference. It may point to a row that is gone, which reads as
``None`` and leaves the document as it is; and ``on_delete`` cannot do anything.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import lookups
from django.db.models.fields.related import RECURSIVE_RELATIONSHIP_CONSTANT
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.db.models.query_utils import PathInfo

from .access import UNREADABLE, build_property
from .base import VirtualField
from .document import InvalidValueError
from .identities import identity_field

__all__ = ["ForeignKey", "OneToOneField"]

_DANGLING = "_jsonstore_dangling"


class ReferenceDescriptor(ForwardManyToOneDescriptor):
    """The attribute that gives the object: loaded once, for as long as the document names it."""

    field: Any

    def is_cached(self, instance: Any) -> bool:
        return self.cached(instance)[0]

    def cached(self, instance: Any) -> tuple[bool, Any]:
        """Return whether the object is known without a query, and the object."""
        field = self.field
        (stored,) = field.get_local_related_value(instance)
        cache = instance._state.fields_cache
        if field.name not in cache:
            return stored is None, None
        found = cache[field.name]
        if found is not None:
            if getattr(found, field.target_field.attname) == stored:
                return True, found
        elif stored is not None:
            # The row is gone, or it was when somebody looked for this very key.
            gone = instance.__dict__.setdefault(_DANGLING, {})
            if gone.setdefault(field.name, stored) == stored:
                return True, None
        else:
            return True, None
        self.forget(instance)
        return stored is None, None

    def forget(self, instance: Any) -> None:
        """Drop the object that was loaded or assigned, if any."""
        instance._state.fields_cache.pop(self.field.name, None)
        instance.__dict__.get(_DANGLING, {}).pop(self.field.name, None)

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        known, found = self.cached(instance)
        if not known:
            fetch_mode = getattr(instance._state, "fetch_mode", None)  # Django 6.1
            if fetch_mode is None:
                self.fetch_one(instance)
            else:
                fetch_mode.fetch(self, instance)
            found = self.cached(instance)[1]
        return found

    def get_object(self, instance: Any) -> Any:
        (stored,) = self.field.get_local_related_value(instance)
        queryset: Any = self.get_queryset(instance=instance)
        return queryset.filter(**{self.field.target_field.name: stored}).first()

    def fetch_one(self, instance: Any) -> None:
        self.forget(instance)
        self.field.set_cached_value(instance, self.get_object(instance))

    def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
        if querysets and len(querysets) != 1:
            raise ValueError(
                "querysets argument of get_prefetch_querysets() should have a length of 1."
            )
        field = self.field
        queryset: Any = querysets[0] if querysets else self.get_queryset(instance=instances[0])
        keys = {field.get_local_related_value(one)[0] for one in instances} - {None}
        for one in instances:
            self.forget(one)
        queryset = queryset.filter(**{f"{field.target_field.name}__in": keys})
        queryset.query.clear_ordering()
        return (
            queryset,
            field.get_foreign_related_value,
            field.get_local_related_value,
            True,
            field.cache_name,
            False,
        )

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        if value is None:
            setattr(instance, field.attname, None)
            self.forget(instance)
            return
        field.refuse_stranger(value)
        if isinstance(instance, models.Model):
            if instance._state.db is None:
                instance._state.db = router.db_for_write(type(instance), instance=value)
            if value._state.db is None:
                value._state.db = router.db_for_write(type(value), instance=instance)
            if not router.allow_relation(value, instance):
                raise ValueError(
                    f'Cannot assign "{value!r}": the current database router prevents this relation.'
                )
        setattr(instance, field.attname, getattr(value, field.target_field.attname))
        self.forget(instance)
        field.set_cached_value(instance, value)


class KeyAttribute:
    """``<name>_id``. Not a ``property``: Django reports those as clashing with the relation."""

    def __init__(self, field: VirtualField) -> None:
        access = build_property(field, field.holder)
        self.read, self.write, self.__doc__ = access.fget, access.fset, access.__doc__

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        return self if instance is None else self.read(instance)  # type: ignore[misc]

    def __set__(self, instance: Any, value: Any) -> None:
        self.write(instance, value)  # type: ignore[misc]


class Reference(VirtualField):
    """What fields that hold keys of another model's rows have in common."""

    empty_types = (str,)
    remote_field: Any

    @cached_property
    def target_column(self) -> models.Field[Any, Any]:
        """The column that the keys come from; of a multi-table child, its parent's."""
        target: Any = self.target_field
        while isinstance(target, models.ForeignKey):
            target = target.target_field
        return target  # type: ignore[no-any-return]

    @cached_property
    def identity(self) -> VirtualField:
        """The scalar field that keeps one key."""
        return identity_field(self.target_column)

    def refuse_stranger(self, value: Any) -> None:
        """Raise ``ValueError`` unless ``value`` is an object of the related model."""
        if not isinstance(value, self.remote_field.model._meta.concrete_model):
            raise ValueError(
                f'Cannot assign "{value!r}": "{self}" must be a '
                f'"{self.remote_field.model._meta.object_name}" instance.'
            )

    def dump_one(self, value: Any) -> Any:
        """Return the JSON form of one key, or of an object's key."""
        if isinstance(value, models.Model):
            try:
                self.refuse_stranger(value)
            except ValueError as error:
                raise InvalidValueError(str(error)) from None
            value = getattr(value, self.target_field.attname)  # type: ignore[attr-defined]
            if value is None:
                raise InvalidValueError(f"{self}: the object has not been saved and has no key yet")
        return self.identity.to_stored(value)

    def load_one(self, value: Any) -> Any:
        """Return the Python form of one key; raises what conversions raise."""
        load = self.identity.load
        try:
            return self.target_column.to_python(value if load is None else load(value))
        except ValidationError as error:
            raise ValueError(error.messages) from None

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        for computed in ("target_column", "identity", "joiner", "key"):
            self.__dict__.pop(computed, None)
        if getattr(self, "mti_inherited", False):
            # The parent's field is the one that the related model knows.
            self.remote_field.related_name = "+"
            for computed in ("hidden", "accessor_name", "cache_name", "name", "path_infos"):
                self.remote_field.__dict__.pop(computed, None)
        super().contribute_to_class(cls, name, private_only)

    def contribute_to_embedded(self, cls: Any, name: str) -> None:
        super().contribute_to_embedded(cls, name)
        to = self.remote_field.model
        if to == RECURSIVE_RELATIONSHIP_CONSTANT:
            raise TypeError(f"{self}: an embedded model has no rows to refer to")
        if isinstance(to, str):
            app_label, _, model_name = to.rpartition(".")
            if not app_label:
                app = apps.get_containing_app_config(cls.__module__)
                if app is None:
                    raise TypeError(f"{self}: name the related model with its app, 'app.{to}'")
                app_label = app.label
        else:
            app_label, model_name = to._meta.app_label, to._meta.model_name
        apps.lazy_model_operation(self._resolve, (app_label, model_name.lower()))

    def _resolve(self, model: Any) -> None:
        self.remote_field.model = model


class ForeignKey(Reference, models.ForeignKey):  # type: ignore[type-arg, misc]
    """The key of one row, under ``<name>_id``; the attribute ``<name>`` is the row or ``None``.

    ``to`` is a model, its name (``"app.Model"``) or ``"self"``. ``on_delete`` is accepted and has
    no effect. Unless ``related_name`` is given the related model gets no attribute. The other
    options are those of ``django.db.models.ForeignKey``.
    """

    forward_related_accessor_class = ReferenceDescriptor

    def __init__(self, to: Any, on_delete: Any = None, **kwargs: Any) -> None:
        kwargs["related_name"] = kwargs.get("related_name") or "+"
        kwargs.setdefault("db_index", False)
        kwargs["db_constraint"] = False
        self.ignored_on_delete = on_delete not in (None, models.DO_NOTHING)
        super().__init__(to, models.DO_NOTHING, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("related_name") == "+":
            del kwargs["related_name"]
        for implied in ("db_index", "db_constraint"):
            kwargs.pop(implied, None)
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.ignored_on_delete:
            found.append(
                checks.Warning(
                    f"'{self.name}' has no column, so on_delete has no effect: a reference to a "
                    "deleted row stays in the document and reads as None.",
                    hint="Leave on_delete out, or use a column.",
                    obj=self,
                    id="jsonstore.W003",
                )
            )
        return found

    def contribute_to_embedded(self, cls: Any, name: str) -> None:
        super().contribute_to_embedded(cls, name)
        setattr(cls, name, self.forward_related_accessor_class(self))

    def _resolve(self, model: Any) -> None:
        super()._resolve(model)
        if self.remote_field.field_name is None:
            self.remote_field.field_name = model._meta.pk.name

    # --- the document ---------------------------------------------------------------------------

    def attribute(self) -> Any:
        return KeyAttribute(self)

    @property
    def sql_kind(self) -> str:  # type: ignore[override]
        return self.identity.sql_kind

    def dump(self, value: Any) -> Any:
        return self.dump_one(value)

    def load(self, value: Any) -> Any:
        return self.load_one(value)

    def write(self, owner: Any, value: Any) -> None:
        if isinstance(value, models.Model):
            setattr(owner, self.name, value)
            return
        super().write(owner, value)
        if self.name in owner._state.fields_cache:
            self.forward_related_accessor_class(self).is_cached(owner)  # drops what is stale

    def get_local_related_value(self, instance: Any) -> tuple[Any]:
        value = getattr(instance, self.attname)
        if value is not None:
            try:
                value = self.target_column.to_python(value)
            except (*UNREADABLE, ValidationError):
                value = None  # not a key; full_clean() reports it
        return (value,)

    @property
    def needs_prepare(self) -> bool:
        return True

    def prepare_save(self, owner: Any, add: bool) -> None:
        """Take the key of an object that has been saved after it was assigned."""
        found = owner._state.fields_cache.get(self.name)
        if found is not None and getattr(owner, self.attname) is None:
            key = getattr(found, self.target_field.attname)
            if key is None:
                raise ValueError(
                    f"save() prohibited to prevent data loss due to unsaved related object "
                    f"'{self.name}'."
                )
            super().write(owner, key)
        super().prepare_save(owner, add)

    # --- queries --------------------------------------------------------------------------------

    def get_col(self, alias: str | None, output_field: Any = None) -> Any:
        from .columns import VirtualCol

        return VirtualCol(alias, self, output_field or self.target_column)

    @cached_property
    def joiner(self) -> ForeignKey:
        """The field as joins see it: there may be no row on the other side."""
        twin = copy.copy(self)
        twin.null = True
        return twin

    def get_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        return [
            info._replace(join_field=self.joiner)
            for info in super().get_path_info(filtered_relation)
        ]

    def get_joining_fields(self, reverse_join: bool = False) -> tuple[()]:
        return ()

    def get_reverse_joining_fields(self) -> tuple[()]:
        return ()

    def get_extra_restriction(self, alias: Any, related_alias: Any) -> Any:
        if alias is None:
            return None
        target: Any = self.target_field
        return lookups.Exact(target.get_col(alias), self.get_col(related_alias))


class OneToOneField(ForeignKey, models.OneToOneField):  # type: ignore[type-arg, misc]
    """A :class:`ForeignKey`. Nothing keeps two rows from referring to the same one."""

    def __init__(self, to: Any, on_delete: Any = None, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **kwargs)
        self._unique = False
