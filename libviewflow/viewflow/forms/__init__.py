"""Forms: plain Django forms, drawn by a layout and by one renderer per kind of widget."""

from __future__ import annotations

from typing import Any

from django.forms.formsets import BaseFormSet
from django.utils.safestring import SafeString, mark_safe

from .dependent import DependentModelSelect
from .elements import FormSet, Tag
from .embedded import EmbeddedFormField, EmbeddedFormSetField, EmbeddedModelForm
from .forms import Form, ModelForm
from .formsets import FormSetField, InlineFormSetField
from .layout import (
    Caption,
    Column,
    FieldSet,
    FormLayout,
    Layout,
    LayoutNode,
    Row,
    Span,
)
from .media import form_media
from .nested import ForeignKeyFormField, FormField, ModelFormField
from .options import FormAjaxCompleteMixin, FormDependentSelectMixin
from .remote import AjaxModelSelect, AjaxMultipleModelSelect, get_ajax_suggestions
from .renderers.nested import draw
from .summary import error_summary
from .widgets import (
    InlineCalendar,
    JSONEditorWidget,
    JSONEditorWiget,
    TotalCounterWidget,
    TrixEditorWidget,
    clean_html,
)

__all__ = [
    "AjaxModelSelect",
    "AjaxMultipleModelSelect",
    "Caption",
    "Column",
    "DependentModelSelect",
    "EmbeddedFormField",
    "EmbeddedFormSetField",
    "EmbeddedModelForm",
    "FieldSet",
    "ForeignKeyFormField",
    "Form",
    "FormAjaxCompleteMixin",
    "FormDependentSelectMixin",
    "FormField",
    "FormLayout",
    "FormSet",
    "FormSetField",
    "InlineCalendar",
    "InlineFormSetField",
    "JSONEditorWidget",
    "JSONEditorWiget",
    "Layout",
    "LayoutNode",
    "ModelForm",
    "ModelFormField",
    "Row",
    "Span",
    "Tag",
    "TotalCounterWidget",
    "TrixEditorWidget",
    "clean_html",
    "error_summary",
    "form_media",
    "get_ajax_suggestions",
    "render",
]


def render(form: Any, layout: FormLayout | None = None) -> SafeString:
    """
    The inside of ``<form>``: error summary, hidden inputs and the fields; of a formset, its lines.

    ``layout`` says where the fields stand; without it ``form.layout`` does, and without that
    every visible field has its own line. The CSRF token, the buttons and ``form.media`` (for the
    ``extrahead`` block) are the page's.
    """
    if isinstance(form, BaseFormSet):
        return mark_safe(draw(form))  # noqa: S308 - every part was escaped
    return (layout or getattr(form, "layout", None) or FormLayout()).render(form)
