"""Views of the kit: lists, forms and pages of a model's objects, actions on rows."""

from __future__ import annotations

from .access import ViewPermissionMixin
from .actions import Action, BaseBulkActionView, BulkActionForm
from .create import CreateModelView
from .delete import DeleteBulkActionView, DeleteModelView
from .detail import DetailModelView
from .filters import FilterableViewMixin
from .layout import FormLayoutMixin
from .list import ListModelView
from .ordering import OrderableListViewMixin
from .search import SearchableViewMixin
from .update import UpdateModelView
from .wizard import WizardPageMixin

__all__ = [
    "Action",
    "BaseBulkActionView",
    "BulkActionForm",
    "CreateModelView",
    "DeleteBulkActionView",
    "DeleteModelView",
    "DetailModelView",
    "FilterableViewMixin",
    "FormLayoutMixin",
    "ListModelView",
    "OrderableListViewMixin",
    "SearchableViewMixin",
    "UpdateModelView",
    "ViewPermissionMixin",
    "WizardPageMixin",
]
