"""One flow as an application, several in one, one of them mounted twice; accounts and admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset

from . import flows

site = Site(
    title="Hostile",
    primary_color="#2a5bd7",
    viewsets=[
        FlowAppViewset(flows.OrderFlow, app_name="order"),
        WorkflowAppViewset(
            flow_viewsets=[
                FlowViewset(flows.CaseFlow, app_name="case"),
                FlowViewset(flows.PaperFlow, app_name="paper"),
                FlowViewset(flows.OrderFlow, app_name="order"),
            ]
        ),
    ],
)

urlpatterns = [
    path("accounts/", AuthViewset().urls),
    path("admin/", admin.site.urls),
    path("", site.urls),
]
