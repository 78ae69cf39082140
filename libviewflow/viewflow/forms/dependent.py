"""A choice that follows another one: the cities of the country that is chosen in the same form."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import QuerySet

from .interim import REFRESH
from .media import widget_media

__all__ = ["DependentModelSelect", "dependent_choices", "narrow"]


class DependentModelSelect(forms.Select):
    """
    Rows that belong to what is chosen in the field ``depends_on`` of the same form.

    ``queryset`` is called with that field's value (for a model choice: the row) and returns the
    rows to choose from. Of these, the field accepts those that are in its own queryset too, and
    none while nothing is chosen. Needs :class:`viewflow.forms.Form` or ``ModelForm``.
    """

    def __init__(
        self,
        attrs: Any = None,
        choices: Any = (),
        *,
        depends_on: str,
        queryset: Callable[[Any], QuerySet[Any]],
    ) -> None:
        super().__init__(attrs, choices)
        self.depends_on, self.queryset = depends_on, queryset
        self.base: QuerySet[Any] | None = None

    @property
    def media(self) -> forms.Media:
        return widget_media("selects")

    def owns_button(self, key: str, form: Any, name: str) -> bool:
        """Tell whether the button "Update" of this field has this name."""
        return key == f"{form.add_prefix(name)}{REFRESH}"

    def rows(self, field: Any, parent: Any) -> QuerySet[Any]:
        """What can be chosen for a value of the parent."""
        base: QuerySet[Any] = self.base if self.base is not None else field.queryset
        if parent in (None, "", [], ()):
            return base.none()
        rows = self.queryset(parent)
        if base.query.has_filters() or base.query.is_sliced or base.query.combinator:
            rows = rows.filter(pk__in=base.order_by().values("pk"))
        return rows


def _parent(form: Any, name: str) -> Any:
    depends_on = form.fields[name].widget.depends_on
    if depends_on not in form.fields:
        raise ImproperlyConfigured(
            f"{type(form).__name__}.{name} depends on {depends_on!r}, which is no field of the form."
        )
    return form.fields[depends_on]


def narrow(form: Any, name: str) -> None:
    """Leave the field only the choices that go with what its parent says in this form."""
    field = form.fields[name]
    parent_field = _parent(form, name)
    parent = form[field.widget.depends_on]  # which is narrowed first
    if form.is_bound and not parent_field.disabled:
        value = parent.data
    else:
        value = parent_field.prepare_value(parent.initial)
    try:
        value = parent_field.clean(value)
    except ValidationError:
        value = None
    if field.widget.base is None:
        field.widget.base = field.queryset
    field.queryset = field.widget.rows(field, value)


def dependent_choices(form: Any, name: str, value: str) -> list[dict[str, Any]]:
    """
    The choices of a field for a value of its parent, as the wire protocol wants them.

    Raises ``ValueError`` for a field that depends on none.
    """
    field = form.fields[name]
    if not isinstance(field.widget, DependentModelSelect) or field.disabled:
        raise ValueError("This field depends on no other.")
    parent_field = copy.deepcopy(_parent(form, name))
    if getattr(parent_field.widget, "base", None) is not None:
        parent_field.queryset = parent_field.widget.base
    try:
        parent = parent_field.clean(value)
    except ValidationError:
        parent = None
    rows = field.widget.rows(field, parent)
    options = [
        {
            "value": str(field.prepare_value(row)),
            "label": str(field.label_from_instance(row)),
            "selected": False,
        }
        for row in rows
    ]
    if field.empty_label is not None or not options:
        blank = {"value": "", "label": blank_label(field), "selected": True}
        options.insert(0, blank)
    return [{"name": "", "options": option} for option in options]


def blank_label(field: Any) -> str:
    """What the choice of nothing is called."""
    from .renderers.base import blank_words

    return str(blank_words(field, field.empty_label or ""))
