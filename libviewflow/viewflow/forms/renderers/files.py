"""Files: what is stored, what can be removed, what has to be chosen again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from ..html import text
from .base import Data, WidgetRenderer, input_tag

if TYPE_CHECKING:
    from ..field import FieldContext

__all__ = ["FileInputRenderer"]


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
        now = _("Now:")
        return f'<div class="file-now"><span>{now} {name}</span>{clear}</div>'

    def lost(self, field: FieldContext) -> str:
        """Say which file has to be chosen again: no page may fill in a file input."""
        files = field.form.files if field.form.is_bound else None
        if not files or field.name not in files:
            return ""
        getlist = getattr(files, "getlist", None)
        chosen: Any = getlist(field.name) if getlist else [files[field.name]]
        names = ", ".join(str(item.name) for item in chosen if getattr(item, "name", None))
        if not names:
            return ""
        message = _("Please choose %(names)s again: a file is not kept when a form comes back.")
        return f'<p class="help file-lost">{text(message % {"names": names})}</p>'
