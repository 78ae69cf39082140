"""Columns of a model without a resource: what its form lets people change, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django import forms
from django.db import models
from import_export.resources import ModelResource, modelresource_factory

from viewflow.forms import ModelForm

__all__ = ["default_resource", "form_fields"]

#: Rights and passwords are no matter of a file, whatever a form shows.
_NEVER: Final = {"password", "is_superuser"}
_RIGHTS: Final = {"auth.Permission", "auth.Group"}


def form_fields(page: Any) -> dict[str, Any]:
    """Return the form's fields that are columns, by name.

    The form is the one that the viewset has for ``page.request``; where it has different ones to add
    and to change, a column is in both. Without a form it is that of all editable fields.
    """
    model = page.get_model()
    found = [fields for kind in ("create", "update") if (fields := _of_view(page, kind))]
    if not found:
        made: Any = forms.modelform_factory(model, form=ModelForm, fields="__all__")
        found = [made().fields]
    return {
        name: field
        for name, field in found[-1].items()
        if all(name in fields and not fields[name].disabled for fields in found)
        and _may_be_column(model, name, field)
    }


def _of_view(page: Any, kind: str) -> Any:
    viewset = page.viewset
    view_class = getattr(viewset, f"{kind}_view_class", None)
    if not view_class or not hasattr(view_class, "get_form_class"):
        return None
    view = view_class(**getattr(viewset, f"{kind}_view_kwargs"))
    view.request, view.args, view.kwargs, view.object = page.request, (), {}, None
    options = view.get_form_kwargs()
    for name in ("data", "files"):  # what was sent is the file, not this form
        options.pop(name, None)
    view.get_form_kwargs = lambda: options
    return view.get_form().fields  # the view may have narrowed what a field offers


def _may_be_column(model: Any, name: str, form_field: Any) -> bool:
    known = {field.name: field for field in (*model._meta.fields, *model._meta.many_to_many)}
    field = known.get(name)
    if field is None or not field.editable or name in _NEVER:
        return False
    if isinstance(field, models.FileField) or isinstance(form_field.widget, forms.PasswordInput):
        return False
    return not (field.many_to_many and field.related_model._meta.label in _RIGHTS)


class _WithoutSequence(ModelResource):  # type: ignore[misc]
    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """A key of several columns has no sequence to set, as the library would try."""


@lru_cache(maxsize=256)
def default_resource(model: Any, names: tuple[str, ...]) -> Any:
    """Return a resource of these fields, and of the key that a row is known by."""
    meta = model._meta
    # A key of several columns is known by them.
    parts = getattr(meta.pk, "field_names", None) or [meta.pk.name]
    key = [meta.get_field(name).name for name in parts]
    options = {"fields": list(dict.fromkeys([*key, *names])), "import_id_fields": key}
    base = ModelResource if meta.pk.column else _WithoutSequence
    return modelresource_factory(model, resource_class=base, meta_options=options)
