"""Viewsets of a model: its list, and pages to add, show, change and delete its objects.

``ModelViewset(model=Ocean)`` is a whole application's worth of pages; the mixins add further ones.
Each page follows one convention: ``<page>_view_class``, ``get_<page>_view_kwargs()``,
``<page>_view_kwargs``, ``<page>_view`` and ``<page>_path``, which is ``None`` to leave it out.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..descriptors import DEFAULT, viewprop
from ..utils import first_not_default, has_object_perm
from ..views import (
    Action,
    CreateModelView,
    DeleteBulkActionView,
    DeleteModelView,
    DetailModelView,
    ListModelView,
    UpdateModelView,
)
from .application import AppMenuMixin
from .base import Viewset, ViewsetMeta
from .resolver import current_viewset_reverse

__all__ = [
    "BaseModelViewset",
    "CreateViewMixin",
    "DeleteViewMixin",
    "DetailViewMixin",
    "ListBulkActionsMixin",
    "ModelViewset",
    "ReadonlyModelViewset",
    "UpdateViewMixin",
]


class BaseModelViewset(Viewset):
    """The list of a model's objects.

    ``get_queryset(request)``, where a subclass has it, is the scope of every page; else
    ``queryset`` is, else all rows. ``AssertionError`` without ``model``.
    """

    model: Any = None
    queryset: Any = DEFAULT

    list_view_class: Any = ListModelView
    list_columns: Any = DEFAULT
    list_paginate_by: Any = DEFAULT
    list_object_link_columns: Any = DEFAULT
    list_page_actions: Any = DEFAULT
    list_filterset_class: Any = DEFAULT
    list_filterset_initial: Any = DEFAULT
    list_filter_fields: Any = DEFAULT
    list_search_fields: Any = DEFAULT
    list_ordering_fields: Any = DEFAULT
    list_count_limit: Any = DEFAULT

    def __init__(self, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        assert self.model is not None, f"{type(self).__name__} needs a model."
        meta = self.model._meta
        if getattr(self, "title", DEFAULT) is None or getattr(self, "title", "") == "":
            self.title = str(meta.verbose_name_plural).capitalize()
        if self.app_name is None:
            self.app_name = meta.object_name.lower()

    # Rights: for the model, or failing that for the object.

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this person see the objects, or ``obj``? Whoever may change them may see them."""
        if has_object_perm(user, "view", self.model, obj):
            return True
        ask = getattr(self, "has_change_permission", None)
        return bool(ask(user, obj)) if ask else has_object_perm(user, "change", self.model, obj)

    def can_open(self, user: Any, obj: Any) -> bool:
        """May this person follow the link to ``obj``? Asked for each row, so it must be cheap."""
        return True

    # Where to go

    def get_success_url(self, request: HttpRequest, obj: Any = None) -> str:
        """The page after something was saved or deleted: the list."""
        return current_viewset_reverse(request, self, "index")

    def _object_reverse(self, request: HttpRequest, name: str, obj: Any) -> str:
        # Not at the top: the whole of Django's admin comes with it.
        from django.contrib.admin.utils import quote

        return current_viewset_reverse(request, self, name, kwargs={"pk": quote(obj.pk)})

    # The list

    def get_list_page_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        """Links in the head of the list."""
        own = self.list_page_actions
        return [*(() if own is DEFAULT or own is None else own), *actions]

    def get_list_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the list's ``as_view``; what is not given is left to the view."""
        defaults = {
            "viewset": self,
            "model": self.model,
            "columns": self.list_columns,
            "paginate_by": self.list_paginate_by,
            "object_link_columns": self.list_object_link_columns,
            "filterset_class": self.list_filterset_class,
            "filterset_initial": self.list_filterset_initial,
            "filter_fields": self.list_filter_fields,
            "search_fields": self.list_search_fields,
            "ordering": self.list_ordering_fields,
            "count_limit": self.list_count_limit,
        }
        return self.filter_kwargs(self.list_view_class, **{**defaults, **kwargs})

    @viewprop
    def list_view_kwargs(self) -> dict[str, Any]:
        return self.get_list_view_kwargs()

    @viewprop
    def list_view(self) -> Any:
        return self.list_view_class.as_view(**self.list_view_kwargs)

    @property
    def index_path(self) -> URLPattern | None:
        return path("", self.list_view, name="index") if self.list_view_class else None

    @property
    def list_path(self) -> URLPattern | None:
        return path("", self.list_view, name="list") if self.list_view_class else None


class _FormOptions(metaclass=ViewsetMeta):
    """Options that the forms of a viewset share."""

    form_layout: Any = DEFAULT
    form_class: Any = DEFAULT
    form_widgets: Any = DEFAULT


class ListBulkActionsMixin(metaclass=ViewsetMeta):
    """Actions on the rows that are ticked in the list."""

    list_bulk_actions: Any = DEFAULT

    def get_list_bulk_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        """What can be done with the ticked rows."""
        own = self.list_bulk_actions
        return [*(() if own is DEFAULT or own is None else own), *actions]


class CreateViewMixin(_FormOptions):
    """A page to add an object: ``add/``."""

    create_view_class: Any = CreateModelView
    create_form_layout: Any = DEFAULT
    create_form_class: Any = DEFAULT
    create_form_widgets: Any = DEFAULT

    def has_add_permission(self, user: Any) -> bool:
        """May this person add objects?"""
        return has_object_perm(user, "add", self.model)  # type: ignore[attr-defined]

    def get_list_page_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self.has_page("create_path") and self.has_add_permission(request.user):  # type: ignore[attr-defined]
            url = current_viewset_reverse(request, self, "add")
            actions = (Action(_("Add new"), url=url, icon="plus"), *actions)
        return super().get_list_page_actions(request, *actions)  # type: ignore[misc,no-any-return]

    def get_create_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {
            "viewset": self,
            "model": self.model,  # type: ignore[attr-defined]
            "layout": first_not_default(self.create_form_layout, self.form_layout),
            "form_class": first_not_default(self.create_form_class, self.form_class),
            "form_widgets": first_not_default(self.create_form_widgets, self.form_widgets),
        }
        return self.filter_kwargs(self.create_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def create_view_kwargs(self) -> dict[str, Any]:
        return self.get_create_view_kwargs()

    @viewprop
    def create_view(self) -> Any:
        return self.create_view_class.as_view(**self.create_view_kwargs)

    @property
    def create_path(self) -> URLPattern | None:
        return path("add/", self.create_view, name="add") if self.create_view_class else None


class UpdateViewMixin(_FormOptions):
    """A page to change an object: ``<pk>/change/``."""

    update_view_class: Any = UpdateModelView
    update_form_layout: Any = DEFAULT
    update_form_class: Any = DEFAULT
    update_form_widgets: Any = DEFAULT
    update_page_actions: Any = DEFAULT

    def has_change_permission(self, user: Any, obj: Any = None) -> bool:
        """May this person change objects, or ``obj``?"""
        return has_object_perm(user, "change", self.model, obj)  # type: ignore[attr-defined]

    def get_change_url(self, request: HttpRequest, obj: Any) -> str:
        """The page that changes ``obj``. Raises ``NoReverseMatch`` where it is left out."""
        return self._object_reverse(request, "change", obj)  # type: ignore[attr-defined,no-any-return]

    def get_update_page_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        """Links in the head of the page."""
        own = self.update_page_actions
        return [*(() if own is DEFAULT or own is None else own), *actions]

    def get_update_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {
            "viewset": self,
            "model": self.model,  # type: ignore[attr-defined]
            "layout": first_not_default(self.update_form_layout, self.form_layout),
            "form_class": first_not_default(self.update_form_class, self.form_class),
            "form_widgets": first_not_default(self.update_form_widgets, self.form_widgets),
        }
        return self.filter_kwargs(self.update_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def update_view_kwargs(self) -> dict[str, Any]:
        return self.get_update_view_kwargs()

    @viewprop
    def update_view(self) -> Any:
        return self.update_view_class.as_view(**self.update_view_kwargs)

    @property
    def update_path(self) -> URLPattern | None:
        if not self.update_view_class:
            return None
        return path("<path:pk>/change/", self.update_view, name="change")


class DeleteViewMixin(metaclass=ViewsetMeta):
    """Pages to delete an object, ``<pk>/delete/``, and ticked rows, ``action/delete/``."""

    delete_view_class: Any = DeleteModelView
    bulk_delete_view_class: Any = DeleteBulkActionView

    def has_delete_permission(self, user: Any, obj: Any = None) -> bool:
        """May this person delete objects, or ``obj``?"""
        return has_object_perm(user, "delete", self.model, obj)  # type: ignore[attr-defined]

    def _delete_action(self, request: HttpRequest, obj: Any) -> list[Action]:
        if not self.has_page("delete_path"):  # type: ignore[attr-defined]
            return []
        if not self.has_delete_permission(request.user, obj):
            return []
        url = self._object_reverse(request, "delete", obj)  # type: ignore[attr-defined]
        return [Action(_("Delete"), url=url, icon="trash-2", danger=True)]

    def get_update_page_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        actions = (*actions, *self._delete_action(request, obj))
        return super().get_update_page_actions(request, obj, *actions)  # type: ignore[misc,no-any-return]

    def get_detail_page_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        actions = (*actions, *self._delete_action(request, obj))
        hook = getattr(super(), "get_detail_page_actions", None)
        return hook(request, obj, *actions) if hook else list(actions)

    def get_list_bulk_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self.has_page("bulk_delete_path") and self.has_delete_permission(request.user):  # type: ignore[attr-defined]
            delete = Action(
                _("Delete selected objects"), viewname="bulk_delete", icon="trash-2", danger=True
            )
            actions = (*actions, delete)
        hook = getattr(super(), "get_list_bulk_actions", None)
        return hook(request, *actions) if hook else list(actions)

    def get_bulk_delete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the bulk page's ``as_view``: the list's filter and search hold for it too."""
        defaults = {
            "viewset": self,
            "model": self.model,  # type: ignore[attr-defined]
            "filterset_class": self.list_filterset_class,  # type: ignore[attr-defined]
            "filterset_initial": self.list_filterset_initial,  # type: ignore[attr-defined]
            "filter_fields": self.list_filter_fields,  # type: ignore[attr-defined]
            "search_fields": self.list_search_fields,  # type: ignore[attr-defined]
        }
        return self.filter_kwargs(self.bulk_delete_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def bulk_delete_view_kwargs(self) -> dict[str, Any]:
        return self.get_bulk_delete_view_kwargs()

    @viewprop
    def bulk_delete_view(self) -> Any:
        return self.bulk_delete_view_class.as_view(**self.bulk_delete_view_kwargs)

    @property
    def bulk_delete_path(self) -> URLPattern | None:
        if not self.bulk_delete_view_class:
            return None
        return path("action/delete/", self.bulk_delete_view, name="bulk_delete")

    def get_delete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {"viewset": self, "model": self.model}  # type: ignore[attr-defined]
        return self.filter_kwargs(self.delete_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def delete_view_kwargs(self) -> dict[str, Any]:
        return self.get_delete_view_kwargs()

    @viewprop
    def delete_view(self) -> Any:
        return self.delete_view_class.as_view(**self.delete_view_kwargs)

    @property
    def delete_path(self) -> URLPattern | None:
        if not self.delete_view_class:
            return None
        return path("<path:pk>/delete/", self.delete_view, name="delete")


class DetailViewMixin(metaclass=ViewsetMeta):
    """A page that shows an object: ``<pk>/detail/``."""

    detail_view_class: Any = DetailModelView
    detail_page_actions: Any = DEFAULT
    detail_page_object_actions: Any = DEFAULT

    def get_detail_page_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        """Links in the head of the page."""
        own = self.detail_page_actions
        actions = (*(() if own is DEFAULT or own is None else own), *actions)
        hook = getattr(super(), "get_detail_page_actions", None)
        return hook(request, obj, *actions) if hook else list(actions)

    def get_detail_page_object_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        """What can be done with the object, below its data."""
        own = self.detail_page_object_actions
        return [*(() if own is DEFAULT or own is None else own), *actions]

    def can_open(self, user: Any, obj: Any) -> bool:
        return True  # whoever sees the row sees the object

    def get_object_url(self, request: HttpRequest, obj: Any) -> str | None:
        """Where ``obj`` is shown; ``None`` where that page is left out."""
        if not self.has_page("detail_path"):  # type: ignore[attr-defined]
            return None
        return self._object_reverse(request, "detail", obj)  # type: ignore[attr-defined,no-any-return]

    def get_success_url(self, request: HttpRequest, obj: Any = None) -> str:
        """The object's page, else the list."""
        url = self.get_object_url(request, obj) if obj is not None and obj.pk is not None else None
        return url or super().get_success_url(request)  # type: ignore[misc,no-any-return]

    def get_detail_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {"viewset": self, "model": self.model}  # type: ignore[attr-defined]
        return self.filter_kwargs(self.detail_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def detail_view_kwargs(self) -> dict[str, Any]:
        return self.get_detail_view_kwargs()

    @viewprop
    def detail_view(self) -> Any:
        return self.detail_view_class.as_view(**self.detail_view_kwargs)

    @property
    def detail_path(self) -> URLPattern | None:
        if not self.detail_view_class:
            return None
        return path("<path:pk>/detail/", self.detail_view, name="detail")


class ModelViewset(
    ListBulkActionsMixin,
    CreateViewMixin,
    UpdateViewMixin,
    AppMenuMixin,
    BaseModelViewset,
):
    """List, add and change; with ``DeleteViewMixin`` and ``DetailViewMixin`` delete and show."""

    def can_open(self, user: Any, obj: Any) -> bool:
        return self.has_change_permission(user, obj)

    def get_object_url(self, request: HttpRequest, obj: Any) -> str | None:
        """The page that changes ``obj``; ``None`` where that is left out."""
        return self.get_change_url(request, obj) if self.has_page("update_path") else None


class ReadonlyModelViewset(DetailViewMixin, ListBulkActionsMixin, AppMenuMixin, BaseModelViewset):
    """List and show."""
