"""All addresses of the project."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Application, Site
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset

from catering.flows import CateringFlow, ComplaintFlow
from config.media import media
from pizza.flows import PizzaFlow
from shop.dashboards import ShopDashboard
from shop.viewsets import CustomerViewset, PizzaViewset


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it beside files that are no page, such as the drawing of a flow."""
    return redirect(static("viewflow/favicon.svg"))


site = Site(
    title={{ cookiecutter.project_name | python }},
    viewsets=[
        FlowAppViewset(PizzaFlow, icon="local_pizza"),
        # Two flows that share an inbox.
        WorkflowAppViewset(
            title="Catering",
            app_name="catering",
            icon="room_service",
            flow_viewsets=[
                FlowViewset(CateringFlow, icon="restaurant"),
                FlowViewset(ComplaintFlow, icon="frown"),
            ],
        ),
        # Lists and forms, without a process.
        Application(
            title="Shop",
            app_name="shop",
            icon="storefront",
            viewsets=[CustomerViewset(), PizzaViewset(), ShopDashboard(app_name="figures")],
        ),
    ],
)

urlpatterns = [
    path("accounts/", AuthViewset().urls),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
    path("media/<path:path>", media, name="media"),
    *([path("", include("config.api"))] if settings.API else []),
    path("", site.urls),
]
