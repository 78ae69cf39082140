"""Choices: a select, or all of them in sight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms

from ..html import attributes, text
from .base import Data, WidgetRenderer, affix, choice_label, input_tag

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = [
    "CheckboxSelectMultipleRenderer",
    "ChoicesRenderer",
    "RadioSelectRenderer",
    "SelectRenderer",
]


def _options(groups: Any) -> Iterator[tuple[Any, list[Data]]]:
    for name, options, _index in groups:
        yield name, options


class SelectRenderer(WidgetRenderer):
    """A native select, one or several answers."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = dict(data["attrs"])
        css = f"input {attrs.pop('class')}" if attrs.get("class") else "input"
        parts = []
        lines = 0
        for group, options in _options(data["optgroups"]):
            lines += len(options) + bool(group)
            rows = "".join(
                f'<option value="{text(option["value"])}"{attributes(option["attrs"])}>'
                f"{choice_label(option, field)}</option>"
                for option in options
            )
            parts.append(f'<optgroup label="{text(group)}">{rows}</optgroup>' if group else rows)
        if attrs.get("multiple"):
            attrs.setdefault("size", min(max(lines, 3), 10))  # browsers show four lines
        control = (
            f'<select name="{text(data["name"])}" class="{text(css)}"{attributes(attrs)}>'
            f"{''.join(parts)}</select>"
        )
        return affix(control, attrs, field)


class ChoicesRenderer(WidgetRenderer):
    """All choices in sight, each with its own control, under one legend."""

    grouped = True
    type = "radio"
    #: attributes of the widget that must not be repeated on each choice
    dropped: tuple[str, ...] = ()

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = data["attrs"]
        boxed = " boxed" if attrs.get("boxed") else ""
        parts = []
        for group, options in _options(data["optgroups"]):
            rows = "".join(self.choice(option, boxed, field) for option in options)
            if group:
                name = text(group)
                rows = (
                    f'<div class="choices" role="group" aria-label="{name}">'
                    f'<p class="small muted" aria-hidden="true">{name}</p>{rows}</div>'
                )
            parts.append(rows)
        rows = "".join(parts)
        if attrs.get("inline"):
            return f'<div class="cluster">{rows}</div>'
        if columns := attrs.get("columns"):
            return f'<div class="choices cols-{int(columns)}">{rows}</div>'
        return rows

    def choice(self, option: Data, boxed: str, field: FieldContext) -> str:
        attrs = {k: v for k, v in option["attrs"].items() if k not in self.dropped}
        box = input_tag(self.type, {**option, "attrs": attrs}, "")
        label = choice_label(option, field)
        return f'<label class="choice{boxed}">{box}<span>{label}</span></label>'

    def target(self, field: FieldContext) -> str:
        # The first choice: a fieldset cannot take the focus.
        return f"{field.id}_0" if field.id and field.widget.choices else field.id


class RadioSelectRenderer(ChoicesRenderer):
    """One answer out of a few."""

    dropped = ("aria-invalid",)  # not a property of a radio in WAI-ARIA 1.2


class CheckboxSelectMultipleRenderer(ChoicesRenderer):
    """Any number of answers out of a few."""

    type = "checkbox"
    dropped = ("required",)  # would demand every box
