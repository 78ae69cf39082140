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

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django import forms
from django.core.signals import setting_changed
from django.forms import widgets
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from viewflow.conf import settings
from viewflow.icons import lucide

from . import native
from .html import attributes, text

if TYPE_CHECKING:
    from .field import FieldContext

__all__ = [
    "CheckboxRenderer",
    "CheckboxSelectMultipleRenderer",
    "DateInputRenderer",
    "DateTimeInputRenderer",
    "FileInputRenderer",
    "HiddenInputRenderer",
    "InputRenderer",
    "MultiWidgetRenderer",
    "NumberInputRenderer",
    "RadioSelectRenderer",
    "SelectDateRenderer",
    "SelectRenderer",
    "TemplateRenderer",
    "TextareaRenderer",
    "TimeInputRenderer",
    "WidgetRenderer",
    "get_renderer",
]

Data = dict[str, Any]  # the "widget" entry of a widget's get_context()

BLANK = "---------"  # Django's label of a choice that chooses nothing


class WidgetRenderer:
    """
    Draws the control of a field. Renderers keep no state: one instance serves all fields.

    Override :meth:`markup`; ``grouped`` and ``beside`` tell what stands around the control.
    """

    #: several controls under one label: drawn as a fieldset with a legend
    grouped = False
    #: the label stands beside the control and is drawn by the renderer itself (checkbox)
    beside = False

    def control(self, field: FieldContext) -> str:
        """HTML of the control, from the widget's own ``get_context()``."""
        data = field.widget.get_context(field.name, field.value, field.attrs)["widget"]
        return self.markup(field.widget, data, field)

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        """HTML for one widget whose context is ``data``; must escape all that it prints."""
        raise NotImplementedError

    def target(self, field: FieldContext) -> str:
        """The id that the label and the error summary point to."""
        return str(field.widget.id_for_label(field.id) or field.id) if field.id else ""


def input_tag(type_: str, data: Data, css: str = "input") -> str:
    """``<input>`` with the attributes of a widget context."""
    attrs = data["attrs"]
    if own := attrs.get("class"):
        css = f"{css} {own}" if css else own
    value = data["value"]
    return (
        f'<input type="{text(type_)}" name="{text(data["name"])}"'
        + ("" if value is None else f' value="{text(value)}"')
        + (f' class="{text(css)}"' if css else "")
        + attributes({k: v for k, v in attrs.items() if k != "class"})
        + ">"
    )


def affix(control: str, attrs: dict[str, Any], field: FieldContext) -> str:
    """Put the ``leading-icon`` and the ``suffix`` (a unit) of the widget's attrs on a control."""
    icon, unit = attrs.get("leading-icon"), attrs.get("suffix")
    if not icon and not unit:
        return control
    before = lucide(str(icon)) if icon else ""
    after = f'<span class="unit">{text(unit)}</span>' if unit else ""
    return f'<div class="affix">{before}{control}{after}</div>'


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


def choice_label(option: Data, field: FieldContext) -> str:
    """The label of a choice; Django's row of dashes says in words what it means."""
    label = option["label"]
    if option["value"] in ("", None) and label == BLANK:
        label = _("Choose…") if field.field.required else _("Not set")
    return text(label)


def _options(groups: Any) -> Iterator[tuple[Any, list[Data]]]:
    for name, options, _index in groups:
        yield name, options


class SelectRenderer(WidgetRenderer):
    """A native select, one or several answers."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = dict(data["attrs"])
        css = f"input {attrs.pop('class')}" if attrs.get("class") else "input"
        parts = []
        for group, options in _options(data["optgroups"]):
            rows = "".join(
                f'<option value="{text(option["value"])}"{attributes(option["attrs"])}>'
                f"{choice_label(option, field)}</option>"
                for option in options
            )
            parts.append(f'<optgroup label="{text(group)}">{rows}</optgroup>' if group else rows)
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
            if data["value"] is None:
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


class FileInputRenderer(WidgetRenderer):
    """A file, with what is stored now and a box to remove it."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        attrs = {k: v for k, v in data["attrs"].items() if k != "checked"}
        control = input_tag("file", {**data, "value": None, "attrs": attrs})
        return self.current(widget, data, field) + control + self.lost(field)

    def current(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        """Name and link of the stored file; still true after a failed submit."""
        stored = field.bound.initial
        if not stored or not getattr(stored, "name", None):
            return ""
        name = text(str(stored.name).rsplit("/", 1)[-1])
        # A private storage has no address to give.
        with suppress(AttributeError, NotImplementedError, ValueError):
            name = f'<a href="{text(stored.url)}" download>{name}</a>'
        clear = ""
        if "checkbox_name" in data and not field.field.required and not field.field.disabled:
            box = data["checkbox_name"]
            ticked = " checked" if field.form.is_bound and box in field.form.data else ""
            clear = (
                f'<label class="choice"><input type="checkbox" name="{text(box)}"'
                f' id="{text(data["checkbox_id"])}"{ticked}>'
                f"<span>{text(data['clear_checkbox_label'])}</span></label>"
            )
        return f'<div class="file-now"><span>{_("Now:")} {name}</span>{clear}</div>'

    def lost(self, field: FieldContext) -> str:
        """Say which file has to be chosen again: no page may fill in a file input."""
        files = field.form.files if field.form.is_bound else None
        if not files or field.name not in files:
            return ""
        getlist = getattr(files, "getlist", None)
        chosen = getlist(field.name) if getlist else [files[field.name]]
        names = ", ".join(str(item.name) for item in chosen if getattr(item, "name", None))
        if not names:
            return ""
        message = _("Please choose %(names)s again: a file is not kept when a form comes back.")
        return f'<p class="help file-lost">{text(message % {"names": names})}</p>'


class MultiWidgetRenderer(WidgetRenderer):
    """Several widgets that make one value, side by side."""

    grouped = True

    def markup(self, widget: forms.MultiWidget, data: Data, field: FieldContext) -> str:  # type: ignore[override]
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
        select = get_renderer(forms.Select)
        parts = []
        for item in data["subwidgets"]:
            part = str(item["name"]).rsplit("_", 1)[-1]
            name = {"year": _("Year"), "month": _("Month"), "day": _("Day")}.get(part, part)
            item["attrs"].setdefault("aria-label", capfirst(name))
            parts.append(select.markup(widget, item, field))
        return f'<div class="multi">{"".join(parts)}</div>'

    def target(self, field: FieldContext) -> str:
        return str(field.widget.id_for_label(field.id)) if field.id else ""


class TemplateRenderer(WidgetRenderer):
    """Whatever the widget's own template or ``render()`` makes of it."""

    def control(self, field: FieldContext) -> str:
        return str(
            field.widget.render(field.name, field.value, field.attrs, field.form.renderer),
        )

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        return str(widget._render(data["template_name"], {"widget": data}, field.form.renderer))


class GroupedTemplateRenderer(TemplateRenderer):
    """The same for a widget of several controls."""

    grouped = True


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
