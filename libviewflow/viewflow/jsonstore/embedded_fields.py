"""``EmbeddedField`` and ``EmbeddedListField``: objects, and lists of objects, with a schema."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields import NOT_PROVIDED

from .base import VirtualField
from .document import MISSING, InvalidValueError, dig, discard, place
from .embedded import EmbeddedModel
from .embedded_lists import EmbeddedList

__all__ = ["EmbeddedField", "EmbeddedListField"]

#: Where an owner remembers the instances that are bound to its document.
BOUND = "_jsonstore_bound"


class DocumentFormField(forms.JSONField):
    """JSON text that is checked against the schema."""

    def __init__(self, *args: Any, model_field: Any = None, **kwargs: Any) -> None:
        self.model_field = model_field
        super().__init__(*args, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(_plain(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(_plain(initial), data))

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value in self.empty_values:
            return value
        try:
            value = self.model_field.dump(value)
            self.model_field.validate_document(value)
        except (InvalidValueError, TypeError) as error:
            raise ValidationError(str(error) or self.error_messages["invalid"]) from None
        return value


def _plain(value: Any) -> Any:
    if callable(value) and not isinstance(value, EmbeddedModel):
        value = value()
    if isinstance(value, EmbeddedModel):
        return value.to_dict()
    if isinstance(value, EmbeddedList):
        return value.to_list()
    return value


class EmbeddedDescriptor:
    """The attribute of a field that gives views of the document."""

    def __init__(self, field: Any) -> None:
        self.field = field

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        return self if instance is None else self.field.read(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        self.field.write(instance, value)


class _Embedded(VirtualField, models.JSONField):
    """What both fields have in common."""

    sql_kind = "json"

    def __init__(self, embedded_model: Any, *args: Any, **kwargs: Any) -> None:
        if not (isinstance(embedded_model, type) and issubclass(embedded_model, EmbeddedModel)):
            raise TypeError(
                f"{type(self).__name__} needs a subclass of EmbeddedModel, not {embedded_model!r}"
            )
        self.embedded_model = embedded_model
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.embedded_model, *args], kwargs

    def attribute(self) -> Any:
        return EmbeddedDescriptor(self)

    def read(self, owner: Any) -> Any:
        """Return the attribute's value."""
        raise NotImplementedError

    def bound(self, owner: Any, document: Any) -> Any:
        """Return the instance for an object of the owner's document, always the same one."""
        if not isinstance(document, dict):
            return document  # shown as it is; full_clean() reports it
        known = owner.__dict__.setdefault(BOUND, {}).setdefault(self.name, {})
        found = known.get(id(document))
        if found is None or found._document is not document:
            known[id(document)] = found = self.embedded_model.from_dict(document)
        return found

    def forget(self, owner: Any, kept: Iterable[Any] = ()) -> None:
        """Drop the instances that are bound to objects other than ``kept``."""
        known = owner.__dict__.get(BOUND, {}).get(self.name)
        if known:
            ids = {id(document) for document in kept}
            for other in known.keys() - ids:
                del known[other]

    def dump_one(self, value: Any) -> dict[str, Any]:
        """Return a copy of an instance's or dictionary's object, with all values in JSON form.

        Raises :class:`InvalidValueError`, also for a value that is none of its field.
        """
        model = self.embedded_model
        if isinstance(value, EmbeddedModel):
            if not isinstance(value, model):
                raise InvalidValueError(
                    f"{self}: {value!r} is not a {model.__name__} or a dictionary"
                )
            value = value.to_dict()
        elif isinstance(value, dict):
            value = copy.deepcopy(value)
        else:
            raise InvalidValueError(f"{self}: {value!r} is not a {model.__name__} or a dictionary")
        for field in model._fields.values():
            stored = dig(value, field.json_path)
            if stored is not MISSING:
                place(value, field.json_path, field.to_stored(stored))
        return value

    def validate_document(self, value: Any) -> None:
        """Validate what :meth:`dump` has returned. Raises ``ValidationError``."""
        raise NotImplementedError

    def errors_of(self, document: Any, prefix: str = "") -> list[ValidationError]:
        """Return what is wrong with one object, as messages that name the attribute."""
        if not isinstance(document, dict):
            message = self.error_messages["invalid"]
            return [ValidationError(f"{prefix}{message}", code="embedded")]
        try:
            self.embedded_model.from_dict(document).full_clean()
        except ValidationError as error:
            return [
                ValidationError(f"{prefix}{self._label(name)}{message}", code="embedded")
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        return []

    def _label(self, name: str) -> str:
        field = self.embedded_model._fields.get(name)
        return f"{field.verbose_name}: " if field is not None else ""

    def formfield(self, **kwargs: Any) -> Any:
        form_class = kwargs.get("form_class", DocumentFormField)
        if isinstance(form_class, type) and issubclass(form_class, DocumentFormField):
            kwargs.setdefault("model_field", self)
        return super().formfield(**{"form_class": DocumentFormField, **kwargs})

    def value_from_object(self, obj: Any) -> Any:
        return _plain(getattr(obj, self.attname))

    def value_to_string(self, obj: Any) -> Any:
        return self.value_from_object(obj)

    def clean(self, value: Any, model_instance: Any) -> Any:
        models.Field.validate(self, value, model_instance)
        self.run_validators(value)
        if value is not None:
            self.validate_document(getattr(value, "_document", value))
        return value

    def get_col(self, alias: str | None, output_field: Any = None) -> Any:
        from .columns import virtual_key
        from .embedded_keys import EmbeddedKey

        return virtual_key(alias, self, EmbeddedKey)

    def python_value(self, value: Any) -> Any:
        """Return what a query gives for a stored value."""
        raise NotImplementedError

    @property
    def needs_prepare(self) -> bool:
        return True


class EmbeddedField(_Embedded):
    """One object. The attribute is an instance bound to the document, or ``None``.

    A dictionary or an instance may be assigned; it is copied. Raises ``TypeError`` for an
    ``embedded_model`` that is no :class:`EmbeddedModel`.
    """

    empty_types = ()

    def read(self, owner: Any) -> Any:
        stored = dig(getattr(owner, self.holder), self.json_path)
        if stored is MISSING:
            return self.absent_value(owner)
        return self.bound(owner, stored)

    def dump(self, value: Any) -> Any:
        return self.dump_one(value)

    def write(self, owner: Any, value: Any) -> None:
        stored = dig(getattr(owner, self.holder), self.json_path)
        if isinstance(value, EmbeddedModel) and value._document is stored:
            return  # it is there already, and stays bound
        if isinstance(value, str) and not self.removes(value):
            value = self.dump(value)  # raises
        super().write(owner, value)
        self.forget(owner)

    def removes(self, value: Any) -> bool:
        return self.blank and not self.null and (value is None or value == "")

    def fresh_default(self) -> Any:
        value = self.default() if callable(self.default) else self.default
        return None if value is None else self.embedded_model.from_dict(self.dump_one(value))

    def absent_value(self, owner: Any) -> Any:
        return None if self.default is NOT_PROVIDED else self.remembered_default(owner)

    def prepare_save(self, owner: Any, add: bool) -> None:
        if self.has_default():
            super().prepare_save(owner, add)
        found = self.read(owner) if self.is_stored(owner) else None
        if isinstance(found, EmbeddedModel):
            found._prepare(add=add)

    def validate_document(self, value: Any) -> None:
        errors = [] if self.blank and value == {} else self.errors_of(value)
        if errors:
            raise ValidationError(errors)

    def python_value(self, value: Any) -> Any:
        return self.embedded_model.from_dict(value) if isinstance(value, dict) else value


class EmbeddedListField(_Embedded):
    """A list of objects. The attribute is a mutable sequence of instances bound to the document.

    Elements may be dictionaries or instances; they are copied. An empty list has no key in the
    document. ``blank`` is on by default. Raises ``TypeError`` as :class:`EmbeddedField` does.
    """

    empty_types = (str, list, tuple, EmbeddedList)

    def __init__(self, embedded_model: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        super().__init__(embedded_model, *args, **kwargs)

    def read(self, owner: Any) -> EmbeddedList:
        return EmbeddedList(owner, self)

    def raw(self, owner: Any) -> list[Any]:
        """Return the list of the owner's document, or an empty one that is not in it."""
        stored = dig(getattr(owner, self.holder), self.json_path)
        return stored if isinstance(stored, list) else []

    def edit(self, owner: Any, change: Callable[[list[Any]], Any]) -> Any:
        """Make ``change`` to the list in the document and return its result."""
        stored = dig(getattr(owner, self.holder), self.json_path)
        if isinstance(stored, list):
            result = change(stored)
            if not stored:
                discard(getattr(owner, self.holder), self.json_path)
            self.forget(owner, stored)
            return result
        if stored is not MISSING and stored is not None:
            raise InvalidValueError(f"{self}: the document holds {stored!r}, which is not a list")
        items: list[Any] = []
        result = change(items)
        if items:
            self.store(owner, items)
        return result

    def dump(self, value: Any) -> Any:
        if isinstance(value, str | bytes | dict | EmbeddedModel):
            raise TypeError
        return [self.dump_one(one) for one in value]

    def removes(self, value: Any) -> bool:
        return value is None or value == "" or (hasattr(value, "__len__") and len(value) == 0)

    def write(self, owner: Any, value: Any) -> None:
        if isinstance(value, EmbeddedList) and value.is_of(owner, self):
            return
        super().write(owner, None if self.removes(value) else self.to_stored(value))
        self.forget(owner, self.raw(owner))

    def to_stored(self, value: Any) -> Any:
        return None if value is None else super().to_stored(value)

    def prepare_save(self, owner: Any, add: bool) -> None:
        for one in self.read(owner):
            if isinstance(one, EmbeddedModel):
                one._prepare(add=add)

    def validate_document(self, value: Any) -> None:
        errors = [
            error
            for number, document in enumerate(value, 1)
            for error in self.errors_of(getattr(document, "_document", document), f"{number}. ")
        ]
        if errors:
            raise ValidationError(errors)

    def python_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return [] if value is None else value
        model = self.embedded_model
        return [model.from_dict(one) if isinstance(one, dict) else one for one in value]

    def items(self, owner: Any) -> Iterator[Any]:
        """Yield the bound instances."""
        return (self.bound(owner, document) for document in self.raw(owner))
