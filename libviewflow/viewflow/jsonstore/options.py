"""What a model gets when it has virtual fields: its ``_meta``, its managers, three of its methods.

Nothing here touches Django's own classes or other models. ``adopt_model`` gives the model's
``_meta`` a subclass of ``Options`` that

* lets ``save(update_fields=["virtual"])`` pass Django's check of the names, and
* hands out managers whose querysets understand virtual names in ``update`` and its like;

and wraps ``save_base``, ``_do_update`` and ``clean_fields`` of the model, which is where Django
gets the values to save and to validate.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model
from django.db.models.options import Options, make_immutable_fields_list
from django.db.models.signals import class_prepared
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = [
    "FORM_DATA",
    "VirtualOptions",
    "adopt_model",
    "form_data_is_saved",
    "prepare_save",
    "virtual_fields",
]

#: Where an instance remembers what forms have assigned, see ``VirtualField.save_form_data``.
FORM_DATA = "_jsonstore_form_data"


class VirtualOptions(Options):  # type: ignore[type-arg]
    """The ``_meta`` of a model with virtual fields."""

    @cached_property
    def jsonstore_fields(self) -> tuple[VirtualField, ...]:
        """The virtual fields, inherited ones included."""
        return virtual_fields(self)

    @cached_property
    def jsonstore_prepared(self) -> tuple[VirtualField, ...]:
        """The virtual fields that have something to do before a save."""
        return tuple(field for field in self.jsonstore_fields if field.needs_prepare)

    @cached_property
    def jsonstore_indexed(self) -> frozenset[Any]:
        """The keys for which the model declares an index."""
        from .indexes import JSONKeyIndex
        from .keys import Key

        return frozenset(
            key
            for index in self.indexes
            if isinstance(index, JSONKeyIndex)
            for key in index.keys
            if isinstance(key, Key)
        )

    @cached_property
    def managers(self) -> Any:
        from .querysets import virtual_manager

        found = super().managers
        return make_immutable_fields_list("managers", [virtual_manager(m) for m in found])

    @cached_property
    def base_manager(self) -> Any:
        from .querysets import virtual_manager

        return virtual_manager(super().base_manager)

    @cached_property
    def _non_pk_concrete_field_names(self) -> frozenset[str]:
        names: frozenset[str] = super()._non_pk_concrete_field_names  # type: ignore[misc]
        return names.union(*((f.name, f.attname) for f in virtual_fields(self)))

    def _expire_cache(self, forward: bool = True, reverse: bool = True) -> None:
        super()._expire_cache(forward, reverse)  # type: ignore[misc]
        for name in ("jsonstore_fields", "jsonstore_prepared", "jsonstore_indexed"):
            self.__dict__.pop(name, None)


def virtual_fields(meta: Any) -> tuple[VirtualField, ...]:
    """Return the virtual fields of a model's ``_meta``."""
    from .base import VirtualField

    return tuple(f for f in meta.private_fields if isinstance(f, VirtualField))


def adopt_model(model: type[Model]) -> None:
    """Make ``model`` know that it has virtual fields. Doing it twice does nothing."""
    meta: Any = model._meta
    if not isinstance(meta, VirtualOptions):
        meta.__class__ = VirtualOptions
        _wrap(model, "save_base", _save_base)
        _wrap(model, "_do_update", _do_update)
        _wrap(model, "clean_fields", _clean_fields)
        class_prepared.connect(_tell_indexes, sender=model)


def _tell_indexes(sender: type[Model], **kwargs: Any) -> None:
    from .indexes import JSONKeyIndex

    for index in sender._meta.indexes:
        if isinstance(index, JSONKeyIndex):
            index.model = sender


def _wrap(model: type[Model], name: str, around: Callable[..., Any]) -> None:
    if any(hasattr(cls.__dict__.get(name), "jsonstore") for cls in model.__mro__):
        return  # inherited, and works with the _meta of the instance
    inner = getattr(model, name)

    @functools.wraps(inner)
    def method(self: Model, *args: Any, **kwargs: Any) -> Any:
        return around(inner, self, *args, **kwargs)

    method.jsonstore = True  # type: ignore[attr-defined]
    setattr(model, name, method)


class _UpdateFields(frozenset[str]):
    """``update_fields`` with the columns of its virtual names, and which names of each."""

    virtual: dict[str, list[VirtualField]]


def _expand(meta: VirtualOptions, names: Iterable[str]) -> frozenset[str]:
    asked = frozenset(names)
    virtual = defaultdict(list)
    for field in meta.jsonstore_fields:
        # A column that is named itself is written as a whole.
        if (field.name in asked or field.attname in asked) and field.json_field_name not in asked:
            virtual[field.json_field_name].append(field)
    if not virtual:
        return asked
    expanded = _UpdateFields(asked | set(virtual))
    expanded.virtual = virtual
    return expanded


def _save_base(
    inner: Callable[..., Any],
    self: Any,
    raw: bool = False,
    force_insert: Any = False,
    force_update: bool = False,
    using: str | None = None,
    update_fields: Any = None,
) -> Any:
    meta = self._meta
    if not raw:
        prepare_save(self, self._state.adding, update_fields)
        form_data_is_saved(self)
    if update_fields is not None:
        update_fields = _expand(meta, update_fields)
    return inner(
        self,
        raw=raw,
        force_insert=force_insert,
        force_update=force_update,
        using=using,
        update_fields=update_fields,
    )


def form_data_is_saved(instance: Any) -> None:
    """Note that the form's values are in the row, or will be; assigning them is over."""
    marks = instance.__dict__.get(FORM_DATA)
    if marks:
        instance.__dict__[FORM_DATA] = {name: (True, data) for name, (_, data) in marks.items()}


def prepare_save(instance: Any, add: bool, names: Any = None) -> None:
    """Bring the document up to date before it is written, or those keys in ``names``.

    Raises ``InvalidValueError`` when a string was assigned that is no value of its field.
    """
    meta = instance._meta
    for field in meta.jsonstore_prepared:
        if names is None or field.name in names:
            field.prepare_save(instance, add)
    for name in instance.__dict__.get("_jsonstore_unchecked", ()):
        field = meta.get_field(name)
        if names is None or name in names or field.json_field_name in names:
            field.refuse_unconverted(instance)


def _do_update(
    inner: Callable[..., Any],
    self: Any,
    base_qs: Any,
    using: str,
    pk_val: Any,
    values: Any,
    update_fields: Any,
    *args: Any,
) -> Any:
    if isinstance(update_fields, _UpdateFields):
        from .writing import SetKeys

        values = [
            (
                column,
                model,
                SetKeys(
                    F(column.name),
                    [field.saved_change(self) for field in update_fields.virtual[column.name]],
                    column,
                )
                if column.name in update_fields.virtual
                else value,
            )
            for column, model, value in values
        ]
    return inner(self, base_qs, using, pk_val, values, update_fields, *args)


def _clean_fields(inner: Callable[..., Any], self: Any, exclude: Any = None) -> None:
    # Django assigns what it has cleaned. A default that was only read is validated here instead,
    # so that validation does not write it into the document.
    exclude = set(exclude or ())
    unset = [
        field
        for field in self._meta.jsonstore_fields
        if field.has_default() and field.name not in exclude and not field.is_stored(self)
    ]
    errors: Any = {}
    try:
        inner(self, exclude=exclude | {field.name for field in unset})
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for field in unset:
        value = field.value_from_object(self)
        if field.blank and value in field.empty_values:
            continue
        try:
            field.clean(value, self)
        except ValidationError as error:
            errors[field.name] = error.error_list
    if errors:
        raise ValidationError(errors)
