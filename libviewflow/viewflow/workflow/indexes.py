"""Indexes of the rows that somebody waits for, which are few, not of those that history keeps."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from .status import ACTIVE, STATUS

__all__ = ["DueIndex", "EndedIndex", "OpenIndex", "OwnIndex"]


class _PartialIndex(models.Index):
    """An index of the rows that fulfil ``of``, where the database can; elsewhere of all rows.

    The condition is not ``Index.condition``, about which Django warns on MariaDB.
    """

    of: Q

    def _get_condition_sql(self, model: Any, schema_editor: Any) -> str | None:
        if not schema_editor.connection.features.supports_partial_indexes:
            return None
        partial = models.Index(fields=self.fields, name=self.name, condition=self.of)
        return partial._get_condition_sql(model, schema_editor)  # type: ignore[attr-defined,no-any-return]


class DueIndex(_PartialIndex):
    """What waits for a moment, so that what is due is found without a search.

    That is what is scheduled, and work that has begun and whose time may run out.
    """

    # Spelled so that SQLite sees that ``status = 'SCHEDULED'`` is a part of it.
    of = Q(status=STATUS.SCHEDULED) | Q(status=STATUS.STARTED)


class OpenIndex(_PartialIndex):
    """Open tasks, so that what waits at a node is counted and its oldest found at once."""

    of = Q(status__in=ACTIVE)


class EndedIndex(_PartialIndex):
    """Processes that have ended, so that the latest are found without looking at all."""

    of = Q(finished__isnull=False)


class OwnIndex(models.Index):
    """A person's tasks, with what the lists ask about each where the database can keep it.

    Counting them then reads nothing but the index. What is kept is not ``Index.include``, about
    which Django warns on databases that cannot.
    """

    covers = ("flow_task", "flow_task_type")

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        if not schema_editor.connection.features.supports_covering_indexes:
            return super().create_sql(model, schema_editor, using=using, **kwargs)
        covering = models.Index(fields=self.fields, name=self.name, include=self.covers)
        return covering.create_sql(model, schema_editor, using=using, **kwargs)
