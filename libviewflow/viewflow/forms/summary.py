"""The error summary: first on the form, one link per field that needs another look."""

from __future__ import annotations

from collections.abc import Container

from django import forms
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from viewflow.icons import lucide

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
    if not errors:
        return SafeString("")
    general = [text(message) for message in form.non_field_errors()]
    links = []
    for name in form.fields:
        if name not in errors:
            continue
        bound = form[name]
        label = text(bound.label or name.replace("_", " "))
        if bound.is_hidden or (shown is not None and name not in shown):
            general += [f"{label}: {text(message)}" for message in bound.errors]
            continue
        context = FieldContext(bound)
        target = get_renderer(type(context.widget)).target(context)
        message = f"{label}: {text(bound.errors[0])}"
        links.append(f'<a href="#{text(target)}">{message}</a>' if target else message)
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
