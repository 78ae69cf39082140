"""Selects whose choices come from the server: out of many rows, or following another field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from ..dependent import DependentModelSelect
from ..html import text
from ..interim import FIND, QUERY, REFRESH
from ..remote import RemoteChoices, find_rows
from .base import Data
from .choices import SelectRenderer

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["DependentSelectRenderer", "RemoteSelectRenderer"]


class RemoteSelectRenderer(SelectRenderer):
    """
    A select with what is chosen; a script makes a search field of it.

    Without the script there is a search field with a button, which sends the form; it comes back
    with what was found in the select.
    """

    def markup(self, widget: Any, data: Data, field: FieldContext) -> str:
        form, name = field.form, text(field.name)
        query, said = "", ""
        interim = getattr(form, "is_interim", None)
        if interim is not None and form.is_bound:
            query = str(form.data.get(f"{field.name}{QUERY}") or "")
            if f"{field.name}{FIND}" in form.data:
                said = self.find(widget, data, field, query)
        control = super().markup(widget, data, field)
        search = ""
        if interim is not None and not field.field.disabled:
            label = text(_("Search: %(label)s") % {"label": field.label})
            find = text(_("Find"))
            search = (
                f'<noscript><span class="find"><input class="input" type="search"'
                f' name="{name}{QUERY}" value="{text(query)}" aria-label="{label}">'
                f'<button class="btn" type="submit" name="{name}{FIND}" value="1" formnovalidate>'
                f"{find}</button></span></noscript>"
            )
        tag = "vf-field-autocomplete" + ("-multi" if widget.allow_multiple_selected else "")
        words = {
            "search": _("Type to search"),
            "none": _("Nothing matches"),
            "remove": _("Remove"),
        }
        attrs = "".join(f' data-{key}="{text(value)}"' for key, value in words.items())
        return f'<{tag} data-field="{name}"{attrs}>{control}{said}{search}</{tag}>'

    def find(self, widget: RemoteChoices, data: Data, field: FieldContext, query: str) -> str:
        """Add what was found to the choices; says how many there are."""
        _name, options, _index = data["optgroups"][0]
        there = {str(option["value"]) for option in options}
        found = find_rows(field.field, query)
        for row in found:
            option = widget.option_of(field.name, row, len(options), False)
            if option["value"] not in there:
                options.append(option)
        words = _("Found: %(count)d") % {"count": len(found)} if found else _("Nothing matches")
        return f'<p class="help" role="status">{text(words)}</p>'


class DependentSelectRenderer(SelectRenderer):
    """A select whose choices follow another field, by a script or by a button."""

    def markup(self, widget: forms.Widget, data: Data, field: FieldContext) -> str:
        assert isinstance(widget, DependentModelSelect)
        form = field.form
        if not hasattr(form, "is_interim"):
            raise ImproperlyConfigured(
                f"{type(form).__name__}: DependentModelSelect needs viewflow.forms.Form or ModelForm."
            )
        control = super().markup(widget, data, field)
        parent = text(form.add_prefix(widget.depends_on))
        name = text(field.name)
        words = text(_("Update choices"))
        button = ""
        if not field.field.disabled:
            button = (
                f'<noscript><button class="btn sm" type="submit" name="{name}{REFRESH}" value="1"'
                f" formnovalidate>{lucide('refresh-cw', 'icon sm')}{words}"
                f'<span class="visually-hidden"> {text(field.label)}</span></button></noscript>'
            )
        return (
            f'<vf-field-select-dependent data-field="{name}" data-parent="{parent}">{control}'
            f"{button}</vf-field-select-dependent>"
        )
