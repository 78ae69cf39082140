"""One flow as an application, several flows in one, the same flow twice."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from viewflow.urls import Application, Site
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset

from . import flows

site = Site(
    title="Forno",
    primary_color="#2a5bd7",
    viewsets=[
        FlowAppViewset(flows.PizzaFlow, icon="local_pizza", title="Pizza orders"),
        WorkflowAppViewset(
            flow_viewsets=[
                FlowViewset(flows.ReviewFlow, icon="description"),
                FlowViewset(flows.DocumentFlow),
                FlowViewset(flows.PizzaFlow),
            ]
        ),
        Application(app_name="errands", viewsets=[FlowViewset(flows.ErrandFlow)]),
        FlowAppViewset(flows.LayoutFlow),
    ],
)

urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", site.urls),
]
