"""The table of renderers and the search in it."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django import forms
from django.core.signals import setting_changed
from django.forms import widgets

from viewflow.conf import settings

from ..composite import CompositeWidget
from ..dependent import DependentModelSelect
from ..formsets import FormSetWidget
from ..remote import AjaxModelSelect, AjaxMultipleModelSelect
from ..widgets import InlineCalendar, JSONEditorWidget, TotalCounterWidget, TrixEditorWidget
from .base import GroupedTemplateRenderer, TemplateRenderer, WidgetRenderer
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
from .selects import DependentSelectRenderer, RemoteSelectRenderer
from .special import EditorRenderer, InlineCalendarRenderer, JSONEditorRenderer, TotalRenderer
from .temporal import DateInputRenderer, DateTimeInputRenderer, TimeInputRenderer

__all__ = ["get_renderer"]


BUILT_IN: dict[type[forms.Widget], type[WidgetRenderer]] = {
    widgets.Input: InputRenderer,
    forms.NumberInput: NumberInputRenderer,
    forms.HiddenInput: HiddenInputRenderer,
    forms.MultipleHiddenInput: HiddenInputRenderer,
    forms.FileInput: FileInputRenderer,
    forms.ClearableFileInput: FileInputRenderer,
    forms.Textarea: TextareaRenderer,
    forms.DateInput: DateInputRenderer,
    forms.DateTimeInput: DateTimeInputRenderer,
    forms.TimeInput: TimeInputRenderer,
    forms.CheckboxInput: CheckboxRenderer,
    forms.Select: SelectRenderer,
    forms.NullBooleanSelect: SelectRenderer,
    forms.SelectMultiple: SelectRenderer,
    forms.RadioSelect: RadioSelectRenderer,
    forms.CheckboxSelectMultiple: CheckboxSelectMultipleRenderer,
    forms.MultiWidget: MultiWidgetRenderer,
    forms.SplitDateTimeWidget: MultiWidgetRenderer,
    forms.SplitHiddenDateTimeWidget: MultiWidgetRenderer,
    forms.SelectDateWidget: SelectDateRenderer,
    CompositeWidget: NestedFormRenderer,
    FormSetWidget: NestedFormSetRenderer,
    AjaxModelSelect: RemoteSelectRenderer,
    AjaxMultipleModelSelect: RemoteSelectRenderer,
    DependentModelSelect: DependentSelectRenderer,
    InlineCalendar: InlineCalendarRenderer,
    JSONEditorWidget: JSONEditorRenderer,
    TotalCounterWidget: TotalRenderer,
    TrixEditorWidget: EditorRenderer,
}
# Their templates differ from the parent's, their markup does not.
for _plain in (
    forms.TextInput,
    forms.EmailInput,
    forms.URLInput,
    forms.ColorInput,
    forms.SearchInput,
    forms.TelInput,
    forms.PasswordInput,
):
    BUILT_IN[_plain] = InputRenderer


_registry: dict[type, type[WidgetRenderer]] | None = None
_found: WeakKeyDictionary[type, WidgetRenderer] = WeakKeyDictionary()
_OWN_MARKUP = ("render", "_render", "template_name")


def _renderers() -> dict[type, type[WidgetRenderer]]:
    """The built-in table with that of the settings on top, made once."""
    global _registry
    if _registry is None:
        _registry = {**BUILT_IN, **settings.WIDGET_RENDERERS}
    return _registry


def get_renderer(widget_class: type[forms.Widget]) -> WidgetRenderer:
    """
    The renderer for a widget class, found through its ancestors, nearest first.

    The answer is kept per class, so the cache grows with the number of widget classes and never
    with the number of forms; a class that goes away takes its entry along.
    """
    try:
        return _found[widget_class]
    except KeyError:
        pass
    table = _renderers()
    renderer: WidgetRenderer | None = None
    for ancestor in widget_class.__mro__:
        if found := table.get(ancestor):
            renderer = found()
            break
        if any(name in ancestor.__dict__ for name in _OWN_MARKUP):
            break
    if renderer is None:
        grouped = getattr(widget_class, "use_fieldset", False)
        renderer = GroupedTemplateRenderer() if grouped else TemplateRenderer()
    _found[widget_class] = renderer
    return renderer


def _forget(*, setting: str, **kwargs: Any) -> None:
    global _registry
    if setting == "VIEWFLOW":
        _registry = None
        _found.clear()


setting_changed.connect(_forget)
