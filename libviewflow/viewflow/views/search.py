"""Search: the words of ``?_search=`` looked for in the fields that the view names."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

__all__ = ["SearchableViewMixin"]

# More is never typed by a person, and databases limit the depth of an expression.
MAX_LENGTH: Final = 200
MAX_WORDS: Final = 12
PREFIXES: Final = {"^": "istartswith", "=": "iexact", "@": "search"}


class SearchableViewMixin:
    """Every word must be found in at least one of ``search_fields``; "a phrase" is one word.

    A field may carry a prefix: ``^`` begins with, ``=`` equals (both in any case), ``@`` full
    text; or its own lookup (``name__exact``). Otherwise it must contain the word. The parameter
    is ignored while ``search_fields`` is not set.
    """

    request: HttpRequest
    search_fields: Any = None
    search_kwarg = "_search"
    search_placeholder: Any = None

    def search_enabled(self) -> bool:
        """Does this list offer a search field?"""
        return bool(self.search_fields)

    def get_search_term(self) -> str:
        """What was typed, without what no database accepts; empty when search is off."""
        if not self.search_fields:
            return ""
        term = self.request.GET.get(self.search_kwarg, "")
        return term.replace("\x00", "")[:MAX_LENGTH].strip()

    def get_search_words(self) -> list[str]:
        """The words and quoted phrases of the term."""
        words = []
        for bit in smart_split(self.get_search_term()):
            word = bit
            if len(word) > 1 and word[0] in "\"'" and word[0] == word[-1]:
                word = unescape_string_literal(word)
            if word.strip():
                words.append(word)
        return words[:MAX_WORDS]

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of ``queryset`` in which every word occurs."""
        words = self.get_search_words()
        if not words:
            return queryset
        lookups = [_lookup(queryset.model, str(name)) for name in self.search_fields]
        for word in words:
            conditions = [
                Q(**{lookup: word}) for lookup in lookups if _accepts(queryset, lookup, word)
            ]
            if not conditions:  # no field can hold such a value
                return queryset.none()
            queryset = queryset.filter(reduce(operator.or_, conditions))
        if any(_crosses_many(queryset.model, lookup) for lookup in lookups):
            queryset = queryset.distinct()
        return queryset


def _lookup(model: type[Model], name: str) -> str:
    for prefix, lookup in PREFIXES.items():
        if name.startswith(prefix):
            return f"{name[1:]}{LOOKUP_SEP}{lookup}"
    meta: Any = model._meta
    path = None
    for part in name.split(LOOKUP_SEP):
        try:
            field = meta.pk if part == "pk" else meta.get_field(part)
        except (FieldDoesNotExist, AttributeError):
            if path is not None and path.get_lookup(part):
                return name  # a lookup of the project's own
            if path is not None:
                meta = None  # a key inside a JSON document: whatever follows belongs to it
                continue
            raise
        path = field
        meta = field.path_infos[-1].to_opts if hasattr(field, "path_infos") else None
    return f"{name}{LOOKUP_SEP}icontains"


def _accepts(queryset: QuerySet[Any], lookup: str, word: str) -> bool:
    """Could the lookup hold for such a value at all? ``id__exact`` cannot for "abc"."""
    if lookup.endswith("__icontains"):
        return True
    try:
        queryset.filter(**{lookup: word})
    except (ValueError, ValidationError, OverflowError):
        return False
    return True


def _crosses_many(model: type[Model], lookup: str) -> bool:
    meta: Any = model._meta
    for part in lookup.split(LOOKUP_SEP):
        if part == "pk":
            part = meta.pk.name
        try:
            field = meta.get_field(part)
        except FieldDoesNotExist:
            return False
        infos = getattr(field, "path_infos", None)
        if not infos:
            return False
        if any(info.m2m for info in infos):
            return True
        meta = infos[-1].to_opts
    return False
