"""A page that shows an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch
from django.views import generic

from ..descriptors import DEFAULT
from ..utils import get_object_data, has_object_perm
from .actions import Action, linked
from .columns import display_of
from .form import ObjectPageMixin
from .update import ExistingObjectMixin

__all__ = ["DetailModelView"]


class DetailModelView(ExistingObjectMixin, ObjectPageMixin, generic.DetailView):  # type: ignore[misc]
    """What is known about an object, for people with the ``view`` or ``change`` permission.

    ``page_actions`` stand in the head of the page, ``object_actions`` below the data. A viewset
    adds to them with ``get_detail_page_actions`` and ``get_detail_page_object_actions``.
    """

    object_actions: Any = None
    page_actions_hook = "get_detail_page_actions"

    def has_right(self, user: Any, obj: Any = None) -> bool:
        if super().has_right(user, obj):
            return True
        if getattr(self.viewset, "has_view_permission", None) is not None:
            return False
        return has_object_perm(user, "change", self.get_model(), obj)

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        return [f"{meta.app_label}/{meta.model_name}_detail.html", "viewflow/views/detail.html"]

    def get_object_data(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield ``(field, label, value)`` for what is shown."""
        for field, label, value in get_object_data(self.object):
            yield field, label, display_of(field, value)

    def get_object_change_link(self) -> str | None:
        """Where the object can be changed; ``None`` where it cannot, or not by this person."""
        allowed = getattr(self.viewset, "has_change_permission", None)
        if allowed is None or not allowed(self.request.user, self.object):
            return None
        try:
            return str(self.viewset.get_change_url(self.request, self.object))
        except (NoReverseMatch, AttributeError):
            return None

    def get_object_actions(self) -> list[Action]:
        """What can be done with the object, below its data."""
        own = self.object_actions
        actions = () if own is None or own is DEFAULT else tuple(own)
        hook = getattr(self.viewset, "get_detail_page_object_actions", None)
        if hook is None:
            return list(actions)
        return list(hook(self.request, self.object, *actions))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_state = getattr(self.viewset, "get_flow_state", None)
        if flow_state is not None:
            from ..fsm import chart

            kwargs.setdefault("flow_chart", chart(flow_state(self.request)))
        return super().get_context_data(
            object_data=list(self.get_object_data()),
            object_actions=linked(self.get_object_actions(), self.request, self.viewset),
            change_url=self.get_object_change_link(),
            **kwargs,
        )
