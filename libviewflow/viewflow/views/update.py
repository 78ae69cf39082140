"""A page that changes an object."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.views import generic

from ..utils import has_object_perm
from .form import ModelFormPageMixin

__all__ = ["ExistingObjectMixin", "UpdateModelView"]


class ExistingObjectMixin:
    """A page about an object of the scope that the person has a right to.

    ``right`` is asked for the model first, then for the object: so a person with the right to
    one object alone gets in, and a person without any learns nothing about which keys exist.
    """

    kwargs: dict[str, Any]
    request: Any
    viewset: Any
    right = "view"

    def has_right(self, user: Any, obj: Any = None) -> bool:
        """Ask the viewset, or failing that the permissions of the model."""
        ask = getattr(self.viewset, f"has_{self.right}_permission", None)
        if ask is not None:
            return bool(ask(user, obj) if obj is not None else ask(user))
        return has_object_perm(user, self.right, self.get_model(), obj)  # type: ignore[attr-defined]

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        # The object decides, as soon as it is known: see get_object.
        return bool(user.is_authenticated)

    def get_object(self, queryset: Any = None) -> Any:
        """Return the object. ``Http404`` for a key that the scope does not have."""
        # Not at the top: the whole of Django's admin comes with it.
        from django.contrib.admin.utils import unquote

        user = self.request.user
        rows = self.get_queryset() if queryset is None else queryset  # type: ignore[attr-defined]
        key = unquote(str(self.kwargs["pk"]))
        found = None
        if "\x00" not in key and len(key) <= 255:
            try:
                found = rows.filter(pk=rows.model._meta.pk.to_python(key)).first()
            except (ValidationError, ValueError, OverflowError):
                found = None
        if found is None:
            if not self.has_right(user):
                raise PermissionDenied
            raise Http404(
                _("No %(name)s matches the address.") % {"name": rows.model._meta.verbose_name}
            )
        if not self.has_right(user, found):
            raise PermissionDenied
        return found


class UpdateModelView(ExistingObjectMixin, ModelFormPageMixin, generic.UpdateView):  # type: ignore[misc]
    """The form of an object, for people with the ``change`` permission on it."""

    kind = "update"
    right = "change"
    template_name_suffix = "_update"
    page_actions_hook = "get_update_page_actions"

    def get_title(self) -> str:
        # What the database says, not what was typed and refused.
        return self._title

    def get_object(self, queryset: Any = None) -> Any:
        found = super().get_object(queryset)
        self._title = str(found)
        return found

    def success_text(self, obj: Any) -> str:
        return _("{name} “{object}” was changed.")
