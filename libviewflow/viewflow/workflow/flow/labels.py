"""Words for states, people and times, as the pages print them."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.dateformat import format as format_moment
from django.utils.formats import get_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from viewflow.shell import initials, person_class
from viewflow.workflow import PROCESS, STATUS

__all__ = [
    "Status",
    "avatar",
    "duration",
    "full_date",
    "localtime",
    "person_name",
    "process_status_mark",
    "process_status_view",
    "short_age",
    "short_local",
    "short_time",
    "span",
    "status_mark",
    "status_view",
    "time_element",
]


class Status(NamedTuple):
    """How a state looks: the class of the dot and the word beside it."""

    css: str
    label: Any


_TASK = {
    STATUS.NEW: Status("waiting", gettext_lazy("Free to take")),
    STATUS.ASSIGNED: Status("active", gettext_lazy("In progress")),
    STATUS.STARTED: Status("active", gettext_lazy("In progress")),
    STATUS.SCHEDULED: Status("waiting", gettext_lazy("Scheduled")),
    STATUS.DONE: Status("done", gettext_lazy("Done")),
    STATUS.CANCELED: Status("cancelled", gettext_lazy("Cancelled")),
    STATUS.ERROR: Status("error", gettext_lazy("Failed")),
    STATUS.REVIVED: Status("cancelled", gettext_lazy("Opened again")),
}
_PROCESS = {
    PROCESS.NEW: Status("active", gettext_lazy("In progress")),
    PROCESS.DONE: Status("done", gettext_lazy("Done")),
    PROCESS.CANCELED: Status("cancelled", gettext_lazy("Cancelled")),
}


def status_view(status: str, human: bool = True) -> Status:
    """Return dot and word for a task's status; a stored word nobody knows is shown as it is."""
    if not human and status == STATUS.NEW:
        return Status("waiting", _("Waiting"))
    if not human and status == STATUS.STARTED:
        return Status("active", _("Running"))
    return _TASK.get(status) or Status("", status)  # type: ignore[call-overload]


def process_status_view(status: str) -> Status:
    """Return dot and word for a process's status."""
    return _PROCESS.get(status) or Status("", status)  # type: ignore[call-overload]


def status_mark(status: str, human: bool = True) -> SafeString:
    """Return a task's status as a dot and a word."""
    return _status_mark(status_view, (status, human), get_language())


def process_status_mark(status: str) -> SafeString:
    """Return a process's status as a dot and a word."""
    return _status_mark(process_status_view, (status,), get_language())


@lru_cache(maxsize=512)
def _status_mark(view: Any, args: tuple[Any, ...], language: str | None) -> SafeString:
    state = view(*args)
    return format_html('<span class="status {}">{}</span>', state.css, state.label)


def person_name(person: Any, viewer: Any = None) -> str:
    """Return "You" for the viewer, else the full name, else the user name; "" for nobody."""
    if person is None:
        return ""
    if viewer is not None and person.pk == viewer.pk:
        return _("You")
    name = person.get_full_name() if hasattr(person, "get_full_name") else ""
    return name or person.get_username()


def avatar(person: Any, extra: str = "") -> SafeString:
    """Return the round mark of a person; a dashed ring for nobody."""
    if person is None:
        return _nobody(extra, get_language())
    return _mark(person_class(person), extra, person_name(person))


@lru_cache(maxsize=64)
def _nobody(extra: str, language: str | None) -> SafeString:
    title = _("Nobody yet")
    return format_html(
        '<span class="avatar none{}" title="{}"><span class="visually-hidden">{}</span></span>',
        extra,
        title,
        title,
    )


@lru_cache(maxsize=1024)
def _mark(colour: str, extra: str, name: str) -> SafeString:
    return format_html(
        '<span class="avatar {}{}" title="{}" role="img" aria-label="{}">{}</span>',
        colour,
        extra,
        name,
        name,
        initials(name),
    )


def short_age(moment: datetime.datetime | None, now: datetime.datetime | None = None) -> str:
    """Return the time since (or until) ``moment`` in its largest unit: "4 min", "3 h", "2 days"."""
    if moment is None:
        return ""
    return span(abs((now or timezone.now()) - moment), get_language())


def span(delta: datetime.timedelta, language: str | None) -> str:
    """Return a length of time in its largest unit, in the words of the active ``language``."""
    seconds = int(delta.total_seconds())
    if seconds < 60:
        return _counted("s", seconds, language)
    if seconds < 3600:
        return _counted("min", seconds // 60, language)
    if seconds < 86400:
        return _counted("h", seconds // 3600, language)
    return _counted("d", seconds // 86400, language)


@lru_cache(maxsize=2048)
def _counted(unit: str, number: int, language: str | None) -> str:
    # A list has an age in each row, and a translation costs more than the rest of it.
    if unit == "d":
        return ngettext("%d day", "%d days", number) % number
    words = {"s": _("%d s"), "min": _("%d min"), "h": _("%d h")}
    return words[unit] % number


def duration(start: datetime.datetime | None, end: datetime.datetime | None) -> str:
    """Return how long something took, in its largest unit; "" when an end is missing."""
    return span(end - start, get_language()) if start and end and end >= start else ""


def localtime(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment in the current time zone; a naive one as it is."""
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def short_time(moment: datetime.datetime, now: datetime.datetime | None = None) -> str:
    """Return the time of today, the day of this year, or the full date."""
    now = now or timezone.now()
    if moment.tzinfo is not None:
        zone = timezone.get_current_timezone()
        return short_local(moment.astimezone(zone), now.astimezone(zone))
    return short_local(moment, now)


def short_local(local: datetime.datetime, today: datetime.datetime) -> str:
    """Return what :func:`short_time` does, for moments of the current time zone."""
    if local.date() == today.date():
        return _formatted(local, "TIME_FORMAT")
    if local.year == today.year:
        return _formatted(local, "MONTH_DAY_FORMAT")
    return _formatted(local, "SHORT_DATE_FORMAT")


def full_date(moment: datetime.datetime | None) -> str:
    """Return date and time in full, for titles."""
    if moment is None:
        return ""
    return _formatted(localtime(moment), "DATETIME_FORMAT")


def time_element(moment: datetime.datetime, now: datetime.datetime | None = None) -> SafeString:
    """Return ``<time>``: short to read, in full for machines and in the title."""
    return SafeString(
        f'<time datetime="{moment.isoformat(timespec="seconds")}"'
        f' title="{escape(full_date(moment))}">{escape(short_time(moment, now))}</time>'
    )


def _formatted(local: datetime.datetime, name: str) -> str:
    language = get_language()
    pattern = get_format(name, lang=language)
    return _kept(local.replace(microsecond=0), local.tzinfo, local.fold, pattern, language)


@lru_cache(maxsize=4096)
def _kept(
    local: datetime.datetime, zone: Any, fold: int, pattern: str, language: str | None
) -> str:
    # Pages print the same few moments again and again; writing one out takes 40 µs. Moments of
    # two time zones may be equal without looking so, hence zone and fold are part of the key.
    return str(format_moment(local, pattern))
