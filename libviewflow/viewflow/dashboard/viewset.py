"""The dashboard as a part of a site: an application of its own, or an entry of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views import generic

from ..descriptors import viewprop
from ..icons import Icon
from ..urls.application import Application, AppMenuMixin
from ..visitor import recall_person

__all__ = ["Dashboard", "DashboardView"]


class DashboardView(generic.TemplateView):
    """The page of a dashboard, for signed-in people whom the dashboard lets in."""

    viewset: Any = None
    template_name = "viewflow/views/dashboard.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        recall_person(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.viewset.has_view_permission(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """``figures`` and ``charts``: the panels that this person may see, with their numbers."""
        request = self.request
        found = [
            panel.get_context(request)
            for panel in self.viewset.get_panels(request)
            if panel.has_permission(request)
        ]
        title = str(self.viewset.title)
        return super().get_context_data(
            title=title,
            subtitle=self.viewset.subtitle,
            figures=[item for item in found if item["panel"].kind == "figure"],
            charts=[item for item in found if item["panel"].kind != "figure"],
            **kwargs,
        )


class Dashboard(Application, AppMenuMixin):
    """Figures and charts on one page::

        class Sales(Dashboard):
            panels = [
                Figure("Orders", Order),
                BarChart("Orders by kind", Order, by="kind"),
                LineChart("Turnover", Order, "created", Sum("price"), unit="€"),
            ]

    It stands in the menu of the site or application that lists it. ``permission`` is that of an
    application; each panel has a permission of its own beside it. ``get_panels(request)`` may choose.
    """

    icon: Any = Icon("chart-column")
    subtitle: Any = ""
    panels: Sequence[Any] = ()
    menu_template_name: str | None = None

    dashboard_view_class: Any = DashboardView

    def get_panels(self, request: HttpRequest) -> Sequence[Any]:
        """The panels in their order."""
        return self.panels

    @viewprop
    def dashboard_view(self) -> Any:
        return self.dashboard_view_class.as_view(viewset=self)

    @property
    def index_path(self) -> Any:
        return path("", self.dashboard_view, name="index")

    def _get_resolver_extra(self) -> dict[str, Any]:
        if isinstance(self.parent, Application):
            return {"viewset": self}  # the menu stays that of the application around it
        return super()._get_resolver_extra()
