"""Views of the kit: lists, actions on rows, and what form views share."""

from __future__ import annotations

from .access import ViewPermissionMixin
from .actions import Action, BaseBulkActionView, BulkActionForm
from .filters import FilterableViewMixin
from .layout import FormLayoutMixin
from .list import ListModelView
from .ordering import OrderableListViewMixin
from .search import SearchableViewMixin

__all__ = [
    "Action",
    "BaseBulkActionView",
    "BulkActionForm",
    "FilterableViewMixin",
    "FormLayoutMixin",
    "ListModelView",
    "OrderableListViewMixin",
    "SearchableViewMixin",
    "ViewPermissionMixin",
]
