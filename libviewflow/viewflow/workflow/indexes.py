"""Indexes of the engine's tables that differ between databases."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from .status import STATUS

__all__ = ["DueIndex"]


class DueIndex(models.Index):
    """An index of what waits for a moment, so that what is due is found without a search.

    That is what is scheduled, and work that has begun and whose time may run out.

    Where the database has partial indexes it holds nothing but these; elsewhere every task. The
    condition is not ``Index.condition``, about which Django warns on MariaDB.
    """

    def _get_condition_sql(self, model: Any, schema_editor: Any) -> str | None:
        if not schema_editor.connection.features.supports_partial_indexes:
            return None
        # Spelled so that SQLite sees that ``status = 'SCHEDULED'`` is a part of it.
        waits = Q(status=STATUS.SCHEDULED) | Q(status=STATUS.STARTED)
        partial = models.Index(fields=self.fields, name=self.name, condition=waits)
        return partial._get_condition_sql(model, schema_editor)  # type: ignore[attr-defined,no-any-return]
