"""Panels: a number, a number for each kind, a number for each day. Each is one grouped query."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Aggregate, Count, DateTimeField, F, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek, TruncYear
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from ..descriptors import DEFAULT
from ..utils import has_object_perm
from .svg import Bar, Point, bars, line

__all__ = ["BarChart", "Figure", "LineChart", "Panel"]

STEPS: Final = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth, "year": TruncYear}
#: Groups of a bar chart that are read at all, to be added up as "Others".
MAX_GROUPS: Final = 1000


class Panel:
    """One figure or chart.

    ``queryset`` is a queryset, a model, or a callable that gets the request and returns a queryset:
    the scope of the person. ``value`` is an aggregate, the number of rows unless told otherwise.
    ``permission`` is a codename, a callable that gets the user, or ``None`` for everybody; without
    one, people need to view or change the model. Who may not see a panel does not get it.
    ``write`` makes the text of a value; ``unit`` stands behind it.
    """

    kind = ""
    wide = False

    def __init__(
        self,
        title: Any,
        queryset: Any,
        value: Aggregate | None = None,
        *,
        note: Any = "",
        unit: Any = "",
        permission: Any = DEFAULT,
        write: Callable[[Any], Any] | None = None,
    ) -> None:
        self.title = title
        self.queryset = queryset
        self.value = Count("pk") if value is None else value
        self.note = note
        self.unit = unit
        self.permission = permission
        self._write = write

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that are counted, for this request."""
        source = self.queryset
        if isinstance(source, QuerySet):
            return source.all()
        if hasattr(source, "_default_manager"):
            return source._default_manager.all()  # type: ignore[no-any-return]
        if hasattr(source, "get_queryset"):  # a manager
            return source.all()  # type: ignore[no-any-return]
        return source(request)  # type: ignore[no-any-return]

    def has_permission(self, request: HttpRequest) -> bool:
        """May this person see the panel?"""
        user: Any = request.user
        if self.permission is None:
            return True
        if self.permission is DEFAULT:
            model = self.get_queryset(request).model
            return has_object_perm(user, "view", model) or has_object_perm(user, "change", model)
        if callable(self.permission):
            return bool(self.permission(user))
        return bool(user.has_perm(self.permission))

    def text(self, value: Any) -> str:
        """A value as people read it, with its unit."""
        written = self.number(value)
        return f"{written} {self.unit}" if self.unit and written != "—" else written

    def number(self, value: Any) -> str:
        """A value as people read it."""
        if value is None or (isinstance(value, float | Decimal) and not math.isfinite(value)):
            return "—"
        if self._write is not None:
            return str(self._write(value))
        if isinstance(value, datetime.timedelta):
            return _duration(value)
        if isinstance(value, float | Decimal):
            places = 0 if value == int(value) else 2
            value = round(value, places)  # number_format() only cuts off
            return formats.number_format(value, places, use_l10n=True, force_grouping=True)
        if isinstance(value, int):
            return formats.number_format(value, use_l10n=True, force_grouping=True)
        return str(formats.localize(value))

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the template needs."""
        raise NotImplementedError(f"{type(self).__name__} must define get_context().")


class Figure(Panel):
    """One number."""

    kind = "figure"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = self.get_queryset(request).order_by().aggregate(panel_value=self.value)
        return {"panel": self, "value": self.number(found["panel_value"])}


class BarChart(Panel):
    """A bar for each value of ``by``, a field, a path such as ``"district__name"`` or an expression.

    The longest bars come first; from the ``limit``-th on, they are added up where that is possible.
    """

    kind = "bars"

    def __init__(self, title: Any, queryset: Any, by: Any, *args: Any, limit: int = 8, **kw: Any):
        super().__init__(title, queryset, *args, **kw)
        self.by = by
        self.limit = limit

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        rows = self.get_queryset(request).order_by()
        by = F(self.by) if isinstance(self.by, str) else self.by
        groups = list(
            rows.annotate(panel_by=by)
            .values("panel_by")
            .annotate(panel_value=self.value)
            .order_by(F("panel_value").desc(nulls_last=True), "panel_by")
            .values_list("panel_by", "panel_value")[:MAX_GROUPS]
        )
        label = self._labels(rows.model)
        found = [Bar(label(key), value, self.text(value)) for key, value in groups[: self.limit]]
        rest = [value for _key, value in groups[self.limit :] if value is not None]
        if rest and isinstance(self.value, Count | Sum):
            others = sum(rest[1:], rest[0])
            found.append(Bar(_("Others"), others, self.text(others)))
        return {"panel": self, "bars": bars(found), "more": len(groups) - self.limit}

    def _labels(self, model: Any) -> Callable[[Any], str]:
        choices: dict[Any, Any] = {}
        if isinstance(self.by, str):
            field = _field(model, self.by)
            choices = dict(getattr(field, "flatchoices", None) or ())

        def label(key: Any) -> str:
            if key is None or key == "":
                return "—"
            if isinstance(key, bool):
                return _("Yes") if key else _("No")
            return str(choices.get(key, formats.localize(key)))

        return label


class LineChart(Panel):
    """A line over the time: ``date`` is the field that says when, ``step`` is day, week, month or year.

    It has ``last`` points, the last one is now. Steps without rows count as nothing for a number or
    a sum, and are a gap otherwise. ``ValueError`` for another ``step``.
    """

    kind = "line"
    wide = True

    def __init__(
        self,
        title: Any,
        queryset: Any,
        date: str,
        *args: Any,
        step: str = "day",
        last: int = 30,
        **kwargs: Any,
    ) -> None:
        if step not in STEPS:
            raise ValueError(f"LineChart(step={step!r}): expected one of {', '.join(STEPS)}.")
        super().__init__(title, queryset, *args, **kwargs)
        self.date = date
        self.step = step
        self.last = last

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        rows = self.get_queryset(request).order_by()
        steps = self._steps()
        with_time = isinstance(_field(rows.model, self.date), DateTimeField)
        begin: Any = steps[0]
        if with_time:
            begin = datetime.datetime.combine(begin, datetime.time())
            begin = timezone.make_aware(begin) if timezone.is_aware(timezone.now()) else begin
        found = dict(
            rows.filter(**{f"{self.date}__gte": begin})
            .annotate(panel_step=STEPS[self.step](self.date))
            .values("panel_step")
            .annotate(panel_value=self.value)
            .order_by()
            .values_list("panel_step", "panel_value")
        )
        values = {_day(key): value for key, value in found.items()}
        nothing = 0 if isinstance(self.value, Count | Sum) else None
        points = []
        for step in steps:
            value = values.get(step)
            value = nothing if value is None else value
            points.append(Point(self._name(step), value, self.text(value)))
        return {"panel": self, "points": points, **line(points, str(self.title), self.number)}

    def _steps(self) -> list[datetime.date]:
        day = timezone.localdate() if timezone.is_aware(timezone.now()) else datetime.date.today()
        found = []
        for _number in range(self.last):
            first = {
                "day": day,
                "week": day - datetime.timedelta(days=day.weekday()),
                "month": day.replace(day=1),
                "year": day.replace(month=1, day=1),
            }[self.step]
            found.append(first)
            day = first - datetime.timedelta(days=1)
        return found[::-1]

    def _name(self, step: datetime.date) -> str:
        wanted = {"month": "YEAR_MONTH_FORMAT", "year": "Y"}
        return str(formats.date_format(step, wanted.get(self.step, "SHORT_DATE_FORMAT")))


def _field(model: Any, path: str) -> Any:
    """The field at the end of a path; ``None`` for an annotation."""
    field = None
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return field


def _day(value: Any) -> datetime.date:
    if not isinstance(value, datetime.datetime):
        return value  # type: ignore[no-any-return]
    return (timezone.localtime(value) if timezone.is_aware(value) else value).date()


def _duration(value: datetime.timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    hours, minutes = divmod(abs(minutes), 60)
    sign = "-" if value < datetime.timedelta() else ""
    return f"{sign}{hours}:{minutes:02d} h"
