"""Who may see a model's pages, and which of its rows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..descriptors import DEFAULT
from ..visitor import recall_person

__all__ = ["ViewPermissionMixin", "asks_for_each_row"]


def asks_for_each_row(viewset: Any, right: str) -> bool:
    """Does the project decide for single rows, where the kit's own rule was asked for all of them?

    Whoever holds a permission for the model holds it for each object; asking a million times what
    is known would be slow.
    """
    ask = getattr(type(viewset), f"has_{right}_permission", None)
    return ask is not None and not ask.__module__.startswith("viewflow.urls.")


class ViewPermissionMixin:
    """Anonymous people go to the login page; those without permission get 403.

    A view with a viewset asks the viewset; one that stands alone asks for the model's ``view`` or
    ``change`` permission.
    """

    request: HttpRequest
    model: Any
    viewset: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        recall_person(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.has_view_permission(request.user):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this user open this page?"""
        ask = getattr(self.viewset, "has_view_permission", None)
        if ask is not None:
            return bool(ask(user, obj) if obj is not None else ask(user))
        from ..utils import has_object_perm

        return has_object_perm(user, "view", self.model, obj) or has_object_perm(
            user, "change", self.model, obj
        )

    def get_scope(self) -> QuerySet[Any]:
        """Rows the viewset offers for this request: its ``get_queryset``, ``queryset``, or all."""
        hook = getattr(self.viewset, "get_queryset", None)
        if hook is not None:
            return hook(self.request)  # type: ignore[no-any-return]
        queryset = getattr(self.viewset, "queryset", None)
        if isinstance(queryset, QuerySet):
            return queryset.all()
        if queryset is not None and queryset is not DEFAULT:
            return queryset.all()  # type: ignore[no-any-return]
        if self.model is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs a model or a queryset to know what to show."
            )
        return self.model._default_manager.all()  # type: ignore[no-any-return]
