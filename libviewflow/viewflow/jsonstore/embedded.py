"""``EmbeddedModel``: the schema of an object inside a document.

An instance is a view of one JSON object: its attributes are virtual fields over that object, and
nothing else is stored. An instance that was read from a row is bound to the row's own document, so
that what is changed on it is changed there.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import cached_property, partialmethod
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db.models.base import ModelState
from django.utils.encoding import force_str
from django.utils.hashable import make_hashable

from .base import VirtualField

__all__ = ["EmbeddedModel"]

#: The attribute that holds an instance's JSON object.
HOLDER = "_document"


class EmbeddedMeta(type):
    """Collects the fields of a class and of its bases, in the order of their declaration."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> EmbeddedMeta:
        own = {key: value for key, value in attrs.items() if isinstance(value, VirtualField)}
        rest = {key: value for key, value in attrs.items() if key not in own}
        cls = super().__new__(mcs, name, bases, rest, **kwargs)
        fields: dict[str, VirtualField] = {}
        for base in reversed(cls.__mro__[1:]):
            fields.update(getattr(base, "_fields", {}))
        inherited = {key: field for key, field in fields.items() if key not in attrs}
        cls._fields = {**inherited, **own}  # type: ignore[attr-defined]
        for key, field in own.items():
            field.contribute_to_embedded(cls, key)
            if field.choices is not None and f"get_{key}_display" not in attrs:
                display = partialmethod(cls._display, field)  # type: ignore[attr-defined]
                setattr(cls, f"get_{key}_display", display)
        return cls


class EmbeddedModel(metaclass=EmbeddedMeta):
    """Base of classes whose instances are JSON objects with typed attributes.

    ::

        class Address(jsonstore.EmbeddedModel):
            city = jsonstore.CharField(max_length=50)
            since = jsonstore.DateField(null=True, blank=True)

    The fields are those of this package. ``Address(city="Rome")`` raises ``TypeError`` for names
    that are no fields, and ``InvalidValueError`` for values that are none.
    """

    _fields: ClassVar[dict[str, VirtualField]]
    _document: dict[str, Any]
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, **kwargs: Any) -> None:
        self._document = {}
        known = {name for field in self._fields.values() for name in (field.name, field.attname)}
        for name, value in kwargs.items():
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword argument {name!r}"
                )
            setattr(self, name, value)

    @classmethod
    def from_dict(cls, store: dict[str, Any]) -> Self:
        """Return an instance bound to ``store``, which it reads and writes. Raises ``TypeError``."""
        if not isinstance(store, dict):
            raise TypeError(f"{cls.__name__}: {store!r} is not an object")
        found = cls.__new__(cls)
        found._document = store
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of the JSON object."""
        for field in self._fields.values():
            if field.needs_prepare and not field.is_automatic:
                field.prepare_save(self, False)
        return copy.deepcopy(self._document)

    @cached_property
    def _state(self) -> ModelState:
        # Relations keep there what they have loaded, as those of models do.
        return ModelState()

    def _display(self, field: VirtualField) -> str:
        value = getattr(self, field.attname)
        labels = dict(make_hashable(field.flatchoices))  # type: ignore[attr-defined]
        return str(force_str(labels.get(make_hashable(value), value), strings_only=True))

    def _prepare(self, *, add: bool) -> None:
        """Bring the object up to date: edited defaults, keys of saved objects, ``auto_now``."""
        for field in self._fields.values():
            if field.needs_prepare:
                field.prepare_save(self, add)
        for name in self.__dict__.get("_jsonstore_unchecked", ()):
            self._fields[name].refuse_unconverted(self)

    # --- validation -----------------------------------------------------------------------------

    def clean_fields(self, exclude: Iterable[str] = ()) -> None:
        """Validate each attribute. Raises ``ValidationError`` with a dictionary."""
        errors: dict[str, Any] = {}
        for name, field in self._fields.items():
            if name in exclude:
                continue
            value = getattr(self, field.attname)
            if field.blank and value in field.empty_values:
                continue
            try:
                cleaned = field.clean(value, self)  # type: ignore[arg-type]
            except ValidationError as error:
                errors[name] = error.error_list
            else:
                if field.is_stored(self):
                    setattr(self, field.attname, cleaned)
        if errors:
            raise ValidationError(errors)

    def clean(self) -> None:
        """Validate what concerns several attributes; for subclasses."""

    def full_clean(self, exclude: Iterable[str] = ()) -> None:
        """Validate all of it. Raises ``ValidationError`` with a dictionary."""
        errors: dict[str, Any] = {}
        for step in (lambda: self.clean_fields(exclude), self.clean):
            try:
                step()
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    # --- values among others --------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmbeddedModel):
            return NotImplemented
        return type(self) is type(other) and self._document == other._document

    def __copy__(self) -> Self:
        return self.from_dict(copy.deepcopy(self._document))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.from_dict(copy.deepcopy(self._document, memo))

    def __reduce__(self) -> Any:
        return _bound, (type(self), self._document)

    def __repr__(self) -> str:
        values = (
            f"{field.attname}={getattr(self, field.attname)!r}"
            for field in self._fields.values()
            if field.is_stored(self)
        )
        return f"{type(self).__name__}({', '.join(values)})"


def _bound(cls: type[EmbeddedModel], document: dict[str, Any]) -> EmbeddedModel:
    return cls.from_dict(document)
