"""A page that adds an object."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.views import generic

from ..utils import has_object_perm
from .form import ModelFormPageMixin

__all__ = ["CreateModelView"]


class CreateModelView(ModelFormPageMixin, generic.CreateView):  # type: ignore[misc]
    """The form of a new object, for people with the ``add`` permission."""

    kind = "create"
    template_name_suffix = "_create"
    page_actions_hook = "get_create_page_actions"

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        ask = getattr(self.viewset, "has_add_permission", None)
        if ask is not None:
            return bool(ask(user))
        return has_object_perm(user, "add", self.get_model())

    def get_title(self) -> str:
        return _("Add %(name)s") % {"name": self.get_model()._meta.verbose_name}

    def success_text(self, obj: Any) -> str:
        return _("{name} “{object}” was added.")
