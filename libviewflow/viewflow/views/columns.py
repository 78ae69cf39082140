"""Columns: where a list's values come from and how they are written.

A column is resolved once per request; a cell then costs one attribute and one formatting call.
"""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from decimal import Decimal
from functools import partialmethod
from html import escape
from operator import attrgetter
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model
from django.db.models import fields as model_fields
from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from ..icons import lucide

__all__ = ["Column", "display", "display_of", "resolve_column"]

NUMERIC: Final = (
    model_fields.IntegerField,
    model_fields.FloatField,
    model_fields.DecimalField,
    model_fields.DurationField,
)
#: Types whose values repeat in a column and take long to write.
REPEATED: Final = frozenset({bool, datetime.date, datetime.datetime, datetime.time, Decimal})
SHORT: Final = (model_fields.DateField, model_fields.TimeField)


class Column:
    """One column: its header, its order, and :meth:`html`, which writes a row's value."""

    __slots__ = (
        "boolean",
        "css",
        "empty",
        "header",
        "label",
        "memo",
        "name",
        "orderby",
        "related",
        "value",
    )

    def __init__(
        self,
        name: str,
        value: Callable[[Any], Any],
        header: Any,
        *,
        orderby: Any = None,
        boolean: bool = False,
        column_type: str = "text",
        empty: Any = "",
        related: str | None = None,
        label: Any = None,
    ) -> None:
        self.name = name
        self.value = value
        self.header = str(header)  # once: a page prints it three times, and it may be lazy
        #: What a menu calls it, where nothing stands below the header that would explain it.
        self.label = self.header if label is None else str(label)
        self.orderby = orderby
        self.boolean = boolean or column_type == "boolean"
        self.css = {"numeric": "num nowrap", "short": "nowrap"}.get(column_type, "")
        self.empty = empty
        self.memo: dict[Any, str] = {}
        #: Foreign key that the rows' query should join, or ``None``.
        self.related = related

    def html(self, obj: Any) -> str:
        """The value of ``obj``, ready for the page."""
        value = self.value(obj)
        kind = type(value)
        if kind is str:
            return escape(value) if value else conditional_escape(self.empty)
        if value is None:
            return conditional_escape(self.empty)
        if self.boolean and kind is not bool:
            value, kind = bool(value), bool
        if kind not in REPEATED:
            return display(value)
        # A column lives as long as its page: what a date looks like is worked out once.
        found = self.memo.get(value)
        if found is None:
            found = self.memo[value] = display(value)
        return found

    def __repr__(self) -> str:
        return f"<Column {self.name}>"


def display(value: Any) -> SafeString:
    """Any value as people read it: localised, joined, escaped; yes and no as icons."""
    if isinstance(value, SafeString):
        return value
    if isinstance(value, str | Promise):
        return SafeString(escape(str(value)))
    if isinstance(value, bool):
        return _yes_no(value)
    if isinstance(value, datetime.datetime):
        moment = localtime(value) if is_aware(value) else value
        return SafeString(escape(str(formats.localize(moment))))
    if isinstance(value, int | float | Decimal | datetime.date | datetime.time):
        return SafeString(escape(str(formats.localize(value))))
    if isinstance(value, list | tuple | set | frozenset):
        return SafeString(", ".join(display(item) for item in value if item is not None))
    return conditional_escape(value)


def display_of(field: Any, value: Any) -> SafeString:
    """The same of a field's value: an e-mail address may break behind its "@"."""
    if isinstance(field, model_fields.EmailField) and type(value) is str:
        return SafeString(escape(value).replace("@", "@<wbr>"))
    return display(value)


def _yes_no(value: bool) -> SafeString:
    icon, word = ("check", _("Yes")) if value else ("x", _("No"))
    return SafeString(f'{lucide(icon)}<span class="visually-hidden">{escape(word)}</span>')


def resolve_column(name: str, view: Any, viewset: Any, model: type[Model], empty: Any) -> Column:
    """Find ``name`` on the view, the viewset, the model's fields, then the model.

    What the kit's own classes define (``get``, ``title``, ``urls`` …) is not taken for a column.
    Raises ``ValueError`` when nobody knows the name.
    """
    if name == "__str__":
        return Column(name, str, capfirst(str(model._meta.verbose_name)), empty=empty)
    for owner in (view, viewset):
        method = declared(owner, name)
        if callable(method):
            return _from_method(name, method, method, empty)
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        pass
    else:
        if isinstance(field, Field) or hasattr(field, "verbose_name"):
            return _from_field(name, field, empty)
    found = getattr(model, name, None)
    if found is None and not hasattr(model, name):
        owners = " or ".join(type(owner).__name__ for owner in (view, viewset) if owner is not None)
        raise ValueError(
            f"The column {name!r} is neither an attribute of {owners} "
            f"nor a field, an attribute or a method of {model._meta.label}."
        )
    options = getattr(found, "fget", found)  # a property describes itself on its getter
    return _from_method(name, _reader(name), options, empty)


def declared(owner: Any, name: str) -> Any:
    """An attribute that the project put on a view or viewset; ``None`` for those of the kit."""
    if owner is None:
        return None
    if name not in getattr(owner, "__dict__", {}):
        for cls in type(owner).__mro__:
            if name in vars(cls):
                if cls.__module__.startswith(("viewflow.views", "viewflow.urls", "django.")):
                    return None
                break
        else:
            return None
    return getattr(owner, name)


def _reader(name: str) -> Callable[[Any], Any]:
    def read(obj: Any) -> Any:
        value = getattr(obj, name)
        return value() if callable(value) else value

    return read


def _from_method(name: str, value: Callable[[Any], Any], options: Any, empty: Any) -> Column:
    header = getattr(options, "short_description", None)
    return Column(
        name,
        value,
        name.replace("_", " ").strip().capitalize() if header is None else header,
        orderby=getattr(options, "orderby_column", None),
        boolean=getattr(options, "boolean", False),
        column_type=getattr(options, "column_type", "text"),
        empty=getattr(options, "empty_value", empty),
        label=getattr(options, "sort_label", None),
    )


def _from_field(name: str, field: Any, empty: Any) -> Column:
    header = capfirst(str(field.verbose_name))
    if field.choices:
        return Column(name, _label_reader(name, field), header, orderby=name, empty=empty)
    if field.many_to_many:
        return Column(name, lambda obj: list(getattr(obj, name).all()), header, empty=empty)
    value: Callable[[Any], Any] = attrgetter(name)
    column_type = "text"
    if isinstance(field, model_fields.EmailField):
        value = _address_reader(name, field)
    elif isinstance(field, model_fields.BooleanField):
        column_type = "boolean"
    elif isinstance(field, NUMERIC) and not field.primary_key:
        column_type = "numeric"
    elif isinstance(field, SHORT):
        column_type = "short"
    return Column(
        name,
        value,
        header,
        orderby=name,
        column_type=column_type,
        empty=empty,
        related=name
        if (field.concrete and field.is_relation) or isinstance(field, ForeignKey)
        else None,
    )


def _address_reader(name: str, field: Any) -> Callable[[Any], Any]:
    read = attrgetter(name)

    def shown(obj: Any) -> Any:
        return display_of(field, address) if (address := read(obj)) else address

    return shown


def _label_reader(name: str, field: Any) -> Callable[[Any], Any]:
    display_name = f"get_{name}_display"
    generated = inspect.getattr_static(field.model, display_name, None)
    if not isinstance(generated, partialmethod):
        return lambda obj: getattr(obj, display_name)()  # the project's own may look at the row
    labels: dict[Any, Any] = {}

    def read(obj: Any) -> Any:
        value = getattr(obj, name)
        try:
            return labels[value]
        except KeyError:
            label = labels[value] = getattr(obj, display_name)()
            return label
        except TypeError:  # a list of choices
            return getattr(obj, display_name)()

    return read
