"""Filters: a django-filter set whose values live in the URL and show as removable chips."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import (
    BoundField,
    DateInput,
    DateTimeInput,
    MultiWidget,
    NullBooleanSelect,
    TimeInput,
)
from django.http import HttpRequest, QueryDict
from django.utils import formats
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django_filters import FilterSet
from django_filters.filterset import filterset_factory
from django_filters.widgets import BooleanWidget, DateRangeWidget, RangeWidget, SuffixedMultiWidget

from .. import forms
from ..descriptors import DEFAULT, viewprop
from ..forms.renderers import MultiWidgetRenderer
from ..forms.renderers.registry import BUILT_IN

__all__ = ["FilterChip", "FilterPanel", "FilterableViewMixin"]

#: What Django and django-filter print for "no choice made", unless they are told otherwise.
NO_CHOICE: Final = "---------"
# Longer values come from no widget; they would only cost time in the database.
MAX_VALUE: Final = 1000


class RangeRenderer(MultiWidgetRenderer):
    """Two inputs, called "from" and "to": by a screen reader, and in them while they are empty."""

    def markup(self, widget: Any, data: Any, field: Any) -> str:
        for index, (child, item) in enumerate(zip(widget.widgets, data["subwidgets"], strict=True)):
            is_time = isinstance(child, DateInput | TimeInput | DateTimeInput)
            if item["type"] in ("text", "number") and not is_time:  # a date shows its own
                item["attrs"].setdefault("placeholder", self.end(index))
        return super().markup(widget, data, field)

    def name(self, child: Any, subfield: Any, index: int, field: Any) -> str:
        return f"{field.label}, {self.end(index)}"

    @staticmethod
    def end(index: int) -> str:
        return _("from") if index == 0 else _("to")


# Drawn by the kit, because the templates of django-filter are found only by projects that list
# "django_filters" in INSTALLED_APPS.
BUILT_IN.update({RangeWidget: RangeRenderer, DateRangeWidget: RangeRenderer})

logger = logging.getLogger(__name__)

#: What fields, lookups and database drivers raise for a value that they cannot take.
UNUSABLE: Final = (ValueError, ArithmeticError, ValidationError)

_filterset_classes: dict[tuple[Any, str], type[FilterSet]] = {}


class FilterChip:
    """One filter that is on: its label, its value in words, and the URL without it."""

    __slots__ = ("label", "url", "value")

    def __init__(self, label: str, value: str, url: str) -> None:
        self.label = label
        self.value = value
        self.url = url


class FilterPanel(NamedTuple):
    """A filter in which nothing is set: its parameters in the URL, and its form as HTML."""

    names: tuple[str, ...]
    html: SafeString


_MOST_PANELS: Final = 256
_panels: dict[Hashable, FilterPanel] = {}


class FilterableViewMixin:
    """Narrows a queryset by ``filterset_class``, or by a set made from ``filter_fields``.

    ``filterset_initial`` holds for the parameters that the URL does not name. While a value is
    invalid the list shows all rows and the form its errors; with ``strict_filter`` it shows none.
    """

    request: HttpRequest
    model: Any
    viewset: Any
    filterset_class: Any = None
    filter_fields: Any = None
    filterset_initial: Any = None
    strict_filter = False

    def get_filterset_class(self) -> type[FilterSet] | None:
        """The declared class, or one made of ``filter_fields``; ``None`` for no filter at all."""
        if self.filterset_class:
            return self.filterset_class  # type: ignore[no-any-return]
        if not self.filter_fields:
            return None
        model: type[Model] = self.model if self.model is not None else self.queryset.model  # type: ignore[attr-defined]
        # Building the class takes longer than a page. Keyed by what was declared, so that no
        # view is kept alive.
        key = (model, repr(self.filter_fields))
        found = _filterset_classes.get(key)
        if found is None:
            found = _filterset_classes[key] = filterset_factory(model, fields=self.filter_fields)
        return found

    def get_filterset_kwargs(self) -> dict[str, Any]:
        """Arguments for the filterset; the viewset's ``get_filterset_kwargs(request)`` adds to them."""
        kwargs: dict[str, Any] = {"data": self._filter_data(), "request": self.request}
        hook = getattr(self.viewset, "get_filterset_kwargs", None)
        if hook is not None:
            kwargs.update(hook(self.request) or {})
        return kwargs

    @viewprop
    def filterset(self) -> FilterSet | None:
        """The filterset of this request; ``None`` when the list has no filter."""
        filterset_class = self.get_filterset_class()
        if filterset_class is None:
            return None
        kwargs = {"queryset": self.queryset, **self.get_filterset_kwargs()}  # type: ignore[attr-defined]
        filterset = filterset_class(**kwargs)
        # A form of the page may have a field of the same name, beside the list or below it.
        filterset.form.auto_id = "filter_%s"
        for field in filterset.form.fields.values():
            polish(field)
        return filterset

    def get_filter_key(self) -> Hashable | None:
        """What the form of a filter depends on while nothing is set; ``None`` draws it each time.

        A view whose filter offers the same to everybody can name it here: building the form of a
        filter and drawing it takes as long as a page of rows.
        """
        return None

    @viewprop
    def idle_filter(self) -> FilterPanel | None:
        """The filter, drawn before, of a request that sets nothing in it."""
        key = self.get_filter_key()
        if key is None or self.filterset_initial not in (None, DEFAULT):
            return None
        key = (key, get_language())
        panel, given = _panels.get(key), self.request.GET
        if panel is None and not given and (panel := self._draw()) is not None:
            if len(_panels) >= _MOST_PANELS:
                _panels.clear()
            _panels[key] = panel
        if panel is None or any(any(given.getlist(name)) for name in panel.names):
            return None
        return panel

    def _draw(self) -> FilterPanel | None:
        filterset = self.filterset
        if filterset is None:
            return None
        names = tuple(name for field in filterset.form for name in _parameters(field))
        return FilterPanel(names, forms.render(filterset.form))

    @property
    def filter_panel(self) -> SafeString | None:
        """The form of the filter as HTML; ``None`` when the list has no filter."""
        panel = self.idle_filter or self._draw()
        return panel and panel.html

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of ``queryset`` that the filter lets through."""
        if self.idle_filter is not None:
            return queryset
        filterset = self.filterset
        if filterset is None or not filterset.is_bound:
            return queryset
        try:
            if filterset.is_valid():
                return filterset.filter_queryset(queryset)
        except UNUSABLE:
            # The form let it pass, the field of the model cannot hold it: text where a lookup
            # wants numbers, a date before the first one in UTC.
            logger.info("Filter value refused by the model.", exc_info=True)
            filterset.form.add_error(None, _("A value of the filter cannot be used."))
        return queryset.none() if self.strict_filter else queryset

    def _filter_data(self) -> QueryDict | None:
        given = self.request.GET
        data = QueryDict(mutable=True)
        for name, values in given.lists():
            if any("\x00" in value or len(value) > MAX_VALUE for value in values):
                values = [value.replace("\x00", "")[:MAX_VALUE] for value in values]
            # Forms send what nobody has filled in as empty texts; that is no choice.
            MultiValueDict.setlist(data, name, [value for value in values if value])
        initial = self.filterset_initial
        for name, value in () if initial in (None, DEFAULT) else initial.items():
            if name not in given:
                many = isinstance(value, list | tuple | set)
                MultiValueDict.setlist(data, name, list(value) if many else [value])
        return data or None

    # What the page shows

    def get_filter_names(self) -> list[str]:
        """Parameters of the URL that belong to the filter."""
        if self.idle_filter is not None:
            return list(self.idle_filter.names)
        if self.filterset is None:
            return []
        return [name for field in self.filterset.form for name in _parameters(field)]

    def get_filter_chips(self) -> list[FilterChip]:
        """The filters that are on, in the order of the form."""
        if self.idle_filter is not None:
            return []
        filterset = self.filterset
        if filterset is None or not filterset.is_bound:
            return []
        return list(self._chips(filterset.form))

    def _chips(self, form: Any) -> Iterator[FilterChip]:
        form.is_valid()
        for field in form:
            value = form.cleaned_data.get(field.name)
            if value in (None, "", []) or (hasattr(value, "count") and not len(value)):
                continue
            words = describe(field, value)
            if words:
                yield FilterChip(str(field.label), words, self._url_without(field))

    def _url_without(self, field: BoundField) -> str:
        query = self.request.GET.copy()
        query.pop("page", None)
        initial = self.filterset_initial
        for name in _parameters(field):
            query.pop(name, None)
            if initial not in (None, DEFAULT) and name in initial:
                query[name] = ""  # without it, the initial value would come back
        return f"?{query.urlencode()}"


def polish(field: Any) -> None:
    """Give a field of a filter form native inputs, and "Any" as the word for no choice."""
    widget = field.widget
    if type(widget) in (RangeWidget, DateRangeWidget):
        # django-filter has text inputs for all ranges; those of the parts know dates and numbers.
        widget.widgets = [part.widget for part in field.fields]
    elif isinstance(widget, NullBooleanSelect | BooleanWidget):
        first, *rest = widget.choices
        widget.choices = [(first[0], _("Any")), *rest]
    elif getattr(field, "empty_label", None) == NO_CHOICE:
        field.empty_label = _("Any")
        widget.choices = field.choices  # those of the widget still say the old word


def _parameters(field: BoundField) -> list[str]:
    widget = field.field.widget
    if isinstance(widget, SuffixedMultiWidget):
        return [widget.suffixed(field.html_name, suffix) for suffix in widget.suffixes]
    if isinstance(widget, MultiWidget):
        names: list[str] = widget.widgets_names  # type: ignore[attr-defined]
        return [field.html_name + name for name in names]
    return [field.html_name]


def describe(field: BoundField, value: Any) -> str:
    """A cleaned filter value in words: "Mitte, 4 more", "from 1 May 2026", "Yes"."""
    if isinstance(value, slice):
        low, high = _words(field, value.start), _words(field, value.stop)
        if low and high:
            return _("%(low)s to %(high)s") % {"low": low, "high": high}
        return _("from %s") % low if low else _("to %s") % high if high else ""
    if isinstance(value, QuerySet | list | tuple | set):
        items = [_words(field, item) for item in value]
        rest = len(items) - 1
        if rest > 0:
            more = ngettext("%d more", "%d more", rest) % rest
            return f"{items[0]}, {more}"
        return items[0] if items else ""
    return _words(field, value)


def _words(field: BoundField, value: Any) -> str:
    if value is None:
        return ""
    choices = getattr(field.field, "choices", None)
    if choices is not None and not isinstance(value, Model):
        flat = dict(_flatten(choices))
        text = str(value)
        return str(flat.get(value, flat.get(text, flat.get(text.lower(), text))))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if hasattr(value, "tzinfo") and hasattr(value, "hour") and hasattr(value, "year"):
        value = localtime(value) if is_aware(value) else value
        if not (value.hour or value.minute or value.second):
            value = value.date()
        elif value.hour == 23 and value.minute == 59:
            value = value.date()  # the end of a range of days
    return str(formats.localize(value))


def _flatten(choices: Any) -> Iterator[tuple[Any, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            for inner, text in label:
                yield inner, text
                yield str(inner), text
        else:
            yield value, label
            yield str(value), label
