"""The form of a transition: what it may hold, and errors that only the database or the step finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

__all__ = ["accept_error", "trimmed"]


def trimmed(form: Any, names: Iterable[str]) -> Any:
    """Take every field out of ``form`` that ``names`` does not hold; return the form."""
    wanted = set(names)
    for name in list(form.fields):
        if name not in wanted:
            del form.fields[name]
    return form


def accept_error(form: Any, error: Exception) -> None:
    """Show an error on the form: of its fields where they are known, else of the whole."""
    if not isinstance(error, ValidationError):
        # Between the form's check and the row somebody else was faster, or the value is one that
        # the form takes and the database does not.
        form.add_error(None, _("This cannot be saved: it clashes with another entry."))
        return
    known = {*form.fields, NON_FIELD_ERRORS}
    by_field = set(getattr(error, "error_dict", {}))
    form.add_error(None, error if by_field <= known else error.messages)
