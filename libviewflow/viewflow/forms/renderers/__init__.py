"""
One renderer per kind of widget, found by the widget's class.

A renderer draws the control only; label, error and help around it are the same for all and are
drawn by :mod:`viewflow.forms.field`. The nearest ancestor of the widget that has a renderer
decides. A widget class that brings a template or a ``render()`` of its own keeps it, and so
does a widget unknown here: its markup is then Django's.

``settings.VIEWFLOW["WIDGET_RENDERERS"]`` maps more widget classes (dotted) to renderer classes
(dotted, subclasses of :class:`WidgetRenderer`).
"""

from __future__ import annotations

from .base import TemplateRenderer, WidgetRenderer
from .choices import CheckboxSelectMultipleRenderer, RadioSelectRenderer, SelectRenderer
from .composite import MultiWidgetRenderer, SelectDateRenderer
from .files import FileInputRenderer
from .inputs import (
    CheckboxRenderer,
    HiddenInputRenderer,
    InputRenderer,
    NumberInputRenderer,
    TextareaRenderer,
)
from .nested import NestedFormRenderer, NestedFormSetRenderer
from .registry import get_renderer
from .selects import DependentSelectRenderer, RemoteSelectRenderer
from .special import EditorRenderer, InlineCalendarRenderer, JSONEditorRenderer, TotalRenderer
from .temporal import DateInputRenderer, DateTimeInputRenderer, TimeInputRenderer

__all__ = [
    "CheckboxRenderer",
    "CheckboxSelectMultipleRenderer",
    "DateInputRenderer",
    "DateTimeInputRenderer",
    "DependentSelectRenderer",
    "EditorRenderer",
    "FileInputRenderer",
    "HiddenInputRenderer",
    "InlineCalendarRenderer",
    "InputRenderer",
    "JSONEditorRenderer",
    "MultiWidgetRenderer",
    "NestedFormRenderer",
    "NestedFormSetRenderer",
    "NumberInputRenderer",
    "RadioSelectRenderer",
    "RemoteSelectRenderer",
    "SelectDateRenderer",
    "SelectRenderer",
    "TemplateRenderer",
    "TextareaRenderer",
    "TimeInputRenderer",
    "TotalRenderer",
    "WidgetRenderer",
    "get_renderer",
]
