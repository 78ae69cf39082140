"""The error summary: first on the form, one link per field that needs another look."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from viewflow.icons import lucide

from .composite import CompositeBoundField, is_removed
from .field import FieldContext
from .html import text
from .renderers import get_renderer

__all__ = ["error_summary"]


def error_summary(form: forms.BaseForm, shown: Container[str] | None = None) -> SafeString:
    """
    What is wrong with a submitted form, empty when nothing is.

    Errors of the form itself come first, then those of hidden fields and of fields that the
    layout leaves out (nobody could find them otherwise), then a link to each wrong field.
    ``shown`` holds the names of the fields that can be linked to; all by default.
    """
    errors = form.errors
    if not errors or getattr(form, "is_interim", False):
        return SafeString("")
    general, links = _collect(form, shown, "")
    id_ = f"{form.prefix}-errors" if form.prefix else "errors"
    if links:
        title = ngettext(
            "One answer needs another look", "%(count)d answers need another look", len(links)
        ) % {"count": len(links)}
        items = "".join(f"<li>{item}</li>" for item in general + links)
        body = f"<h2>{title}</h2><ul>{items}</ul>"
    elif len(general) == 1:
        body = f"<p>{general[0]}</p>"
    else:
        body = f"<ul>{''.join(f'<li>{item}</li>' for item in general)}</ul>"
    return mark_safe(  # noqa: S308 - every part was escaped above
        f'<div class="alert bad" role="alert" tabindex="-1" id="{text(id_)}">'
        f"{lucide('circle-alert')}<div>{body}</div></div>"
    )


def _collect(form: Any, shown: Container[str] | None, lead: str) -> tuple[list[str], list[str]]:
    """Errors that no control shows, and one link for each wrong control, nested ones too."""
    errors = form.errors
    general = [f"{lead}{text(message)}" for message in form.non_field_errors()]
    links: list[str] = []
    for name in form.fields:
        if name not in errors:
            continue
        bound = form[name]
        label = lead + text(bound.label or name.replace("_", " "))
        out_of_sight = bound.is_hidden or (shown is not None and name not in shown)
        if isinstance(bound, CompositeBoundField) and not out_of_sight:
            general += [f"{label}: {text(message)}" for message in bound.errors]
            more, deeper = _nested(bound.nested, label)
            general += more
            links += deeper
            continue
        if out_of_sight:
            general += [f"{label}: {text(message)}" for message in errors[name]]
            continue
        context = FieldContext(bound)
        target = get_renderer(type(context.widget)).target(context)
        message = f"{label}: {text(bound.errors[0])}"
        links.append(f'<a href="#{text(target)}">{message}</a>' if target else message)
    return general, links


def _nested(nested: Any, label: str) -> tuple[list[str], list[str]]:
    if not isinstance(nested, BaseFormSet):
        return _collect(nested, None, f"{label}, ")
    general = [f"{label}: {text(message)}" for message in nested.non_form_errors()]
    links = []
    for number, form in enumerate(nested.forms, 1):
        if is_removed(nested, form):
            continue
        more, deeper = _collect(form, None, f"{label} {number}, ")
        general += more
        links += deeper
    return general, links
