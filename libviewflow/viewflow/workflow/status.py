"""The states that process and task rows can be in, as stored in the database."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

__all__ = ["ACTIVE", "BOUNDARY", "FINISHED", "LIVE", "PROCESS", "STATUS"]


class PROCESS(models.TextChoices):
    """State of a process."""

    NEW = "NEW", pgettext_lazy("PROCESS", "In progress")
    CANCELED = "CANCELED", pgettext_lazy("PROCESS", "Cancelled")
    DONE = "DONE", pgettext_lazy("PROCESS", "Done")


class STATUS(models.TextChoices):
    """State of a task."""

    ASSIGNED = "ASSIGNED", pgettext_lazy("STATUS", "Assigned")
    CANCELED = "CANCELED", pgettext_lazy("STATUS", "Cancelled")
    DONE = "DONE", pgettext_lazy("STATUS", "Done")
    ERROR = "ERROR", pgettext_lazy("STATUS", "Failed")
    NEW = "NEW", pgettext_lazy("STATUS", "New")
    REVIVED = "REVIVED", pgettext_lazy("STATUS", "Revived")
    SCHEDULED = "SCHEDULED", pgettext_lazy("STATUS", "Scheduled")
    STARTED = "STARTED", pgettext_lazy("STATUS", "Started")


#: Nothing more happens to such a task by itself. ERROR is missing on purpose: a failed task
#: still holds its token and waits for somebody to repair it.
FINISHED = frozenset({STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED})

#: The task holds a token of its process. The order is that of a partial index, whose condition a
#: query has to repeat letter by letter.
ACTIVE = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED, STATUS.SCHEDULED, STATUS.ERROR)
LIVE = frozenset(ACTIVE)

#: Task type of the events on the border of a task. A live one is armed: it waits beside its host
#: and holds no token itself, so whoever counts tokens leaves it out.
BOUNDARY = "BOUNDARY_EVENT"
