"""The data of a form as a browser would send it, made of what was sent to the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.http import QueryDict
from rest_framework import serializers

from viewflow.forms.composite import CompositeField

from .fields import nested_of, plain, present

__all__ = ["form_data"]

_INVALID = serializers.CharField.default_error_messages["invalid"]


def form_data(form: Any, checked: dict[str, Any], sent: Any, files: Any) -> QueryDict:
    """The data for a form, as a browser would send it: what was sent over what is there now.

    ``checked`` is what the serializer made of ``sent``. A form in the form is untouched unless
    its controls are sent by the names that they have on the page.
    """
    data = QueryDict(mutable=True)
    for name, field in form.fields.items():
        if not isinstance(field, CompositeField):
            before = present(form, name)
            now = plain(field, checked[name]) if name in checked else before
            _put(data, form, name, now, before)
        elif not field.disabled:
            _put_nested(data, form, name, sent, files)
    return data


def _put(data: QueryDict, form: Any, name: str, value: Any, before: Any) -> None:
    """Add what the controls of one field would send."""
    field = form.fields[name]
    if isinstance(field, forms.FileField):
        return  # in the request's files; what is left out stays
    if isinstance(field, forms.JSONField):
        data[form.add_prefix(name)] = field.prepare_value(value)
        return
    _put_control(data, form.add_prefix(name), field.widget, value)
    if field.show_hidden_initial:
        _put_control(data, form.add_initial_prefix(name), field.hidden_widget(), before)


def _put_control(data: QueryDict, key: str, widget: Any, value: Any) -> None:
    if isinstance(widget, forms.MultiWidget):
        parts: Any = value if isinstance(value, list | tuple) else widget.decompress(value)
        names: Any = widget.widgets_names  # type: ignore[attr-defined]
        for suffix, part in zip(names, parts, strict=False):
            data[key + suffix] = part
    elif value is not None:
        several = getattr(widget, "allow_multiple_selected", False)
        if isinstance(value, list) and (several or isinstance(widget, forms.MultipleHiddenInput)):
            data.setlist(key, value)
        else:
            data[key] = value


def _put_untouched(data: QueryDict, nested: Any) -> None:
    """Add what the controls of a form or formset would send, had nobody touched them."""
    if isinstance(nested, BaseFormSet):
        for form in (nested.management_form, *nested.forms):
            _put_untouched(data, form)
        return
    for name, field in nested.fields.items():
        if not isinstance(field, CompositeField):
            before = present(nested, name)
            _put(data, nested, name, before, before)
        elif not field.disabled:
            _put_untouched(data, nested_of(nested, name))


def _put_nested(data: QueryDict, form: Any, name: str, sent: Any, files: Any) -> None:
    kind = form.fields[name].widget.kind
    start = f"{form.add_prefix(f'{kind}-{name}')}-"
    keys = [key for key in sent if isinstance(key, str) and key.startswith(start)]
    browser = isinstance(sent, QueryDict)
    # A browser sends all of them, but for boxes that are not ticked.
    if not browser or not (keys or any(key.startswith(start) for key in files)):
        _put_untouched(data, nested_of(form, name))
    for key in keys:
        values = sent.getlist(key) if browser else sent[key]
        if values is None:
            data.pop(key, None)
            continue
        values = values if isinstance(values, list) else [values]
        if any(isinstance(value, list | dict) for value in values):
            raise serializers.ValidationError({key: [_INVALID]})
        data.setlist(key, values)
