"""The serializer of a form: the same fields, for JSON.

The form itself stays the judge of what is valid; the serializer tells types apart, so that a list
never becomes the text of a list, and describes the fields in the schema.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms.formsets import BaseFormSet
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from rest_framework import serializers

from viewflow.forms.composite import CompositeField

from .answers import NoForm

__all__ = ["FormSerializer", "nested_of", "plain", "present", "serializer_of", "shown_values"]


class FormSerializer(serializers.Serializer):
    """Fields of a form. What is left out keeps its value."""


def _text(field: Any, kind: Any = serializers.CharField) -> Any:
    limits = {
        name: value
        for name in ("max_length", "min_length")
        if (value := getattr(field, name, None)) is not None
    }
    strip = {"trim_whitespace": field.strip} if hasattr(field, "strip") else {}
    return kind(allow_blank=not field.required, **limits, **strip, **_common(field))


def _common(field: Any) -> dict[str, Any]:
    return {
        "required": field.required and not isinstance(field, forms.BooleanField),
        "label": str(field.label) if field.label else None,
        "help_text": str(field.help_text) if field.help_text else None,
    }


def _number(field: Any, kind: Any, **more: Any) -> Any:
    limits = {
        name: value
        for name in ("max_value", "min_value")
        if (value := getattr(field, name, None)) is not None and not callable(value)
    }
    return kind(allow_null=not field.required, **limits, **more, **_common(field))


def _decimal(field: Any) -> Any:
    digits = {"max_digits": field.max_digits, "decimal_places": field.decimal_places}
    return _number(field, serializers.DecimalField, **digits)


def _choices(field: Any) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    for value, label in field.choices:
        group = label if isinstance(label, list | tuple) else [(value, label)]
        found.extend((key, str(name)) for key, name in group if key not in ("", None))
    return found


def _choice(field: Any) -> Any:
    return serializers.ChoiceField(
        _choices(field), allow_blank=not field.required, allow_null=not field.required,
        **_common(field),
    )  # fmt: skip


def _boolean(field: Any) -> Any:
    return serializers.BooleanField(**_common(field))


def _null_boolean(field: Any) -> Any:
    return serializers.BooleanField(allow_null=True, **_common(field))


def _simple(kind: Any) -> Any:
    return lambda field: kind(allow_null=not field.required, **_common(field))


class _Key(serializers.PrimaryKeyRelatedField):
    """A row by its key; shown from the row or from the key."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) if hasattr(value, "pk") else value


class _OtherKey(serializers.SlugRelatedField):
    """A row by another unique column, the one that the form goes by."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) if isinstance(value, Model) else value


def _relation(field: Any, **more: Any) -> Any:
    options = {"queryset": field.queryset, **more, **_common(field)}
    name = field.to_field_name
    if name in (None, "pk", field.queryset.model._meta.pk.name):
        return _Key(**options)
    return _OtherKey(slug_field=name, **options)


class _Nested(serializers.JSONField):
    """A form in the form: what it holds is shown; it is filled in by the names on its page."""

    def to_internal_value(self, data: Any) -> Any:
        raise serializers.ValidationError(NoForm.default_detail)


def _nested(field: Any) -> Any:
    return _Nested(**{**_common(field), "required": False})


#: By the form field's class, the most special ones first.
_KINDS: tuple[tuple[Any, Any], ...] = (
    (CompositeField, _nested),
    (ModelMultipleChoiceField,
        lambda field: _relation(field, many=True, allow_empty=not field.required)),
    (ModelChoiceField, lambda field: _relation(field, allow_null=not field.required)),
    (forms.JSONField, _simple(serializers.JSONField)),
    (forms.ImageField, _simple(serializers.ImageField)),
    (forms.FileField, _simple(serializers.FileField)),
    (forms.MultipleChoiceField, lambda field: serializers.MultipleChoiceField(
        choices=_choices(field), allow_empty=not field.required, **_common(field))),
    (forms.ChoiceField, _choice),
    (forms.NullBooleanField, _null_boolean),
    (forms.BooleanField, _boolean),
    (forms.DecimalField, _decimal),
    (forms.FloatField, lambda field: _number(field, serializers.FloatField)),
    (forms.IntegerField, lambda field: _number(field, serializers.IntegerField)),
    (forms.DurationField, _simple(serializers.DurationField)),
    (forms.SplitDateTimeField, _simple(serializers.DateTimeField)),
    (forms.DateTimeField, _simple(serializers.DateTimeField)),
    (forms.DateField, _simple(serializers.DateField)),
    (forms.TimeField, _simple(serializers.TimeField)),
    (forms.UUIDField, _simple(serializers.UUIDField)),
    (forms.EmailField, lambda field: _text(field, serializers.EmailField)),
    (forms.URLField, lambda field: _text(field, serializers.URLField)),
)  # fmt: skip


def serializer_of(form: Any, name: str) -> type[FormSerializer]:
    """Make the serializer class of a form; ``name`` is what the schema calls it."""
    fields = {}
    for key, field in form.fields.items():
        make = next((make for kind, make in _KINDS if isinstance(field, kind)), _text)
        made = make(field)
        if field.disabled:
            made.read_only, made.required = True, False
        fields[key] = made
    return type(name, (FormSerializer,), {**fields, "__doc__": FormSerializer.__doc__})


def plain(field: Any, value: Any) -> Any:
    """A checked value as a form takes it: keys in place of objects."""
    if isinstance(field, ModelChoiceField):
        return field.prepare_value(value)
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set | QuerySet):
        return [plain(None, item) for item in value]
    return value


def nested_of(form: Any, name: str) -> Any:
    """The form or formset in a field of the form, as nobody has filled it in yet."""
    return form.fields[name].build(form[name], fresh=True)


def present(form: Any, name: str) -> Any:
    field = form.fields[name]
    return plain(field, form.get_initial_for_field(field, name))


def shown_values(form: Any) -> dict[str, Any]:
    """The present values of a form's fields, for JSON: keys in place of objects."""
    found: dict[str, Any] = {}
    for name, field in form.fields.items():
        if isinstance(field, CompositeField):
            nested = nested_of(form, name)
            several = isinstance(nested, BaseFormSet)
            found[name] = (
                [shown_values(line) for line in nested.initial_forms]
                if several
                else shown_values(nested)
            )
        elif isinstance(field, forms.FileField):
            file = form.get_initial_for_field(field, name)
            found[name] = getattr(file, "name", None) or None
        else:
            found[name] = present(form, name)
    return dict(serializer_of(form, "Values")(found).data)
