"""A Dash application as an entry of a site or of an application."""

from __future__ import annotations

from typing import Any

from dash import Dash
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views import generic

from viewflow.descriptors import viewprop
from viewflow.icons import Icon
from viewflow.urls import Application, AppMenuMixin, current_viewset_reverse
from viewflow.visitor import recall_person

from .bridge import forward, is_update, make_app, page_parts

__all__ = ["Dashboard", "DashboardView"]


class _GuardedView(generic.View):
    """For signed-in people whom the dashboard lets in."""

    viewset: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        recall_person(request)
        if not request.user.is_authenticated:
            return self.refuse(request)
        if not self.viewset.has_view_permission(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        """What somebody gets who is not signed in."""
        raise PermissionDenied


class DashboardView(generic.base.TemplateResponseMixin, generic.base.ContextMixin, _GuardedView):
    """The page that Dash fills.

    ``csp`` is the policy that this page needs beyond the site's, for projects with the middleware of
    Django 6 for content security policies: Dash and Plotly write style elements of their own.
    """

    template_name = "viewflow/contrib/plotly.html"
    csp: Any = {"style-src": ["'unsafe-inline'"], "img-src": ["data:", "blob:"]}

    def refuse(self, request: HttpRequest) -> HttpResponseBase:
        return redirect_to_login(request.get_full_path())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        prefix = current_viewset_reverse(request, self.viewset, "index")
        title = str(self.viewset.title)
        context = self.get_context_data(
            title=title,
            **page_parts(self.viewset.dash_app, request, prefix),
        )
        response = self.render_to_response(context)
        self.widen_policy(response)
        return response

    def widen_policy(self, response: HttpResponse) -> None:
        """Add ``csp`` to the policy of the settings, for this response alone."""
        from django.conf import settings

        policy = getattr(settings, "SECURE_CSP", None)
        if not policy:
            return
        widened = {name: list(_sources(value)) for name, value in policy.items()}
        for name, sources in self.csp.items():
            known = widened.get(name) or widened.get("default-src") or []
            known = [source for source in known if source != "'none'"]
            widened[name] = [*dict.fromkeys([*known, *sources])]
        response._csp_config = widened  # type: ignore[attr-defined]


def _sources(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


class _EndpointView(_GuardedView):
    """One of the addresses that the page asks; ``path`` is Dash's name for it."""

    path = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rest = kwargs.get("rest", "")
        return forward(self.viewset.dash_app, request, f"/{self.path}{rest}")


class _UpdateView(_EndpointView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_update(self.viewset.dash_app, request):
            return HttpResponseBadRequest("There is no such output.", content_type="text/plain")
        return self.get(request, *args, **kwargs)


class Dashboard(Application, AppMenuMixin):
    """A Dash application: give ``layout``, a component or a function, or define the method.

    ::

        dashboard = Dashboard(app_name="sales", title="Sales", layout=layout)

        @dashboard.callback(Output("chart", "figure"), Input("shop", "value"))
        def draw(shop): ...

    Everything that it serves wants a signed-in person with the ``permission`` of the application;
    inside of a callback ``current_request().user`` tells who it is. All copies that are mounted
    somewhere share their callbacks.
    """

    icon: Any = Icon("chart-spline")
    menu_template_name: str | None = None
    turbo_disabled = True
    layout: Any = None

    dashboard_view_class: Any = DashboardView

    def __init__(self, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        name = f"viewflow_dash_{self.app_name or type(self).__name__.lower()}"
        self.dash_app: Dash = make_app(name)
        self.dash_app.layout = self._make_layout

    def _make_layout(self) -> Any:
        layout = self.layout
        if layout is None:
            raise ValueError(f"{type(self).__name__} needs a layout.")
        return layout() if callable(layout) and not hasattr(layout, "to_plotly_json") else layout

    def callback(self, *args: Any, **kwargs: Any) -> Any:
        """Register a callback, as Dash's ``app.callback``."""
        return self.dash_app.callback(*args, **kwargs)

    @viewprop
    def dashboard_view(self) -> Any:
        return self.dashboard_view_class.as_view(viewset=self)

    @property
    def index_path(self) -> Any:
        return path("", self.dashboard_view, name="index")

    def _endpoint(self, route: str, name: str, view: Any = _EndpointView) -> Any:
        found = view.as_view(viewset=self, path=name)
        found.viewflow_hidden = True
        return path(route, found, name=name.strip("/"))

    @property
    def layout_path(self) -> Any:
        return self._endpoint("_dash-layout", "_dash-layout")

    @property
    def layout_slash_path(self) -> Any:
        return self._endpoint("_dash-layout/", "_dash-layout")

    @property
    def dependencies_path(self) -> Any:
        return self._endpoint("_dash-dependencies", "_dash-dependencies")

    @property
    def dependencies_slash_path(self) -> Any:
        return self._endpoint("_dash-dependencies/", "_dash-dependencies")

    @property
    def update_path(self) -> Any:
        return self._endpoint("_dash-update-component", "_dash-update-component", _UpdateView)

    @property
    def suites_path(self) -> Any:
        return self._endpoint("_dash-component-suites/<path:rest>", "_dash-component-suites/")

    def _get_resolver_extra(self) -> dict[str, Any]:
        if isinstance(self.parent, Application):
            return {"viewset": self}  # the menu stays that of the application around it
        return super()._get_resolver_extra()
