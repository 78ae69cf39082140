"""Forms: plain Django forms, drawn by a layout and by one renderer per kind of widget."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.utils.safestring import SafeString

from .layout import Caption, Column, FieldSet, FormLayout, Layout, LayoutNode, Row, Span
from .media import form_media
from .summary import error_summary

__all__ = [
    "Caption",
    "Column",
    "FieldSet",
    "FormLayout",
    "Layout",
    "LayoutNode",
    "ModelForm",
    "Row",
    "Span",
    "error_summary",
    "form_media",
    "render",
]


def render(form: Any, layout: FormLayout | None = None) -> SafeString:
    """
    The inside of ``<form>``: error summary, hidden inputs and the fields.

    ``layout`` says where the fields stand; without it ``form.layout`` does, and without that
    every visible field has its own line. The CSRF token, the buttons and ``form.media`` (for the
    ``extrahead`` block) are the page's.
    """
    return (layout or getattr(form, "layout", None) or FormLayout()).render(form)
