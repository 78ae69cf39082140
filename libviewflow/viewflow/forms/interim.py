"""
Submits that ask for more of the form and save nothing: another line, a search, a new list.

Without JavaScript a form can only be changed by the server. So "Add", "Find" and "Update" are
submit buttons; a form that was sent by one of them is never valid, shows no error, and comes back
with everything that was typed. Their names are the name of the field and one of these endings.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

__all__ = ["ADD", "FIND", "MESSAGE", "QUERY", "REFRESH", "is_interim"]

ADD = "-ADD"  # another line of a formset
FIND = "-FIND"  # look for choices, with what stands in …-QUERY
QUERY = "-QUERY"
REFRESH = "-REFRESH"  # choices that follow another field

#: What code reads that asks such a form for its errors; people are shown none.
MESSAGE = _("Nothing has been saved yet.")


def is_interim(form: Any) -> bool:
    """Tell whether one of the buttons of this form's own fields has sent it."""
    if not form.is_bound:
        return False
    for key in form.data:
        if isinstance(key, str) and key.endswith((ADD, FIND, REFRESH)):
            for name, field in form.fields.items():
                owns = getattr(field.widget, "owns_button", None)
                if owns is not None and owns(key, form, name):
                    return True
    return False
