"""
Fields that hold a whole form or formset: what they have in common.

The bound field makes the nested form from the data of the outer one, under a prefix of its own;
the nested form is the field's "data", so validation, ``has_changed()`` and errors go the ways that
Django has for every field. Works in any Django form; saving is the business of
:class:`viewflow.forms.ModelForm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe

from .media import widget_media

__all__ = ["NESTED", "CompositeBoundField", "CompositeField", "CompositeWidget", "composites"]

#: Code of errors that a control of the nested form shows itself.
NESTED = "nested"

Nested = Any  # BaseForm | BaseFormSet


class CompositeWidget(forms.Widget):
    """Draws the nested form; reads nothing, because the nested form reads its own data."""

    use_fieldset = True
    #: the word before the field's name in the names of the nested controls
    kind = "form"
    nested_class: Any = None

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        from .renderers.nested import draw

        return mark_safe(draw(value, label=name))  # noqa: S308 - every part was escaped

    def id_for_label(self, id_: str) -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    @property
    def needs_multipart_form(self) -> bool:  # type: ignore[override]
        form_class = getattr(self.nested_class, "form", self.nested_class)
        fields = getattr(form_class, "base_fields", {})
        return any(field.widget.needs_multipart_form for field in fields.values())

    @property
    def media(self) -> forms.Media:
        form_class = getattr(self.nested_class, "form", self.nested_class)
        media = widget_media()
        for field in getattr(form_class, "base_fields", {}).values():
            media += field.widget.media
        own = getattr(form_class, "media", None)
        return media + own if isinstance(own, forms.Media) else media

    def owns_button(self, key: str, form: Any, name: str) -> bool:
        """Tell whether a button of the nested form has this name."""
        return key.startswith(f"{form.add_prefix(f'{self.kind}-{name}')}-")


class CompositeBoundField(BoundField):
    """A field whose data is :attr:`nested`, the form or formset itself."""

    field: Any

    @cached_property
    def nested(self) -> Nested:
        """The nested form or formset, bound when the outer form is."""
        nested = self.field.build(self)
        if getattr(self.form, "is_interim", False):
            _quiet(nested)
        return nested

    @property
    def data(self) -> Nested:
        return self.nested

    def value(self) -> Nested:
        return self.nested

    @property
    def errors(self) -> Any:
        """Errors of the field itself; the nested form's controls have their own."""
        found = self.form.errors.get(self.name)
        own = [e for e in found.as_data() if e.code != NESTED] if found is not None else []
        return self.form.error_class(own, renderer=self.form.renderer)

    @property
    def is_hidden(self) -> bool:
        return False

    def as_hidden(self, attrs: Any = None, **kwargs: Any) -> Any:
        return ""


def _quiet(nested: Nested) -> None:
    """Keep a nested form from validating: nobody has said yet that it is complete."""
    if isinstance(nested, BaseFormSet):
        nested._non_form_errors = nested.error_class()  # type: ignore[attr-defined]
        nested._errors = []  # type: ignore[attr-defined]
        for form in nested.forms:
            _quiet(form)
        return
    nested.__dict__["is_interim"] = True
    nested._errors = ErrorDict()
    nested.cleaned_data = {}


class CompositeField(forms.Field):
    """
    Base of the fields that hold a form or formset.

    ``form_kwargs`` are given to the nested form. A ``disabled`` field shows the nested form with
    all controls disabled and saves nothing.
    """

    widget = CompositeWidget

    def __init__(self, *, form_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.form_kwargs = form_kwargs or {}
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return CompositeBoundField(form, self, field_name)

    def build(self, bound: CompositeBoundField, *, fresh: bool = False) -> Nested:
        """Return the nested form or formset; ``fresh`` asks for one that nobody has filled in."""
        raise NotImplementedError

    def source(self, bound: CompositeBoundField, fresh: bool) -> dict[str, Any]:
        """Arguments that forms and formsets share: data, files, prefix, ids."""
        form = bound.form
        live = form.is_bound and not self.disabled and not fresh
        return {
            "data": form.data if live else None,
            "files": form.files if live else None,
            "prefix": form.add_prefix(f"{self.widget.kind}-{bound.name}"),  # type: ignore[attr-defined]
            "auto_id": form.auto_id,
            "error_class": form.error_class,
        }

    def clean(self, value: Nested) -> Any:
        """Return what the nested form has cleaned. Raises ``ValidationError`` with all its errors."""
        if not isinstance(value, forms.BaseForm | BaseFormSet):
            return value
        if self.disabled or not value.is_bound:
            return self.standing(value)
        if not value.is_valid():
            raise ValidationError(list(flat_errors(value)) or [ValidationError("", code=NESTED)])
        cleaned = self.cleaned(value)
        self.validate(cleaned)
        self.run_validators(cleaned)
        return cleaned

    def cleaned(self, nested: Nested) -> Any:
        """The value of a valid nested form."""
        raise NotImplementedError

    def standing(self, nested: Nested) -> Any:
        """The value of a disabled one: what there is."""
        raise NotImplementedError

    def has_changed(self, initial: Any, data: Nested) -> bool:
        if self.disabled or not getattr(data, "is_bound", False):
            return False
        return bool(data.has_changed())

    def adopt(self, form: forms.BaseForm, name: str) -> None:
        """Learn from the form in which the field has been put."""

    def precedes(self, bound: CompositeBoundField) -> bool:
        """Whether its row has to be saved before that of the outer form."""
        return False

    def takes_part(self, bound: CompositeBoundField) -> bool:
        """Whether the field's value is a row, which the outer model's validation cannot judge."""
        return False

    def save(self, bound: CompositeBoundField) -> Any:
        """Write the rows of a valid nested form; for fields that have any."""
        return None


def composites(form: forms.BaseForm) -> Iterator[CompositeBoundField]:
    """The bound composite fields of a form, in order."""
    for name, field in form.fields.items():
        if isinstance(field, CompositeField):
            yield form[name]  # type: ignore[misc]


def owner(form: forms.BaseForm) -> Any:
    """The instance that a form edits; ``None`` for a form without one."""
    return getattr(form, "instance", None)


def is_adding(instance: Any) -> bool:
    """Whether the instance is not a row yet."""
    return not isinstance(instance, models.Model) or instance._state.adding


def is_removed(formset: Any, form: Any) -> bool:
    """Whether a line of a formset is marked for deletion."""
    return bool(formset.can_delete and getattr(form, "cleaned_data", {}).get("DELETE"))


def flat_errors(nested: Nested, lead: str = "") -> Iterator[ValidationError]:
    """Every error of a nested form as a sentence that says where it is."""
    if isinstance(nested, BaseFormSet):
        for message in nested.non_form_errors():
            yield ValidationError(f"{lead}{message}", code=NESTED)
        for number, form in enumerate(nested.forms, 1):
            if is_removed(nested, form):
                continue
            yield from flat_errors(form, f"{lead}{number}. ")
        return
    for name, messages in nested.errors.items():
        label = "" if name == NON_FIELD_ERRORS else f"{nested[name].label}: "
        for message in messages:
            yield ValidationError(f"{lead}{label}{message}", code=NESTED)
