"""``FlowViewsMixin``: the pages of a model viewset, with a state machine.

``class ArticleViewset(FlowViewsMixin, ModelViewset)`` gets a page for each transition, transitions
as actions of the object's page, and the state chart.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..descriptors import viewprop
from ..urls.base import ViewsetMeta
from ..urls.model import DetailViewMixin
from ..urls.resolver import current_viewset_reverse
from ..views.actions import Action
from .options import FlowOptions
from .step import Step, offered_steps
from .views import (
    FSMChartView,
    FSMDetailModelView,
    FSMListModelView,
    FSMUpdateModelView,
    ModelTransitionView,
)

__all__ = ["FlowViewsMixin"]


class FlowViewsMixin(FlowOptions, DetailViewMixin, metaclass=ViewsetMeta):
    """A model viewset whose objects go through states; put it before the viewset.

    Who sees an object meets the transitions that begin at its state and that the machine's
    permissions allow. A transition is made under the row's lock and in one transaction with the
    form: whoever comes second is told so, and nothing is changed.
    """

    list_view_class: Any = FSMListModelView
    detail_view_class: Any = FSMDetailModelView
    update_view_class: Any = FSMUpdateModelView
    transition_view_class: Any = ModelTransitionView
    chart_view_class: Any = FSMChartView

    def get_transition_form_class(self, request: HttpRequest, obj: Any, slug: str) -> Any:
        """A form class for the transition, or ``None``: one is made of its fields.

        Of the form's fields only those that :meth:`get_transition_fields` names are kept.
        """
        return None

    def get_offered_steps(self, request: HttpRequest, obj: Any) -> list[Step]:
        """What this person may do with ``obj`` in its state; worked out once for a request."""
        kept: dict[Any, list[Step]] = request.__dict__.setdefault("_viewflow_steps", {})
        if obj not in kept:
            machine = self.get_object_flow(request, obj)
            kept[obj] = offered_steps(self.get_flow_state(request), machine, request.user)
        return kept[obj]

    def get_transition_url(self, request: HttpRequest, obj: Any, slug: str) -> str:
        """The page that makes a transition of ``obj``."""
        # Not at the top: the whole of Django's admin comes with it.
        from django.contrib.admin.utils import quote

        return current_viewset_reverse(
            request, self, "transition", kwargs={"pk": quote(obj.pk), "slug": slug}
        )

    def get_detail_page_object_actions(
        self, request: HttpRequest, obj: Any, *actions: Action
    ) -> list[Action]:
        """The transitions that are possible and permitted, then the viewset's other actions."""
        steps = [
            Action(
                step.label,
                url=self.get_transition_url(request, obj, step.slug),
                icon=step.icon or None,
            )
            for step in self.get_offered_steps(request, obj)
            if step.met and self.transition_view_class
        ]
        return super().get_detail_page_object_actions(request, obj, *steps, *actions)

    def get_list_page_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self.chart_view_class:
            actions = (*actions, Action(_("State chart"), viewname="chart", icon="workflow"))
        return super().get_list_page_actions(request, *actions)  # type: ignore[misc,no-any-return]

    def get_transition_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {"viewset": self, "model": self.model}  # type: ignore[attr-defined]
        return self.filter_kwargs(self.transition_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def transition_view_kwargs(self) -> dict[str, Any]:
        return self.get_transition_view_kwargs()

    @viewprop
    def transition_view(self) -> Any:
        return self.transition_view_class.as_view(**self.transition_view_kwargs)

    @property
    def transition_path(self) -> URLPattern | None:
        if not self.transition_view_class:
            return None
        return path("<path:pk>/transition/<slug:slug>/", self.transition_view, name="transition")

    @viewprop
    def chart_view(self) -> Any:
        return self.chart_view_class.as_view(viewset=self, model=self.model)  # type: ignore[attr-defined]

    @property
    def chart_path(self) -> URLPattern | None:
        return path("chart/", self.chart_view, name="chart") if self.chart_view_class else None
