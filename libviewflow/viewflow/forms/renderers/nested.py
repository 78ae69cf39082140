"""Forms inside forms: one in a fieldset of its own, several as lines or cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from ..html import text
from ..interim import ADD
from .base import Data, WidgetRenderer

if TYPE_CHECKING:
    from ..composite import CompositeBoundField
    from ..field import FieldContext

__all__ = ["NestedFormRenderer", "NestedFormSetRenderer", "draw"]


def messages(errors: Any) -> str:
    """Errors that belong to no control."""
    if not errors:
        return ""
    items = "".join(f"<li>{text(message)}</li>" for message in errors)
    return f'<div class="error errorlist">{lucide("circle-alert", "icon sm")}<ul>{items}</ul></div>'


def form_parts(form: forms.BaseForm, skip: tuple[str, ...] = ()) -> tuple[str, str]:
    """The hidden inputs of a nested form, and its errors and fields."""
    from ..field import render_field, render_hidden
    from ..layout import Fragment

    bounds = [form[name] for name in form.fields if name not in skip]
    visible = [bound for bound in bounds if not bound.is_hidden]
    hidden = "".join(render_hidden(bound) for bound in bounds if bound.is_hidden)
    general = list(form.non_field_errors())
    general += [f"{b.label}: {m}" for b in bounds if b.is_hidden for m in b.errors]
    mark = getattr(form, "mark_optional", True) and any(b.field.required for b in visible)
    layout = getattr(form, "layout", None)
    if layout is not None:
        root = Fragment(mark_optional=mark)
        layout.fill(form, visible, root)
        return hidden, f"{messages(general)}{root}"
    cells = "".join(render_field(bound, mark_optional=mark) for bound in visible)
    return hidden, f'{messages(general)}<div class="form">{cells}</div>'


def draw(nested: Any, label: Any = "", card: str | None = None) -> str:
    """A nested form or formset."""
    if isinstance(nested, BaseFormSet):
        return draw_formset(nested, label, card)
    hidden, fields = form_parts(nested)
    return f'<div class="nested">{hidden}{fields}</div>'


def draw_formset(formset: BaseFormSet[Any], label: Any, card: str | None = None) -> str:
    """Management form, lines, an empty line to copy, and the button for another one."""
    from ..field import render_hidden

    management = formset.management_form
    if formset.is_bound and f"{formset.prefix}{ADD}" in formset.data and formset.forms:
        _focus(formset.forms[-1])
    hidden = "".join(render_hidden(management[name]) for name in management.fields)
    rows = "".join(
        line(formset, form, label, str(number), card)
        for number, form in enumerate(formset.forms, 1)
    )
    css = "formset cards form-row" if card is not None else "formset lines"
    add = template = ""
    most = min(formset.max_num, formset.absolute_max)
    prefix = text(formset.prefix)
    if getattr(formset, "extra", 0) or formset.can_delete:
        name = getattr(getattr(formset, "model", None), "_meta", None)
        words = _("Add %(name)s") % {"name": name.verbose_name} if name else _("Add another")
        full = " hidden" if formset.total_form_count() >= most else ""
        add = (
            f'<button type="submit" class="btn sm formset-add" name="{prefix}{ADD}" value="1"'
            f" formnovalidate{full}>{lucide('plus', 'icon sm')}{text(words)}</button>"
        )
        empty = line(formset, formset.empty_form, label, "__number__", card)
        template = f"<template>{empty}</template>"
    return (
        f'<vf-field-formset data-prefix="{prefix}" data-most="{most}">{hidden}'
        f"{messages(formset.non_form_errors())}"
        f'<div class="{css}">{rows}</div>{template}{add}</vf-field-formset>'
    )


def _focus(form: forms.BaseForm) -> None:
    """Begin in the line that was asked for."""
    for field in form.fields.values():
        if not field.widget.is_hidden:
            field.widget.attrs["autofocus"] = True
            return


def line(formset: Any, form: forms.BaseForm, label: Any, number: str, card: str | None) -> str:
    """One form of a formset."""
    hidden, fields = form_parts(form, skip=("DELETE",))
    remove = ""
    if "DELETE" in form.fields:
        box = form["DELETE"]
        words = text(_("Remove"))
        ticked = " checked" if box.value() else ""
        remove = (
            f'<label class="choice formset-remove"><input type="checkbox" id="{text(box.auto_id)}"'
            f' name="{text(box.html_name)}"{ticked}><span>{words}'
            f'<span class="visually-hidden"> {text(label)} {number}</span></span></label>'
        )
    css = f"formset-row{card}" if card is not None else "formset-row"
    return (
        f'<div class="{css}" role="group" aria-label="{text(label)} {number}">{hidden}'
        f'<div class="formset-head"><span class="formset-title" aria-hidden="true">{number}</span>'
        f'{remove}</div><div class="formset-fields">{fields}</div></div>'
    )


class NestedFormRenderer(WidgetRenderer):
    """A form in a fieldset."""

    grouped = True

    def control(self, field: FieldContext) -> str:
        bound: CompositeBoundField = field.bound  # type: ignore[assignment]
        return draw(bound.nested, field.label)

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        return self.control(field)


class NestedFormSetRenderer(NestedFormRenderer):
    """Forms of one kind, with a button for another one."""

    says_optional = False  # of a list

    def control(self, field: FieldContext) -> str:
        bound: CompositeBoundField = field.bound  # type: ignore[assignment]
        formset = bound.nested
        if formset.is_bound and not formset.management_form.is_valid():
            # What it says about its lines cannot be true: show those that there are.
            lost = messages(formset.non_form_errors())
            return lost + draw(bound.field.build(bound, fresh=True), field.label)
        return draw(formset, field.label, getattr(field.widget, "card", None))
