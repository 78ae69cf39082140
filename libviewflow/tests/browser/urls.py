"""A site with one flow as an application, several in another, account pages and a broken page."""

from __future__ import annotations

from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path

from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset

from . import flows


def broken(request):
    raise RuntimeError("broken on purpose")


def favicon(request):
    return redirect(static("viewflow/favicon.svg"))


site = Site(
    title="Forno",
    icon="local_pizza",
    viewsets=[
        FlowAppViewset(flows.PizzaFlow, icon="local_pizza", title="Pizza orders"),
        WorkflowAppViewset(
            title="Events",
            icon="celebration",
            flow_viewsets=[
                FlowViewset(flows.PartyFlow, icon="cake", title="Parties"),
                FlowViewset(flows.ComplaintFlow, icon="forum", title="Complaints"),
            ],
        ),
    ],
)

urlpatterns = [
    path("accounts/", AuthViewset().urls),
    path("broken/", broken),
    path("favicon.ico", favicon),
    path("", site.urls),
]
