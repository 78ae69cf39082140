"""Fields that hold one form: plain, or of a row that belongs to the outer form's row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.forms.utils import ErrorDict

from .composite import CompositeBoundField, CompositeField, is_adding, owner

__all__ = ["ForeignKeyFormField", "FormField", "ModelFormField", "relation_of"]


def is_blank(form: forms.BaseForm) -> bool:
    """Whether every visible control of a bound form was left empty."""
    for name, field in form.fields.items():
        bound = form[name]
        if isinstance(field, CompositeField):
            nested = bound.nested  # type: ignore[attr-defined]
            blank = nested.is_bound and not nested.has_changed()
        elif bound.is_hidden or field.disabled:
            continue
        else:
            blank = bound.data in (*field.empty_values, False) or bound.data == [""]
            if isinstance(bound.data, list):
                blank = not any(bound.data)
        if not blank:
            return False
    return True


class FormField(CompositeField):
    """
    A form inside a form. The value is the ``cleaned_data`` of a ``form_class``.

    Its controls are named ``form-<field>-<name>``. With ``required=False`` a nested form that was
    left empty is not validated, and its value is ``None``.
    """

    def __init__(self, form_class: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form_class = self.widget.nested_class = form_class  # type: ignore[attr-defined]

    def build(self, bound: CompositeBoundField, *, fresh: bool = False) -> forms.BaseForm:
        options = {**self.source(bound, fresh), "renderer": bound.form.renderer}
        options.update(self.content(bound))
        form = self.form_class(**{**options, **self.form_kwargs})
        if not self.needs_answer(bound):
            form.use_required_attribute = False
        else:
            form.use_required_attribute = bound.form.use_required_attribute
        if self.disabled:
            for field in form.fields.values():
                field.disabled = True
        self.prepare(bound, form)
        optional = not self.needs_answer(bound) and self.may_leave_out(bound)
        if form.is_bound and optional and is_blank(form):
            self.leave_out(form)
        return form

    def content(self, bound: CompositeBoundField) -> dict[str, Any]:
        """Arguments that say what the form shows at first."""
        initial = bound.initial
        return {"initial": dict(initial)} if isinstance(initial, Mapping) else {}

    def prepare(self, bound: CompositeBoundField, form: Any) -> None:
        """A place to change the nested form before it is used."""

    def needs_answer(self, bound: CompositeBoundField) -> bool:
        """Whether the nested form has to be filled in."""
        return self.required

    def may_leave_out(self, bound: CompositeBoundField) -> bool:
        """Whether leaving everything empty means that there is to be nothing."""
        return True

    def leave_out(self, form: Any) -> None:
        """Let a blank form count as valid."""
        form._errors = ErrorDict()
        form.cleaned_data = {}
        form.is_left_out = True

    def cleaned(self, nested: Any) -> Any:
        return None if is_left_out(nested) else nested.cleaned_data

    def standing(self, nested: Any) -> Any:
        return dict(nested.initial) or None

    def validate(self, value: Any) -> None:
        """The nested form has validated itself."""


def is_left_out(form: Any) -> bool:
    """Whether an optional nested form was left empty."""
    return bool(getattr(form, "is_left_out", False))


def relation_of(form: forms.BaseForm, name: str) -> Any:
    """The relation of the form's model that is called ``name``; ``None`` where there is none."""
    model = getattr(getattr(form, "_meta", None), "model", None)
    if not (isinstance(model, type) and issubclass(model, models.Model)):
        return None
    try:
        found: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        named = (r for r in model._meta.related_objects if r.get_accessor_name() == name)
        found = next(named, None)
    return found if found is not None and found.is_relation else None


class ModelFormField(FormField):
    """
    The form of another row inside the form of a row; both are saved together.

    ``form_class`` is a model form. Where the field bears the name of a foreign key or one-to-one
    field of the outer model, its row is saved first; where it bears that of a one-to-one relation
    that points to the outer model, after it. Otherwise the row stands for itself, and a form's
    ``initial`` may hold its instance. The value is the instance.
    """

    def content(self, bound: CompositeBoundField) -> dict[str, Any]:
        options = super().content(bound)
        initial = bound.initial
        if isinstance(initial, models.Model):
            options["instance"] = initial
        elif self.relation(bound) is not None:
            options["instance"] = getattr(owner(bound.form), bound.name, None)
        return options

    def prepare(self, bound: CompositeBoundField, form: Any) -> None:
        relation = self.relation(bound)
        if relation is None or self.precedes(bound):
            return
        # The link to the outer row is not for the nested form to choose.
        link = relation.field
        form.fields.pop(link.name, None)
        parent = owner(bound.form)
        if parent.pk is not None and getattr(form.instance, link.attname) is None:
            setattr(form.instance, link.attname, getattr(parent, link.target_field.attname))

    def relation(self, bound: CompositeBoundField) -> Any:
        """The relation to the outer model. Raises ``ImproperlyConfigured`` for one to many rows."""
        relation = relation_of(bound.form, bound.name)
        if relation is not None and not (relation.many_to_one or relation.one_to_one):
            raise ImproperlyConfigured(
                f"{type(bound.form).__name__}.{bound.name}: {type(self).__name__} holds one row; "
                "use InlineFormSetField for several."
            )
        return relation

    def precedes(self, bound: CompositeBoundField) -> bool:
        relation = self.relation(bound)
        return relation is not None and not relation.auto_created

    def takes_part(self, bound: CompositeBoundField) -> bool:
        return self.relation(bound) is not None

    def needs_answer(self, bound: CompositeBoundField) -> bool:
        return self.required or (self.precedes(bound) and not self.relation(bound).null)

    def may_leave_out(self, bound: CompositeBoundField) -> bool:
        # A row that points here stays: emptying its form must not look as if it had gone.
        if self.relation(bound) is None or self.precedes(bound):
            return True
        return getattr(owner(bound.form), bound.name, None) is None

    def cleaned(self, nested: Any) -> Any:
        return None if is_left_out(nested) else nested.instance

    def standing(self, nested: Any) -> Any:
        return None if is_adding(nested.instance) else nested.instance

    def save(self, bound: CompositeBoundField) -> Any:
        nested = bound.nested
        if self.disabled or not nested.is_bound:
            return None
        parent, before = owner(bound.form), self.precedes(bound)
        if is_left_out(nested):
            if before:
                setattr(parent, bound.name, None)
            return None
        relation = self.relation(bound)
        if relation is not None and not before:
            setattr(nested.instance, relation.field.name, parent)
        saved = nested.instance
        if is_adding(saved) or nested.has_changed():
            saved = nested.save()
        if before:
            setattr(parent, bound.name, saved)
        return saved


class ForeignKeyFormField(ModelFormField):
    """
    The form of the row that a foreign key points to; it is saved first.

    Raises ``ImproperlyConfigured`` where the outer model has no such foreign key. With
    ``required=False`` and a key that may be null, an empty form means "none": the key is cleared
    and the row stays, because others may point to it.
    """

    def relation(self, bound: CompositeBoundField) -> Any:
        relation = super().relation(bound)
        if relation is None or relation.auto_created:
            raise ImproperlyConfigured(
                f"{type(bound.form).__name__}.{bound.name}: ForeignKeyFormField needs a foreign "
                f"key {bound.name!r} of the form's model."
            )
        return relation
