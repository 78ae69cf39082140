"""
Choices out of many rows: the page carries those that are chosen, the rest is asked for by name.

What can be found is what the field accepts: the rows of its ``queryset``, and no others.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import (
    FieldDoesNotExist,
    FieldError,
    ImproperlyConfigured,
    ValidationError,
)
from django.db import DataError, transaction
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceField, ModelChoiceIterator

from .interim import FIND
from .media import widget_media

__all__ = ["AjaxModelSelect", "AjaxMultipleModelSelect", "RemoteChoices", "get_ajax_suggestions"]

LONGEST_QUERY = 200


def possible(value: Any) -> Any:
    """A key that was sent, spoiled if it is one at which a database driver would choke."""
    text = str(value)
    if "\x00" in text or len(text) > 255:
        return "…"
    with suppress(ValueError):
        if abs(int(text)) > 2**63 - 1:
            return "…"
    return value


class RemoteChoices:
    """
    What both widgets share.

    ``lookups`` are what the words typed are looked for with, any of them, as
    ``["name__icontains"]``; ``limit`` is how many rows are suggested at most. Raises
    ``ValueError`` without lookups.
    """

    choices: Any
    lookups: tuple[str, ...]

    def __init__(
        self,
        attrs: Any = None,
        choices: Any = (),
        *,
        lookups: Iterable[str] = (),
        limit: int = 20,
    ) -> None:
        super().__init__(attrs, choices)  # type: ignore[call-arg]
        self.lookups = (lookups,) if isinstance(lookups, str) else tuple(lookups)
        if not self.lookups:
            raise ValueError(
                f"{type(self).__name__}: say what to look for, as lookups=['name__icontains']."
            )
        self.limit = limit

    @property
    def media(self) -> forms.Media:
        return widget_media("selects")

    def owns_button(self, key: str, form: Any, name: str) -> bool:
        """Tell whether the button "Find" of this field has this name."""
        return key == f"{form.add_prefix(name)}{FIND}"

    @property
    def field(self) -> ModelChoiceField:
        """The field that the widget belongs to."""
        if not isinstance(self.choices, ModelChoiceIterator):
            raise ImproperlyConfigured(
                f"{type(self).__name__} is a widget for ModelChoiceField and "
                "ModelMultipleChoiceField."
            )
        return self.choices.field

    def chosen(self, values: Iterable[Any]) -> list[Any]:
        """The rows that are chosen now."""
        field = self.field
        key = field.to_field_name or "pk"
        rows: Any = field.queryset
        meta = rows.model._meta
        column = meta.pk if key == "pk" else meta.get_field(key)
        wanted = []
        for value in values:
            try:
                wanted.append(column.to_python(possible(value)))
            except (ValidationError, ValueError, TypeError, OverflowError):
                continue
        wanted = [value for value in wanted if value is not None]
        return list(rows.filter(**{f"{key}__in": wanted})) if wanted else []

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> list[Any]:
        """The blank choice and the chosen ones."""
        rows = self.chosen(v for v in value if v not in ("", None))
        field = self.field
        options: list[Any] = []
        if not self.allow_multiple_selected:  # type: ignore[attr-defined]
            label = field.empty_label if field.empty_label is not None else ""
            options.append(self.option(name, "", label, not rows, 0, attrs))
        for index, row in enumerate(rows, len(options)):
            options.append(self.option_of(name, row, index, True, attrs))
        return [(None, options, 0)]

    def option_of(self, name: str, row: Any, index: int, selected: bool, attrs: Any = None) -> Any:
        """The option for a row."""
        field = self.field
        label = field.label_from_instance(row)
        return self.option(name, str(field.prepare_value(row)), label, selected, index, attrs)

    def option(
        self, name: str, value: str, label: Any, selected: bool, index: int, attrs: Any
    ) -> Any:
        return self.create_option(name, value, label, selected, index, attrs=attrs)  # type: ignore[attr-defined]


class AjaxModelSelect(RemoteChoices, forms.Select):
    """One row out of many. See :class:`RemoteChoices`."""


class AjaxMultipleModelSelect(RemoteChoices, forms.SelectMultiple):
    """Several rows out of many. See :class:`RemoteChoices`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = super().value_from_datadict(data, files, name)
        return [possible(v) for v in values] if isinstance(values, list | tuple) else values


def _repeats(model: Any, lookup: str) -> bool:
    """Whether a lookup goes to several rows, and so may find the same row more than once."""
    for part in lookup.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        if field.many_to_many or field.one_to_many:
            return True
        if not field.is_relation:
            return False
        model = field.related_model
    return False


def find_rows(field: Any, query: str) -> list[Any]:
    """The rows of the field's queryset that match the words typed."""
    widget = field.widget
    query = query.strip()
    if "\x00" in query or len(query) > LONGEST_QUERY:
        return []
    rows: QuerySet[Any] = field.queryset
    if query:
        wanted = Q()
        for lookup in widget.lookups:
            try:
                rows.filter(**{lookup: query})
            except FieldError:
                raise  # the declaration is wrong, not the query
            except (ValueError, TypeError, ValidationError, OverflowError):
                continue  # words where the column holds numbers
            wanted |= Q(**{lookup: query})
        if not wanted:
            return []
        found = rows.filter(wanted)
        rows = (
            found.distinct() if any(_repeats(rows.model, one) for one in widget.lookups) else found
        )
    try:
        with transaction.atomic(using=rows.db, savepoint=True):
            return list(rows[: widget.limit])
    except (DataError, OverflowError, UnicodeError):
        return []


def get_ajax_suggestions(field: Any, query: str) -> list[dict[str, Any]]:
    """
    What a field suggests for the words typed: ``[{"value": …, "label": …}]``.

    Only rows of the field's queryset are found, ``limit`` at most; no words find the first ones.
    Raises ``ValueError`` for a field whose widget suggests nothing.
    """
    if not isinstance(getattr(field, "widget", None), RemoteChoices) or field.disabled:
        raise ValueError("This field has no suggestions.")
    return [
        {"value": field.prepare_value(row), "label": str(field.label_from_instance(row))}
        for row in find_rows(field, query)
    ]
