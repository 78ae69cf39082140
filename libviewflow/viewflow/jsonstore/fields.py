"""The scalar fields: each is its Django namesake, kept in a JSON document."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import re
import uuid
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_iso_string
from django.utils.translation import gettext_lazy as _

from .base import VirtualField
from .document import InvalidValueError

__all__ = [
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "FilePathField",
    "FloatField",
    "GenericIPAddressField",
    "IPAddressField",
    "IntegerField",
    "JSONField",
    "NullBooleanField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
]


# --- numbers and truth -------------------------------------------------------------------------


class BooleanField(VirtualField, models.BooleanField):
    """JSON true or false. ``blank`` is always false: ``False`` is a value, not an empty one."""

    sql_kind = "boolean"
    native_type = bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blank = False


class NullBooleanField(BooleanField):
    """A :class:`BooleanField` that may also be unknown (``None``, JSON null)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        super().__init__(*args, **kwargs)
        self.blank = True


class _Integer(VirtualField):
    sql_kind = "integer"
    native_type = int

    def dump(self, value: Any) -> Any:
        return int(value)


class IntegerField(_Integer, models.IntegerField):
    """A JSON number without a fraction."""


class BigIntegerField(_Integer, models.BigIntegerField):
    """A JSON number without a fraction, 64 bits."""


class SmallIntegerField(_Integer, models.SmallIntegerField):
    """A JSON number without a fraction, 16 bits."""


class PositiveIntegerField(_Integer, models.PositiveIntegerField):
    """A JSON number without a fraction, not below zero."""


class PositiveSmallIntegerField(_Integer, models.PositiveSmallIntegerField):
    """A JSON number without a fraction, not below zero, 16 bits."""


class PositiveBigIntegerField(_Integer, models.PositiveBigIntegerField):
    """A JSON number without a fraction, not below zero, 64 bits."""


class FloatField(VirtualField, models.FloatField):
    """A JSON number. JSON has no infinity and no NaN; they are refused."""

    sql_kind = "float"

    def dump(self, value: Any) -> Any:
        value = float(value)
        if not math.isfinite(value):
            raise ValueError
        return value


class DecimalField(VirtualField, models.DecimalField):
    """A string such as ``"12.50"``: JSON numbers would lose digits. Read as ``Decimal``."""

    sql_kind = "decimal"

    @staticmethod
    def load(value: Any) -> decimal.Decimal:
        return decimal.Decimal(value if value.__class__ is str else str(value))

    def dump(self, value: Any) -> Any:
        return format(self.to_python(value), "f")


# --- text --------------------------------------------------------------------------------------


class _Text(VirtualField):
    sql_kind = "text"
    native_type = str

    def dump(self, value: Any) -> Any:
        # Also resolves lazy translations and members of TextChoices to plain strings.
        return str(value)


class CharField(_Text, models.CharField):
    """A string. ``max_length`` is optional; it is checked by validation, not by the database."""


class TextField(_Text, models.TextField):
    """A string."""


class EmailField(_Text, models.EmailField):
    """A string validated as an e-mail address."""


class URLField(_Text, models.URLField):
    """A string validated as a URL."""


class SlugField(_Text, models.SlugField):
    """A string validated as a slug. It has no index, whatever ``db_index`` says."""


class FilePathField(_Text, models.FilePathField):
    """A string, chosen among the files of a directory."""


class _AsText(models.TextField):
    """How a query sees a field that SQL has a type for, and JSON only a string."""

    def __init__(self, owner: VirtualField) -> None:
        self.owner = owner
        super().__init__()

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        try:
            return self.owner.to_stored(value)
        except InvalidValueError:
            return value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None or self.owner.load is None else self.owner.load(value)

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        return name, path, [self.owner], kwargs

    def __reduce__(self) -> Any:
        return _AsText, (self.owner,)


class GenericIPAddressField(_Text, models.GenericIPAddressField):
    """A string validated as an IP address; IPv6 is stored in its short form."""

    native_type = None  # type: ignore[assignment]

    def dump(self, value: Any) -> Any:
        return str(self.to_python(value))

    @cached_property
    def query_field(self) -> Any:
        return _AsText(self)


class IPAddressField(GenericIPAddressField):
    """A :class:`GenericIPAddressField` for IPv4 only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["protocol"] = "IPv4"
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("protocol", None)
        return name, path, args, kwargs


# --- dates and times ---------------------------------------------------------------------------


class DateField(VirtualField, models.DateField):  # type: ignore[misc]
    """``YYYY-MM-DD``. A ``datetime`` gives its date in the default time zone, as for a column."""

    sql_kind = "date"

    def dump(self, value: Any) -> Any:
        if value.__class__ is not datetime.date:
            value = self.to_python(value)
        return value.isoformat()

    @staticmethod
    def load(value: Any) -> datetime.date:
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return datetime.date.fromisoformat(value[:10])


class DateTimeField(VirtualField, models.DateTimeField):  # type: ignore[misc]
    """ISO text with offset, always in UTC, so that text order is time order.

    A naive value is taken in the current time zone. Reads give an aware ``datetime`` of the same
    instant (a naive one in the default time zone where ``USE_TZ`` is off).
    """

    sql_kind = "datetime"

    def dump(self, value: Any) -> Any:
        if isinstance(value, str):
            parsed = parse_datetime(value)
            value = parsed if parsed is not None else datetime.date.fromisoformat(value)
        if not isinstance(value, datetime.datetime):
            value = datetime.datetime(value.year, value.month, value.day)
        if timezone.is_naive(value):
            zone = None if settings.USE_TZ else timezone.get_default_timezone()
            value = timezone.make_aware(value, zone)
        return value.astimezone(datetime.UTC).isoformat()

    @staticmethod
    def load(value: Any) -> datetime.datetime:
        found = datetime.datetime.fromisoformat(value)
        if found.tzinfo is None:
            found = found.replace(tzinfo=datetime.UTC)
        if not settings.USE_TZ:
            return timezone.make_naive(found, timezone.get_default_timezone())
        return found


class TimeField(VirtualField, models.TimeField):
    """ISO text such as ``12:59:00+00:00``; the offset says nothing and is dropped on read."""

    sql_kind = "time"

    def dump(self, value: Any) -> Any:
        if isinstance(value, str):
            value = parse_time(value)
        elif isinstance(value, datetime.datetime):
            value = value.time()
        if not isinstance(value, datetime.time):
            raise TypeError
        return value.replace(tzinfo=None).isoformat() + "+00:00"

    @staticmethod
    def load(value: Any) -> datetime.time:
        return datetime.time.fromisoformat(value).replace(tzinfo=None)


class DurationField(VirtualField, models.DurationField):
    """ISO 8601 text such as ``P0DT01H30M00S``, with a leading minus when negative."""

    sql_kind = "duration"
    _form = re.compile(r"(-?)P(\d+)DT(\d+)H(\d+)M(\d+)(?:\.(\d{6}))?S").fullmatch

    def dump(self, value: Any) -> Any:
        if isinstance(value, str):
            value = parse_duration(value)
        if not isinstance(value, datetime.timedelta):
            raise TypeError
        return duration_iso_string(value)

    @classmethod
    def load(cls, value: Any) -> datetime.timedelta:
        if match := cls._form(value):
            minus, *numbers = match.groups()
            days, hours, minutes, seconds, micros = (int(n or 0) for n in numbers)
            found = datetime.timedelta(days, seconds, micros, minutes=minutes, hours=hours)
            return -found if minus else found
        other = parse_duration(value)
        if other is None:
            raise ValueError
        return other


# --- the rest ----------------------------------------------------------------------------------


class UUIDField(VirtualField, models.UUIDField):
    """A string with hyphens, read as ``UUID``."""

    sql_kind = "uuid"
    load = uuid.UUID  # type: ignore[assignment]

    def dump(self, value: Any) -> Any:
        return str(self.to_python(value))


class _Base64Field(forms.CharField):
    """Bytes, shown and typed as base64 text."""

    default_error_messages = {"invalid": _("Enter base64 text.")}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            return base64.b64encode(value).decode("ascii")
        return value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return b""
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != bytes(initial or b""))
        except ValidationError:
            return True


class BinaryField(VirtualField, models.BinaryField):
    """Base64 text, read as ``bytes``. A string that is assigned must be base64 itself.

    Unlike Django's field, ``editable`` is on by default; forms show the base64 text.
    """

    sql_kind = "binary"
    empty_types = (str, bytes)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @staticmethod
    def load(value: Any) -> bytes:
        return base64.b64decode(value, validate=True)

    def dump(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self.load(value)
        if not isinstance(value, bytes | bytearray | memoryview):
            raise TypeError
        return base64.b64encode(value).decode("ascii")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                return self.load(value)
            except ValueError:
                raise ValidationError(_Base64Field.default_error_messages["invalid"]) from None
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": _Base64Field, **kwargs})

    @cached_property
    def query_field(self) -> Any:
        return _AsText(self)


class JSONField(VirtualField, models.JSONField):
    """Any JSON value. Objects and lists are read by reference: edit them in place and save.

    ``encoder`` and ``decoder`` work as on a column.
    """

    sql_kind = "json"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.decoder is not None:
            self.load = self._decode  # type: ignore[method-assign]

    def _decode(self, value: Any) -> Any:
        return json.loads(json.dumps(value), cls=self.decoder)

    def dump(self, value: Any) -> Any:
        if self.encoder is None:
            return value
        return json.loads(json.dumps(value, cls=self.encoder))

    def get_col(self, alias: str | None, output_field: Any = None) -> Any:
        from .columns import virtual_key

        return virtual_key(alias, self)
