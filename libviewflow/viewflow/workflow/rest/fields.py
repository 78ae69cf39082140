"""The serializer of a form: the same fields, for JSON.

The form itself stays the judge of what is valid; the serializer tells types apart, so that a list
never becomes the text of a list, and describes the fields in the schema.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from rest_framework import serializers

__all__ = ["FormSerializer", "form_data", "form_values", "serializer_of"]


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


def _relation(field: Any) -> Any:
    return serializers.PrimaryKeyRelatedField(
        queryset=field.queryset, allow_null=not field.required, **_common(field)
    )


def _relations(field: Any) -> Any:
    common = _common(field)
    return serializers.PrimaryKeyRelatedField(
        queryset=field.queryset, many=True, allow_empty=not field.required, **common
    )


#: By the form field's class, the most special ones first.
_KINDS: tuple[tuple[Any, Any], ...] = (
    (ModelMultipleChoiceField, _relations),
    (ModelChoiceField, _relation),
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


def _plain(value: Any) -> Any:
    """A checked value as a form takes it: keys in place of objects."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set | QuerySet):
        return [_plain(item) for item in value]
    return value


def form_values(form: Any) -> dict[str, Any]:
    """The present values of a form's fields: keys in place of objects."""
    found = {}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if isinstance(field, forms.FileField):
            value = getattr(value, "name", None) or None
        found[name] = _plain(value)
    return found


def form_data(form: Any, sent: dict[str, Any]) -> dict[str, Any]:
    """The data for a form, as a browser would send it: what was sent over what is there now."""
    values = {**form_values(form), **{name: _plain(value) for name, value in sent.items()}}
    data: dict[str, Any] = {}
    for name, field in form.fields.items():
        value, key = values.get(name), form.add_prefix(name)
        if isinstance(field, forms.FileField):
            continue  # in the request's files; what is left out stays
        if isinstance(field.widget, forms.MultiWidget):
            widget: Any = field.widget
            for suffix, part in zip(widget.widgets_names, widget.decompress(value), strict=False):
                data[key + suffix] = part
        elif isinstance(field, forms.JSONField):
            data[key] = field.prepare_value(value)
        elif value is not None:
            data[key] = value
    return data
