"""
One field as people see it: label, control, error, help, in this order.

Error and help are tied to the control with ``aria-describedby``; a widget of several controls
is a fieldset whose legend is the label. What is drawn inside is the renderers' business.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from .html import text
from .renderers import get_renderer

__all__ = ["FieldContext", "render_field", "render_hidden"]


class FieldContext:
    """
    What a renderer needs to know of a field: name, id, value, label, attributes.

    ``attrs`` are those that Django adds to the widget's own (``id``, ``required``, ``disabled``,
    ``aria-*``). ``value`` is the bound field's, before the widget formats it.
    """

    bound: BoundField
    form: forms.BaseForm
    field: Any
    widget: Any
    name: str
    id: str
    label: Any
    attrs: dict[str, Any]

    def __init__(self, bound: BoundField) -> None:
        self.bound = bound
        self.form = bound.form
        field = self.field = bound.field
        widget = self.widget = field.widget
        if field.localize:
            widget.is_localized = True
        self.name = bound.html_name
        own = widget.attrs
        self.id = own.get("id") or bound.auto_id
        self.label = bound.label

    @cached_property
    def value(self) -> Any:
        return self.bound.value()

    def part(
        self, widget: forms.Widget, name: str, value: Any, subfield: forms.Field | None
    ) -> FieldContext:
        """The context of one widget of a multi-widget, with its share of the value."""
        part = object.__new__(FieldContext)
        part.__dict__.update(self.__dict__)
        part.widget, part.name, part.value = widget, name, value
        part.field = subfield if subfield is not None else forms.Field(required=False)
        return part


def _errors(bound: BoundField, id_: str) -> str:
    """The messages of a field, the first sign of which is an icon, not colour alone."""
    messages = [text(message) for message in bound.errors]
    icon = lucide("circle-alert", "icon sm")
    if len(messages) == 1:
        return f'<p class="error"{id_}>{icon}<span>{messages[0]}</span></p>'
    items = "".join(f"<li>{message}</li>" for message in messages)
    return f'<div class="error errorlist"{id_}>{icon}<ul>{items}</ul></div>'


def _label(field: FieldContext, for_: str, tag: str, optional: bool) -> str:
    if not field.label:
        return ""
    word = _("optional") if optional else ""
    mark = f' <span class="opt">{word}</span>' if optional else ""
    return f'<{tag} class="label"{for_}>{text(field.label)}{mark}</{tag}>'


def _hidden_initial(bound: BoundField) -> str:
    """What the field held when the page was made, for ``has_changed()`` to compare with."""
    return bound.as_hidden(only_initial=True) if bound.field.show_hidden_initial else ""


def render_field(bound: BoundField, cell: str = "", *, mark_optional: bool = False) -> SafeString:
    """
    Draw a visible field.

    ``cell`` are more classes for the element, with a leading space: its place in the grid.
    ``mark_optional`` says "optional" beside the label of a field that may stay empty.
    A form field with an attribute ``label_link = (url, words)`` shows that link beside its label.
    """
    field = FieldContext(bound)
    renderer = get_renderer(type(field.widget))
    id_, errors, help_text = field.id, bound.errors, bound.help_text
    grouped = renderer.grouped

    described = []
    error_html = help_html = ""
    if errors:
        error_html = _errors(bound, f' id="{text(id_)}_error"' if id_ else "")
        if id_:
            described.append(f"{id_}_error")
    if isinstance(help_text, Promise):
        help_text = str(help_text)  # still safe where it says that it is
    if help_text:
        # Markup that declares itself safe may hold lists, which cannot stand in a paragraph.
        tag = "div" if hasattr(help_text, "__html__") else "p"
        help_id = f' id="{text(id_)}_helptext"' if id_ else ""
        help_html = f'<{tag} class="help"{help_id}>{text(help_text)}</{tag}>'
        if id_:
            described.append(f"{id_}_helptext")

    attrs = bound.build_widget_attrs({}, field.widget)
    attrs.pop("aria-describedby", None)
    own = field.widget.attrs.get("aria-describedby")
    describedby = " ".join([own, *described] if own else described)
    if describedby and not grouped:
        attrs["aria-describedby"] = describedby
    if id_ and "id" not in field.widget.attrs:
        attrs["id"] = id_
    field.attrs = attrs

    optional = mark_optional and not field.field.required and not field.field.disabled
    optional = optional and renderer.says_optional
    if grouped:
        control = renderer.control(field) + _hidden_initial(bound)
        legend = _label(field, "", "legend", optional)
        head = f' id="{text(id_)}"' if id_ else ""
        if describedby:
            head += f' aria-describedby="{text(describedby)}"'
        html = (
            f'<fieldset class="field{cell}"{head}>{legend}{control}{error_html}{help_html}'
            "</fieldset>"
        )
        return mark_safe(html)  # noqa: S308 - every part was escaped above
    if renderer.beside:
        control = renderer.control(field) + _hidden_initial(bound)
        html = f'<div class="field{cell}">{control}{error_html}{help_html}</div>'
        return mark_safe(html)  # noqa: S308

    target = renderer.target(field)
    if not (field.label and target):
        names = field.widget.attrs
        if "aria-label" not in names and "aria-labelledby" not in names:
            attrs["aria-label"] = str(field.label or bound.name.replace("_", " "))
    label = _label(field, f' for="{text(target)}"' if target else "", "label", optional)
    if link := getattr(field.field, "label_link", None):
        url, words = link
        anchor = f'<a class="link small" href="{text(url)}">{text(words)}</a>'
        label = f'<div class="cluster between">{label}{anchor}</div>'
    control = renderer.control(field) + _hidden_initial(bound)
    html = f'<div class="field{cell}">{label}{control}{error_html}{help_html}</div>'
    return mark_safe(html)  # noqa: S308


def render_hidden(bound: BoundField) -> str:
    """The hidden inputs of a field that has no visible part."""
    field = FieldContext(bound)
    attrs = bound.build_widget_attrs({}, field.widget)
    attrs.pop("aria-describedby", None)
    if field.id and "id" not in field.widget.attrs:
        attrs["id"] = field.id
    field.attrs = attrs
    return get_renderer(type(field.widget)).control(field) + _hidden_initial(bound)
