"""One value in several controls, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .base import Data, WidgetRenderer
from .choices import SelectRenderer

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["MultiWidgetRenderer", "SelectDateRenderer"]


class MultiWidgetRenderer(WidgetRenderer):
    """Several widgets that make one value, side by side."""

    grouped = True

    def markup(self, widget: forms.MultiWidget, data: Data, field: FieldContext) -> str:  # type: ignore[override]
        from .registry import get_renderer  # which knows this module

        subfields = getattr(field.field, "fields", None) or ()
        values = field.value
        if not isinstance(values, (list, tuple)):
            values = widget.decompress(values)
        parts = []
        for index, (child, item) in enumerate(zip(widget.widgets, data["subwidgets"], strict=True)):
            subfield = subfields[index] if len(subfields) == len(widget.widgets) else None
            attrs = item["attrs"]
            if not child.is_hidden and not attrs.get("aria-labelledby"):
                attrs.setdefault("aria-label", self.name(child, subfield, index, field))
            renderer = get_renderer(type(child))
            value = values[index] if index < len(values) else None
            part = field.part(child, item["name"], value, subfield)
            parts.append(renderer.markup(child, item, part))
        return f'<div class="multi">{"".join(parts)}</div>'

    def name(
        self, child: forms.Widget, subfield: forms.Field | None, index: int, field: FieldContext
    ) -> str:
        """What a screen reader calls one of the controls."""
        if subfield is not None and subfield.label:
            return str(subfield.label)
        if isinstance(child, forms.DateInput):
            return _("Date")
        if isinstance(child, forms.TimeInput):
            return _("Time")
        return f"{field.label} {index + 1}"

    def target(self, field: FieldContext) -> str:
        return f"{field.id}_0" if field.id else ""


class SelectDateRenderer(WidgetRenderer):
    """Year, month and day as three selects, in the order of the language."""

    grouped = True

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        select = SelectRenderer()
        parts = []
        for item in data["subwidgets"]:
            part = str(item["name"]).rsplit("_", 1)[-1]
            name = {"year": _("Year"), "month": _("Month"), "day": _("Day")}.get(part, part)
            item["attrs"].setdefault("aria-label", capfirst(name))
            parts.append(select.markup(widget, item, field))
        return f'<div class="multi">{"".join(parts)}</div>'

    def target(self, field: FieldContext) -> str:
        return str(field.widget.id_for_label(field.id)) if field.id else ""
