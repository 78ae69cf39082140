"""A part for model viewsets: people see those objects that they have a permission for."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from viewflow.descriptors import DEFAULT

__all__ = ["ObjectPermissionsMixin"]


class ObjectPermissionsMixin:
    """Limits the viewset to the objects that a person may view, change or delete.

    Put it first. Whoever holds a permission for the model sees all objects of the viewset; others
    those that they, or a group of theirs, have it for. The list opens for people with at least one.
    Ticked rows and files hold the same rows; each is asked for its own right.
    """

    model: Any
    queryset: Any

    def _all(self, request: HttpRequest) -> QuerySet[Any]:
        hook = getattr(super(), "get_queryset", None)
        if hook is not None:
            return hook(request)  # type: ignore[no-any-return]
        if self.queryset is not DEFAULT and self.queryset is not None:
            return self.queryset.all()  # type: ignore[no-any-return]
        return self.model._default_manager.all()  # type: ignore[no-any-return]

    def _permitted(self, user: Any, rows: Any, *, for_model: bool) -> QuerySet[Any]:
        from guardian.shortcuts import get_objects_for_user

        meta = self.model._meta
        wanted = [
            f"{meta.app_label}.{right}_{meta.model_name}" for right in ("view", "change", "delete")
        ]
        if for_model and any(user.has_perm(permission) for permission in wanted):
            return rows  # type: ignore[no-any-return]
        return get_objects_for_user(  # type: ignore[no-any-return]
            user, wanted, rows, any_perm=True, accept_global_perms=False, with_superuser=False
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects that this person has a permission for."""
        return self._permitted(request.user, self._all(request), for_model=True)

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        if super().has_view_permission(user, obj):  # type: ignore[misc]
            return True
        if obj is not None or not user.is_authenticated:
            return False
        # The menu of each page asks: once for each person that a request has.
        known = user.__dict__.setdefault("_viewflow_guardian", {})
        if self.model not in known:
            rows = self.model._default_manager.all()
            known[self.model] = self._permitted(user, rows, for_model=False).exists()
        return bool(known[self.model])
