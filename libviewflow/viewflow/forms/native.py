"""
What a browser's own date, time and number inputs show and send.

A native input always speaks ISO 8601 (HTML Living Standard, 4.10.5.1.7 and following), while
Django formats and parses by language and by ``input_formats``. So a native input is used only
where the field's own parser understands what it sends, and only for a value that it can show;
otherwise the renderer falls back to a text input, in which nothing typed can get lost.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import get_format

__all__ = ["Understood", "can_show", "iso_date", "iso_datetime", "iso_time", "understood"]

_NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?")
_SHOWN = {
    "number": _NUMBER,
    "range": _NUMBER,
    "color": re.compile(r"#[0-9a-fA-F]{6}"),
    "month": re.compile(r"\d{4,}-(0[1-9]|1[0-2])"),
    "week": re.compile(r"\d{4,}-W(0[1-9]|[1-4]\d|5[0-3])"),
}
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")

# How well a field parses a native value: not at all, without seconds, with seconds.
Understood = int
_PROBES: dict[Any, tuple[tuple[str, Any], ...]] = {
    forms.DateField: (("2001-02-03", datetime.date(2001, 2, 3)),),
    forms.TimeField: (
        ("04:05", datetime.time(4, 5)),
        ("04:05:06", datetime.time(4, 5, 6)),
    ),
    forms.DateTimeField: (
        ("2001-02-03T04:05", datetime.datetime(2001, 2, 3, 4, 5)),
        ("2001-02-03T04:05:06", datetime.datetime(2001, 2, 3, 4, 5, 6)),
    ),
}


def can_show(type_: str, value: Any) -> bool:
    """Whether an input of this type shows the value instead of silently emptying it."""
    pattern = _SHOWN.get(type_)
    return pattern is None or value is None or bool(pattern.fullmatch(str(value)))


@lru_cache(maxsize=256)
def _probe(field_class: Any, kind: Any, formats: tuple[str, ...]) -> Understood:
    field = field_class(input_formats=formats, required=False)
    level = 0
    for sent, meant in _PROBES[kind]:
        try:
            parsed = field.to_python(sent)
        except ValidationError:
            break
        if isinstance(parsed, datetime.datetime) and timezone.is_aware(parsed):
            parsed = timezone.make_naive(parsed)
        if parsed != meant:
            break
        level += 1
    return level


def understood(kind: Any, field: forms.Field | None) -> Understood:
    """
    Whether the field parses what a native input sends: 0 no, 1 yes, 2 (times) also with seconds.

    The answer comes from the field's own parser, so the active language, ``input_formats`` and
    an overridden ``to_python`` all count; a format that reads an ISO date with day and month
    swapped is found out too. A field that is no date field at all is trusted with plain ISO.
    """
    levels = len(_PROBES[kind])
    formats = getattr(field, "input_formats", None)
    if formats is None:
        return levels
    if kind is not forms.DateTimeField and isinstance(field, forms.DateTimeField):
        return levels
    field_class: Any = type(field)
    try:
        return _probe(field_class, kind, tuple(map(str, formats)))
    except TypeError:  # a field class with other arguments of its own: ask the formats alone
        return _probe(kind, kind, tuple(map(str, formats)))


def _parsed(kind: type[forms.Field], field: forms.Field | None, value: str) -> Any:
    """A localised string as the object that it means, ``None`` when it means nothing."""
    parser = field if isinstance(field, kind) else kind()
    try:
        parsed = parser.to_python(value)
    except ValidationError:
        return None
    if isinstance(parsed, datetime.datetime) and timezone.is_aware(parsed):
        return timezone.make_naive(parsed)
    return parsed


def iso_date(value: Any, field: forms.Field | None) -> str | None:
    """The value of ``<input type=date>``, ``None`` when the value is no date."""
    if isinstance(value, str):
        try:
            if len(value) == 10 and datetime.date.fromisoformat(value):
                return value
        except ValueError:
            pass
        value = _parsed(forms.DateField, field, value)
    if isinstance(value, datetime.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, datetime.date) else None


def iso_time(value: Any, field: forms.Field | None, *, seconds: bool = True) -> str | None:
    """The value of ``<input type=time>``; seconds only where there are some."""
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            try:
                value = datetime.time.fromisoformat(value)
            except ValueError:
                return None
        else:
            value = _parsed(forms.TimeField, field, value)
    if isinstance(value, datetime.datetime):
        value = value.time()
    if not isinstance(value, datetime.time):
        return None
    return value.isoformat("seconds" if seconds and value.second else "minutes")[:8]


def iso_datetime(value: Any, field: forms.Field | None) -> str | None:
    """The value of ``<input type=datetime-local>``, in the current time zone."""
    if isinstance(value, str):
        if _DATETIME.fullmatch(value):
            try:
                value = datetime.datetime.fromisoformat(value)
            except ValueError:
                return None
        else:
            value = _parsed(forms.DateTimeField, field, value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        return None
    if timezone.is_aware(value):
        value = timezone.make_naive(value)
    return value.isoformat(timespec="seconds" if value.second else "minutes")


def example(kind: Any, field: forms.Field | None, format_: str | None) -> str:
    """What to type where there is no native input: 31 December of this year, as the field reads it."""
    formats = getattr(field, "input_formats", None)
    if not formats:
        setting = {
            forms.DateField: "DATE_INPUT_FORMATS",
            forms.TimeField: "TIME_INPUT_FORMATS",
        }.get(kind, "DATETIME_INPUT_FORMATS")
        formats = get_format(setting)
    known = [str(item) for item in formats]
    chosen = format_ if format_ is not None and format_ in known else known[0]
    today = timezone.localdate() if timezone.is_aware(timezone.now()) else datetime.date.today()
    return datetime.datetime(today.year, 12, 31, 23, 59).strftime(chosen)
