"""What all renderers share: the base class and the tags that most of them make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import fields
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from ..html import attributes, text

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["Data", "TemplateRenderer", "WidgetRenderer", "affix", "choice_label", "input_tag"]


Data = dict[str, Any]  # the "widget" entry of a widget's get_context()


#: Django's labels of a choice that chooses nothing, before 6.1 and since
BLANK = ("", "---------", getattr(fields, "BLANK_CHOICE_LABEL", ""))


class WidgetRenderer:
    """
    Draws the control of a field. Renderers keep no state: one instance serves all fields.

    Override :meth:`markup`; ``grouped`` and ``beside`` tell what stands around the control.
    """

    #: several controls under one label: drawn as a fieldset with a legend
    grouped = False
    #: the label stands beside the control and is drawn by the renderer itself (checkbox)
    beside = False
    #: "optional" stands beside the label of a field that may stay empty
    says_optional = True

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


class TemplateRenderer(WidgetRenderer):
    """Whatever the widget's own template or ``render()`` makes of it."""

    def control(self, field: FieldContext) -> str:
        return str(
            field.widget.render(field.name, field.value, field.attrs, field.form.renderer),
        )

    def markup(self, widget: Any, data: Data, field: FieldContext) -> str:
        return str(widget._render(data["template_name"], {"widget": data}, field.form.renderer))


class GroupedTemplateRenderer(TemplateRenderer):
    """The same for a widget of several controls."""

    grouped = True


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


def choice_label(option: Data, field: FieldContext) -> str:
    """The label of a choice; that of nothing says in words what it means."""
    label = option["label"]
    if option["value"] in ("", None):
        label = blank_words(field.field, label)
    return text(label)


def blank_words(field: Any, label: Any) -> Any:
    """What the choice of nothing is called, where Django's own words for it say nothing."""
    if label in BLANK:
        return _("Choose…") if field.required else _("Not set")
    return label
