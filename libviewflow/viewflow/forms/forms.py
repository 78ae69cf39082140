"""``Form`` and ``ModelForm``: Django's, which also know fields that hold forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.forms.formsets import BaseFormSet
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property

from .composite import CompositeField, composites
from .dependent import DependentModelSelect, narrow
from .interim import MESSAGE, is_interim

if TYPE_CHECKING:
    _Base = forms.BaseForm
else:
    _Base = object

__all__ = ["CompositeFormMixin", "Form", "ModelForm"]


class CompositeFormMixin(_Base):
    """What both classes add to Django's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, CompositeField):
                field.adopt(self, name)

    def __getitem__(self, name: str) -> Any:
        field = self.fields.get(name)
        if field is not None and isinstance(field.widget, DependentModelSelect):
            # Before anybody reads, draws or validates it.
            narrowed: set[str] = self.__dict__.setdefault("_narrowed", set())
            if name not in narrowed:
                narrowed.add(name)
                narrow(self, name)
        return super().__getitem__(name)

    @cached_property
    def is_interim(self) -> bool:
        """Whether the form was sent to get more of it, as another line, and not to be saved."""
        return is_interim(self)

    @property
    def formsets(self) -> dict[str, BaseFormSet[Any]]:
        """The formsets inside this form, by the name of their field."""
        return {b.name: b.nested for b in composites(self) if isinstance(b.nested, BaseFormSet)}

    @property
    def nested_forms(self) -> dict[str, forms.BaseForm]:
        """The forms inside this form, by the name of their field."""
        return {b.name: b.nested for b in composites(self) if not isinstance(b.nested, BaseFormSet)}

    @property
    def has_composites(self) -> bool:
        """Whether any field holds a form."""
        return any(isinstance(field, CompositeField) for field in self.fields.values())

    def is_multipart(self) -> bool:
        """Whether files are asked for, here or in a nested form."""
        return super().is_multipart() or any(b.nested.is_multipart() for b in composites(self))

    def full_clean(self) -> None:
        if not self.is_interim:
            super().full_clean()
            return
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        self.add_error(None, ValidationError(MESSAGE, code="interim"))


class Form(CompositeFormMixin, forms.Form):
    """A form that may have :class:`FormField`, :class:`FormSetField` and their relatives."""


class ModelForm(CompositeFormMixin, forms.ModelForm):
    """
    A model form that saves what is nested in it, in one transaction.

    First the rows that foreign keys point to, then the row itself, then those that point to it.
    With ``commit=False`` nothing is written: call :meth:`save_references` before the instance is
    saved and ``save_m2m()`` after it.
    """

    def _get_validation_exclusions(self) -> set[str]:
        # The nested forms have validated their rows, which are not in the database yet.
        exclude: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        exclude.update(b.name for b in composites(self) if b.field.takes_part(b))
        return exclude

    def save_references(self) -> None:
        """Save the nested rows that this row points to."""
        for bound in composites(self):
            if bound.field.precedes(bound):
                bound.field.save(bound)

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        for bound in composites(self):
            if not bound.field.precedes(bound):
                bound.field.save(bound)

    def save(self, commit: bool = True) -> Any:
        """Save all of it, or nothing. Raises ``ValueError`` when the form is not valid."""
        if not commit or self.errors or not self.has_composites:
            return super().save(commit=commit)
        state = self.instance._state
        adding, key = state.adding, self.instance.pk
        using = state.db or router.db_for_write(type(self.instance), instance=self.instance)
        try:
            with transaction.atomic(using=using):
                self.save_references()
                return super().save()
        except Exception:
            if adding:  # the row that it has become is gone again
                state.adding, self.instance.pk = True, key
            raise
