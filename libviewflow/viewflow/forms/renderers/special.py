"""Controls that a script of their own makes more comfortable; without it they are plain inputs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from .. import native
from ..html import text
from .base import Data, WidgetRenderer, affix, input_tag
from .inputs import TextareaRenderer
from .temporal import DateInputRenderer

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["EditorRenderer", "InlineCalendarRenderer", "JSONEditorRenderer", "TotalRenderer"]


_OF_NUMBERS = ("min", "max", "step", "required")


def element(tag: str, control: str, **data: Any) -> str:
    """A custom element around a control, with what its script has to know."""
    attrs = "".join(f' data-{key}="{text(value)}"' for key, value in data.items())
    return f"<{tag}{attrs}>{control}</{tag}>"


class TotalRenderer(WidgetRenderer):
    """A number that cannot be typed; what it is made of stands beside the input, not on it."""

    says_optional = False  # nobody is asked

    def markup(self, widget: Any, data: Data, field: FieldContext) -> str:
        attrs = {name: v for name, v in data["attrs"].items() if name not in _OF_NUMBERS}
        attrs = {"autocomplete": "off", **attrs, "readonly": True}
        control = affix(input_tag("text", {**data, "attrs": attrs}, "input num"), attrs, field)
        prefix = field.name.rpartition("-")[0]
        tree = json.dumps(widget.tree, separators=(",", ":"))
        places = "" if widget.places is None else widget.places
        more = {"localized": "true"} if widget.is_localized else {}
        return element("vf-total", control, tree=tree, prefix=prefix, round=places, **more)


class InlineCalendarRenderer(DateInputRenderer):
    """A date input with a month below it."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        control = super().markup(widget, data, field)
        format_ = ""
        if not native.understood(self.kind, field.field):
            format_ = getattr(widget, "format", None) or field.field.input_formats[0]
            if not re.fullmatch(r"%[dmY][-/. ]%[dmY][-/. ]%[dmY]", format_):
                return control  # the script could not write what the field reads
        return element(
            "vf-field-inline-calendar",
            control,
            first=get_format("FIRST_DAY_OF_WEEK"),
            format=format_,
            previous=_("Previous month"),
            next=_("Next month"),
            label=field.label or "",
        )


class JSONEditorRenderer(TextareaRenderer):
    """A text area for code, with a button that indents."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = {"spellcheck": "false", "autocapitalize": "off", **data["attrs"]}
        attrs["class"] = f"code {attrs.get('class') or ''}".strip()
        if attrs.get("cols") == "40" and attrs.get("rows") == "10":
            del attrs["cols"]
            attrs["rows"] = 8
        control = super().markup(widget, {**data, "attrs": attrs}, field)
        words = {"indent": _("Indent"), "wrong": _("This is not JSON yet."), "line": _("Line")}
        return element("vf-json-editor", control, **words)


class EditorRenderer(TextareaRenderer):
    """A text area of HTML, of which a script makes an editor."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        control = super().markup(widget, data, field)
        tools = (
            ("bold", "bold", _("Bold")),
            ("italic", "italic", _("Italic")),
            ("heading", "heading", _("Heading")),
            ("quote", "text-quote", _("Quote")),
            ("bullets", "list", _("Bulleted list")),
            ("numbers", "list-ordered", _("Numbered list")),
            ("link", "link", _("Link")),
        )
        buttons = "".join(
            f'<button type="button" class="btn quiet sm icon-only" value="{name}"'
            f' aria-label="{text(words)}" title="{text(words)}" aria-pressed="false"'
            f' tabindex="-1">{lucide(icon, "icon sm")}</button>'
            for name, icon, words in tools
        )
        label = text(_("Formatting"))
        bar = f'<div class="rich-bar" role="toolbar" aria-label="{label}">{buttons}</div>'
        control += f"<template>{bar}</template>"
        return element("vf-field-editor", control, address=_("Address of the link"))
