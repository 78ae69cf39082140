"""Dates and times: native where both sides understand each other, else text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from .. import native
from .base import Data, affix, input_tag
from .inputs import InputRenderer

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["DateInputRenderer", "DateTimeInputRenderer", "TemporalRenderer", "TimeInputRenderer"]


class TemporalRenderer(InputRenderer):
    """
    Native date and time inputs: a picker in the person's own format, ISO on the wire.

    A text input takes over when the field would not understand ISO (its ``input_formats`` say
    so) or when what was typed is no date, so that it comes back as it was typed.
    """

    kind: type[forms.Field]
    type = ""

    def iso(self, value: Any, subfield: forms.Field | None, level: int) -> str | None:
        raise NotImplementedError

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = data["attrs"]
        level = native.understood(self.kind, field.field)
        if level:
            if data["value"] in (None, ""):
                return affix(input_tag(self.type, data), attrs, field)
            shown = self.iso(field.value, field.field, level)
            if shown is not None:
                if shown.count(":") == 2:
                    attrs.setdefault("step", 1)  # otherwise the seconds cannot be changed
                return affix(input_tag(self.type, {**data, "value": shown}), attrs, field)
        else:
            format_ = getattr(widget, "format", None)
            example = native.example(self.kind, field.field, format_)
            attrs.setdefault("placeholder", _("like %(example)s") % {"example": example})
        attrs.setdefault("autocomplete", "off")
        return affix(input_tag("text", data), attrs, field)


class DateInputRenderer(TemporalRenderer):
    kind = forms.DateField
    type = "date"

    def iso(self, value: Any, subfield: forms.Field | None, level: int) -> str | None:
        return native.iso_date(value, subfield)


class TimeInputRenderer(TemporalRenderer):
    kind = forms.TimeField
    type = "time"

    def iso(self, value: Any, subfield: forms.Field | None, level: int) -> str | None:
        return native.iso_time(value, subfield, seconds=level > 1)


class DateTimeInputRenderer(TemporalRenderer):
    kind = forms.DateTimeField
    type = "datetime-local"

    def iso(self, value: Any, subfield: forms.Field | None, level: int) -> str | None:
        return native.iso_datetime(value, subfield)
