"""Widgets with a script of their own: a total, a calendar in sight, JSON, and text with styles."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.utils import formats
from django.utils.safestring import SafeString

from .expression import compile_expression, evaluate
from .media import widget_media

__all__ = [
    "InlineCalendar",
    "JSONEditorWidget",
    "TotalCounterWidget",
    "TrixEditorWidget",
    "clean_html",
]


class TotalCounterWidget(forms.NumberInput):
    """
    A number that is worked out from other fields of the form, see :mod:`viewflow.forms.expression`.

    The browser shows it while the form is filled in; what counts is what the server works out from
    what was sent, whatever the browser says. ``round`` is how many digits after the point it has,
    ``None`` for as many as there are. An expression should name what people type, not other totals.
    Raises ``ValueError`` for an expression that is none.
    """

    def __init__(self, attrs: Any = None, *, expression: str, round: int | None = 2) -> None:  # noqa: A002
        super().__init__(attrs)
        self.expression, self.tree, self.places = expression, compile_expression(expression), round

    @property
    def media(self) -> forms.Media:
        return widget_media("total")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        prefix, _dash, _name = name.rpartition("-")
        value = evaluate(self.tree, data, prefix, self.places)
        if value is None:
            return ""
        return formats.localize_input(value) if self.is_localized else f"{value:f}"

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class InlineCalendar(forms.DateInput):
    """A month in sight to pick a date from. Without a script it is the date input alone."""

    @property
    def media(self) -> forms.Media:
        return widget_media("calendar")


class JSONEditorWidget(forms.Textarea):
    """JSON as text that is indented, and checked while it is typed. Sends the JSON itself."""

    @property
    def media(self) -> forms.Media:
        return widget_media("json")

    def format_value(self, value: Any) -> Any:
        text = super().format_value(value)
        if not isinstance(text, str) or "\n" in text:
            return text
        try:
            shown = json.loads(text)
            return json.dumps(shown, indent=2, ensure_ascii=False, allow_nan=False)
        except (ValueError, RecursionError):
            return text  # as it was typed

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        if isinstance(value, str):
            try:
                json.loads(value)
            except RecursionError:
                return value[:200]  # what is nested that deep is refused, not a crash
            except ValueError:
                pass
        return value


#: The name that some versions of django-viewflow have.
JSONEditorWiget = JSONEditorWidget

TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "i", "li", "ol", "p", "pre",
    "s", "strong", "u", "ul",
}  # fmt: skip


def _need_nh3(who: str) -> None:
    if importlib.util.find_spec("nh3") is None:
        raise ImproperlyConfigured(
            f"{who} needs nh3 to make HTML safe: pip install 'libviewflow[richtext]'."
        )


def clean_html(value: Any) -> SafeString:
    """
    Return the harmless markup of a text, marked as safe; nothing at all where there is no text.

    It is what :class:`TrixEditorWidget` can make: headings, lists, quotes, emphasis, code, and links
    to the web, mail and telephones. ``None`` is no text. Raises ``ImproperlyConfigured`` where nh3 is
    not installed.
    """
    _need_nh3("clean_html")
    return SafeString(_sanitised("" if value is None else str(value)))


def _sanitised(text: str) -> str:
    import nh3

    if not nh3.clean(text, tags=set()).replace("&nbsp;", " ").strip():
        return ""
    return nh3.clean(
        text,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


class TrixEditorWidget(forms.Textarea):
    """
    Text with headings, lists, quotes, links and emphasis, as HTML.

    What is sent is made harmless, as by :func:`clean_html`, before the field sees it. What is in the database may
    have come another way: show it with the filter ``rich_text``. Without a script it is a text area
    with the HTML. Raises ``ImproperlyConfigured`` where nh3 is not installed.
    """

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        _need_nh3("TrixEditorWidget")

    @property
    def media(self) -> forms.Media:
        return widget_media("editor")

    def sanitise(self, value: str) -> str:
        """Leave harmless markup only: a place for rules of a project's own."""
        return _sanitised(value)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return self.sanitise(value) if isinstance(value, str) else value

    def format_value(self, value: Any) -> Any:
        text = super().format_value(value)
        return self.sanitise(text) if isinstance(text, str) else text
