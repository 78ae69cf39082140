"""Inputs of one line or more: text, numbers, check box, hidden values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from .. import native
from ..html import attributes, text
from .base import Data, WidgetRenderer, affix, input_tag

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = [
    "CheckboxRenderer",
    "HiddenInputRenderer",
    "InputRenderer",
    "NumberInputRenderer",
    "TextareaRenderer",
]


class InputRenderer(WidgetRenderer):
    """Text and its relatives: email, URL, telephone, search, password, colour and so on."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        type_ = data["type"]
        if not native.can_show(type_, data["value"]):
            type_ = "text"
        css = "range" if type_ == "range" else "input"
        return affix(input_tag(type_, data, css), data["attrs"], field)


class NumberInputRenderer(InputRenderer):
    """
    A number, with the keypad that fits on a phone.

    A localised number is text to the browser, whose number input knows the point only. A keypad
    without a minus sign is asked for only where no negative number is expected.
    """

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = data["attrs"]
        step = str(attrs.get("step", "1"))
        try:
            positive = float(attrs.get("min", "-1")) >= 0
        except (TypeError, ValueError):
            positive = False
        if positive:
            attrs.setdefault("inputmode", "numeric" if step.isdigit() else "decimal")
        if not widget.is_localized:
            return super().markup(widget, data, field)
        attrs.setdefault("inputmode", "text")
        plain = {k: v for k, v in attrs.items() if k not in ("min", "max", "step")}
        return affix(input_tag("text", {**data, "attrs": plain}), attrs, field)


class HiddenInputRenderer(WidgetRenderer):
    """An input that nobody sees."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        subwidgets = data.get("subwidgets")
        if subwidgets is None:
            return input_tag(data.get("type", "hidden"), data, "")
        return "".join(input_tag("hidden", item, "") for item in subwidgets)


class TextareaRenderer(WidgetRenderer):
    """Several lines of text; the box grows with them."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = dict(data["attrs"])
        css = f"input {attrs.pop('class')}" if attrs.get("class") else "input"
        if attrs.get("cols") == "40" and attrs.get("rows") == "10":
            # Django's defaults, not a wish: ten lines push the next field off a phone.
            del attrs["cols"]
            attrs["rows"] = 3
        value = "" if data["value"] is None else text(data["value"])
        # The parser drops one newline after the tag: give it one that is not the person's.
        control = (
            f'<textarea name="{text(data["name"])}" class="{text(css)}"{attributes(attrs)}>'
            f"\n{value}</textarea>"
        )
        return affix(control, attrs, field)


class CheckboxRenderer(WidgetRenderer):
    """One box with its label to the right."""

    beside = True

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        box = input_tag("checkbox", data, "")
        boxed = " boxed" if data["attrs"].get("boxed") else ""
        return f'<label class="choice{boxed}">{box}<span>{text(field.label)}</span></label>'
